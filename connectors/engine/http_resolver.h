#pragma once

// Looks names up within a deadline. The system's lookup cannot be interrupted, so each name has at most one
// helper thread in flight, which outlives a caller that gave up. Thread-safe.

#include <chrono>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace connectors {

struct HttpAddress {
  sockaddr_storage bytes{};
  socklen_t length = 0;
};

class HttpResolver {
 public:
  HttpResolver();
  ~HttpResolver();

  enum class Found { yes, no, timeout, stopped };
  // `problem` is the system's word for what went wrong.
  Found look_up(const std::string& host, std::uint16_t port, std::chrono::steady_clock::time_point until,
                std::vector<HttpAddress>& addresses, std::string& problem);
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace connectors
