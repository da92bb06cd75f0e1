// The whole request path: bytes, parser, target, parameters, routes, handlers, answer, over a real store and
// the real hosted queue. Whatever comes, the API answers in its own shape and never with a fault of its own.
// Built with clang++ -fsanitize=fuzzer. Requests stay stored from one input to the next, up to a limit.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "bridge/api/api.h"
#include "bridge/api/http_answer.h"
#include "bridge/api/http_parser.h"
#include "bridge/ops/log.h"
#include "mappings/engine/json.h"
#include "tests/support/drain_bench.h"
#include "tests/support/key_ring.h"

namespace {
constexpr int inputs_a_site = 2000;
constexpr int deepest_answer = 80;  // a request of 64 levels, inside a page

class Site {
 public:
  Site() {
    key_ = tests::add_key(*bench_.store, "acme");
    access_ = tests::make_access(*bench_.store);
    bridge::ApiParts parts;
    parts.webhook = [](const std::string&, const bridge::HeaderList&, const std::string& body) {
      return bridge::json_reply(202, body.empty() ? "{}" : "[]");
    };
    parts.not_ready = [] { return std::vector<std::string>{"a \"reason\""}; };
    parts.metrics = [] { return std::string("# none\n"); };
    api_ = std::make_unique<bridge::Api>(*bench_.store, *bench_.queue, *access_, std::move(parts));
  }

  // A request that names no key gets the right one: most inputs should come past the door.
  bridge::Reply handle(bridge::Incoming& request) const {
    request.id = "fuzz-1";
    request.peer = "127.0.0.1";
    if (!request.header("apikey") && !request.header("Authorization"))
      request.headers.emplace_back("apikey", key_);
    return api_->handle(request);
  }

 private:
  tests::DrainBench bench_;
  std::string key_;
  std::unique_ptr<bridge::Access> access_;
  std::unique_ptr<bridge::Api> api_;
};

void require(bool holds, const char* what, const bridge::Incoming& request, const bridge::Reply& reply) {
  if (holds) return;
  std::fprintf(stderr, "%s\n%s %s\n%d %s\n", what, request.method.c_str(), request.path.c_str(), reply.status,
               reply.body.c_str());
  std::abort();
}

bool is_json(const bridge::Reply& reply) {
  for (const auto& [name, value] : reply.headers)
    if (name == "Content-Type") return value.starts_with("application/json");
  return false;
}

void require_well_formed(const bridge::Incoming& request, const bridge::Reply& reply) {
  require(reply.status >= 200 && reply.status < 600 && reply.status != 500, "status", request, reply);
  if (is_json(reply)) {
    try {
      const auto body = mappings::Json::parse(reply.body, deepest_answer);
      require(reply.status < 400 || body.get("Message").is_string() || reply.status == 503, "no Message",
              request, reply);
    } catch (const std::exception&) {
      require(false, "not JSON", request, reply);
    }
  } else {
    require(reply.status < 400, "a failure that is not JSON", request, reply);
  }
  const std::string wire = bridge::write_answer(reply, {true, request.method == "HEAD", request.id});
  const std::string head = wire.substr(0, wire.find("\r\n\r\n") + 2);
  for (std::size_t i = 0; i < head.size(); ++i) {
    const auto byte = static_cast<unsigned char>(head[i]);
    const bool end = head[i] == '\r' && i + 1 < head.size() && head[i + 1] == '\n';
    if (end) ++i;
    require(end || (byte >= 0x20 && byte != 0x7f), "control character in the head", request, reply);
  }
}
}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerInitialize(int*, char***) {
  bridge::set_log_level(bridge::Level::error);
  // The store waits for its disk at every write.
  if (std::filesystem::exists("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
  return 0;
}

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::unique_ptr<Site> site;
  static int inputs = 0;
  if (!site || ++inputs % inputs_a_site == 0) {
    site.reset();
    site = std::make_unique<Site>();
  }
  bridge::HttpParser parser({.head = 8u << 10, .body = 64u << 10});
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  while (!bytes.empty()) {
    bytes.remove_prefix(parser.feed(bytes));
    if (parser.stage() != bridge::HttpParser::Stage::complete) break;
    bridge::Incoming request = parser.take();
    require_well_formed(request, site->handle(request));
  }
  return 0;
}
