#pragma once

// One time zone of the system's database (package tzdata), so that "the next business day" can be said for a
// place. Read once from its file, then immutable and thread-safe; the process's own zone (TZ) is neither
// asked nor touched.

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/ops/clock.h"
#include "bridge/ops/posix_zone.h"

namespace bridge {

class TimeZone {
 public:
  TimeZone() = default;  // UTC, which needs no file

  // "Europe/Berlin". Nothing when there is no such zone.
  static std::optional<TimeZone> load(const std::string& name,
                                      const std::filesystem::path& folder = "/usr/share/zoneinfo");
  // The bytes of a TZif file, version 2 or later; nothing when they are none.
  static std::optional<TimeZone> read(std::string_view bytes);

  const std::string& name() const noexcept { return name_; }
  // Local time minus UTC.
  std::chrono::seconds offset_at(Time time) const;
  std::chrono::local_days day_of(Time time) const;
  // The first moment of that day: midnight, or later where the clocks leap over it.
  Time start_of(std::chrono::local_days day) const;
  // "2026-03-30T00:00:00+02:00"
  std::string to_iso(Time time) const;

 private:
  struct Period {
    std::chrono::sys_seconds from;
    std::chrono::seconds offset;
  };

  std::string name_ = "UTC";
  std::chrono::seconds first_{0};  // before the first period
  std::vector<Period> periods_;    // ascending
  std::optional<PosixZone> after_;
};

}  // namespace bridge
