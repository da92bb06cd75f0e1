#pragma once

// One HTTP request and its answer, with a total deadline, a size cap, no redirects and no cookies. Keeps idle
// connections by origin in a pool and checks each before reuse; any error ends its connection.
// Thread-safe: one HttpClient serves all desks and queues.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace connectors {

struct HttpRequest {
  std::string method;
  std::string url;  // http:// or https://, path and query already encoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds deadline{30'000};  // for the whole exchange, connecting included
};

struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // First header of that name, case-insensitive.
  std::optional<std::string> header(std::string_view name) const;
};

enum class Delivery {
  answered,       // the whole answer is here
  not_delivered,  // certainly not: refused, unresolved, TLS failed before a byte of the request was sent
  unknown,        // bytes were sent and no whole answer came: it may have happened
};

struct HttpResult {
  Delivery delivery = Delivery::not_delivered;
  HttpAnswer answer;   // when answered
  std::string reason;  // a word of reasons() when not answered: "refused_connection", "timeout", "tls" ...
  std::string detail;  // for a person; holds no header, body or query
  std::chrono::milliseconds took{0};
};

struct TlsSettings {
  std::string ca_file;  // in addition to the system's
};

// Why a connection to this address, which the host's name resolved to, must not be made; empty: it may.
// Asked for each address at each connect, so before a byte is sent. Called from any thread.
using AddressVeto = std::function<std::string(const std::string& host, const std::string& address)>;

class HttpClient {
 public:
  struct Limits {
    std::size_t max_answer_bytes = 8u << 20;
    std::chrono::seconds max_idle{20};
    std::size_t max_idle_per_origin = 64;
  };
  explicit HttpClient(TlsSettings tls = {});
  HttpClient(TlsSettings tls, Limits limits, AddressVeto veto = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Never throws for what the network does.
  HttpResult exchange(const HttpRequest& request);
  // Ends every exchange in flight (they answer unknown or not_delivered) and refuses new ones. For shutdown.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// RFC 3986 percent-encoding of everything but unreserved characters.
std::string percent_encode(std::string_view text);

}  // namespace connectors
