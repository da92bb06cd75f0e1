#include "connectors/engine/retry_after.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace connectors {

namespace {
constexpr double longest_s = 3600;

std::optional<std::chrono::milliseconds> seconds(double value) {
  if (!std::isfinite(value) || value < 0) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(value, longest_s) * 1000));
}

std::optional<double> number(const mappings::Json& value) {
  if (auto given = value.as_number()) return given;
  const auto text = value.as_string();
  if (!text || text->empty() || text->size() > 15) return std::nullopt;
  if (!std::all_of(text->begin(), text->end(), [](unsigned char c) { return std::isdigit(c) != 0; }))
    return std::nullopt;
  return std::stod(*text);
}
}  // namespace

std::optional<std::int64_t> parse_http_date(const std::string& text) {
  static constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  int day = 0, year = 0, hour = 0, minute = 0, second = 0;
  char month[4] = "";
  if (std::sscanf(text.c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &day, month, &year, &hour, &minute,
                  &second) != 6)
    return std::nullopt;
  for (unsigned i = 0; i < months.size(); ++i) {
    if (std::strcmp(months[i], month) != 0) continue;
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(i + 1),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch();
    return (std::chrono::seconds(days) + std::chrono::hours(hour) + std::chrono::minutes(minute)).count() +
           second;
  }
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> parse_retry_after(const mappings::Json& value,
                                                           const std::string& date) {
  const auto now = parse_http_date(date);
  if (const auto given = number(value)) {
    // A number as large as a point in time is one when it lies near the answer's date.
    if (now && *given > 1e9 && std::fabs(*given - static_cast<double>(*now)) < 86400 * 2)
      return seconds(std::max(0.0, *given - static_cast<double>(*now)));
    return seconds(*given);
  }
  const auto then = parse_http_date(value.string_or(""));
  if (!then || !now) return std::nullopt;
  return seconds(std::max<double>(0, static_cast<double>(*then - *now)));
}

}  // namespace connectors
