#include "bridge/api/http_front.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <random>
#include <sys/eventfd.h>

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>

#include "bridge/api/http_answer.h"
#include "bridge/api/http_front_state.h"
#include "bridge/ops/error.h"
#include "bridge/ops/listen_address.h"

namespace bridge {

namespace {
using std::chrono::milliseconds;

constexpr milliseconds drain_time{1000};
}  // namespace

HttpFront::State::State(Settings settings, Handler handler)
    : settings_(std::move(settings)),
      handler_(std::move(handler)),
      limits_{.head = settings_.max_header, .body = settings_.max_body},
      tick_(std::clamp(std::min(settings_.request_deadline, settings_.idle_timeout) / 8, milliseconds(5),
                       milliseconds(100))),
      door_(::epoll_create1(EPOLL_CLOEXEC)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      end_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      identity_(settings_.tls) {
  const bool beside = identity_ && !settings_.tls_address.empty();
  open_listener(settings_.address, settings_.port, identity_ && !beside);
  if (beside) open_listener(settings_.tls_address, settings_.tls_port, true);

  char prefix[16];
  std::snprintf(prefix, sizeof prefix, "%08x-", static_cast<unsigned>(std::random_device{}()));
  id_prefix_ = prefix;

  epoll_event wake{.events = EPOLLIN, .data = {.u64 = wake_mark}};
  if (::epoll_ctl(door_.fd, EPOLL_CTL_ADD, wake_.fd, &wake) != 0 ||
      ::epoll_ctl(epoll_.fd, EPOLL_CTL_ADD, end_.fd, &wake) != 0)
    throw std::system_error(errno, std::generic_category(), "HTTP front");
}

HttpFront::State::~State() = default;

void HttpFront::State::open_listener(const std::string& address, std::uint16_t port, bool tls) {
  Listener made{std::make_unique<Poco::Net::ServerSocket>(), -1, 0, tls};
  // Not with SO_REUSEPORT, which is the default of the shorter overload: a second process would share the
  // port.
  try {
    made.socket->bind(Poco::Net::SocketAddress(address, port), true, false);
    made.socket->listen(1024);
  } catch (const Poco::Exception& e) {
    const std::string why = e.code() == EADDRINUSE
                                ? "another program has it; stop that one, or listen at another port"
                                : e.displayText() +
                                      "; name an address of this machine and a port that "
                                      "this user may open";
    throw Error(ErrorCode::config_invalid,
                "cannot listen on " + ListenAddress{address, port}.text() + ": " + why);
  }
  made.socket->setBlocking(false);
  made.fd = made.socket->impl()->sockfd();
  ::fcntl(made.fd, F_SETFD, FD_CLOEXEC);
  made.port = made.socket->address().port();
  epoll_event incoming{.events = EPOLLIN, .data = {.u64 = listeners_.size()}};
  if (::epoll_ctl(door_.fd, EPOLL_CTL_ADD, made.fd, &incoming) != 0)
    throw std::system_error(errno, std::generic_category(), "HTTP front");
  listeners_.push_back(std::move(made));
}

void HttpFront::State::close_listeners() {
  listen(0);
  for (Listener& one : listeners_) one.socket->close();
}

void HttpFront::State::start() {
  try {
    for (int i = 0; i < std::max(1, settings_.workers); ++i) workers_.emplace_back([this] { work(); });
    poller_ = std::thread([this] { poll(); });
  } catch (...) {
    stop(milliseconds(0));
    throw;
  }
}

void HttpFront::State::stop(milliseconds grace) {
  const std::lock_guard only_one(stop_mutex_);
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) grace_end_ = SteadyClock::now() + grace;
    stopping_ = true;
    if (!poller_.joinable()) end_workers();
  }
  const std::uint64_t one = 1;
  (void)!::write(wake_.fd, &one, sizeof one);
  if (poller_.joinable()) poller_.join();
  for (std::thread& worker : workers_)
    if (worker.joinable()) worker.join();
  workers_.clear();
}

// Workers

Reply HttpFront::State::handle(Incoming& request) noexcept {
  struct Busy {
    explicit Busy(std::atomic<std::size_t>& value) : count(value) { ++count; }
    ~Busy() { --count; }
    std::atomic<std::size_t>& count;
  } busy(busy_);
  try {
    request.id = new_id();
    return handler_(request);
  } catch (...) {
    return message_reply(500, "General error");
  }
}

std::string HttpFront::State::new_id() {
  char number[20];
  std::snprintf(number, sizeof number, "%06llx", static_cast<unsigned long long>(next_request_++));
  return id_prefix_ + number;
}

void HttpFront::State::restart_deadline(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  connections_.at(id).deadline = SteadyClock::now() + settings_.request_deadline;
}

void HttpFront::State::end_workers() {
  workers_may_end_ = true;
  // Never read: every worker finds it.
  const std::uint64_t one = 1;
  (void)!::write(end_.fd, &one, sizeof one);
}

void HttpFront::State::work() {
  for (;;) {
    // One at a time: what else is ready is another worker's.
    epoll_event event{};
    if (::epoll_wait(epoll_.fd, &event, 1, -1) != 1) continue;
    std::unique_lock lock(mutex_);
    if (workers_may_end_) return;
    Entry* entry = begin(event.data.u64);
    if (entry == nullptr) continue;
    lock.unlock();
    const HttpConnection::Needs needs = entry->connection->advance(*this);
    lock.lock();
    settle(*entry, needs);
  }
}

HttpFront::State::Entry* HttpFront::State::begin(std::uint64_t mark) {
  const auto found = connections_.find(mark);
  if (found == connections_.end()) return nullptr;
  Entry& entry = found->second;
  if (entry.place == Place::draining) {
    if (entry.connection->drain())
      arm(entry, EPOLLIN | EPOLLRDHUP);
    else
      close(entry);
    return nullptr;
  }
  if (entry.place == Place::idle) entry.deadline = SteadyClock::now() + settings_.request_deadline;
  entry.place = Place::working;
  return &entry;
}

void HttpFront::State::settle(Entry& entry, HttpConnection::Needs needs) {
  if (workers_may_end_) return close(entry);
  if (is_too_much(entry) && (needs == HttpConnection::Needs::room || needs == HttpConnection::Needs::input)) {
    ++refused_;
    if (needs == HttpConnection::Needs::room) return close(entry);
    return start_draining(entry, last_words(503, "Too much is waiting to be received"));
  }
  switch (needs) {
    case HttpConnection::Needs::input:
      if (!entry.connection->in_request()) {
        if (stopping_) return close(entry);
        return park_idle(entry);
      }
      entry.place = Place::receiving;
      return arm(entry, EPOLLIN | EPOLLRDHUP);
    case HttpConnection::Needs::room:
      entry.place = Place::sending;
      return arm(entry, EPOLLOUT);
    case HttpConnection::Needs::next_turn:
      // Behind whatever else is ready now.
      entry.deadline = SteadyClock::now() + settings_.request_deadline;
      entry.place = Place::sending;
      return arm(entry, EPOLLIN | EPOLLOUT);
    case HttpConnection::Needs::drain:
      return start_draining(entry, {});
    case HttpConnection::Needs::close:
      return close(entry);
  }
}

// Counts what waits. True when it is more than all may hold together, and neither this one is small nor what
// the others hold: an answer that is larger than the limit would be cut at every attempt to fetch it.
bool HttpFront::State::is_too_much(Entry& entry) {
  constexpr std::size_t small = 64u << 10;
  const std::size_t held = entry.connection->held();
  waiting_ += held - entry.held;
  entry.held = held;
  return waiting_ > settings_.max_waiting && held > small && waiting_ - held > small;
}

// Both; mutex_ is held

void HttpFront::State::arm(const Entry& entry, std::uint32_t events, int operation) {
  epoll_event wanted{.events = events | EPOLLONESHOT, .data = {.u64 = entry.connection->id()}};
  if (::epoll_ctl(epoll_.fd, operation, entry.connection->fd(), &wanted) != 0) close(entry);
}

void HttpFront::State::park_idle(Entry& entry, int operation) {
  entry.place = Place::idle;
  entry.deadline = SteadyClock::now() + settings_.idle_timeout;
  arm(entry, EPOLLIN | EPOLLRDHUP, operation);
}

void HttpFront::State::start_draining(Entry& entry, std::string_view last_words, int operation) {
  entry.connection->say_last(last_words);
  entry.place = Place::draining;
  entry.deadline = SteadyClock::now() + drain_time;
  arm(entry, EPOLLIN | EPOLLRDHUP, operation);
}

void HttpFront::State::close(const Entry& entry) {
  waiting_ -= entry.held;
  connections_.erase(entry.connection->id());
}

// The front

HttpFront::HttpFront(Settings settings, Handler handler)
    : state_(std::make_unique<State>(std::move(settings), std::move(handler))) {
  state_->start();
}

HttpFront::~HttpFront() {
  stop();
}

std::uint16_t HttpFront::port() const noexcept {
  return state_->listeners_.front().port;
}

std::uint16_t HttpFront::tls_port() const noexcept {
  return state_->listeners_.back().tls ? state_->listeners_.back().port : std::uint16_t{0};
}

std::shared_ptr<const TlsIdentity> HttpFront::identity() const {
  const std::lock_guard lock(state_->mutex_);
  return state_->identity_;
}

void HttpFront::change_identity(std::shared_ptr<const TlsIdentity> identity) {
  const std::lock_guard lock(state_->mutex_);
  if (state_->identity_ && identity) state_->identity_ = std::move(identity);
}

HttpFront::Counters HttpFront::counters() const noexcept {
  Counters counters;
  counters.accepted = state_->accepted_;
  counters.refused = state_->refused_;
  counters.malformed = state_->malformed_;
  counters.cut = state_->timed_out_;
  counters.busy = state_->busy_;
  const std::lock_guard lock(state_->mutex_);
  counters.open = state_->connections_.size();
  counters.waiting = state_->waiting_;
  return counters;
}

void HttpFront::stop(std::chrono::milliseconds grace) {
  state_->stop(grace);
}

}  // namespace bridge
