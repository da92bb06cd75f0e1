#include "tests/support/raw_http.h"

#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace tests {

namespace {
constexpr int limit_ms = 10'000;
}

RawHttp::RawHttp(std::uint16_t port, int receive_buffer)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    ::close(fd_);
    throw std::runtime_error("cannot connect to port " + std::to_string(port));
  }
}

RawHttp::~RawHttp() {
  ::close(fd_);
}

bool RawHttp::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawHttp::end_sending() {
  ::shutdown(fd_, SHUT_WR);
}

bool RawHttp::fill() {
  pollfd wanted{fd_, POLLIN, 0};
  if (::poll(&wanted, 1, limit_ms) != 1) throw std::runtime_error("the server neither answers nor closes");
  char bytes[16384];
  const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

RawAnswer RawHttp::read(bool head) {
  RawAnswer answer;
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return answer;
  answer.header = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  const int status = answer.header.size() > 12 ? std::atoi(answer.header.c_str() + 9) : 0;
  const std::size_t at = answer.header.find("Content-Length: ");
  const std::size_t length =
      at == std::string::npos || head ? 0 : std::strtoul(answer.header.c_str() + at + 16, nullptr, 10);
  while (buffer_.size() < length)
    if (!fill()) return answer;
  answer.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  answer.status = status;
  return answer;
}

bool RawHttp::ended() {
  return buffer_.empty() && !fill();
}

std::string RawHttp::read_all() {
  while (fill()) continue;
  return std::exchange(buffer_, {});
}

RawAnswer ask(std::uint16_t port, std::string_view bytes) {
  RawHttp client(port);
  client.send(bytes);
  return client.read();
}

}  // namespace tests
