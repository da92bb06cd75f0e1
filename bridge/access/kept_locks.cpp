#include "bridge/access/kept_locks.h"

#include <set>

namespace bridge {

namespace {
constexpr std::string_view id_word = "credential ", address_word = "address ", network_end = "/64";

Lockout::Held held_from(const LoginLock& lock) {
  Lockout::Held held{{}, std::nullopt, lock.until, lock.in_a_row};
  std::string_view text = lock.object;
  if (text.starts_with(id_word)) {
    held.id = text.substr(id_word.size());
  } else if (text.starts_with(address_word)) {
    text.remove_prefix(address_word.size());
    if (text.ends_with(network_end)) text.remove_suffix(network_end.size());
    held.address = IpAddress::parse(text);
  }
  return held;
}

void unlock(Lockout& lockout, const LoginLock& lock) {
  const Lockout::Held held = held_from(lock);
  if (held.address)
    lockout.unlock(*held.address);
  else
    lockout.unlock(held.id);
}
}  // namespace

std::string lock_object(std::string_view id) {
  return std::string(id_word).append(id);
}

std::string lock_object(const IpAddress& address) {
  const std::string text = Lockout::counted_as(address).text();
  return std::string(address_word) + text + std::string(address.is_v4() ? "" : network_end);
}

KeptLocks::KeptLocks(Lockout& lockout, Credentials& store, const Clock& clock)
    : lockout_(lockout), store_(store) {
  const Time now = clock.now();
  for (const LoginLock& lock : store_.locks()) {
    told_.emplace(lock.object, lock);
    const Lockout::Held held = held_from(lock);
    if (now < lock.until && (held.address || !held.id.empty())) lockout_.hold(held);
  }
}

void KeptLocks::settle() {
  if (told_.empty() && lockout_.held().empty()) return;
  std::set<std::string> stored;
  for (const LoginLock& lock : store_.locks()) stored.insert(lock.object);
  // Who took it away wants it unlocked, also when it was locked once more meanwhile.
  std::erase_if(told_, [&](const auto& one) {
    if (stored.contains(one.first)) return false;
    unlock(lockout_, one.second);
    return true;
  });
  std::map<std::string, LoginLock> locked;
  for (const Lockout::Held& one : lockout_.held()) {
    std::string object = one.address ? lock_object(*one.address) : lock_object(one.id);
    locked[object] = {object, one.until, one.in_a_row};
  }
  std::vector<LoginLock> fresh;
  for (const auto& [object, lock] : locked)
    if (const auto told = told_.find(object); told == told_.end() || told->second != lock)
      fresh.push_back(lock);
  std::vector<std::string> over;
  for (const auto& [object, lock] : told_)
    if (!locked.contains(object)) over.push_back(object);
  store_.keep_locks(fresh, over);
  told_ = std::move(locked);
}

}  // namespace bridge
