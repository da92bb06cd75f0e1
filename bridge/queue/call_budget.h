#pragma once

// How many calls one tenant may still get from us today, and how they are spread: a day's budget that all
// pollers and writers share, with a reserve that only decisions may touch. Pure policy: the caller says what
// time it is and keeps spent() over a restart. One thread at a time; QuotaShield makes it shareable.

#include <chrono>
#include <cstdint>
#include <optional>

#include "bridge/ops/clock.h"

namespace bridge {

// What a call is for: who goes first when calls are few.
enum class Purpose {
  decision,  // up to the last call of the day
  poll,      // leaves the reserve
  mirror,    // leaves what polling at rest needs until the day turns, too
};

// What a tenant says of its own count with an answer (X-RateLimit-*).
struct RateSaid {
  std::optional<std::int64_t> limit, remaining;
  std::optional<std::chrono::milliseconds> reset;  // from now
};

class CallBudget {
 public:
  struct Settings {
    std::int64_t calls_a_day = 100'000;
    int reserve_percent = 10;
    std::chrono::minutes day_starts{0};      // after midnight, UTC
    std::chrono::milliseconds rest{10'000};  // between polls when nothing happens
    std::chrono::milliseconds quick{2'000};  // between polls when much does
  };
  CallBudget(const Settings& settings, Time now);

  // Counts one call. False: not now, and nothing is counted.
  bool take(Purpose purpose, Time now);
  // When take() says no: when to ask again. Nothing: a call may be made.
  std::optional<Time> closed_until(Purpose purpose, Time now);

  // The tenant knows better: its limit and its end of day hold where it names a day's; its count when it is
  // higher.
  void heard(const RateSaid& said, Time now);
  // Answered 429. Nothing is asked for as long as it said, at most an hour: then one call finds out.
  void refused(std::optional<std::chrono::milliseconds> after, Time now);
  // A person says: try again.
  void reopen() noexcept { held_until_ = {}; }

  // How long to wait between two polls of `cost` calls each: a tenth of the time since something happened,
  // from `quick` to `rest`, but never faster than what is left of the day can bear.
  std::chrono::milliseconds interval(Time now, Time last_traffic, double cost);

  struct Figures {
    std::int64_t used = 0;       // today, by all
    std::int64_t decisions = 0;  // of them for decisions
    std::int64_t limit = 0;
    std::int64_t reserve = 0;  // kept for decisions
    double forecast = 0;       // calls by the end of the day at the pace of the last half hour
    Time day_ends{};
  };
  Figures figures(Time now);

  // What has to survive.
  struct Spent {
    Time day_ends{};
    std::int64_t used = 0;
    std::int64_t decisions = 0;
    std::optional<std::int64_t> limit_said;
  };
  Spent spent() const noexcept { return spent_; }
  void restore(const Spent& spent, Time now);

 private:
  void turn(Time now);
  std::int64_t limit() const noexcept;
  std::int64_t reserve() const noexcept;
  double poll_share() const noexcept;  // calls that polls may still make today
  double rest_rate(Time now, double cost) const noexcept;
  double rest_need(Time now) const noexcept;
  void count(Time now);

  const Settings settings_;
  Spent spent_;
  Time held_until_{};
  double cost_ = 1;   // of a poll, as last told
  const Time began_;  // counting, for the pace
  Time counted_at_{};
  double recent_ = 0;  // calls, fading with time
};

}  // namespace bridge
