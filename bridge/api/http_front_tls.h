#pragma once

// The server's side of TLS on one accepted socket. send() and recv() behave like the system calls: -1 with
// errno EAGAIN where the socket has nothing more to give or take, 0 from recv() at the peer's end. Never
// waits, never raises SIGPIPE. Owned by its connection, used by one thread at a time.

#include <cstddef>
#include <memory>
#include <string_view>
#include <sys/types.h>

#include "bridge/ops/tls_identity.h"

namespace bridge {

class HttpTls {
 public:
  // The connection keeps the identity that it began with.
  HttpTls(const TlsIdentity& identity, int fd);
  // Says goodbye where that is still possible.
  ~HttpTls();
  HttpTls(const HttpTls&) = delete;
  HttpTls& operator=(const HttpTls&) = delete;

  enum class Handshake { done, blocked, not_tls, failed };
  // Goes on with the handshake. not_tls: the peer speaks HTTP; nothing was sent to it yet.
  Handshake shake_hands();
  bool ready() const noexcept { return ready_; }
  // Bytes were read from the socket that recv() has not given out: epoll does not tell of them.
  bool has_pending() const noexcept;
  // What the socket must have before a call that was blocked can go on.
  bool wants_room() const noexcept { return wants_room_; }

  ssize_t send(const char* bytes, std::size_t size);
  ssize_t recv(char* bytes, std::size_t size);
  // No more will be sent.
  void say_goodbye() noexcept;

 private:
  ssize_t result(int returned);

  struct State;
  std::unique_ptr<State> state_;
  bool ready_ = false;
  bool broken_ = false;
  bool said_goodbye_ = false;
  bool wants_room_ = false;
};

}  // namespace bridge
