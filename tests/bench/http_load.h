#pragma once

// As many kept-alive connections as are asked for, each a thread that sends the same GET again as soon as the
// answer to the last one is whole. Plain sockets and as little reading as HTTP allows, so that what is
// measured is the server.

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace bench {

struct Target {
  std::uint16_t port = 0;  // of 127.0.0.1
  std::string path;
  std::vector<std::pair<std::string, std::string>> headers;
};

struct LoadFigures {
  double per_second = 0;
  double p50_ms = 0, p99_ms = 0;
  std::size_t body_bytes = 0;  // of one answer
};

// Throws std::runtime_error for anything but 200 with Content-Length.
LoadFigures get_again_and_again(const Target& target, int connections, std::chrono::milliseconds how_long);

// The body of one GET.
std::string get_once(const Target& target);

}  // namespace bench
