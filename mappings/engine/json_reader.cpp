#include "mappings/engine/json_reader.h"

#include <charconv>
#include <cstring>
#include <string>

#include "mappings/engine/jq_value.h"
#include "mappings/engine/text.h"

namespace mappings {

namespace {

class Reader {
 public:
  Reader(std::string_view text, int max_depth) : text_(text), max_depth_(max_depth) {}

  Json document() {
    if (!is_valid_utf8(text_)) fail("not valid UTF-8");
    space();
    Json whole = value(0);
    space();
    if (at_ != text_.size()) fail("more after the end of the document");
    return whole;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    std::size_t line = 1, column = 1;
    for (std::size_t i = 0; i < at_ && i < text_.size(); ++i) {
      if (text_[i] == '\n') {
        ++line;
        column = 1;
      } else if ((static_cast<unsigned char>(text_[i]) & 0xC0) != 0x80) {
        ++column;
      }
    }
    throw JsonError("line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + why);
  }
  bool more() const { return at_ < text_.size(); }
  char peek() const { return more() ? text_[at_] : '\0'; }
  void space() {
    while (more() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) ++at_;
  }
  void expect(char c) {
    if (!more()) fail(std::string("the document ends where '") + c + "' should be");
    if (peek() != c) fail(std::string("expected '") + c + "'");
    ++at_;
  }
  Json word(std::string_view w, Json meaning) {
    if (text_.substr(at_, w.size()) != w) fail("expected a value");
    at_ += w.size();
    return meaning;
  }

  Json value(int depth) {
    if (depth >= max_depth_) fail("deeper than " + std::to_string(max_depth_) + " levels");
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"': {
        std::string unescaped;
        return string(unescaped);
      }
      case 't':
        return word("true", true);
      case 'f':
        return word("false", false);
      case 'n':
        return word("null", nullptr);
      default:
        return number();
    }
  }

  Json object(int depth) {
    Json members = Json::object();
    std::string unescaped;
    expect('{');
    space();
    if (peek() == '}') {
      ++at_;
      return members;
    }
    for (;;) {
      space();
      if (peek() != '"') fail("expected a key in quotes");
      const std::string_view key = string(unescaped);
      if (members.has(key)) fail("the key \"" + std::string(key) + "\" is there twice");
      space();
      expect(':');
      space();
      members.add(key, value(depth + 1));
      space();
      if (peek() == ',') {
        ++at_;
        continue;
      }
      expect('}');
      return members;
    }
  }

  Json array(int depth) {
    Json items = Json::array();
    expect('[');
    space();
    if (peek() == ']') {
      ++at_;
      return items;
    }
    for (;;) {
      space();
      items.push_back(value(depth + 1));
      space();
      if (peek() == ',') {
        ++at_;
        continue;
      }
      expect(']');
      return items;
    }
  }

  unsigned hex4() {
    unsigned code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      char c = peek();
      unsigned digit = 0;
      if (c >= '0' && c <= '9') {
        digit = static_cast<unsigned>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        digit = static_cast<unsigned>(c - 'a' + 10);
      } else if (c >= 'A' && c <= 'F') {
        digit = static_cast<unsigned>(c - 'A' + 10);
      } else {
        fail("expected four hex digits after \\u");
      }
      code = code * 16 + digit;
    }
    return code;
  }

  // In the text itself, or in `unescaped`.
  std::string_view string(std::string& unescaped) {
    expect('"');
    bool plain = true;
    for (;;) {
      const std::size_t from = at_;
      at_ = end_of_plain(text_, at_);
      while (peek() == 0x7f) at_ = end_of_plain(text_, at_ + 1);
      const std::string_view run = text_.substr(from, at_ - from);
      if (!more()) fail("a string without its closing quote");
      if (static_cast<unsigned char>(text_[at_]) < 0x20)
        fail("a control character in a string; write it as \\u00XX");
      const bool ends = text_[at_++] == '"';
      if (ends && plain) return run;
      if (plain) unescaped.clear();
      plain = false;
      unescaped.append(run);
      if (ends) return unescaped;
      escape(unescaped);
    }
  }

  void escape(std::string& raw) {
    const char e = peek();
    ++at_;
    if (e == 'u') {
      unsigned code = hex4();
      if (code == 0) fail("a NUL in a string");
      if (code >= 0xDC00 && code <= 0xDFFF) fail("half of a surrogate pair");
      if (code >= 0xD800 && code <= 0xDBFF) {
        if (text_.substr(at_, 2) != "\\u") fail("half of a surrogate pair");
        at_ += 2;
        unsigned low = hex4();
        if (low < 0xDC00 || low > 0xDFFF) fail("half of a surrogate pair");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      }
      append_utf8(raw, code);
    } else if (e == '\0' || std::strchr("\"\\/bfnrt", e) == nullptr) {
      --at_;
      fail("an unknown escape");
    } else {
      static constexpr std::string_view names = "\"\\/bfnrt", values = "\"\\/\b\f\n\r\t";
      raw.push_back(values[names.find(e)]);
    }
  }

  static void append_utf8(std::string& out, unsigned code) {
    if (code < 0x80) {
      out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
      out.push_back(static_cast<char>(0xC0 | (code >> 6)));
      out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    } else if (code < 0x10000) {
      out.push_back(static_cast<char>(0xE0 | (code >> 12)));
      out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
      out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    } else {
      out.push_back(static_cast<char>(0xF0 | (code >> 18)));
      out.push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3F)));
      out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
      out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    }
  }

  bool digits() {
    std::size_t before = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ > before;
  }

  Json number() {
    std::size_t start = at_;
    if (peek() == '-') ++at_;
    if (peek() == '0') {
      ++at_;
    } else if (!digits()) {
      at_ = start;
      fail(more() ? "expected a value" : "the document ends where a value should be");
    }
    if (peek() == '.') {
      ++at_;
      if (!digits()) fail("expected digits after the point");
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digits()) fail("expected digits in the exponent");
    }
    const std::string_view digits = text_.substr(start, at_ - start);
    double value = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec == std::errc()) return value;
    // Too large or too small for a double: what libjq makes of it.
    return from_jq(jv_parse_sized(digits.data(), static_cast<int>(digits.size())));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int max_depth_;
};

}  // namespace

Json read_json(std::string_view text, int max_depth) {
  return Reader(text, max_depth).document();
}

}  // namespace mappings
