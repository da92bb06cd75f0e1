#pragma once

// A hash of what comes from outside: SipHash-1-3 with a key that each process draws anew, so that nobody can
// choose names that all fall into one place. Thread-safe. Never for what is stored: it differs each time.

#include <cstdint>
#include <string_view>

namespace mappings {

struct HashKey {
  std::uint64_t first = 0, second = 0;
};

std::uint64_t keyed_hash(std::string_view text, const HashKey& key) noexcept;
// With the key of this process.
std::uint64_t keyed_hash(std::string_view text) noexcept;

}  // namespace mappings
