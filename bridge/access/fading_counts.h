#pragma once

// How often each of many failed, fading: one failure is forgiven every forget/most, and each lock is longer
// than the one before until that, too, is forgiven. Holds a bounded number; what failed least recently goes
// first, what is locked last. A map and not a hash table: strangers choose the keys. Not thread-safe: for the
// Lockout that owns it.

#include <algorithm>
#include <cstdint>
#include <list>
#include <map>
#include <optional>

#include "bridge/access/lockout_rules.h"
#include "bridge/ops/clock.h"

namespace bridge {

template <class Key>
class FadingCounts {
 public:
  template <class Name>
  bool locked(const Name& key, Time now) const {
    const auto found = all_.find(key);
    return found != all_.end() && now < found->second.locked_until;
  }

  // Until when this one locked it, if it did: the failure number `most` does, of those not yet forgiven.
  template <class Name>
  std::optional<Time> failed(const Name& key, Time now, int most, const LockoutRules& rules) {
    if (most <= 0) return std::nullopt;
    drop_faded(now, most, rules);
    auto found = all_.find(key);
    if (found == all_.end()) found = insert(Key(key), now, rules);
    One& one = found->second;
    if (now < one.locked_until) return std::nullopt;
    fade(one, now, most, rules);
    turns_.splice(turns_.end(), turns_, one.turn);
    if (++one.failures < most) return std::nullopt;
    one.failures = 0;
    one.locked_until = one.calm_since = now + rules.length_of_lock(one.locks++);
    return one.locked_until;
  }

  // As each_locked() told it once.
  void lock(const Key& key, Time until, int in_a_row, Time now, const LockoutRules& rules) {
    auto found = all_.find(key);
    if (found == all_.end()) found = insert(key, now, rules);
    found->second.locked_until = found->second.calm_since = until;
    found->second.locks = in_a_row;
  }

  // Failures and the length of its locks; one that is locked stays so.
  template <class Name>
  void succeeded(const Name& key, Time now) {
    if (!locked(key, now)) forget(key);
  }
  template <class Name>
  void forget(const Name& key) {
    const auto found = all_.find(key);
    if (found == all_.end()) return;
    turns_.erase(found->second.turn);
    all_.erase(found);
  }

  std::size_t size() const { return all_.size(); }
  // Of those that are locked: key, until when, and which lock in a row it is, from 1.
  template <class Each>
  void each_locked(Time now, const Each& each) const {
    for (const auto& [key, one] : all_)
      if (now < one.locked_until) each(key, one.locked_until, one.locks);
  }

 private:
  struct One {
    int failures = 0;
    Time faded{};  // so far failures are forgiven
    int locks = 0;
    Time calm_since{};  // so far locks are
    Time locked_until{};
    typename std::list<typename std::map<Key, One, std::less<>>::const_iterator>::iterator turn;
  };
  using All = std::map<Key, One, std::less<>>;

  // Takes from `count` one for each `every` since `since`, and moves that on.
  static void forgive(int& count, Time& since, Time::duration every, Time now) {
    const auto gone = std::max<std::int64_t>((now - since) / std::max(every, Time::duration(1)), 0);
    if (gone >= count) {
      count = 0;
      since = now;
    } else {
      count -= static_cast<int>(gone);
      since += gone * every;
    }
  }
  static void fade(One& one, Time now, int most, const LockoutRules& rules) {
    forgive(one.failures, one.faded, Time::duration(rules.forget) / most, now);
    forgive(one.locks, one.calm_since, rules.forget_locks, now);
  }
  void drop_faded(Time now, int most, const LockoutRules& rules) {
    while (!turns_.empty()) {
      One oldest = turns_.front()->second;
      if (now < oldest.locked_until) return;
      fade(oldest, now, most, rules);
      if (oldest.failures > 0 || oldest.locks > 0) return;
      all_.erase(turns_.front());
      turns_.pop_front();
    }
  }

  typename All::iterator insert(Key key, Time now, const LockoutRules& rules) {
    make_room(now, rules);
    const auto found = all_.emplace(std::move(key), One{}).first;
    found->second.turn = turns_.insert(turns_.end(), found);
    return found;
  }
  void make_room(Time now, const LockoutRules& rules) {
    // Where so many of the oldest are locked, the oldest goes all the same: nothing here takes long.
    constexpr int look_at = 16;
    while (!all_.empty() && all_.size() >= std::max<std::size_t>(rules.most_held, 1)) {
      auto victim = turns_.begin();
      int looked = 0;
      for (auto turn = turns_.begin(); turn != turns_.end() && looked < look_at; ++turn, ++looked) {
        if (now < (*turn)->second.locked_until) continue;
        victim = turn;
        break;
      }
      all_.erase(*victim);
      turns_.erase(victim);
    }
  }

  All all_;
  std::list<typename All::const_iterator> turns_;  // the one that failed least recently comes first
};

}  // namespace bridge
