#include "bridge/access/lockout.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>

#include "bridge/access/fading_counts.h"
#include "bridge/ops/metrics.h"

namespace bridge {

namespace {

// No id of ours is longer. What is cut counts as one.
constexpr std::size_t longest_id = 64;

}  // namespace

struct Lockout::State {
  const Clock& clock;
  mutable std::mutex mutex;
  LockoutRules rules;
  FadingCounts<std::string> ids;
  FadingCounts<IpAddress> addresses;
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
  // After something was unlocked: locked() is to cost nothing again before the time is over.
  void find_last_end() {
    std::int64_t last = 0;
    const auto look = [&](const auto&, Time until, int) { last = std::max(last, to_micros(until)); };
    ids.each_locked(clock.now(), look);
    addresses.each_locked(clock.now(), look);
    last_end = last;
  }
};

Lockout::Lockout(const Clock& clock, LockoutRules rules)
    : state_(new State{.clock = clock, .mutex = {}, .rules = std::move(rules), .ids = {}, .addresses = {}}) {}

Lockout::~Lockout() = default;

// An attacker has a whole /64 of IPv6, and no more than one IPv4 address.
IpAddress Lockout::counted_as(const IpAddress& address) {
  return address.is_v4() ? address : address.first_of(64);
}

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
  if (state_->held_ids.load(std::memory_order_relaxed) == 0) return;
  const Time now = state_->clock.now();
  const std::lock_guard lock(state_->mutex);
  state_->ids.succeeded(id.substr(0, longest_id), now);
  state_->held_ids = state_->ids.size();
}

std::vector<Lockout::Held> Lockout::held() const {
  std::vector<Held> all;
  const std::int64_t last_end = state_->last_end.load(std::memory_order_relaxed);
  const Time now = state_->clock.now();
  if (to_micros(now) >= last_end) return all;
  const std::lock_guard lock(state_->mutex);
  state_->ids.each_locked(now, [&](const std::string& id, Time until, int in_a_row) {
    all.push_back({id, std::nullopt, until, in_a_row});
  });
  state_->addresses.each_locked(now, [&](const IpAddress& address, Time until, int in_a_row) {
    all.push_back({{}, address, until, in_a_row});
  });
  return all;
}

void Lockout::hold(const Held& held) {
  const Time now = state_->clock.now();
  const std::lock_guard lock(state_->mutex);
  if (held.address)
    state_->addresses.lock(counted_as(*held.address), held.until, held.in_a_row, now, state_->rules);
  else
    state_->ids.lock(held.id.substr(0, longest_id), held.until, held.in_a_row, now, state_->rules);
  state_->held_ids = state_->ids.size();
  state_->last_end = std::max(state_->last_end.load(), to_micros(held.until));
}

void Lockout::unlock(std::string_view id) {
  const std::lock_guard lock(state_->mutex);
  state_->ids.forget(id.substr(0, longest_id));
  state_->held_ids = state_->ids.size();
  state_->find_last_end();
}

void Lockout::unlock(const IpAddress& from) {
  const std::lock_guard lock(state_->mutex);
  state_->addresses.forget(counted_as(from));
  state_->find_last_end();
}

void Lockout::change(LockoutRules rules) {
  const std::lock_guard lock(state_->mutex);
  state_->rules = std::move(rules);
}

Lockout::Counts Lockout::counts() const {
  const Time now = state_->clock.now();
  const std::lock_guard lock(state_->mutex);
  Counts counts{state_->ids.size(), state_->addresses.size(), 0, 0};
  state_->ids.each_locked(now, [&](const auto&, Time, int) { ++counts.ids_locked; });
  state_->addresses.each_locked(now, [&](const auto&, Time, int) { ++counts.addresses_locked; });
  return counts;
}

void Lockout::show(Metrics& metrics) const {
  const Counts now = counts();
  metrics.access_locked.at("credential").set(static_cast<double>(now.ids_locked));
  metrics.access_locked.at("address").set(static_cast<double>(now.addresses_locked));
}

}  // namespace bridge
