#pragma once

// One accepted connection: its bytes in, its parser, its bytes out. Driven by one worker at a time; it never
// waits: where a socket has nothing more to give or take it says what it needs, and is parked.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "bridge/api/http_front_tls.h"
#include "bridge/api/http_parser.h"

namespace bridge {

class HttpConnection {
 public:
  enum class Needs { input, room, next_turn, drain, close };

  // What the front gives its connections.
  struct Host {
    virtual ~Host() = default;
    virtual Reply handle(Incoming& request) noexcept = 0;  // gives the request its id
    virtual std::string new_id() = 0;
    virtual bool stopping() const noexcept = 0;
    virtual void count_malformed() noexcept = 0;
    // A request begins behind another one: its deadline runs from now.
    virtual void restart_deadline(std::uint64_t id) = 0;
  };

  // `identity`: the peer is to speak TLS; null: plain.
  HttpConnection(std::uint64_t id, int fd, std::string peer, HttpParser::Limits limits,
                 const TlsIdentity* identity = nullptr);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // Goes on until it needs something. After `drain` and `close` no request is served any more.
  Needs advance(Host& host);
  // A request has begun and is not answered yet.
  // A TLS handshake that is under way counts as one.
  bool in_request() const noexcept { return parser_.started() || !out_.empty() || shaking_hands(); }
  // Bytes that wait here for the peer: of a body that is not whole, of an answer that is not taken.
  std::size_t held() const noexcept { return parser_.held() + out_.size(); }

  std::uint64_t id() const noexcept { return id_; }
  int fd() const noexcept { return fd_; }
  // A request may be there that nobody has read yet.
  bool has_input() const noexcept;
  // Ends both directions: a worker that is about to read or write finds the end.
  void cut() noexcept;
  // Sends what fits now, and tells the peer that nothing follows.
  void say_last(std::string_view bytes) noexcept;
  // Reads and drops what is there. False at the peer's end, or when it is more than a peer may send in vain.
  bool drain() noexcept;

 private:
  enum class Io { done, blocked, ended };

  bool shaking_hands() const noexcept { return tls_ && !tls_->ready(); }
  Io shake_hands(Host& host);
  // A blocked call waits for this.
  Needs blocked_on(Needs usual) const noexcept;
  ssize_t receive(char* bytes, std::size_t size) noexcept;
  ssize_t transmit(const char* bytes, std::size_t size) noexcept;
  void put_out(std::string answer);
  Io flush();
  Io fill();
  void answer_fault(Host& host);
  void answer_request(Host& host);

  const std::uint64_t id_;
  const int fd_;
  const std::string peer_;
  std::unique_ptr<HttpTls> tls_;  // null: plain
  HttpParser parser_;
  std::string in_;  // read but not parsed: requests sent without waiting for the answer
  std::size_t in_used_ = 0;
  std::string out_;
  std::size_t out_sent_ = 0;
  std::size_t drained_ = 0;
  bool peer_ended_ = false;
  bool last_ = false;   // close once out_ is sent
  bool drain_ = false;  // the peer may still be sending: it must be able to read our answer first
  std::atomic<bool> cut_{false};
};

}  // namespace bridge
