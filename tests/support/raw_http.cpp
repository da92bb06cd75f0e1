#include "tests/support/raw_http.h"

#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace tests {

namespace {
constexpr std::chrono::seconds limit{10};

// "a bc" as ALPN has it: each with its length before it.
std::string wire_form(std::string words) {
  std::string wire;
  while (!words.empty()) {
    const std::string one = words.substr(0, words.find(' '));
    wire.append(1, static_cast<char>(one.size())).append(one);
    words.erase(0, one.size() + 1);
  }
  return wire;
}
}  // namespace

struct RawHttp::Tls {
  Tls(int fd, const RawTls& wanted) : context(SSL_CTX_new(TLS_client_method())) {
    // OpenSSL writes to a socket that the server closed.
    std::signal(SIGPIPE, SIG_IGN);
    SSL_CTX_load_verify_locations(context, wanted.ca_file.c_str(), nullptr);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (!wanted.highest.empty()) {
      SSL_CTX_set_security_level(context, 0);
      SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
      SSL_CTX_set_max_proto_version(context, wanted.highest == "TLSv1.1" ? TLS1_1_VERSION : TLS1_2_VERSION);
    }
    ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    SSL_set_tlsext_host_name(ssl, "localhost");
    SSL_set1_host(ssl, "localhost");
    const std::string protocols = wire_form(wanted.protocols);
    if (!protocols.empty())
      SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned int>(protocols.size()));
    ERR_clear_error();
    if (SSL_connect(ssl) == 1) return;
    const char* why = ERR_reason_error_string(ERR_peek_error());
    free();
    throw std::runtime_error(std::string("no TLS: ") + (why != nullptr ? why : "the peer ended it"));
  }
  ~Tls() { free(); }
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;
  void free() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }

  SSL_CTX* context;
  SSL* ssl = nullptr;
};

RawHttp::RawHttp(std::uint16_t port, int receive_buffer, const std::optional<RawTls>& tls)
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
  if (!tls) return;
  const timeval patience{limit.count(), 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  try {
    tls_ = std::make_unique<Tls>(fd_, *tls);
    ::fcntl(fd_, F_SETFL, O_NONBLOCK);
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

RawHttp::~RawHttp() {
  tls_.reset();
  ::close(fd_);
}

bool RawHttp::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = tls_ ? SSL_write(tls_->ssl, bytes.data(), static_cast<int>(bytes.size()))
                              : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (tls_ && sent <= 0 && SSL_get_error(tls_->ssl, static_cast<int>(sent)) == SSL_ERROR_WANT_WRITE) {
      if (!wait(POLLOUT, limit)) throw std::runtime_error("the server takes nothing");
      continue;
    }
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawHttp::end_sending() {
  if (tls_) SSL_shutdown(tls_->ssl);
  ::shutdown(fd_, SHUT_WR);
}

bool RawHttp::wait(short events, std::chrono::milliseconds within) const {
  pollfd wanted{fd_, events, 0};
  return ::poll(&wanted, 1, static_cast<int>(within.count())) == 1;
}

bool RawHttp::readable(std::chrono::milliseconds within) {
  if (!buffer_.empty() || !tls_) return !buffer_.empty() || wait(POLLIN, within);
  // What TLS says to itself does not count.
  for (;;) {
    if (const Got got = take(); got != Got::nothing) return true;
    if (!wait(POLLIN, within)) return false;
  }
}

std::string RawHttp::version() const {
  return SSL_get_version(tls_->ssl);
}

std::string RawHttp::protocol() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(tls_->ssl, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

long RawHttp::serial() const {
  return ASN1_INTEGER_get(X509_get0_serialNumber(SSL_get0_peer_certificate(tls_->ssl)));
}

bool RawHttp::was_told_goodbye() const {
  return (SSL_get_shutdown(tls_->ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

RawHttp::Got RawHttp::take() {
  char bytes[16384];
  ERR_clear_error();
  const ssize_t got = tls_ ? SSL_read(tls_->ssl, bytes, sizeof bytes) : ::recv(fd_, bytes, sizeof bytes, 0);
  if (got > 0) {
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return Got::bytes;
  }
  const bool later = tls_ && SSL_get_error(tls_->ssl, static_cast<int>(got)) == SSL_ERROR_WANT_READ;
  return later ? Got::nothing : Got::end;
}

bool RawHttp::fill() {
  for (;;) {
    if (tls_ || wait(POLLIN, limit))
      if (const Got got = take(); got != Got::nothing) return got == Got::bytes;
    if (!wait(POLLIN, limit)) throw std::runtime_error("the server neither answers nor closes");
  }
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
