#include "bridge/api/http_front_connection.h"

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/api/http_answer.h"

namespace bridge {

namespace {
constexpr int requests_a_turn = 16;
constexpr std::size_t drain_at_most = 4u << 20;
}  // namespace

HttpConnection::HttpConnection(std::uint64_t id, int fd, std::string peer, HttpParser::Limits limits,
                               const TlsIdentity* identity)
    : id_(id), fd_(fd), peer_(std::move(peer)), parser_(limits) {
  if (identity != nullptr) tls_ = std::make_unique<HttpTls>(*identity, fd_);
}

HttpConnection::~HttpConnection() {
  tls_.reset();
  ::close(fd_);
}

void HttpConnection::cut() noexcept {
  cut_ = true;
  ::shutdown(fd_, SHUT_RDWR);
}

bool HttpConnection::has_input() const noexcept {
  char byte = 0;
  return ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void HttpConnection::say_last(std::string_view bytes) noexcept {
  if (!bytes.empty() && !shaking_hands()) (void)transmit(bytes.data(), bytes.size());
  if (tls_) tls_->say_goodbye();
  ::shutdown(fd_, SHUT_WR);
}

bool HttpConnection::drain() noexcept {
  char dropped[16384];
  for (;;) {
    const ssize_t got = ::recv(fd_, dropped, sizeof dropped, MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    drained_ += static_cast<std::size_t>(got);
    if (drained_ > drain_at_most) return false;
  }
}

ssize_t HttpConnection::receive(char* bytes, std::size_t size) noexcept {
  return tls_ ? tls_->recv(bytes, size) : ::recv(fd_, bytes, size, MSG_DONTWAIT);
}

ssize_t HttpConnection::transmit(const char* bytes, std::size_t size) noexcept {
  return tls_ ? tls_->send(bytes, size) : ::send(fd_, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

HttpConnection::Needs HttpConnection::blocked_on(Needs usual) const noexcept {
  if (!tls_) return usual;
  return tls_->wants_room() ? Needs::room : Needs::input;
}

HttpConnection::Io HttpConnection::shake_hands(Host& host) {
  switch (tls_->shake_hands()) {
    case HttpTls::Handshake::done:
      host.restart_deadline(id_);
      return Io::done;
    case HttpTls::Handshake::blocked:
      return Io::blocked;
    case HttpTls::Handshake::not_tls:
      tls_.reset();
      host.count_malformed();
      out_ = write_answer(message_reply(400, "This port speaks HTTPS"), {false, false, host.new_id()});
      last_ = drain_ = true;
      return Io::done;
    case HttpTls::Handshake::failed:
      break;
  }
  if (!cut_) host.count_malformed();
  return Io::ended;
}

void HttpConnection::put_out(std::string answer) {
  if (out_.empty())
    out_ = std::move(answer);
  else
    out_ += answer;
}

HttpConnection::Io HttpConnection::flush() {
  while (out_sent_ < out_.size()) {
    const ssize_t sent = transmit(out_.data() + out_sent_, out_.size() - out_sent_);
    if (sent >= 0) {
      out_sent_ += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      return Io::blocked;
    } else if (errno != EINTR) {
      return Io::ended;
    }
  }
  std::string().swap(out_);  // the next answer brings its own room
  out_sent_ = 0;
  return Io::done;
}

HttpConnection::Io HttpConnection::fill() {
  static thread_local char buffer[32768];
  for (;;) {
    const ssize_t got = receive(buffer, sizeof buffer);
    if (got > 0) {
      in_.assign(buffer, static_cast<std::size_t>(got));
      in_used_ = 0;
      return Io::done;
    }
    if (got < 0 && errno == EINTR) continue;
    return got < 0 && errno == EAGAIN ? Io::blocked : Io::ended;
  }
}

void HttpConnection::answer_fault(Host& host) {
  if (!cut_) host.count_malformed();
  const std::string id = host.new_id();
  put_out(write_answer(message_reply(parser_.fault().status, parser_.fault().text), {false, false, id}));
  last_ = true;
  drain_ = !peer_ended_;
}

void HttpConnection::answer_request(Host& host) {
  AnswerForm form;
  form.keep_alive = parser_.keep_alive();
  Incoming request = parser_.take();
  request.peer = peer_;
  Reply reply = host.handle(request);
  if (reply.drop) {
    last_ = true;
    return;
  }
  form.keep_alive = form.keep_alive && !peer_ended_ && !host.stopping();
  form.head_only = request.method == "HEAD";
  form.id = request.id;
  put_out(write_answer(std::move(reply), form));
  last_ = !form.keep_alive;
  drain_ = last_;
}

HttpConnection::Needs HttpConnection::advance(Host& host) {
  if (shaking_hands()) {
    const Io shaken = shake_hands(host);
    if (shaken == Io::blocked) return blocked_on(Needs::input);
    if (shaken == Io::ended) return Needs::drain;  // the peer can read our alert
  }
  for (int answered = 0;;) {
    const Io sent = flush();
    if (sent == Io::blocked) return blocked_on(Needs::room);
    if (sent == Io::ended || cut_) return Needs::close;
    if (last_) return drain_ ? Needs::drain : Needs::close;
    if (answered == requests_a_turn) return Needs::next_turn;
    if (in_used_ == in_.size()) {
      in_.clear();
      in_used_ = 0;
      if (peer_ended_) return Needs::close;
      // The next request is not there yet as a rule: whoever waits for it is told without a look.
      if (answered > 0 && !parser_.started() && !(tls_ && tls_->has_pending())) return Needs::input;
      const Io got = fill();
      // Nothing is left inside TLS either, so that what comes next is seen by epoll.
      if (got == Io::blocked) return blocked_on(Needs::input);
      if (got == Io::ended) {
        peer_ended_ = true;
        parser_.end_of_input();
      }
    }
    if (answered > 0 && !parser_.started() && !in_.empty()) host.restart_deadline(id_);
    in_used_ += parser_.feed(std::string_view(in_).substr(in_used_));
    if (parser_.stage() == HttpParser::Stage::failed) {
      answer_fault(host);
    } else if (parser_.stage() == HttpParser::Stage::complete) {
      answer_request(host);
      ++answered;
    } else if (parser_.wants_continue()) {
      parser_.continued();
      out_ += "HTTP/1.1 100 Continue\r\n\r\n";
    }
  }
}

}  // namespace bridge
