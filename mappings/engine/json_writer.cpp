// Json as text: dump(), quoting, and whether bytes are UTF-8.

#include <charconv>
#include <cmath>
#include <cstring>

#include "mappings/engine/jq_value.h"
#include "mappings/engine/json.h"
#include "mappings/engine/text.h"

namespace mappings {

namespace {

// As libjq writes it; takes `value`.
std::string written(jv value, int flags) {
  return std::string(from_jq(jv_dump_string(value, flags)).text());
}

void append_number(std::string& out, double value) {
  if (std::fabs(value) >= 1e15 || std::trunc(value) != value || (value == 0 && std::signbit(value))) {
    out += written(jv_number(value), 0);
    return;
  }
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<std::int64_t>(value)).ptr;
  out.append(digits, end);
}

// libjq's own writing goes through each text letter by letter.
void append_json(std::string& out, const Json& value) {
  switch (value.kind()) {
    case Json::Kind::null:
      out += "null";
      return;
    case Json::Kind::boolean:
      out += *value.as_bool() ? "true" : "false";
      return;
    case Json::Kind::number:
      return append_number(out, *value.as_number());
    case Json::Kind::string:
      return append_quoted(out, value.text());
    case Json::Kind::array:
      out.push_back('[');
      for (std::size_t i = 0, size = value.size(); i < size; ++i) {
        if (i > 0) out.push_back(',');
        append_json(out, value.at(i));
      }
      out.push_back(']');
      return;
    case Json::Kind::object:
      out.push_back('{');
      value.each_member([&](std::string_view name, const Json& member) {
        if (out.back() != '{') out.push_back(',');
        append_quoted(out, name);
        out.push_back(':');
        append_json(out, member);
      });
      out.push_back('}');
  }
}

}  // namespace

std::string Json::dump(bool pretty) const {
  if (pretty) return written(to_jq(*this), JV_PRINT_PRETTY | JV_PRINT_INDENT_FLAGS(2));
  std::string out;
  append_json(out, *this);
  return out;
}

void append_quoted(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  out.push_back('"');
  for (std::size_t at = 0;; ++at) {
    const std::size_t special = end_of_plain(text, at);
    out.append(text, at, special - at);
    if (special == text.size()) break;
    at = special;
    const char c = text[at];
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
  out.push_back('"');
}

bool is_valid_utf8(std::string_view text) noexcept {
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* end = at + text.size();
  while (at < end) {
    if (*at < 0x80) {
      // Most text is ASCII: eight letters at a time.
      std::uint64_t eight = 0;
      while (end - at >= 8 && (std::memcpy(&eight, at, 8), (eight & 0x8080808080808080u) == 0)) at += 8;
      while (at < end && *at < 0x80) ++at;
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
