#pragma once

// The inside of the front: which connections there are, whose turn it is, and when each is to be ended.
// Owned by HttpFront. One mutex guards the table of connections; a worker holds it only between requests.

#include <atomic>
#include <cerrno>
#include <mutex>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <unordered_map>

#include "bridge/api/http_front.h"
#include "bridge/api/http_front_connection.h"

namespace Poco::Net {
class ServerSocket;
}

namespace bridge {

// An open file descriptor, closed at the end.
struct Descriptor {
  explicit Descriptor(int value) : fd(value) {
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "HTTP front");
  }
  ~Descriptor() { ::close(fd); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int fd;
};

struct HttpFront::State final : HttpConnection::Host {
  using SteadyClock = std::chrono::steady_clock;
  // Marks below wake_mark are listeners.
  static constexpr std::uint64_t wake_mark = 2;
  struct Listener {
    std::unique_ptr<Poco::Net::ServerSocket> socket;
    int fd = -1;
    std::uint16_t port = 0;
    bool tls = false;
  };
  // Who may touch the connection: whoever holds mutex_, or (working) the worker that has it. Changed under
  // mutex_ only.
  enum class Place { idle, receiving, sending, draining, working };
  struct Entry {
    Place place = Place::idle;
    SteadyClock::time_point deadline;
    std::size_t held = 0;  // as counted in waiting_
    std::unique_ptr<HttpConnection> connection;
  };

  State(Settings settings, Handler handler);
  ~State() override;
  void start();
  void stop(std::chrono::milliseconds grace);

  Reply handle(Incoming& request) noexcept override;
  std::string new_id() override;
  bool stopping() const noexcept override { return stopping_; }
  void count_malformed() noexcept override { ++malformed_; }
  void restart_deadline(std::uint64_t id) override;

  void end_workers();
  void work();
  // Nothing: it is not a worker's any more.
  Entry* begin(std::uint64_t mark);
  void settle(Entry& entry, HttpConnection::Needs needs);
  void arm(const Entry& entry, std::uint32_t events, int operation = EPOLL_CTL_MOD);
  void park_idle(Entry& entry, int operation = EPOLL_CTL_MOD);
  void start_draining(Entry& entry, std::string_view last_words, int operation = EPOLL_CTL_MOD);
  void close(const Entry& entry);

  void poll();
  std::string last_words(int status, std::string_view text);
  void open_listener(const std::string& address, std::uint16_t port, bool tls);
  void accept_all(const Listener& listener);
  void take_in(int fd, const sockaddr_storage& from, bool tls);
  void listen(std::uint32_t events);
  void close_listeners();
  bool is_too_much(Entry& entry);
  void sweep(SteadyClock::time_point now);
  void close_quiet();
  void cut_rest();
  int wait_ms() const;

  const Settings settings_;
  const Handler handler_;
  const HttpParser::Limits limits_;
  const std::chrono::milliseconds tick_;
  std::vector<Listener> listeners_;
  Descriptor door_;   // for the poller: the listeners and stop()
  Descriptor epoll_;  // for the workers: the connections, each reported to one of them
  Descriptor wake_;   // stop() is called
  Descriptor end_;    // workers are to end
  std::string id_prefix_;

  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, Entry> connections_;
  std::uint64_t next_connection_ = wake_mark + 1;
  std::shared_ptr<const TlsIdentity> identity_;
  std::size_t waiting_ = 0;
  SteadyClock::time_point grace_end_;
  bool workers_may_end_ = false;
  bool accepting_ = true;

  std::mutex stop_mutex_;
  std::thread poller_;
  std::vector<std::thread> workers_;

  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> next_request_{1};
  std::atomic<std::uint64_t> accepted_{0}, refused_{0}, malformed_{0}, timed_out_{0};
  std::atomic<std::size_t> busy_{0};
};

}  // namespace bridge
