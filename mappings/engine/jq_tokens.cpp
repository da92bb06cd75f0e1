#include "mappings/engine/jq_tokens.h"

namespace mappings {

namespace {

using Kind = JqToken::Kind;
constexpr auto npos = std::string_view::npos;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
char peek(std::string_view text, std::size_t at) {
  return at < text.size() ? text[at] : '\0';
}

std::size_t name_end(std::string_view text, std::size_t at) {
  while (is_letter(peek(text, at)) || is_digit(peek(text, at)) ||
         (text.substr(at, 2) == "::" && is_letter(peek(text, at + 2))))
    at += peek(text, at) == ':' ? 2 : 1;
  return at;
}

std::size_t field_end(std::string_view text, std::size_t at) {
  while (is_letter(peek(text, at)) || is_digit(peek(text, at))) ++at;
  return at;
}

std::size_t number_end(std::string_view text, std::size_t at) {
  while (is_digit(peek(text, at))) ++at;
  if (peek(text, at) == '.') ++at;
  while (is_digit(peek(text, at))) ++at;
  if (peek(text, at) == 'e' || peek(text, at) == 'E') {
    std::size_t exponent = at + 1;
    if (peek(text, exponent) == '+' || peek(text, exponent) == '-') ++exponent;
    if (is_digit(peek(text, exponent))) {
      at = exponent;
      while (is_digit(peek(text, at))) ++at;
    }
  }
  return at;
}

// Strings in interpolations in strings: nobody writes more levels than this.
constexpr int max_depth = 50;

JqToken token_at(std::string_view text, std::size_t& at, int level);

// Where the ) stands that ends an interpolation beginning at `from`; npos when there is none.
std::size_t inner_end(std::string_view text, std::size_t from, int level) {
  if (level > max_depth) return npos;
  int depth = 0;
  for (std::size_t at = from;;) {
    const JqToken token = token_at(text, at, level);
    if (token.kind == Kind::end || token.kind == Kind::broken) return npos;
    if (token.is("(")) ++depth;
    if (token.is(")") && depth-- == 0) return token.offset;
  }
}

// `at` stands on the opening quote. Fills token.inner; npos when the string does not end.
std::size_t string_end(std::string_view text, std::size_t at, JqToken& token, int level) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] != '\\') continue;
    ++at;
    if (peek(text, at) != '(') continue;
    const std::size_t end = inner_end(text, at + 1, level + 1);
    if (end == npos) return npos;
    token.inner.emplace_back(at + 1, end - at - 1);
    at = end;
  }
  return npos;
}

std::size_t mark_length(std::string_view rest) {
  for (std::string_view mark :
       {"?//", "//=", "//", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">="})
    if (rest.substr(0, mark.size()) == mark) return mark.size();
  return 1;
}

// Behind white space and comments.
std::size_t next_sign(std::string_view text, std::size_t at) {
  for (;;) {
    const char c = peek(text, at);
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at;
    } else if (c == '#') {
      while (at < text.size() && text[at] != '\n') ++at;
    } else {
      return at;
    }
  }
}

JqToken token_at(std::string_view text, std::size_t& at, int level) {
  at = next_sign(text, at);
  JqToken token;
  token.offset = at;
  if (at >= text.size()) return token;
  const char c = text[at];
  std::size_t end = at + 1;
  std::size_t skip = 0;
  if (c == '"') {
    end = string_end(text, at, token, level);
    token.kind = end == npos ? Kind::broken : Kind::string;
    if (end == npos) end = text.size();
  } else if (c == '.' && is_letter(peek(text, at + 1))) {
    token.kind = Kind::field;
    end = field_end(text, at + 1);
    skip = 1;
  } else if (c == '.' && peek(text, at + 1) == '.') {
    token.kind = Kind::dots;
    end = at + 2;
  } else if (is_digit(c) || (c == '.' && is_digit(peek(text, at + 1)))) {
    token.kind = Kind::number;
    end = number_end(text, at);
  } else if (c == '.') {
    token.kind = Kind::dot;
  } else if (is_letter(c)) {
    token.kind = Kind::word;
    end = name_end(text, at);
  } else if (c == '$' && is_letter(peek(text, next_sign(text, at + 1)))) {
    token.kind = Kind::variable;  // jq allows white space and comments behind the $
    skip = next_sign(text, at + 1) - at;
    end = name_end(text, at + skip);
  } else if (c == '@' && is_letter(peek(text, at + 1))) {
    token.kind = Kind::format;
    end = name_end(text, at + 1);
    skip = 1;
  } else {
    token.kind = Kind::mark;
    end = at + mark_length(text.substr(at));
  }
  token.text = text.substr(at + skip, end - at - skip);
  at = end;
  return token;
}

}  // namespace

JqToken next_jq_token(std::string_view text, std::size_t& at) {
  return token_at(text, at, 0);
}

}  // namespace mappings
