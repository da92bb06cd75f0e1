#include "bridge/drain/backoff.h"

#include <algorithm>
#include <random>

namespace bridge {

namespace {

using std::chrono::milliseconds;

// A counter in, well-spread bits out (the finaliser of splitmix64), as a fraction below 1.
double fraction(std::uint64_t bits) noexcept {
  bits += 0x9e3779b97f4a7c15u;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
  bits ^= bits >> 31;
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

milliseconds part_of(milliseconds whole, std::uint64_t random) noexcept {
  return milliseconds(static_cast<std::int64_t>(static_cast<double>(whole.count() + 1) * fraction(random)));
}

}  // namespace

milliseconds full_jitter(int failures, milliseconds base, milliseconds cap, std::uint64_t random) noexcept {
  milliseconds ceiling = std::max(base, milliseconds(1));
  for (int i = 1; i < failures && ceiling < cap; ++i) ceiling *= 2;
  const milliseconds most = std::max(std::min(ceiling, cap), milliseconds(0));
  // Never at once: that would be no wait.
  return std::max(part_of(most, random), std::min(most, milliseconds(1)));
}

milliseconds retry_wait(int failures, milliseconds base, milliseconds cap, std::optional<milliseconds> after,
                        std::uint64_t random) noexcept {
  if (!after) return full_jitter(failures, base, cap, random);
  const milliseconds asked = std::clamp(*after, milliseconds(0), longest_after);
  return std::min(asked + full_jitter(1, base, cap, random), longest_after);
}

milliseconds spread(milliseconds interval, std::uint64_t random) noexcept {
  return interval - interval / 10 + part_of(interval / 5, random);
}

std::uint64_t random_number() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return engine();
}

}  // namespace bridge
