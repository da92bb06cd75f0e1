#pragma once

// Durations as people write them in files: "250ms", "10s", "5m", "8h", "3d"; a bare 0 is allowed. At most
// 36500d, a hundred years: what is added to a time, in whatever unit, does not overflow.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace mappings {

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// The shortest exact spelling: 90'000 ms is "90s".
std::string format_duration(std::chrono::milliseconds value);

}  // namespace mappings
