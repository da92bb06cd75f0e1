#include "bridge/siem/udp_sink.h"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace bridge {

using connectors::Verdict;
using namespace std::chrono_literals;

namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t largest_datagram = 65'000;
constexpr auto look = 250ms;
// A receiver's buffer is small, and what does not fit is gone without a word: at most some 6,000 a second.
constexpr int burst = 32;
constexpr auto between_bursts = 5ms;

SiemConfig::Syslog with_size(SiemConfig::Syslog config) {
  config.max_size = std::min(config.max_size, largest_datagram);
  return config;
}

}  // namespace

UdpSink::UdpSink(const SiemConfig::Syslog& config, std::chrono::milliseconds timeout, std::string target)
    : config_(config),
      timeout_(timeout),
      target_(std::move(target)),
      writer_(with_size(config), own_hostname()) {}

UdpSink::~UdpSink() {
  if (fd_ >= 0) ::close(fd_);
}

std::chrono::milliseconds UdpSink::pause() const {
  return std::min<std::chrono::milliseconds>(look, config_.settle);
}

std::string UdpSink::told() const {
  return "sent to " + target_ +
         "; over UDP only the receiver can say whether it came: look for siem.test there";
}

void UdpSink::stop() {
  stop_.raise();
  resolver_.stop();
}

connectors::Outcome UdpSink::broken(const char* reason, const std::string& detail) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  waiting_.clear();
  return siem_failure(Verdict::retry, reason, target_ + ": " + detail);
}

connectors::Outcome UdpSink::broken(int error) {
  return broken(error == ECONNREFUSED ? "refused_connection" : "connection_lost",
                std::generic_category().message(error));
}

connectors::Outcome UdpSink::open() {
  std::vector<connectors::HttpAddress> addresses;
  std::string problem;
  switch (resolver_.look_up(config_.host, config_.port, Steady::now() + timeout_, addresses, problem)) {
    case connectors::HttpResolver::Found::yes:
      break;
    case connectors::HttpResolver::Found::no:
      return broken("unresolved", problem);
    case connectors::HttpResolver::Found::timeout:
      return broken("timeout", "the deadline passed while looking up the host");
    case connectors::HttpResolver::Found::stopped:
      return broken("stopped", "stopped while looking up the host");
  }
  int error = 0;
  for (const connectors::HttpAddress& address : addresses) {
    fd_ = ::socket(address.bytes.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd_ >= 0 && ::connect(fd_, reinterpret_cast<const sockaddr*>(&address.bytes), address.length) == 0)
      return {};
    error = errno;
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  return broken(error);
}

SiemSink::Sent UdpSink::send(const std::vector<SiemEvent>& events, Time now) {
  if (fd_ < 0)
    if (auto opened = open(); !opened.done()) return {std::move(opened)};
  const connectors::Until until{Steady::now() + timeout_, stop_};
  int sent = 0;
  for (const SiemEvent& event : events) {
    if (++sent % burst == 0) std::this_thread::sleep_for(between_bursts);
    const std::string message = writer_.message(event);
    while (::send(fd_, message.data(), message.size(), MSG_NOSIGNAL) < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != ENOBUFS) return {broken(errno)};
      short ready = POLLOUT;
      const connectors::Wait wait = connectors::wait_for(fd_, ready, until);
      if (wait == connectors::Wait::ready) continue;
      connectors::Fault fault;
      connectors::ends_early(wait, "sending", fault);
      return {broken(fault.reason == "stopped" ? "stopped" : "timeout", fault.detail)};
    }
  }
  waiting_.push_back(now);
  return {};
}

SiemSink::Arrived UdpSink::confirm(Time now) {
  if (waiting_.empty()) return {};
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0) return {0, broken(error)};
  Arrived arrived;
  for (; !waiting_.empty() && now - waiting_.front() >= config_.settle; ++arrived.sends) waiting_.pop_front();
  return arrived;
}

}  // namespace bridge
