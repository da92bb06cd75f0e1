#pragma once

// A client of bytes, plain or over TLS: sends exactly what a test says and reads what comes back, so that a
// server can be told things that no HTTP library would say. Every read gives up after a limit, so that a test
// fails and never hangs. One thread at a time.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tests {

struct RawAnswer {
  int status = 0;      // 0: the connection ended without an answer
  std::string header;  // status line and fields
  std::string body;
  bool says(std::string_view text) const { return header.find(text) != std::string::npos; }
};

// How a client speaks TLS to "localhost".
struct RawTls {
  std::string ca_file;         // whom it trusts
  std::string highest = {};    // "TLSv1.1", "TLSv1.2"; empty: the newest
  std::string protocols = {};  // offered by ALPN, one after the other with a space between; empty: no ALPN
};

class RawHttp {
 public:
  // Throws std::runtime_error when there is no connection, or no handshake.
  explicit RawHttp(std::uint16_t port, int receive_buffer = 0, const std::optional<RawTls>& tls = {});
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
  // Something, or the end, is there to be read within that time.
  bool readable(std::chrono::milliseconds within);

  // Of TLS: "TLSv1.3"; what ALPN chose; the number of the server's certificate.
  std::string version() const;
  std::string protocol() const;
  long serial() const;
  bool was_told_goodbye() const;

 private:
  struct Tls;
  enum class Got { bytes, nothing, end };

  bool fill();
  Got take();
  bool wait(short events, std::chrono::milliseconds within) const;

  int fd_ = -1;
  std::unique_ptr<Tls> tls_;
  std::string buffer_;
};

// One request on a connection of its own.
RawAnswer ask(std::uint16_t port, std::string_view bytes);

}  // namespace tests
