#include "mappings/engine/source_text.h"

#include <algorithm>
#include <string_view>

namespace mappings {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}
std::size_t next_character(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && is_continuation(text[at])) ++at;
  return at;
}

// Walks the source beside the scalar. Both have the same characters in the same order; only white space may
// differ, and in quotes a character may be written as an escape.
class Walk {
 public:
  Walk(std::string_view source, std::size_t at) : source_(source), at_(at) {
    if (at_ >= source_.size()) return;
    const char first = source_[at_];
    if (first == '\'' || first == '"') {
      quote_ = first;
      ++at_;
    } else if (first == '|' || first == '>') {
      at_ = std::min(source_.find('\n', at_), source_.size());
    }
  }

  void skip_space() {
    while (at_ < source_.size()) {
      if (is_space(source_[at_])) {
        ++at_;
      } else if (quote_ == '"' && source_[at_] == '\\' && at_ + 1 < source_.size() &&
                 std::string_view("nrt _N\n").find(source_[at_ + 1]) != std::string_view::npos) {
        at_ += 2;
      } else {
        return;
      }
    }
  }

  void character() {
    if (at_ >= source_.size()) return;
    if (quote_ == '\'' && source_.substr(at_, 2) == "''") {
      at_ += 2;
    } else if (quote_ == '"' && source_[at_] == '\\' && at_ + 1 < source_.size()) {
      const char kind = source_[at_ + 1];
      at_ += kind == 'x' ? 4u : kind == 'u' ? 6u : kind == 'U' ? 10u : 2u;
    } else {
      at_ = next_character(source_, at_);
    }
  }

  std::size_t at() const { return std::min(at_, source_.size()); }

 private:
  std::string_view source_;
  std::size_t at_;
  char quote_ = '\0';
};

}  // namespace

SourceText::SourceText(std::string text) : text_(std::move(text)) {
  lines_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i)
    if (text_[i] == '\n') lines_.push_back(i + 1);
}

std::size_t SourceText::byte_at(const SourceMark& where) const {
  std::size_t at = lines_[static_cast<std::size_t>(where.line - 1)];
  for (int column = 1; column < where.column && at < text_.size(); ++column) at = next_character(text_, at);
  return at;
}

SourceMark SourceText::place_of(const YamlNode& scalar, std::size_t offset) const {
  SourceMark place = scalar.where;
  if (place.line < 1 || place.column < 1 || static_cast<std::size_t>(place.line) > lines_.size())
    return place;
  Walk walk(text_, byte_at(place));
  const std::string& value = scalar.scalar;
  for (std::size_t i = 0; i < std::min(offset, value.size()); i = next_character(value, i)) {
    if (is_space(value[i])) continue;
    walk.skip_space();
    walk.character();
  }
  if (offset < value.size() && !is_space(value[offset])) walk.skip_space();
  const auto after = std::upper_bound(lines_.begin(), lines_.end(), walk.at());
  place.line = static_cast<int>(after - lines_.begin());
  place.column = 1;
  for (std::size_t at = *(after - 1); at < walk.at(); at = next_character(text_, at)) ++place.column;
  return place;
}

}  // namespace mappings
