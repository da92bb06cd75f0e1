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

HttpConnection::~HttpConnection() {
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
  (void)::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
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

HttpConnection::Io HttpConnection::flush() {
  while (out_sent_ < out_.size()) {
    const ssize_t sent =
        ::send(fd_, out_.data() + out_sent_, out_.size() - out_sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      out_sent_ += static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      return Io::blocked;
    } else if (errno != EINTR) {
      return Io::ended;
    }
  }
  out_.clear();
  out_sent_ = 0;
  return Io::done;
}

HttpConnection::Io HttpConnection::fill() {
  static thread_local char buffer[32768];
  for (;;) {
    const ssize_t got = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
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
  out_ += write_answer(message_reply(parser_.fault().status, parser_.fault().text), {false, false, id});
  last_ = true;
  drain_ = !peer_ended_;
}

void HttpConnection::answer_request(Host& host) {
  AnswerForm form;
  form.keep_alive = parser_.keep_alive();
  Incoming request = parser_.take();
  request.peer = peer_;
  const Reply reply = host.handle(request);
  if (reply.drop) {
    last_ = true;
    return;
  }
  form.keep_alive = form.keep_alive && !peer_ended_ && !host.stopping();
  form.head_only = request.method == "HEAD";
  form.id = request.id;
  out_ += write_answer(reply, form);
  last_ = !form.keep_alive;
  drain_ = last_;
}

HttpConnection::Needs HttpConnection::advance(Host& host) {
  for (int answered = 0;;) {
    const Io sent = flush();
    if (sent == Io::blocked) return Needs::room;
    if (sent == Io::ended || cut_) return Needs::close;
    if (last_) return drain_ ? Needs::drain : Needs::close;
    if (answered == requests_a_turn) return Needs::next_turn;
    if (in_used_ == in_.size()) {
      in_.clear();
      in_used_ = 0;
      if (peer_ended_) return Needs::close;
      // The next request is not there yet as a rule: whoever waits for it is told without a look.
      if (answered > 0 && !parser_.started()) return Needs::input;
      const Io got = fill();
      if (got == Io::blocked) return Needs::input;
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
