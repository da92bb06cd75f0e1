#pragma once

// When who guesses is shut out, and for how long. Plain data: `access.lockout` of the configuration.

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

#include "bridge/access/network_rules.h"

namespace bridge {

struct LockoutRules {
  int failures_of_id = 5;  // of these the last one locks; 0: never
  // More than of an id: one address is often a whole office.
  int failures_of_address = 20;
  std::chrono::seconds forget{15 * 60};  // in this time a full count fades, one failure after the other
  std::chrono::seconds lock{15 * 60};    // the first one
  int growth = 2;                        // so many times longer is each one than the one before
  std::chrono::seconds longest_lock{24 * 3600};
  std::chrono::seconds forget_locks{6 * 3600};  // so long after a lock's end one step of that is forgiven
  NetworkRules except_addresses;                // from here nothing is counted and nobody is held
  // Never locked, and not held where they come from; who guesses at one from an address still locks that.
  std::set<std::string, std::less<>> except_ids;
  std::size_t most_held = 10'000;  // ids, and as many addresses

  // Of one that came after so many others.
  std::chrono::seconds length_of_lock(int others) const noexcept {
    std::chrono::seconds length = lock;
    for (int i = 0; i < others && growth > 1 && length < longest_lock; ++i) length *= growth;
    return std::max(lock, std::min(length, longest_lock));
  }
};

}  // namespace bridge
