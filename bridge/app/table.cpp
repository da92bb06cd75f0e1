#include "bridge/app/table.h"

#include <algorithm>
#include <cstdint>
#include <ostream>

namespace bridge {

namespace {

std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

}  // namespace

void Table::print(std::ostream& out) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], width(row[i]));
    }
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      const std::string cell = printable(row[i]);
      line += cell;
      if (i + 1 < row.size()) line.append(widths[i] - width(cell), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

std::string human_duration(std::int64_t seconds) {
  auto two = [](std::int64_t a, const char* unit_a, std::int64_t b, const char* unit_b) {
    std::string text = std::to_string(a) + unit_a;
    if (b > 0) text += ' ' + std::to_string(b) + unit_b;
    return text;
  };
  if (seconds < 60) return std::to_string(std::max<std::int64_t>(seconds, 0)) + " s";
  if (seconds < 3600) return two(seconds / 60, " min", seconds % 60, " s");
  if (seconds < 86400) return two(seconds / 3600, " h", seconds % 3600 / 60, " min");
  return two(seconds / 86400, " d", seconds % 86400 / 3600, " h");
}

std::string human_count(std::int64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

}  // namespace bridge
