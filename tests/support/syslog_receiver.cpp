#include "tests/support/syslog_receiver.h"

#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace tests {

SyslogReceiver::SyslogReceiver(std::optional<ServerIdentity> identity, bool lines)
    : lines_(lines), server_([this](Peer& peer) { serve(peer); }, std::move(identity)) {}

std::vector<std::string> SyslogReceiver::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

std::string SyslogReceiver::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

bool SyslogReceiver::take(std::string& pending) {
  const std::lock_guard lock(mutex_);
  const auto end = pending.find(lines_ ? '\n' : ' ');
  if (end == std::string::npos) return false;
  if (lines_) {
    messages_.push_back(pending.substr(0, end));
    pending.erase(0, end + 1);
    return true;
  }
  const std::string digits = pending.substr(0, end);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos || digits[0] == '0') {
    problem_ = "no length in front: " + pending.substr(0, 40);
    return false;
  }
  const auto length = static_cast<std::size_t>(std::strtoul(digits.c_str(), nullptr, 10));
  if (pending.size() < end + 1 + length) return false;
  messages_.push_back(pending.substr(end + 1, length));
  pending.erase(0, end + 1 + length);
  return true;
}

void SyslogReceiver::serve(Peer& peer) {
  std::string pending;
  int taken = 0;
  for (;;) {
    const std::string bytes = peer.read_bytes();
    if (bytes.empty()) return;
    pending += bytes;
    while (take(pending)) {
      if (++taken == reset_after_) return peer.reset();
    }
  }
}

UdpReceiver::UdpReceiver(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (fd_ < 0 || ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("no free UDP port on 127.0.0.1");
  port_ = ntohs(address.sin_port);
}

UdpReceiver::~UdpReceiver() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<std::string> UdpReceiver::next(std::chrono::milliseconds limit) {
  pollfd one = {fd_, POLLIN, 0};
  if (::poll(&one, 1, static_cast<int>(limit.count())) != 1) return std::nullopt;
  std::string datagram(65536, '\0');
  const auto n = ::recv(fd_, datagram.data(), datagram.size(), 0);
  if (n < 0) return std::nullopt;
  datagram.resize(static_cast<std::size_t>(n));
  return datagram;
}

}  // namespace tests
