#include "mappings/engine/json.h"

#include <cmath>
#include <cstring>

namespace mappings {

namespace {

// jv_parse is lenient (nan, invalid UTF-8 replaced, last duplicate wins): this scan decides, jv_parse only
// builds.
class StrictScan {
 public:
  StrictScan(std::string_view text, int max_depth) : text_(text), max_depth_(max_depth) {}

  void run() {
    if (!is_valid_utf8(text_)) fail("not valid UTF-8");
    space();
    value(0);
    space();
    if (at_ != text_.size()) fail("more after the end of the document");
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
  void word(std::string_view w) {
    if (text_.substr(at_, w.size()) != w) fail("expected a value");
    at_ += w.size();
  }

  void value(int depth) {
    if (depth >= max_depth_) fail("deeper than " + std::to_string(max_depth_) + " levels");
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        string(nullptr);
        return;
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  void object(int depth) {
    std::vector<std::string> seen;
    expect('{');
    space();
    if (peek() == '}') {
      ++at_;
      return;
    }
    for (;;) {
      space();
      if (peek() != '"') fail("expected a key in quotes");
      std::string key;
      string(&key);
      for (const auto& other : seen)
        if (other == key) fail("the key \"" + key + "\" is there twice");
      seen.push_back(std::move(key));
      space();
      expect(':');
      space();
      value(depth + 1);
      space();
      if (peek() == ',') {
        ++at_;
        continue;
      }
      expect('}');
      return;
    }
  }

  void array(int depth) {
    expect('[');
    space();
    if (peek() == ']') {
      ++at_;
      return;
    }
    for (;;) {
      space();
      value(depth + 1);
      space();
      if (peek() == ',') {
        ++at_;
        continue;
      }
      expect(']');
      return;
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

  void string(std::string* raw) {
    expect('"');
    for (;;) {
      if (!more()) fail("a string without its closing quote");
      char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20) fail("a control character in a string; write it as \\u00XX");
      ++at_;
      if (c == '"') return;
      if (c != '\\') {
        if (raw) raw->push_back(c);
        continue;
      }
      char e = peek();
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
        if (raw) append_utf8(*raw, code);
      } else if (std::strchr("\"\\/bfnrt", e) == nullptr || e == '\0') {
        --at_;
        fail("an unknown escape");
      } else if (raw) {
        static constexpr std::string_view names = "\"\\/bfnrt", values = "\"\\/\b\f\n\r\t";
        raw->push_back(values[names.find(e)]);
      }
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

  void number() {
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
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int max_depth_;
};

jv make_string(std::string_view text) {
  return jv_string_sized(text.data(), static_cast<int>(text.size()));
}

}  // namespace

Json::Json() noexcept : value_(jv_null()) {}
Json::Json(bool value) noexcept : value_(jv_bool(value)) {}
Json::Json(int value) noexcept : value_(jv_number(value)) {}
Json::Json(std::int64_t value) noexcept : value_(jv_number(static_cast<double>(value))) {}
Json::Json(double value) noexcept : value_(jv_number(value)) {}
Json::Json(const char* value) : Json(std::string_view(value)) {}
Json::Json(std::string_view value) : value_(make_string(value)) {}
Json::Json(const Json& other) noexcept : value_(jv_copy(other.value_)) {}
Json::Json(Json&& other) noexcept : value_(std::exchange(other.value_, jv_null())) {}
Json& Json::operator=(Json other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}
Json::~Json() {
  jv_free(value_);
}

Json Json::array(std::initializer_list<Json> items) {
  Json result = adopt(jv_array());
  for (const Json& item : items) result.push_back(item);
  return result;
}

Json Json::object(std::initializer_list<Member> members) {
  Json result = adopt(jv_object());
  for (const auto& [key, value] : members) result.set(key, value);
  return result;
}

Json Json::parse(std::string_view text, int max_depth) {
  StrictScan(text, max_depth).run();
  jv value = jv_parse_sized(text.data(), static_cast<int>(text.size()));
  if (jv_is_valid(value)) return adopt(value);
  jv message = jv_invalid_get_msg(value);
  std::string why = jv_get_kind(message) == JV_KIND_STRING ? jv_string_value(message) : "not JSON";
  jv_free(message);
  throw JsonError(why);
}

Json::Kind Json::kind() const noexcept {
  switch (jv_get_kind(value_)) {
    case JV_KIND_TRUE:
    case JV_KIND_FALSE:
      return Kind::boolean;
    case JV_KIND_NUMBER:
      return Kind::number;
    case JV_KIND_STRING:
      return Kind::string;
    case JV_KIND_ARRAY:
      return Kind::array;
    case JV_KIND_OBJECT:
      return Kind::object;
    default:
      return Kind::null;
  }
}

bool Json::is_integer() const noexcept {
  return as_integer().has_value();
}

std::optional<std::string> Json::as_string() const {
  if (!is_string()) return std::nullopt;
  return std::string(jv_string_value(value_),
                     static_cast<std::size_t>(jv_string_length_bytes(jv_copy(value_))));
}

std::optional<std::int64_t> Json::as_integer() const {
  auto number = as_number();
  constexpr double exact = 9007199254740992.0;
  if (!number || std::floor(*number) != *number || std::fabs(*number) > exact) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::optional<double> Json::as_number() const {
  if (!is_number()) return std::nullopt;
  return jv_number_value(value_);
}

std::optional<bool> Json::as_bool() const {
  if (!is_bool()) return std::nullopt;
  return jv_get_kind(value_) == JV_KIND_TRUE;
}

std::string Json::string_or(std::string_view otherwise) const {
  auto text = as_string();
  return text ? *text : std::string(otherwise);
}

std::size_t Json::size() const noexcept {
  if (is_array()) return static_cast<std::size_t>(jv_array_length(jv_copy(value_)));
  if (is_object()) return static_cast<std::size_t>(jv_object_length(jv_copy(value_)));
  return 0;
}

Json Json::at(std::size_t index) const {
  if (!is_array() || index >= size()) return {};
  return adopt(jv_array_get(jv_copy(value_), static_cast<int>(index)));
}

Json Json::get(std::string_view key) const {
  if (!is_object()) return {};
  jv member = jv_object_get(jv_copy(value_), make_string(key));
  if (!jv_is_valid(member)) {
    jv_free(member);
    return {};
  }
  return adopt(member);
}

bool Json::has(std::string_view key) const noexcept {
  return is_object() && jv_object_has(jv_copy(value_), make_string(key)) != 0;
}

std::vector<std::string> Json::keys() const {
  std::vector<std::string> names;
  if (!is_object()) return names;
  for (int i = jv_object_iter(value_); jv_object_iter_valid(value_, i); i = jv_object_iter_next(value_, i)) {
    jv key = jv_object_iter_key(value_, i);
    names.emplace_back(jv_string_value(key), static_cast<std::size_t>(jv_string_length_bytes(jv_copy(key))));
    jv_free(key);
  }
  return names;
}

void Json::push_back(Json value) {
  if (is_null()) *this = adopt(jv_array());
  value_ = jv_array_append(std::exchange(value_, jv_null()), std::move(value).release());
}

void Json::set(std::string_view key, Json value) {
  if (is_null()) *this = adopt(jv_object());
  value_ = jv_object_set(std::exchange(value_, jv_null()), make_string(key), std::move(value).release());
}

void Json::erase(std::string_view key) {
  if (is_object()) value_ = jv_object_delete(std::exchange(value_, jv_null()), make_string(key));
}

std::string Json::dump(bool pretty) const {
  jv text = jv_dump_string(jv_copy(value_), pretty ? JV_PRINT_PRETTY | JV_PRINT_INDENT_FLAGS(2) : 0);
  std::string result(jv_string_value(text), static_cast<std::size_t>(jv_string_length_bytes(jv_copy(text))));
  jv_free(text);
  return result;
}

bool Json::operator==(const Json& other) const noexcept {
  return jv_equal(jv_copy(value_), jv_copy(other.value_)) != 0;
}

Json Json::adopt(jv value) noexcept {
  Json result;
  result.value_ = value;
  return result;
}

jv Json::release() && noexcept {
  return std::exchange(value_, jv_null());
}
jv Json::share() const noexcept {
  return jv_copy(value_);
}

void append_quoted(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  out.push_back('"');
  for (char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          out += "\\u00";
          out.push_back(hex[static_cast<unsigned char>(c) >> 4]);
          out.push_back(hex[static_cast<unsigned char>(c) & 15]);
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

bool is_valid_utf8(std::string_view text) noexcept {
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* end = at + text.size();
  while (at < end) {
    if (*at < 0x80) {
      ++at;
      continue;
    }
    int more = 0;
    unsigned code = 0, least = 0;
    if ((*at & 0xE0) == 0xC0) {
      more = 1, code = *at & 0x1Fu, least = 0x80;
    } else if ((*at & 0xF0) == 0xE0) {
      more = 2, code = *at & 0x0Fu, least = 0x800;
    } else if ((*at & 0xF8) == 0xF0) {
      more = 3, code = *at & 0x07u, least = 0x10000;
    } else {
      return false;
    }
    if (end - at <= more) return false;
    for (int i = 1; i <= more; ++i) {
      if ((at[i] & 0xC0) != 0x80) return false;
      code = (code << 6) | (at[i] & 0x3Fu);
    }
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    at += more + 1;
  }
  return true;
}

}  // namespace mappings
