#include "bridge/ops/clock.h"

#include <cstdio>

namespace bridge {

namespace {
// `count` digits, the last one at the end.
void put_digits(char* to, int count, unsigned value) {
  for (; count > 0; value /= 10) to[--count] = static_cast<char>('0' + value % 10);
}

// Every line of the log and of a timeline has one: printf would take as long as the rest of the line.
std::string format(Time time, bool fraction) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<milliseconds>(time - day));
  std::string text = "0000-00-00T00:00:00.000Z";
  put_digits(text.data(), 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put_digits(text.data() + 5, 2, static_cast<unsigned>(date.month()));
  put_digits(text.data() + 8, 2, static_cast<unsigned>(date.day()));
  put_digits(text.data() + 11, 2, static_cast<unsigned>(clock.hours().count()));
  put_digits(text.data() + 14, 2, static_cast<unsigned>(clock.minutes().count()));
  put_digits(text.data() + 17, 2, static_cast<unsigned>(clock.seconds().count()));
  put_digits(text.data() + 20, 3, static_cast<unsigned>(clock.subseconds().count()));
  if (!fraction) text.resize(19);
  return text;
}
}  // namespace

std::string to_iso(Time time) {
  return format(time, true);
}
std::string to_api_time(Time time) {
  return format(time, false);
}

std::optional<Time> from_iso(std::string_view text) {
  const std::string copy(text);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute,
                  &second, &used) != 6)
    return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60 || hour < 0 || minute < 0 || second < 0)
    return std::nullopt;
  microseconds fraction{0};
  auto at = static_cast<std::size_t>(used);
  if (at < copy.size() && copy[at] == '.') {
    std::int64_t unit = 100'000;
    for (++at; at < copy.size() && copy[at] >= '0' && copy[at] <= '9'; ++at, unit /= 10)
      fraction += microseconds((copy[at] - '0') * unit);
  }
  if (at < copy.size() && copy.substr(at) != "Z" && copy.substr(at) != "+00:00") return std::nullopt;
  return Time(sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + fraction);
}

}  // namespace bridge
