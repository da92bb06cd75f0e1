#include "connectors/engine/http_connection.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <utility>

#include <Poco/Exception.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>

namespace connectors {

namespace {

using Clock = std::chrono::steady_clock;

// A plain socket waits that long inside recv() itself, before poll() does, which also sees a stop: an answer
// that comes soon costs one call of the system instead of two.
constexpr std::chrono::milliseconds first_wait{100};

// The address alone, without port and zone.
std::string text_of(const HttpAddress& address) {
  char text[INET6_ADDRSTRLEN] = "";
  const bool six = address.bytes.ss_family == AF_INET6;
  const void* bytes =
      six ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address.bytes).sin6_addr)
          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address.bytes).sin_addr);
  return inet_ntop(address.bytes.ss_family, bytes, text, sizeof text) == nullptr ? "" : text;
}

std::string system_text(int error) {
  return std::generic_category().message(error);
}

}  // namespace

struct HttpConnection::State {
  Poco::Net::StreamSocket socket;
  bool tls = false;
  int fd = -1;

  // What one attempt to move bytes came to. `wants` is what to poll for after would_block.
  enum class Moved { some, ended, would_block, broke };
  short wants = 0;
  bool waits_in_read = false;  // the socket blocks, for first_wait at most
  std::string broken;
  Moved write(std::string_view bytes, std::size_t& count);
  Moved read(char* buffer, int size, std::size_t& count, int flags = MSG_DONTWAIT);
  Moved judge(int n, int error, short plain_wants, std::size_t& count);

  bool connect(const HttpAddress& address, const Until& until, Fault& fault);
  void let_reads_wait();
};

bool HttpConnection::State::connect(const HttpAddress& address, const Until& until, Fault& fault) {
  try {
    const Poco::Net::SocketAddress peer(reinterpret_cast<const sockaddr*>(&address.bytes), address.length);
    socket = Poco::Net::StreamSocket(peer.family());
    socket.connectNB(peer);
    fd = socket.impl()->sockfd();
    short events = POLLOUT;
    if (const Wait wait = wait_for(fd, events, until); wait != Wait::ready)
      return ends_early(wait, "connecting", fault);
    if (const int error = socket.impl()->socketError(); error != 0)
      return fault.is("refused_connection", system_text(error));
    socket.setBlocking(false);
    socket.setNoDelay(true);
    return true;
  } catch (const Poco::Exception& e) {
    return fault.is("refused_connection", e.displayText());
  }
}

void HttpConnection::State::let_reads_wait() {
  const timeval wait{0, std::chrono::microseconds(first_wait).count()};
  if (::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0) return;
  const int flags = ::fcntl(fd, F_GETFL);
  waits_in_read = flags >= 0 && ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0;
}

HttpConnection::HttpConnection(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpConnection::~HttpConnection() = default;

std::unique_ptr<HttpConnection> HttpConnection::open(const HttpUrl& url, TlsTrust& trust,
                                                     HttpResolver& resolver, const AddressVeto& veto,
                                                     const Until& until, Fault& fault) {
  if (url.tls && !trust.prepare(fault)) return nullptr;
  std::vector<HttpAddress> addresses;
  std::string problem;
  switch (resolver.look_up(url.host, url.port, until.at, addresses, problem)) {
    case HttpResolver::Found::yes:
      break;
    case HttpResolver::Found::no:
      fault.is("unresolved", url.host + ": " + problem);
      return nullptr;
    case HttpResolver::Found::timeout:
      fault.is("timeout", "the deadline passed while looking up " + url.host);
      return nullptr;
    case HttpResolver::Found::stopped:
      fault.is("stopped", "stopped while looking up " + url.host);
      return nullptr;
  }
  // An address that does not answer leaves time for those behind it.
  std::unique_ptr<State> state;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto now = Clock::now();
    const auto share = (until.at - now) / static_cast<int>(addresses.size() - i);
    if (const std::string why = veto ? veto(url.host, text_of(addresses[i])) : ""; !why.empty()) {
      fault.is("forbidden_address", text_of(addresses[i]) + " is " + why);
      continue;
    }
    auto attempt = std::make_unique<State>();
    if (attempt->connect(addresses[i], Until{now + share, until.stop}, fault)) {
      state = std::move(attempt);
      break;
    }
    if (fault.reason == "stopped") break;
  }
  if (!state) {
    fault.detail = url.origin() + ": " + fault.detail;
    return nullptr;
  }
  if (url.tls) {
    state->tls = true;
    if (!trust.shake_hands(state->socket, url.host, until, fault)) {
      fault.detail = url.origin() + ": " + fault.detail;
      return nullptr;
    }
  } else {
    state->let_reads_wait();
  }
  return std::unique_ptr<HttpConnection>(new HttpConnection(std::move(state)));
}

// Plain sockets are read and written without Poco, which throws where a socket would block.
HttpConnection::State::Moved HttpConnection::State::judge(int n, int error, short plain_wants,
                                                          std::size_t& count) {
  if (n > 0) {
    count = static_cast<std::size_t>(n);
    return Moved::some;
  }
  if (n == 0) return Moved::ended;
  if (tls) {
    wants = n == Poco::Net::SecureStreamSocket::ERR_SSL_WANT_WRITE ? POLLOUT : POLLIN;
    return Moved::would_block;
  }
  if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) {
    wants = plain_wants;
    return Moved::would_block;
  }
  broken = system_text(error);
  return Moved::broke;
}

HttpConnection::State::Moved HttpConnection::State::write(std::string_view bytes, std::size_t& count) {
  const auto part = std::min<std::size_t>(bytes.size(), 1u << 20);
  if (!tls) {
    const auto n = ::send(fd, bytes.data(), part, MSG_NOSIGNAL | MSG_DONTWAIT);
    // An early answer ends the wait for room: see send().
    return judge(static_cast<int>(n), errno, POLLOUT | POLLIN, count);
  }
  try {
    return judge(socket.sendBytes(bytes.data(), static_cast<int>(part)), 0, 0, count);
  } catch (const Poco::Exception& e) {
    broken = e.displayText();
    return Moved::broke;
  }
}

HttpConnection::State::Moved HttpConnection::State::read(char* buffer, int size, std::size_t& count,
                                                         int flags) {
  if (!tls) {
    const auto n = ::recv(fd, buffer, static_cast<std::size_t>(size), flags);
    return judge(static_cast<int>(n), errno, POLLIN, count);
  }
  try {
    return judge(socket.receiveBytes(buffer, size), 0, 0, count);
  } catch (const Poco::Exception& e) {
    broken = e.displayText();
    return Moved::broke;
  }
}

HttpConnection::Sent HttpConnection::send(std::string_view bytes, std::size_t& sent, const Until& until,
                                          Fault& fault) {
  State& s = *state_;
  while (!bytes.empty()) {
    if (until.passed()) {
      ends_early(Wait::timeout, "sending the request", fault);
      return Sent::failed;
    }
    std::size_t count = 0;
    const State::Moved moved = s.write(bytes, count);
    if (moved == State::Moved::some) {
      bytes.remove_prefix(count);
      sent += count;
      continue;
    }
    // A TLS socket may have written a part of a record by now.
    if (s.tls) sent = std::max<std::size_t>(sent, 1);
    if (moved != State::Moved::would_block) {
      fault.is("connection_lost", "the connection broke while the request was sent: " + s.broken);
      return Sent::failed;
    }
    short events = s.wants;
    if (const Wait wait = wait_for(s.fd, events, until); wait != Wait::ready) {
      ends_early(wait, "sending the request", fault);
      return Sent::failed;
    }
    if (!s.tls && (events & (POLLIN | POLLOUT)) == POLLIN) return Sent::early_answer;
  }
  return Sent::all;
}

int HttpConnection::receive(char* buffer, int size, const Until& until, Fault& fault) {
  State& s = *state_;
  const bool waits = s.waits_in_read && until.at - Clock::now() > first_wait;
  // TLS may hold bytes that poll() does not see: there, reading comes first.
  bool wait_first = !s.tls && !waits;
  int flags = waits ? 0 : MSG_DONTWAIT;
  s.wants = POLLIN;
  for (;;) {
    if (wait_first) {
      short events = s.wants;
      if (const Wait wait = wait_for(s.fd, events, until); wait != Wait::ready) {
        ends_early(wait, "waiting for the answer", fault);
        return -1;
      }
    } else if (until.passed()) {
      ends_early(Wait::timeout, "reading the answer", fault);
      return -1;
    }
    std::size_t count = 0;
    switch (s.read(buffer, size, count, std::exchange(flags, MSG_DONTWAIT))) {
      case State::Moved::some:
        return static_cast<int>(count);
      case State::Moved::ended:
        return 0;
      case State::Moved::would_block:
        wait_first = true;
        continue;
      case State::Moved::broke:
        break;
    }
    fault.is("connection_lost", "the connection broke before the whole answer was there: " + s.broken);
    return -1;
  }
}

bool HttpConnection::is_quiet() const noexcept {
  pollfd one = {state_->fd, POLLIN, 0};
  return ::poll(&one, 1, 0) == 0;
}

int HttpConnection::unconfirmed() const noexcept {
  int bytes = 0;
  return ::ioctl(state_->fd, SIOCOUTQ, &bytes) == 0 ? bytes : -1;
}

}  // namespace connectors
