#pragma once

// HTTP/1.x requests out of raw bytes, as they arrive: strict, with caps, one request after the other.
// Pure: no socket, no clock, no thread. One parser belongs to one connection. What is doubtful is refused
// with a status, never guessed at, so that no peer can disagree with us about where a request ends.

#include <cstddef>
#include <string>
#include <string_view>

#include "bridge/api/http_front.h"

namespace bridge {

class HttpParser {
 public:
  struct Limits {
    std::size_t head = 32u << 10;
    std::size_t body = 1u << 20;
    std::size_t target = 8u << 10;
    std::size_t fields = 100;
  };
  enum class Stage { head, body, complete, failed };
  struct Fault {
    int status = 0;
    std::string_view text;
  };

  HttpParser() = default;
  explicit HttpParser(Limits limits) : limits_(limits) {}

  // How many bytes were taken: all of them, unless the request became complete or failed before.
  std::size_t feed(std::string_view bytes);
  // The peer sends no more. A request that has begun and is not complete fails.
  void end_of_input();

  Stage stage() const noexcept { return stage_; }
  bool started() const noexcept { return started_; }
  // Bytes kept of a request that is not whole.
  std::size_t held() const noexcept { return request_.body.size() + line_.size(); }
  const Fault& fault() const noexcept { return fault_; }
  // The head is there, the body is not, and the peer waits for our word before it sends it.
  bool wants_continue() const noexcept { return wants_continue_ && stage_ == Stage::body; }
  void continued() noexcept { wants_continue_ = false; }
  // Whether another request may follow on this connection.
  bool keep_alive() const noexcept { return keep_alive_ && stage_ != Stage::failed; }

  // Of a complete request; peer and id are left to the caller. The parser then begins anew.
  Incoming take();

 private:
  enum class Step { request_line, field, fixed, chunk_size, chunk_data, chunk_end, last_line };

  std::size_t take_line(std::string_view bytes);
  std::size_t take_data(std::string_view bytes);
  void on_line(std::string_view line);
  void on_request_line(std::string_view line);
  void on_field(std::string_view line);
  void on_head_end();
  void on_chunk_size(std::string_view line);
  void fail(int status, std::string_view text);

  Limits limits_;
  Stage stage_ = Stage::head;
  Step step_ = Step::request_line;
  Fault fault_;
  std::string line_;
  std::size_t head_size_ = 0;
  std::size_t wanted_ = 0;  // bytes still to come of the body or the chunk
  bool started_ = false;
  bool skipped_blank_ = false;
  bool minor_one_ = true;  // HTTP/1.1
  bool wants_continue_ = false;
  bool keep_alive_ = true;
  Incoming request_;
};

}  // namespace bridge
