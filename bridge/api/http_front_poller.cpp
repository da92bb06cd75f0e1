// The poller: takes connections in and ends those whose time is over. Never blocks but in epoll_wait.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "bridge/api/http_answer.h"
#include "bridge/api/http_front_state.h"

namespace bridge {

namespace {
constexpr std::size_t refused_at_once = 64;  // over the limit, and still reading their 503

std::string address_text(const sockaddr_storage& from) {
  char text[INET6_ADDRSTRLEN] = "";
  if (from.ss_family == AF_INET6)
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, text, sizeof text);
  else if (from.ss_family == AF_INET)
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(from).sin_addr, text, sizeof text);
  return text;
}
}  // namespace

int HttpFront::State::wait_ms() const {
  const std::lock_guard lock(mutex_);
  if (stopping_) return 5;
  return connections_.empty() && accepting_ ? -1 : static_cast<int>(tick_.count());
}

void HttpFront::State::poll() {
  epoll_event events[3];
  SteadyClock::time_point next_sweep{};
  for (bool closed = false;;) {
    const int count = ::epoll_wait(door_.fd, events, 3, wait_ms());
    const auto now = SteadyClock::now();
    if (now >= next_sweep) {
      next_sweep = now + tick_;
      const std::lock_guard lock(mutex_);
      sweep(now);
      if (!accepting_ && !closed) listen(EPOLLIN);
    }
    for (int i = 0; i < count; ++i) {
      std::uint64_t rings = 0;
      if (events[i].data.u64 == wake_mark)
        (void)!::read(wake_.fd, &rings, sizeof rings);
      else if (!closed)
        accept_all(listeners_[events[i].data.u64]);
    }
    const std::lock_guard lock(mutex_);
    if (!stopping_) continue;
    if (!closed) {
      close_listeners();
      closed = true;
    }
    close_quiet();
    if (connections_.empty() || now >= grace_end_) break;
  }
  cut_rest();
}

std::string HttpFront::State::last_words(int status, std::string_view text) {
  Reply reply = message_reply(status, text);
  if (status == 503) reply.headers.emplace_back("Retry-After", std::to_string(settings_.retry_after_s));
  const std::string id = new_id();
  return write_answer(reply, {false, false, id});
}

void HttpFront::State::accept_all(const Listener& listener) {
  for (int i = 0; i < 64; ++i) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const int fd =
        ::accept4(listener.fd, reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      // Out of descriptors: the next tick tries again, else the poller would spin on a ready socket.
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        const std::lock_guard lock(mutex_);
        listen(0);
      }
      if (errno == EINTR || errno == ECONNABORTED) continue;
      return;
    }
    take_in(fd, from, listener.tls);
  }
}

void HttpFront::State::take_in(int fd, const sockaddr_storage& from, bool tls) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const std::lock_guard lock(mutex_);
  auto connection = std::make_unique<HttpConnection>(next_connection_++, fd, address_text(from), limits_,
                                                     tls ? identity_.get() : nullptr);
  const bool full = connections_.size() >= settings_.max_connections;
  ++(full ? refused_ : accepted_);
  if (connections_.size() >= settings_.max_connections + refused_at_once)
    return connection->say_last(last_words(503, "Too many connections"));
  Entry& entry = connections_[connection->id()];
  entry.connection = std::move(connection);
  if (full) return start_draining(entry, last_words(503, "Too many connections"), EPOLL_CTL_ADD);
  if (!tls) return park_idle(entry, EPOLL_CTL_ADD);
  // A handshake has the time of a request.
  entry.place = Place::receiving;
  entry.deadline = SteadyClock::now() + settings_.request_deadline;
  arm(entry, EPOLLIN | EPOLLRDHUP, EPOLL_CTL_ADD);
}

void HttpFront::State::listen(std::uint32_t events) {
  accepting_ = events != 0;
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    epoll_event wanted{.events = events, .data = {.u64 = i}};
    ::epoll_ctl(door_.fd, EPOLL_CTL_MOD, listeners_[i].fd, &wanted);
  }
}

void HttpFront::State::sweep(SteadyClock::time_point now) {
  for (auto it = connections_.begin(); it != connections_.end();) {
    Entry& entry = (it++)->second;
    if (now < entry.deadline) continue;
    const bool late = entry.place != Place::idle && entry.place != Place::draining;
    if (late) ++timed_out_;
    if (entry.place == Place::working) {
      entry.connection->cut();
      entry.deadline = SteadyClock::time_point::max();
    } else if (entry.place == Place::receiving) {
      start_draining(entry, last_words(408, "The request took too long"));
    } else {
      close(entry);
    }
  }
}

// While stopping: nothing is waited for but requests that workers have or can take, and answers on their way.
void HttpFront::State::close_quiet() {
  for (auto it = connections_.begin(); it != connections_.end();) {
    const Entry& entry = (it++)->second;
    const bool quiet = entry.place == Place::idle || entry.place == Place::receiving;
    if (entry.place == Place::draining || (quiet && !entry.connection->has_input())) close(entry);
  }
}

void HttpFront::State::cut_rest() {
  const std::lock_guard lock(mutex_);
  for (auto it = connections_.begin(); it != connections_.end();) {
    const Entry& entry = (it++)->second;
    if (entry.place == Place::working)
      entry.connection->cut();
    else
      close(entry);
  }
  end_workers();
}

}  // namespace bridge
