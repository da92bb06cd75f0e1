#pragma once

// How long to wait before the next try: exponential with full jitter, so that many waiters do not come back
// together. Pure functions but for random_number(): the caller gives the random number; any 64 bits will do,
// also a counter.

#include <chrono>
#include <cstdint>
#include <optional>

namespace bridge {

// What a server may make us wait at most.
inline constexpr std::chrono::milliseconds longest_after = std::chrono::hours(1);

// Between 1 ms and min(cap, base * 2^(failures - 1)), evenly. `failures` counts the one that just happened.
std::chrono::milliseconds full_jitter(int failures, std::chrono::milliseconds base,
                                      std::chrono::milliseconds cap, std::uint64_t random) noexcept;

// The same, but not before a server's `after` (up to longest_after), with a little jitter behind it.
std::chrono::milliseconds retry_wait(int failures, std::chrono::milliseconds base,
                                     std::chrono::milliseconds cap,
                                     std::optional<std::chrono::milliseconds> after,
                                     std::uint64_t random) noexcept;

// An interval of polling, up to a tenth shorter or longer.
std::chrono::milliseconds spread(std::chrono::milliseconds interval, std::uint64_t random) noexcept;

// For the functions above. Each thread has a generator of its own.
std::uint64_t random_number();

}  // namespace bridge
