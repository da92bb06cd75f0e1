#include "mappings/engine/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "mappings/engine/json.h"

namespace mappings {

namespace {
char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr std::string_view hex_digits = "0123456789abcdef";

constexpr std::array<bool, 256> special_letters = [] {
  std::array<bool, 256> all{};
  for (std::size_t i = 0; i < 0x20; ++i) all[i] = true;
  all['"'] = all['\\'] = all[0x7f] = true;
  return all;
}();

constexpr std::uint64_t each = 0x0101010101010101u, tops = each * 0x80;
// Not zero when one of the eight bytes is below `limit` (at most 0x80). May be wrong only for bytes behind
// the first such one.
constexpr std::uint64_t any_below(std::uint64_t bytes, std::uint64_t limit) noexcept {
  return (bytes - each * limit) & ~bytes & tops;
}
}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = lower(c);
  return result;
}

std::string_view trimmed(std::string_view text, std::string_view blanks) noexcept {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::size_t end_of_plain(std::string_view text, std::size_t at) noexcept {
  for (std::uint64_t eight = 0; text.size() - at >= 8; at += 8) {
    std::memcpy(&eight, text.data() + at, 8);
    if ((any_below(eight, 0x20) | any_below(eight ^ each * '"', 1) | any_below(eight ^ each * '\\', 1) |
         any_below(eight ^ each * 0x7f, 1)) != 0)
      break;
  }
  while (at < text.size() && !special_letters[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

std::string cut_text(std::string_view text, std::size_t most) {
  std::string valid = is_valid_utf8(text) ? std::string(text) : Json(text).string_or("");
  if (valid.size() <= most) return valid;
  while (most > 0 && (static_cast<unsigned char>(valid[most]) & 0xc0) == 0x80) --most;
  valid.resize(most);
  return valid;
}

std::string hex(std::string_view bytes) {
  std::string digits;
  digits.reserve(2 * bytes.size());
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    digits.push_back(hex_digits[value >> 4]);
    digits.push_back(hex_digits[value & 15]);
  }
  return digits;
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const auto high = hex_digits.find(digits[i]), low = hex_digits.find(digits[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return bytes;
}

}  // namespace mappings
