#include "bridge/access/lockout.h"

#include <algorithm>
#include <atomic>
#include <list>
#include <map>
#include <mutex>

#include "bridge/ops/metrics.h"

namespace bridge {

namespace {

// No id of ours is longer. What is cut counts as one.
constexpr std::size_t longest_id = 64;

// An attacker has a whole /64 of IPv6, and no more than one IPv4 address.
IpAddress counted_as(const IpAddress& address) {
  return address.is_v4() ? address : address.first_of(64);
}

// The failures of ids, or of addresses. A map and not a hash table: strangers choose the keys.
template <class Key>
class Held {
 public:
  struct One {
    int failures = 0;
    Time last{};
    Time locked_until{};
    typename std::list<typename std::map<Key, One, std::less<>>::const_iterator>::iterator turn;
  };
  using All = std::map<Key, One, std::less<>>;

  template <class Name>
  bool locked(const Name& key, Time now) const {
    const auto found = all_.find(key);
    return found != all_.end() && now < found->second.locked_until;
  }

  // Until when this one locked it, if it did.
  template <class Name>
  std::optional<Time> failed(const Name& key, Time now, int most, const LockoutRules& rules) {
    if (most <= 0) return std::nullopt;
    auto found = all_.find(key);
    if (found == all_.end()) {
      make_room(now, rules);
      found = all_.emplace(Key(key), One{}).first;
      found->second.turn = turns_.insert(turns_.end(), found);
    }
    One& one = found->second;
    if (now < one.locked_until) return std::nullopt;
    // A lock that has run out leaves nothing behind.
    if (one.locked_until != Time{} || now - one.last >= rules.forget) one.failures = 0;
    one.locked_until = Time{};
    one.last = now;
    ++one.failures;
    turns_.splice(turns_.end(), turns_, one.turn);
    if (one.failures < most) return std::nullopt;
    one.locked_until = now + rules.lock;
    return one.locked_until;
  }

  template <class Name>
  void forget(const Name& key) {
    const auto found = all_.find(key);
    if (found == all_.end()) return;
    turns_.erase(found->second.turn);
    all_.erase(found);
  }

  std::size_t size() const { return all_.size(); }
  std::size_t locked_now(Time now) const {
    return static_cast<std::size_t>(std::count_if(
        all_.begin(), all_.end(), [&](const auto& row) { return now < row.second.locked_until; }));
  }

 private:
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

}  // namespace

struct Lockout::State {
  const Clock& clock;
  mutable std::mutex mutex;
  LockoutRules rules;
  Held<std::string> ids;
  Held<IpAddress> addresses;
  // Nothing is locked from here on.
  std::atomic<std::int64_t> last_end{0};
  std::atomic<std::size_t> held_ids{0};

  bool excepted(const std::optional<IpAddress>& from) const {
    return from && rules.except_addresses.contains(*from);
  }
  void note(const std::optional<Time>& until, const char* of) {
    if (!until) return;
    last_end = std::max(last_end.load(), to_micros(*until));
    metrics().access_locks_total.at(of).add();
  }
};

Lockout::Lockout(const Clock& clock, LockoutRules rules)
    : state_(new State{.clock = clock, .mutex = {}, .rules = std::move(rules), .ids = {}, .addresses = {}}) {}

Lockout::~Lockout() = default;

bool Lockout::locked(std::string_view id, const std::optional<IpAddress>& from) const {
  const std::int64_t last_end = state_->last_end.load(std::memory_order_relaxed);
  if (last_end == 0) return false;
  const Time now = state_->clock.now();
  if (to_micros(now) >= last_end) return false;
  const std::lock_guard lock(state_->mutex);
  if (state_->excepted(from) || state_->rules.except_ids.contains(id)) return false;
  return (!id.empty() && state_->ids.locked(id.substr(0, longest_id), now)) ||
         (from && state_->addresses.locked(counted_as(*from), now));
}

Lockout::Locked Lockout::failed(std::string_view id, const std::optional<IpAddress>& from) {
  metrics().access_failures_total.at().add();
  const Time now = state_->clock.now();
  Locked locked;
  const std::lock_guard lock(state_->mutex);
  const LockoutRules& rules = state_->rules;
  if (state_->excepted(from)) return locked;
  if (!id.empty() && !rules.except_ids.contains(id)) {
    const auto until = state_->ids.failed(id.substr(0, longest_id), now, rules.failures_of_id, rules);
    state_->note(until, "credential");
    locked.id = until.has_value();
  }
  if (from) {
    const auto until = state_->addresses.failed(counted_as(*from), now, rules.failures_of_address, rules);
    state_->note(until, "address");
    locked.address = until.has_value();
  }
  state_->held_ids = state_->ids.size();
  return locked;
}

void Lockout::succeeded(std::string_view id) {
  if (state_->held_ids.load(std::memory_order_relaxed) != 0) unlock(id);
}

void Lockout::unlock(std::string_view id) {
  const std::lock_guard lock(state_->mutex);
  state_->ids.forget(id.substr(0, longest_id));
  state_->held_ids = state_->ids.size();
}

void Lockout::unlock(const IpAddress& from) {
  const std::lock_guard lock(state_->mutex);
  state_->addresses.forget(counted_as(from));
}

void Lockout::change(LockoutRules rules) {
  const std::lock_guard lock(state_->mutex);
  state_->rules = std::move(rules);
}

Lockout::Counts Lockout::counts() const {
  const Time now = state_->clock.now();
  const std::lock_guard lock(state_->mutex);
  return {state_->ids.size(), state_->addresses.size(), state_->ids.locked_now(now),
          state_->addresses.locked_now(now)};
}

void Lockout::show(Metrics& metrics) const {
  const Counts now = counts();
  metrics.access_locked.at("credential").set(static_cast<double>(now.ids_locked));
  metrics.access_locked.at("address").set(static_cast<double>(now.addresses_locked));
}

}  // namespace bridge
