#include "tests/support/served_api.h"

#include <utility>

#include "tests/support/key_ring.h"

namespace tests {

using bridge::Incoming;

namespace {
// More than the kernel keeps for a client that does not read.
constexpr std::size_t large = 16u << 20;
}  // namespace

ServedApi::ServedApi(bridge::HttpFront::Settings settings) {
  key_line_ = "apikey: " + add_key(*bench_.store, "acme") + "\r\n";
  access_ = make_access(*bench_.store);
  bridge::ApiParts parts;
  parts.metrics = [] { return std::string(large, 'm'); };
  api_ = std::make_unique<bridge::Api>(*bench_.store, *bench_.queue, *access_, std::move(parts));
  settings.tls = identity_of(certificates_.issue("localhost"));
  settings.tls_address = "127.0.0.1";
  front_ = std::make_unique<bridge::HttpFront>(std::move(settings), [this](const Incoming& request) {
    {
      const std::lock_guard lock(mutex_);
      handled_.push_back(request.method + ' ' + request.path);
    }
    return api_->handle(request);
  });
}

std::unique_ptr<RawHttp> ServedApi::connect(bool tls, int receive_buffer) {
  if (tls)
    return std::make_unique<RawHttp>(front_->tls_port(), receive_buffer, RawTls{certificates_.ca_file()});
  return std::make_unique<RawHttp>(front_->port(), receive_buffer);
}

int ServedApi::healthy(bool tls) {
  const auto client = connect(tls);
  client->send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return client->read().status;
}

std::vector<std::string> ServedApi::handled() {
  const std::lock_guard lock(mutex_);
  return std::exchange(handled_, {});
}

}  // namespace tests
