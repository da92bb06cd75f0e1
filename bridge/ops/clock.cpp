#include "bridge/ops/clock.h"

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

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}
}  // namespace

std::string to_iso(Time time) {
  return format(time, true);
}
std::string to_api_time(Time time) {
  return format(time, false);
}

std::optional<Time> from_iso(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00T00:00:00";
  if (text.size() < shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool right = shape[i] == '0'   ? is_digit(text[i])
                       : shape[i] == 'T' ? text[i] == 'T' || text[i] == ' '
                                         : text[i] == shape[i];
    if (!right) return std::nullopt;
  }
  const int year = number(text.substr(0, 4)), month = number(text.substr(5, 2)),
            day = number(text.substr(8, 2));
  const int hour = number(text.substr(11, 2)), minute = number(text.substr(14, 2)),
            second = number(text.substr(17, 2));
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  microseconds fraction{0};
  std::string_view rest = text.substr(shape.size());
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    for (std::int64_t unit = 100'000; !rest.empty() && is_digit(rest.front()); unit /= 10) {
      fraction += microseconds((rest.front() - '0') * unit);
      rest.remove_prefix(1);
    }
  }
  if (!rest.empty() && rest != "Z" && rest != "+00:00") return std::nullopt;
  return Time(sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + fraction);
}

}  // namespace bridge
