#include "mappings/engine/json.h"

#include <cmath>
#include <cstring>

#include "mappings/engine/json_reader.h"

namespace mappings {

namespace {

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
  return read_json(text, max_depth);
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

namespace {
std::string written(jv value, int flags) {
  jv text = jv_dump_string(value, flags);
  std::string result(jv_string_value(text), static_cast<std::size_t>(jv_string_length_bytes(jv_copy(text))));
  jv_free(text);
  return result;
}

void append_string(std::string& out, jv text) {
  append_quoted(out,
                {jv_string_value(text), static_cast<std::size_t>(jv_string_length_bytes(jv_copy(text)))});
  jv_free(text);
}

// Takes `value`. libjq's own writing goes through each text letter by letter.
void append_json(std::string& out, jv value) {
  switch (jv_get_kind(value)) {
    case JV_KIND_STRING:
      return append_string(out, value);
    case JV_KIND_ARRAY:
      out.push_back('[');
      for (int i = 0, size = jv_array_length(jv_copy(value)); i < size; ++i) {
        if (i > 0) out.push_back(',');
        append_json(out, jv_array_get(jv_copy(value), i));
      }
      out.push_back(']');
      break;
    case JV_KIND_OBJECT:
      out.push_back('{');
      for (int i = jv_object_iter(value); jv_object_iter_valid(value, i); i = jv_object_iter_next(value, i)) {
        if (out.back() != '{') out.push_back(',');
        append_string(out, jv_object_iter_key(value, i));
        out.push_back(':');
        append_json(out, jv_object_iter_value(value, i));
      }
      out.push_back('}');
      break;
    default:
      out += written(value, 0);
      return;
  }
  jv_free(value);
}
}  // namespace

std::string Json::dump(bool pretty) const {
  if (pretty) return written(jv_copy(value_), JV_PRINT_PRETTY | JV_PRINT_INDENT_FLAGS(2));
  std::string out;
  append_json(out, jv_copy(value_));
  return out;
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
  std::size_t plain = 0;  // from here on nothing is written yet
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && c != 0x7f) continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
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
        out += "\\u00";
        out.push_back(hex[static_cast<unsigned char>(c) >> 4]);
        out.push_back(hex[static_cast<unsigned char>(c) & 15]);
    }
  }
  out.append(text, plain);
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
