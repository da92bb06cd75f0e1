#include "bridge/api/http_parser.h"

#include <algorithm>
#include <cstring>

#include "bridge/api/http_target.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;

namespace {
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
  });
}

bool is_target_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7f;
}

bool is_value_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

// Characters that may stand in host[:port]; what it names is not our business.
bool is_host(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && std::strchr("-._~:[]%!$&'()*+,;=", c) != nullptr);
  });
}

bool lists_token(std::string_view value, std::string_view token) {
  while (!value.empty()) {
    const std::string_view item = value.substr(0, value.find(','));
    if (equal_ignoring_case(mappings::trimmed(item, mappings::http_blanks), token)) return true;
    value.remove_prefix(std::min(item.size() + 1, value.size()));
  }
  return false;
}

std::vector<std::string_view> values(const HeaderList& headers, std::string_view name) {
  std::vector<std::string_view> found;
  for (const auto& [key, value] : headers)
    if (equal_ignoring_case(key, name)) found.emplace_back(value);
  return found;
}
}  // namespace

void HttpParser::fail(int status, std::string_view text) {
  fault_ = {status, text};
  stage_ = Stage::failed;
}

std::size_t HttpParser::feed(std::string_view bytes) {
  std::size_t used = 0;
  // What can begin no request is refused at its first byte: a TLS greeting has no end of line to wait for.
  if (!started_ && !bytes.empty() && bytes.front() != '\r' && !is_token(bytes.substr(0, 1))) {
    started_ = true;
    fail(400, "The request line is malformed");
  }
  while (used < bytes.size() && stage_ < Stage::complete) {
    started_ = true;
    const bool data = step_ == Step::fixed || step_ == Step::chunk_data;
    used += data ? take_data(bytes.substr(used)) : take_line(bytes.substr(used));
  }
  return used;
}

void HttpParser::end_of_input() {
  if (started_ && stage_ < Stage::complete) fail(400, "The request ended before it was complete");
}

Incoming HttpParser::take() {
  Incoming request = std::move(request_);
  *this = HttpParser(limits_);
  return request;
}

std::size_t HttpParser::take_line(std::string_view bytes) {
  const std::size_t newline = bytes.find('\n');
  const std::size_t used = newline == std::string_view::npos ? bytes.size() : newline + 1;
  line_.append(bytes.substr(0, used));
  if (stage_ == Stage::head) {
    head_size_ += used;
    // Room for the method, the version and the spaces around the target.
    if (step_ == Step::request_line && line_.size() > limits_.target + 48) {
      fail(414, "The request target is too long");
      return used;
    }
    if (head_size_ > limits_.head) {
      fail(431, "The header is too large");
      return used;
    }
  } else if (line_.size() > 18) {
    fail(400, "A chunk is malformed");
    return used;
  }
  if (newline == std::string_view::npos) return used;
  if (line_.size() < 2 || line_[line_.size() - 2] != '\r') {
    fail(400, "A line must end with CR LF");
    return used;
  }
  const std::string line = line_.substr(0, line_.size() - 2);
  line_.clear();
  on_line(line);
  return used;
}

std::size_t HttpParser::take_data(std::string_view bytes) {
  wants_continue_ = false;
  const std::size_t used = std::min(bytes.size(), wanted_);
  request_.body.append(bytes.substr(0, used));
  wanted_ -= used;
  if (wanted_ > 0) return used;
  if (step_ == Step::fixed)
    stage_ = Stage::complete;
  else
    step_ = Step::chunk_end;
  return used;
}

void HttpParser::on_line(std::string_view line) {
  switch (step_) {
    case Step::request_line:
      // One empty line before a request is allowed for: old clients end a body with it.
      if (line.empty() && !skipped_blank_) {
        skipped_blank_ = true;
        started_ = false;
        return;
      }
      return on_request_line(line);
    case Step::field:
      return line.empty() ? on_head_end() : on_field(line);
    case Step::chunk_size:
      return on_chunk_size(line);
    case Step::chunk_end:
      step_ = Step::chunk_size;
      if (!line.empty()) fail(400, "A chunk is malformed");
      return;
    case Step::last_line:
      stage_ = Stage::complete;
      if (!line.empty()) fail(400, "Trailers are not accepted");
      return;
    case Step::fixed:
    case Step::chunk_data:
      return;
  }
}

void HttpParser::on_request_line(std::string_view line) {
  step_ = Step::field;
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return fail(400, "The request line is malformed");
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) || method.size() > 32) return fail(400, "The method is malformed");
  if (version.size() != 8 || version.substr(0, 5) != "HTTP/" || !is_digit(version[5]) || version[6] != '.' ||
      !is_digit(version[7]))
    return fail(400, "The HTTP version is malformed");
  if (version[5] != '1' || version[7] > '1') return fail(505, "Only HTTP/1.1 and HTTP/1.0 are served");
  if (target.size() > limits_.target) return fail(414, "The request target is too long");
  if (!std::all_of(target.begin(), target.end(), is_target_byte))
    return fail(400, "The request target is malformed");
  auto parsed = parse_target(target);
  if (!parsed) return fail(400, "The request target is malformed");
  minor_one_ = version[7] == '1';
  request_.headers.reserve(12);  // more are rare, and cost a move
  request_.method = method;
  request_.path = std::move(parsed->path);
  request_.query = std::move(parsed->query);
}

void HttpParser::on_field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') return fail(400, "A folded header line is not accepted");
  if (request_.headers.size() >= limits_.fields) return fail(431, "There are too many header fields");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return fail(400, "A header line is malformed");
  const std::string_view value = mappings::trimmed(line.substr(colon + 1), mappings::http_blanks);
  if (!std::all_of(value.begin(), value.end(), is_value_byte))
    return fail(400, "A header has a control character");
  request_.headers.emplace_back(line.substr(0, colon), value);
}

void HttpParser::on_head_end() {
  const HeaderList& headers = request_.headers;
  const auto hosts = values(headers, "Host");
  if (hosts.size() > 1 || (minor_one_ && hosts.empty()) || (!hosts.empty() && !is_host(hosts.front())))
    return fail(400, "There must be one Host header");

  keep_alive_ = minor_one_;
  for (const auto value : values(headers, "Connection")) {
    if (!minor_one_ && lists_token(value, "keep-alive")) keep_alive_ = true;
  }
  for (const auto value : values(headers, "Connection")) {
    if (lists_token(value, "close")) keep_alive_ = false;
  }

  const auto lengths = values(headers, "Content-Length");
  const auto codings = values(headers, "Transfer-Encoding");
  if (!codings.empty() && !lengths.empty())
    return fail(400, "Content-Length and Transfer-Encoding exclude each other");
  if (!codings.empty() && !minor_one_) return fail(400, "Transfer-Encoding needs HTTP/1.1");
  if (codings.size() > 1 || (!codings.empty() && !equal_ignoring_case(codings.front(), "chunked")))
    return fail(501, "Only the transfer coding chunked is known");
  if (lengths.size() > 1) return fail(400, "There must be one Content-Length");
  if (!lengths.empty()) {
    const std::string_view digits = lengths.front();
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit))
      return fail(400, "Content-Length must be a number");
    for (const char c : digits) {
      wanted_ = wanted_ * 10 + static_cast<std::size_t>(c - '0');
      if (wanted_ > limits_.body) return fail(413, "The body is too large");
    }
  }
  if (lengths.empty() && codings.empty()) {
    if (request_.method == "POST" || request_.method == "PATCH")
      return fail(411, "A body needs Content-Length or chunked");
    // Clients leave the length out of an empty PUT. Nothing that follows it is taken for another request.
    if (request_.method == "PUT") keep_alive_ = false;
  }

  for (const auto value : values(headers, "Expect")) {
    if (!equal_ignoring_case(value, "100-continue")) return fail(417, "Only Expect: 100-continue is known");
    wants_continue_ = minor_one_;
  }
  if (!codings.empty()) {
    stage_ = Stage::body;
    step_ = Step::chunk_size;
  } else if (wanted_ > 0) {
    stage_ = Stage::body;
    step_ = Step::fixed;
  } else {
    stage_ = Stage::complete;
  }
}

void HttpParser::on_chunk_size(std::string_view line) {
  wants_continue_ = false;
  if (line.empty() || line.size() > 8) return fail(400, "A chunk is malformed");
  std::size_t size = 0;
  for (const char c : line) {
    const char low = static_cast<char>(c | 0x20);
    if (!is_digit(c) && (low < 'a' || low > 'f')) return fail(400, "A chunk is malformed");
    size = size * 16 + static_cast<std::size_t>(is_digit(c) ? c - '0' : low - 'a' + 10);
  }
  if (size > limits_.body - request_.body.size()) return fail(413, "The body is too large");
  wanted_ = size;
  step_ = size == 0 ? Step::last_line : Step::chunk_data;
}

}  // namespace bridge
