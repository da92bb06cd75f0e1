#include "connectors/engine/http_answer.h"

#include <algorithm>
#include <cctype>

#include "mappings/engine/text.h"

namespace connectors {

using mappings::equal_ignoring_case;
using mappings::http_blanks;
using mappings::trimmed;

namespace {

constexpr std::size_t max_head_bytes = 64u << 10;
constexpr std::size_t max_fields = 200;
constexpr std::size_t usual_fields = 12;
constexpr int max_interim_answers = 8;

bool is_token_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The comma-separated words of every field of that name.
template <class F>
void each_word(const HttpAnswer& answer, std::string_view name, F&& call) {
  for (const auto& [field, value] : answer.headers) {
    if (!equal_ignoring_case(field, name)) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      if (const std::string_view word = trimmed(rest.substr(0, comma), http_blanks); !word.empty())
        call(word);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
}

bool has_word(const HttpAnswer& answer, std::string_view name, std::string_view wanted) {
  bool found = false;
  each_word(answer, name, [&](std::string_view word) { found = found || equal_ignoring_case(word, wanted); });
  return found;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

}  // namespace

std::optional<std::string> HttpAnswer::header(std::string_view name) const {
  for (const auto& [field, value] : headers)
    if (equal_ignoring_case(field, name)) return value;
  return std::nullopt;
}

HttpAnswerReader::HttpAnswerReader(bool answers_head, std::size_t max_body_bytes)
    : answers_head_(answers_head), max_body_bytes_(max_body_bytes) {}

HttpAnswerReader::State HttpAnswerReader::fails(const char* why) {
  problem_ = why;
  return State::malformed;
}

HttpAnswerReader::State HttpAnswerReader::take(std::string_view bytes) {
  began_ = began_ || !bytes.empty();
  State state = State::more;
  while (!bytes.empty() && state == State::more) state = step(bytes);
  surplus_ = state == State::done && !bytes.empty();
  return state;
}

HttpAnswerReader::State HttpAnswerReader::end() {
  if (phase_ != Phase::until_close) return fails("the connection ended before the whole answer was there");
  phase_ = Phase::over;
  return State::done;
}

HttpAnswerReader::State HttpAnswerReader::step(std::string_view& bytes) {
  State state = State::more;
  switch (phase_) {
    case Phase::head: {
      const std::size_t before = line_.size();
      line_.append(bytes);
      static constexpr std::string_view start = "HTTP/";
      const std::size_t known = std::min(line_.size(), start.size());
      if (line_.compare(0, known, start.substr(0, known)) != 0) return fails("what came is not HTTP");
      const std::size_t end = line_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
      if (std::min(end, line_.size()) > max_head_bytes) {
        problem_ = "the head of the answer is too large";
        return State::too_large;
      }
      if (end == std::string::npos) {
        bytes = {};
        return State::more;
      }
      bytes.remove_prefix(end + 4 - before);
      line_.resize(end + 2);
      return read_head();
    }
    case Phase::length:
      return take_body(bytes, Phase::over);
    case Phase::until_close:
      left_ = bytes.size();
      return take_body(bytes, Phase::until_close);
    case Phase::chunk_size:
      if (take_line(bytes, 256, state)) return read_chunk_size();
      return state;
    case Phase::chunk_data:
      return take_body(bytes, Phase::chunk_end);
    case Phase::chunk_end:
      if (!take_line(bytes, 2, state)) return state;
      if (!line_.empty()) return fails("a chunk is longer than it says");
      phase_ = Phase::chunk_size;
      return State::more;
    case Phase::trailer:
      if (!take_line(bytes, max_head_bytes, state)) return state;
      trailer_bytes_ += line_.size();
      if (trailer_bytes_ > max_head_bytes) return fails("the trailer of the answer is too large");
      if (line_.empty()) {
        phase_ = Phase::over;
        return State::done;
      }
      line_.clear();
      return State::more;
    case Phase::over:
      break;
  }
  return State::done;
}

bool HttpAnswerReader::take_line(std::string_view& bytes, std::size_t limit, State& state) {
  const std::size_t newline = bytes.find('\n');
  line_.append(bytes.substr(0, newline == std::string_view::npos ? bytes.size() : newline + 1));
  bytes.remove_prefix(newline == std::string_view::npos ? bytes.size() : newline + 1);
  if (line_.size() > limit) {
    state = fails("a line inside the answer's body is too long");
    return false;
  }
  if (newline == std::string_view::npos) return false;
  if (line_.size() < 2 || line_[line_.size() - 2] != '\r') {
    state = fails("a line of the answer does not end with CR LF");
    return false;
  }
  line_.resize(line_.size() - 2);
  return true;
}

HttpAnswerReader::State HttpAnswerReader::take_body(std::string_view& bytes, Phase then) {
  const std::size_t part = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  if (answer_.body.size() + part > max_body_bytes_) {
    problem_ = "the answer is larger than we read";
    return State::too_large;
  }
  answer_.body.append(bytes.substr(0, part));
  bytes.remove_prefix(part);
  left_ -= part;
  if (left_ > 0) return State::more;
  line_.clear();
  phase_ = then;
  return then == Phase::over ? State::done : State::more;
}

HttpAnswerReader::State HttpAnswerReader::read_head() {
  answer_.headers.clear();
  answer_.headers.reserve(usual_fields);
  std::string_view rest = line_;
  bool first = true;
  while (!rest.empty()) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (first ? !read_status_line(line) : !read_field(line))
      return fails("the head of the answer is malformed");
    if (answer_.headers.size() > max_fields) return fails("the answer has too many header fields");
    first = false;
  }
  line_.clear();
  if (answer_.status == 101) return fails("the peer switched to another protocol");
  if (answer_.status < 200) {
    if (++interim_ > max_interim_answers) return fails("the peer sends interim answers only");
    return State::more;
  }
  return choose_body();
}

bool HttpAnswerReader::read_status_line(std::string_view line) {
  // "HTTP/1.1 200 OK"; some servers leave out the reason and its space.
  if (line.size() < 12 || line.compare(0, 7, "HTTP/1.") != 0 || line[8] != ' ') return false;
  if (line[7] != '0' && line[7] != '1') return false;
  if (line[9] < '1' || line[9] > '5' || !is_digit(line[10]) || !is_digit(line[11])) return false;
  if (line.size() > 12 && line[12] != ' ') return false;
  old_protocol_ = line[7] == '0';
  answer_.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  return line.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool HttpAnswerReader::read_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1), http_blanks);
  if (!std::all_of(name.begin(), name.end(), is_token_character)) return false;
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) return false;
  answer_.headers.emplace_back(name, value);
  return true;
}

HttpAnswerReader::State HttpAnswerReader::choose_body() {
  std::optional<std::uint64_t> length;
  bool has_length = false;
  bool bad_length = false;
  each_word(answer_, "Content-Length", [&](std::string_view word) {
    const auto number = parse_number(word);
    bad_length = bad_length || !number || (has_length && number != length);
    has_length = true;
    length = number;
  });
  const auto coding = answer_.header("Transfer-Encoding");
  if (bad_length) return fails("the answer's Content-Length is no length");
  if (coding && has_length) return fails("the answer has both a length and a transfer coding");
  if (answers_head_ || answer_.status == 204 || answer_.status == 304) {
    phase_ = Phase::over;
    return State::done;
  }
  if (coding) {
    int words = 0;
    each_word(answer_, "Transfer-Encoding", [&](std::string_view) { ++words; });
    if (words != 1 || !equal_ignoring_case(*coding, "chunked"))
      return fails("the answer's transfer coding is not chunked");
    phase_ = Phase::chunk_size;
    return State::more;
  }
  if (has_length) {
    if (*length > max_body_bytes_) {
      problem_ = "the answer is larger than we read";
      return State::too_large;
    }
    answer_.body.reserve(static_cast<std::size_t>(*length));
    left_ = *length;
    phase_ = left_ == 0 ? Phase::over : Phase::length;
    return left_ == 0 ? State::done : State::more;
  }
  if (!old_protocol_ && !has_word(answer_, "Connection", "close"))
    return fails("the answer says neither how long it is nor that the connection ends it");
  phase_ = Phase::until_close;
  return State::more;
}

HttpAnswerReader::State HttpAnswerReader::read_chunk_size() {
  const std::size_t semicolon = std::min(line_.find(';'), line_.size());
  std::string_view digits = std::string_view(line_).substr(0, semicolon);
  if (semicolon < line_.size()) digits = trimmed(digits, http_blanks);
  if (digits.empty() || digits.size() > 8) return fails("a chunk's size is malformed");
  std::uint64_t size = 0;
  for (const char c : digits) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return fails("a chunk's size is malformed");
    const int lower = std::tolower(static_cast<unsigned char>(c));
    size = size * 16 + static_cast<std::uint64_t>(is_digit(c) ? c - '0' : lower - 'a' + 10);
  }
  line_.clear();
  left_ = size;
  phase_ = size == 0 ? Phase::trailer : Phase::chunk_data;
  return State::more;
}

bool HttpAnswerReader::keeps_connection() const noexcept {
  if (phase_ != Phase::over || surplus_ || has_word(answer_, "Connection", "close")) return false;
  if (!answer_.header("Content-Length") && !answer_.header("Transfer-Encoding") && !answers_head_ &&
      answer_.status != 204 && answer_.status != 304)
    return false;
  return !old_protocol_ || has_word(answer_, "Connection", "keep-alive");
}

std::optional<std::chrono::seconds> HttpAnswerReader::keep_alive() const {
  std::optional<std::chrono::seconds> result;
  each_word(answer_, "Keep-Alive", [&](std::string_view word) {
    static constexpr std::string_view name = "timeout=";
    if (word.size() <= name.size() || !equal_ignoring_case(word.substr(0, name.size()), name)) return;
    if (const auto number = parse_number(word.substr(name.size())))
      result = std::chrono::seconds(std::min<std::uint64_t>(*number, 3600));
  });
  return result;
}

}  // namespace connectors
