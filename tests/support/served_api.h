#pragma once

// The whole API behind a real front, over HTTP and HTTPS beside each other: real store, real hosted queue,
// one key. For tests of what bytes on a socket do.

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bridge/api/api.h"
#include "tests/support/certificates.h"
#include "tests/support/drain_bench.h"
#include "tests/support/raw_http.h"

namespace tests {

class ServedApi {
 public:
  explicit ServedApi(bridge::HttpFront::Settings settings);

  // A new connection; `receive_buffer` makes a client that takes little.
  std::unique_ptr<RawHttp> connect(bool tls, int receive_buffer = 0);
  // GET /healthz on a new connection; its status.
  int healthy(bool tls);
  // "apikey: ...\r\n"
  const std::string& key_line() const noexcept { return key_line_; }
  // "GET /healthz" of every request that reached the API since the last call.
  std::vector<std::string> handled();
  bridge::HttpFront& front() noexcept { return *front_; }

 private:
  Certificates certificates_;
  DrainBench bench_;
  std::string key_line_;
  std::mutex mutex_;
  std::vector<std::string> handled_;
  std::unique_ptr<bridge::Access> access_;
  std::unique_ptr<bridge::Api> api_;
  std::unique_ptr<bridge::HttpFront> front_;
};

}  // namespace tests
