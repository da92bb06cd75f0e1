#pragma once

// The rule that a time zone file ends with, for the time after its last listed change: a POSIX TZ text such
// as "CET-1CEST,M3.5.0,M10.5.0/3". Immutable, pure; says nothing of the zone's past.

#include <chrono>
#include <optional>
#include <string_view>

#include "bridge/ops/clock.h"

namespace bridge {

class PosixZone {
 public:
  // Nothing when the text is no such rule.
  static std::optional<PosixZone> parse(std::string_view text);

  // Local time minus UTC.
  std::chrono::seconds offset_at(Time time) const;

 private:
  // On which day of a year, and how long after its midnight, the clocks change.
  struct Change {
    enum class Kind { weekday, day_without_leap, day } kind = Kind::weekday;
    int month = 1, week = 1, day = 0;
    std::chrono::seconds at{7200};
  };
  class Reader;
  static std::chrono::sys_seconds moment(const Change& change, std::chrono::year year,
                                         std::chrono::seconds offset);

  std::chrono::seconds standard_{0};
  std::chrono::seconds summer_{0};
  bool changes_ = false;
  Change begins_;  // of summer time
  Change ends_;
};

}  // namespace bridge
