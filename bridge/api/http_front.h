#pragma once

// HTTP in: an epoll holds the connections and gives each that is ready to one of a bounded pool of workers; a
// thread accepts, and ends what is late. A request has a total deadline, bodies are read whole and capped,
// malformed requests get their status or a close before any handler sees them. Over the limit of connections
// a canned 503 with Retry-After. The handler is called on worker threads, several at once.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/ops/tls_identity.h"

namespace bridge {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// A request that has been read whole and is well-formed.
struct Incoming {
  std::string method;
  std::string path;    // percent-decoded once, "//" and trailing "/" removed, no "." or ".." segments
  HeaderList query;    // decoded, in order, repeated names kept
  HeaderList headers;  // raw bytes, names as sent
  std::string body;
  std::string peer;  // "127.0.0.1"
  std::string id;    // request id: also in the X-Request-Id answer header and in the log

  // First of that name, case-insensitive.
  std::optional<std::string> header(std::string_view name) const;
  // Query first, then header, names case-insensitive: how the API takes its parameters.
  std::optional<std::string> parameter(std::string_view name) const;
};

struct Reply {
  int status = 200;
  HeaderList headers;  // Content-Type among them; Content-Length, Date and Connection are added
  std::string body;
  bool drop = false;  // close the connection without an answer (the practice desk's lost answers)
};

class HttpFront {
 public:
  struct Settings {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: a free one
    // With an identity HTTPS is spoken: in place of HTTP, or beside it where there is an address for it.
    std::shared_ptr<const TlsIdentity> tls;
    std::string tls_address;
    std::uint16_t tls_port = 0;
    int workers = 32;
    std::size_t max_connections = 2000;
    std::size_t max_body = 1u << 20;
    std::size_t max_header = 32u << 10;
    // Of bodies that are not whole and answers that are not taken, all connections together; who would make
    // it more is sent away, unless it is almost the only one: one answer may be larger than this.
    std::size_t max_waiting = 256u << 20;
    std::chrono::milliseconds request_deadline{30'000};
    std::chrono::milliseconds idle_timeout{60'000};
    int retry_after_s = 1;
  };
  using Handler = std::function<Reply(const Incoming&)>;

  struct Counters {
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;  // over a limit
    std::uint64_t malformed = 0;
    std::uint64_t cut = 0;    // past the deadline
    std::size_t waiting = 0;  // bytes
    std::size_t open = 0;
    std::size_t busy = 0;
  };

  // Throws Error(config_invalid) when an address cannot be listened on.
  HttpFront(Settings settings, Handler handler);
  ~HttpFront();  // stops
  HttpFront(const HttpFront&) = delete;
  HttpFront& operator=(const HttpFront&) = delete;

  std::uint16_t port() const noexcept;
  // Where HTTPS is spoken; 0: nowhere.
  std::uint16_t tls_port() const noexcept;
  // New connections get this identity; those that are open keep theirs. Only where there was one before.
  std::shared_ptr<const TlsIdentity> identity() const;
  void change_identity(std::shared_ptr<const TlsIdentity> identity);
  Counters counters() const noexcept;
  // Stops accepting, lets running handlers finish for at most `grace`, then cuts them. Idempotent; not from a
  // handler.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds(3));

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bridge
