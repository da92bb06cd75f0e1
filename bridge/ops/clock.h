#pragma once

// The time, as a thing that can be passed in: nobody else reads the system clock. Thread-safe.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bridge {

using Time = std::chrono::sys_time<std::chrono::microseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

inline std::int64_t to_micros(Time time) {
  return time.time_since_epoch().count();
}
inline Time from_micros(std::int64_t micros) {
  return Time(std::chrono::microseconds(micros));
}

// "2026-01-31T10:00:00.123Z"
std::string to_iso(Time time);
// "2026-01-31T10:00:00", as the API writes times: UTC, no zone, no fraction.
std::string to_api_time(Time time);
// Reads either, and "2026-01-31 10:00:00", with all their digits; a fraction and a Z may be there. Nothing
// when it is no time in UTC.
std::optional<Time> from_iso(std::string_view text);

}  // namespace bridge
