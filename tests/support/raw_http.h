#pragma once

// A client of bytes: sends exactly what a test says and reads what comes back, so that a server can be told
// things that no HTTP library would say. Every read gives up after a limit, so that a test fails and never
// hangs.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tests {

struct RawAnswer {
  int status = 0;      // 0: the connection ended without an answer
  std::string header;  // status line and fields
  std::string body;
  bool says(std::string_view text) const { return header.find(text) != std::string::npos; }
};

class RawHttp {
 public:
  explicit RawHttp(std::uint16_t port, int receive_buffer = 0);
  ~RawHttp();
  RawHttp(const RawHttp&) = delete;
  RawHttp& operator=(const RawHttp&) = delete;

  // False when the peer no longer takes bytes.
  bool send(std::string_view bytes);
  void end_sending();
  // The next answer; `head` when the request was HEAD, which has no body.
  RawAnswer read(bool head = false);
  // True when the peer ends the connection (within the limit) and nothing more came before.
  bool ended();
  // Everything until the peer ends the connection.
  std::string read_all();

 private:
  bool fill();

  int fd_ = -1;
  std::string buffer_;
};

// One request on a connection of its own.
RawAnswer ask(std::uint16_t port, std::string_view bytes);

}  // namespace tests
