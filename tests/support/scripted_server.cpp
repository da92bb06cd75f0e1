#include "tests/support/scripted_server.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "mappings/engine/text.h"

namespace tests {

namespace {

int bind_loopback(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("no free port on 127.0.0.1");
  port = ntohs(address.sin_port);
  return fd;
}

class TlsPeer final : public Peer {
 public:
  TlsPeer(int fd, int number, SSL* ssl) : Peer(fd, number), ssl_(ssl) {}
  ~TlsPeer() override { SSL_free(ssl_); }
  void close() override {
    SSL_shutdown(ssl_);
    drop();
  }

 protected:
  int receive(char* buffer, int size) override { return SSL_read(ssl_, buffer, size); }
  int transmit(const char* bytes, int size) override { return SSL_write(ssl_, bytes, size); }

 private:
  SSL* ssl_;
};

}  // namespace

struct ScriptedServer::Tls {
  SSL_CTX* context = nullptr;
  ~Tls() { SSL_CTX_free(context); }
};

std::string SeenRequest::header(std::string_view name) const {
  for (const auto& [field, value] : headers)
    if (mappings::equal_ignoring_case(field, name)) return value;
  return {};
}

int Peer::receive(char* buffer, int size) {
  return static_cast<int>(::recv(fd_, buffer, static_cast<std::size_t>(size), 0));
}

int Peer::transmit(const char* bytes, int size) {
  return static_cast<int>(::send(fd_, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL));
}

bool Peer::fill() {
  char buffer[8192];
  const int n = receive(buffer, sizeof buffer);
  if (n <= 0) return false;
  pending_.append(buffer, static_cast<std::size_t>(n));
  return true;
}

std::optional<SeenRequest> Peer::read_head() {
  std::size_t end = 0;
  while ((end = pending_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return std::nullopt;
  SeenRequest seen;
  std::string_view rest = std::string_view(pending_).substr(0, end + 2);
  std::string_view first = rest.substr(0, rest.find("\r\n"));
  rest.remove_prefix(first.size() + 2);
  seen.method = first.substr(0, first.find(' '));
  first.remove_prefix(seen.method.size() + 1);
  seen.target = first.substr(0, first.find(' '));
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(line.size() + 2);
    const std::size_t colon = line.find(": ");
    seen.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  pending_.erase(0, end + 4);
  return seen;
}

std::optional<SeenRequest> Peer::read_request() {
  auto seen = read_head();
  if (!seen) return seen;
  const std::string length = seen->header("Content-Length");
  const std::size_t wanted = length.empty() ? 0 : std::stoul(length);
  while (pending_.size() < wanted)
    if (!fill()) return std::nullopt;
  seen->body = pending_.substr(0, wanted);
  pending_.erase(0, wanted);
  return seen;
}

std::string Peer::read_bytes() {
  if (pending_.empty() && !fill()) return {};
  return std::exchange(pending_, {});
}

void Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const int n = transmit(bytes.data(), static_cast<int>(bytes.size()));
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void Peer::answer(int status, std::string_view body, std::string_view more_headers) {
  send("HTTP/1.1 " + std::to_string(status) + " Word\r\n" + std::string(more_headers) +
       "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
}

void Peer::drop() {
  ::shutdown(fd_, SHUT_RDWR);
}

void Peer::reset() {
  // Closing with a linger of zero sends a reset; the descriptor itself stays valid for the server.
  const int spare = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::dup2(spare, fd_);
  ::close(spare);
}

void Peer::hold() {
  while (fill()) pending_.clear();
}

ScriptedServer::ScriptedServer(Script script, std::optional<ServerIdentity> identity)
    : script_(std::move(script)) {
  if (identity) {
    tls_ = std::make_unique<Tls>();
    tls_->context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(tls_->context, identity->certificate_file.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls_->context, identity->key_file.c_str(), SSL_FILETYPE_PEM) != 1)
      throw std::runtime_error("the server's certificate cannot be used");
  }
  listener_ = bind_loopback(port_);
  if (::listen(listener_, 64) != 0) throw std::runtime_error("cannot listen");
  acceptor_ = std::thread([this] {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        ::close(fd);
        return;
      }
      const int number = accepted_++;
      connections_.push_back({fd, std::thread([this, fd, number] { serve(fd, number); })});
    }
  });
}

void ScriptedServer::serve(int fd, int number) {
  std::unique_ptr<Peer> peer;
  if (tls_) {
    SSL* const ssl = SSL_new(tls_->context);
    SSL_set_fd(ssl, fd);
    peer = std::make_unique<TlsPeer>(fd, number, ssl);
    if (SSL_accept(ssl) != 1) peer.reset();
  } else {
    peer = std::make_unique<Peer>(fd, number);
  }
  if (peer) script_(*peer);
  peer.reset();
  ::shutdown(fd, SHUT_RDWR);
  ++finished_;
}

ScriptedServer::~ScriptedServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const Connection& one : connections_) ::shutdown(one.fd, SHUT_RDWR);
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (Connection& one : connections_) {
    one.thread.join();
    ::close(one.fd);
  }
}

std::string ScriptedServer::url(std::string_view path) const {
  return (tls_ ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_) + std::string(path);
}

std::uint16_t closed_port() {
  std::uint16_t port = 0;
  ::close(bind_loopback(port));
  return port;
}

}  // namespace tests
