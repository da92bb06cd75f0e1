#pragma once

// Who guesses is shut out for a while: failures are counted for each credential id and for each address (IPv6
// by /64), and too many lock that id or that address. Says nothing about whether an id exists: unknown ones
// are counted alike. Holds a bounded number of both; what is counted least recently goes first, what is
// locked last. Thread-safe; locked() costs one atomic while nothing is locked.

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "bridge/access/network_rules.h"
#include "bridge/ops/clock.h"

namespace bridge {

class Metrics;

struct LockoutRules {
  int failures_of_id = 5;  // of these the last one locks; 0: never
  // More than of an id: one address is often a whole office.
  int failures_of_address = 20;
  std::chrono::seconds lock{15 * 60};
  std::chrono::seconds forget{15 * 60};  // so long without a failure, and the count begins anew
  NetworkRules except_addresses;         // from here nothing is counted and nobody is held
  // Never locked, and not held where they come from; who guesses at one from an address still locks that.
  std::set<std::string, std::less<>> except_ids;
  std::size_t most_held = 10'000;  // ids, and as many addresses
};

class Lockout {
 public:
  struct Locked {
    bool id = false;
    bool address = false;
  };
  struct Counts {
    std::size_t ids_held = 0, addresses_held = 0;      // counted, locked or not
    std::size_t ids_locked = 0, addresses_locked = 0;  // now
  };

  // `clock` outlives this.
  explicit Lockout(const Clock& clock, LockoutRules rules = {});
  ~Lockout();
  Lockout(const Lockout&) = delete;
  Lockout& operator=(const Lockout&) = delete;

  // Whether a credential with this id, from this address, is to be refused whatever else it has. An id may be
  // empty and an address unknown: then the other one counts alone.
  bool locked(std::string_view id, const std::optional<IpAddress>& from) const;
  // One more. Says what it locked. While something is locked its failures are not counted.
  Locked failed(std::string_view id, const std::optional<IpAddress>& from);
  // The id's count begins anew. The address's does not: who has one good credential may guess others.
  void succeeded(std::string_view id);

  // By a person's hand.
  void unlock(std::string_view id);
  void unlock(const IpAddress& from);
  // What is held stays; what is locked keeps its time.
  void change(LockoutRules rules);

  Counts counts() const;
  // Sets the gauges; for each scrape.
  void show(Metrics& metrics) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bridge
