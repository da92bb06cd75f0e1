#pragma once

// Receivers of syslog for tests, on 127.0.0.1 at free ports. They keep every message that came whole, in the
// order they came. SyslogReceiver takes octet-counted or line-ended streams, plain or TLS, and is
// thread-safe; UdpReceiver is asked by one thread.

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/scripted_server.h"

namespace tests {

class SyslogReceiver {
 public:
  explicit SyslogReceiver(std::optional<ServerIdentity> identity = std::nullopt, bool lines = false);

  std::uint16_t port() const noexcept { return server_.port(); }
  // The connection that has taken so many messages is reset, with all that it holds unread; 0: none is.
  void reset_after(int messages) { reset_after_ = messages; }
  std::vector<std::string> messages() const;
  int connections() const noexcept { return server_.accepted(); }
  // What could not be taken apart; empty: nothing.
  std::string problem() const;

 private:
  void serve(Peer& peer);
  bool take(std::string& pending);

  const bool lines_;
  std::atomic<int> reset_after_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> messages_;
  std::string problem_;
  ScriptedServer server_;  // last: its threads use all of the above
};

class UdpReceiver {
 public:
  // On a port of its own, or on `port`, which must be free.
  explicit UdpReceiver(std::uint16_t port = 0);
  ~UdpReceiver();
  UdpReceiver(const UdpReceiver&) = delete;
  UdpReceiver& operator=(const UdpReceiver&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  // The next datagram; nothing when none comes within `limit`.
  std::optional<std::string> next(std::chrono::milliseconds limit = std::chrono::seconds(5));

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace tests
