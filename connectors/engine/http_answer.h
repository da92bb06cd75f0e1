#pragma once

// Reads the bytes of one HTTP/1.x answer strictly: what is cut, ambiguous or malformed is never an answer.
// Not thread-safe; one reader lives for one answer. Never touches a socket.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/engine/http_exchange.h"

namespace connectors {

class HttpAnswerReader {
 public:
  enum class State { more, done, malformed, too_large };

  HttpAnswerReader(bool answers_head, std::size_t max_body_bytes);

  State take(std::string_view bytes);
  // The peer ended the stream in good order. Only an answer without a length may end so.
  State end();

  // A byte of the answer has come.
  bool began() const noexcept { return began_; }
  // The connection may carry another exchange.
  bool keeps_connection() const noexcept;
  // "Keep-Alive: timeout=5"
  std::optional<std::chrono::seconds> keep_alive() const;
  const std::string& problem() const noexcept { return problem_; }
  HttpAnswer& answer() noexcept { return answer_; }

 private:
  enum class Phase { head, length, until_close, chunk_size, chunk_data, chunk_end, trailer, over };

  State step(std::string_view& bytes);
  State read_head();
  bool read_status_line(std::string_view line);
  bool read_field(std::string_view line);
  State choose_body();
  State read_chunk_size();
  // Moves bytes up to and including CRLF into line_; true when the line is whole (without CRLF).
  bool take_line(std::string_view& bytes, std::size_t limit, State& state);
  State take_body(std::string_view& bytes, Phase then);
  State fails(const char* why);

  bool answers_head_;
  std::size_t max_body_bytes_;
  Phase phase_ = Phase::head;
  bool began_ = false;
  bool surplus_ = false;
  bool old_protocol_ = false;
  int interim_ = 0;
  std::string line_;  // the head, a chunk's size or a trailer, as far as it is here
  std::uint64_t left_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::string problem_;
  HttpAnswer answer_;
};

}  // namespace connectors
