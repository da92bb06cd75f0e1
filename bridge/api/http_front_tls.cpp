#include "bridge/api/http_front_tls.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <new>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace bridge {

namespace {
// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a peer that went away would end the process.
int socket_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto moved = ::send(*static_cast<const int*>(BIO_get_data(bio)), bytes,
                            static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (moved < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(moved);
}

int socket_read(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto moved = ::recv(*static_cast<const int*>(BIO_get_data(bio)), bytes,
                            static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (moved < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (moved == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(moved);
}

long socket_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_method() {
  BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "HTTP front");
  if (method == nullptr) throw std::bad_alloc();
  BIO_meth_set_write(method, socket_write);
  BIO_meth_set_read(method, socket_read);
  BIO_meth_set_ctrl(method, socket_control);
  return method;
}

// One for the process.
const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = make_method();
  return method;
}
}  // namespace

struct HttpTls::State {
  State(const TlsIdentity& identity, int socket) : fd(socket), ssl(SSL_new(identity.context())) {
    BIO* const bio = BIO_new(socket_method());
    if (ssl == nullptr || bio == nullptr) {
      SSL_free(ssl);
      BIO_free(bio);
      throw std::bad_alloc();
    }
    BIO_set_data(bio, &fd);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_accept_state(ssl);
  }
  ~State() { SSL_free(ssl); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  int fd;
  SSL* ssl;
};

HttpTls::HttpTls(const TlsIdentity& identity, int fd) : state_(std::make_unique<State>(identity, fd)) {}

HttpTls::~HttpTls() {
  say_goodbye();
}

// Like a system call: what was moved, 0 at the end, -1 with errno.
ssize_t HttpTls::result(int returned) {
  if (returned > 0) return returned;
  const int error = SSL_get_error(state_->ssl, returned);
  ERR_clear_error();
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    wants_room_ = error == SSL_ERROR_WANT_WRITE;
    errno = EAGAIN;
    return -1;
  }
  broken_ = true;
  errno = EPROTO;
  return -1;
}

HttpTls::Handshake HttpTls::shake_hands() {
  ERR_clear_error();
  const int returned = SSL_do_handshake(state_->ssl);
  const bool http = returned <= 0 && ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
  if (result(returned) > 0) {
    ready_ = true;
    return Handshake::done;
  }
  if (!broken_ && errno == EAGAIN) return Handshake::blocked;
  broken_ = true;
  return http ? Handshake::not_tls : Handshake::failed;
}

bool HttpTls::has_pending() const noexcept {
  return SSL_has_pending(state_->ssl) == 1;
}

ssize_t HttpTls::send(const char* bytes, std::size_t size) {
  if (broken_) return errno = EPROTO, -1;
  ERR_clear_error();
  return result(SSL_write(state_->ssl, bytes, static_cast<int>(std::min<std::size_t>(size, INT_MAX))));
}

ssize_t HttpTls::recv(char* bytes, std::size_t size) {
  if (broken_) return errno = EPROTO, -1;
  ERR_clear_error();
  return result(SSL_read(state_->ssl, bytes, static_cast<int>(std::min<std::size_t>(size, INT_MAX))));
}

void HttpTls::say_goodbye() noexcept {
  if (!ready_ || broken_ || said_goodbye_) return;
  said_goodbye_ = true;
  ERR_clear_error();
  (void)SSL_shutdown(state_->ssl);
  ERR_clear_error();
}

}  // namespace bridge
