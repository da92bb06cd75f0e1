#include "bridge/api/http_target.h"

#include <algorithm>

#include "mappings/engine/json.h"
#include "mappings/engine/text.h"

namespace bridge {

namespace {
int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool decode(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    if (text.size() - i < 3) return false;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return false;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return true;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

// "http://host/path" is how a proxy asks; only its path and query matter here.
std::string_view without_authority(std::string_view target) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!mappings::equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    const std::size_t end = target.find_first_of("/?", scheme.size());
    return end == std::string_view::npos ? std::string_view("/") : target.substr(end);
  }
  return target;
}

bool parse_path(std::string_view raw, std::string& path) {
  if (raw.empty() || raw.front() != '/') return false;
  std::string segment;
  std::size_t at = 0;
  while (at < raw.size()) {
    const std::size_t end = std::min(raw.find('/', at), raw.size());
    if (!decode(raw.substr(at, end - at), segment)) return false;
    if (segment == "." || segment == ".." || segment.find('/') != std::string::npos || has_control(segment))
      return false;
    if (!segment.empty()) path.append(1, '/').append(segment);
    at = end + 1;
  }
  if (path.empty()) path = "/";
  return mappings::is_valid_utf8(path);
}

bool parse_query(std::string_view raw, HeaderList& query) {
  std::string name;
  std::string value;
  while (!raw.empty()) {
    const std::string_view item = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(item.size() + 1, raw.size()));
    if (item.empty()) continue;
    const std::size_t equals = std::min(item.find('='), item.size());
    if (!decode(item.substr(0, equals), name)) return false;
    if (!decode(item.substr(std::min(equals + 1, item.size())), value)) return false;
    if (name.find('\0') != std::string::npos || value.find('\0') != std::string::npos) return false;
    query.emplace_back(to_utf8(name), to_utf8(value));
  }
  return true;
}
}  // namespace

std::string to_utf8(std::string_view bytes) {
  if (mappings::is_valid_utf8(bytes)) return std::string(bytes);
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out.push_back(c);
    } else {
      out.push_back(static_cast<char>(0xc0 | (byte >> 6)));
      out.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
    }
  }
  return out;
}

std::optional<Target> parse_target(std::string_view target) {
  target = without_authority(target);
  const std::size_t mark = std::min(target.find('?'), target.size());
  std::string_view path = target.substr(0, mark);
  if (path.empty() && mark < target.size()) path = "/";  // "http://host?x"
  if (path.find('#') != std::string_view::npos) return std::nullopt;
  Target parsed;
  if (!parse_path(path, parsed.path)) return std::nullopt;
  if (mark < target.size() && !parse_query(target.substr(mark + 1), parsed.query)) return std::nullopt;
  return parsed;
}

}  // namespace bridge
