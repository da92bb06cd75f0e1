#include "bridge/ops/clock.h"

#include <cstdio>

namespace bridge {

namespace {
std::string format(Time time, bool fraction) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<milliseconds>(time - day));
  char text[40];
  int n = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                        static_cast<int>(clock.seconds().count()));
  if (fraction)
    n += std::snprintf(text + n, sizeof text - static_cast<std::size_t>(n), ".%03dZ",
                       static_cast<int>(clock.subseconds().count()));
  return std::string(text, static_cast<std::size_t>(n));
}
}  // namespace

std::string to_iso(Time time) {
  return format(time, true);
}
std::string to_api_time(Time time) {
  return format(time, false);
}

}  // namespace bridge
