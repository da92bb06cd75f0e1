#pragma once

// Who guesses is shut out for a while: failures are counted for each credential id and for each address (IPv6
// by /64), and too many lock that id or that address, each time for longer. Counts, and how long the locks
// have become, fade with time (fading_counts.h). Says nothing about whether an id exists: unknown ones are
// counted alike. Holds a bounded number of both. Thread-safe; locked() costs one atomic while nothing is
// locked.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/access/lockout_rules.h"
#include "bridge/ops/clock.h"

namespace bridge {

class Metrics;

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
  // The id's count begins anew, and so does the length of its locks. The address's does not: who has one good
  // credential may guess others. What is locked stays so.
  void succeeded(std::string_view id);

  // What is locked now: of the two, one is empty. IPv6 is the first address of its /64.
  struct Held {
    std::string id;
    std::optional<IpAddress> address;
    Time until{};
    int in_a_row = 1;
  };
  std::vector<Held> held() const;
  // As held() told it once, perhaps in another process.
  void hold(const Held& lock);
  // By a person's hand.
  void unlock(std::string_view id);
  void unlock(const IpAddress& from);
  // What is held stays; what is locked keeps its time.
  void change(LockoutRules rules);

  // Which address stands for this one where failures are counted.
  static IpAddress counted_as(const IpAddress& address);

  Counts counts() const;
  // Sets the gauges; for each scrape.
  void show(Metrics& metrics) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bridge
