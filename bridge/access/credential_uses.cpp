#include "bridge/access/credential_uses.h"

namespace bridge {

namespace {
constexpr std::chrono::minutes uses_every{1};
}  // namespace

std::shared_ptr<UseTally> CredentialUses::tally(const std::string& id) {
  const std::lock_guard lock(mutex_);
  auto& tally = tallies_[id];
  if (!tally) tally = std::make_shared<UseTally>();
  return tally;
}

void CredentialUses::keep(const std::unordered_set<std::string_view>& ids) {
  const std::lock_guard lock(mutex_);
  std::erase_if(tallies_, [&](const auto& one) { return !ids.contains(one.first); });
}

void CredentialUses::count(UseTally& tally, Time now, const std::string& ip) {
  const std::lock_guard lock(tally.mutex);
  ++tally.count;
  tally.at = now;
  if (tally.ip != ip) tally.ip = ip;
}

void CredentialUses::improve(const std::string& id, const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  if (!rehashed_.contains(id)) better_hashes_[id] = {from, to};
}

void CredentialUses::hashes_are_read() {
  const std::lock_guard lock(mutex_);
  rehashed_.clear();
}

void CredentialUses::save(Credentials& store, Time now, bool whole) {
  std::unordered_map<std::string, std::pair<std::string, std::string>> better;
  {
    const std::lock_guard lock(mutex_);
    better.swap(better_hashes_);
  }
  for (const auto& [id, hash] : better) {
    store.rehash(id, hash.first, hash.second);
    const std::lock_guard lock(mutex_);
    rehashed_.insert(id);
  }

  std::unordered_map<std::string, std::shared_ptr<UseTally>> tallies;
  {
    const std::lock_guard lock(mutex_);
    if (!whole && now - written_ < uses_every) return;
    written_ = now;
    tallies = tallies_;
  }
  std::vector<CredentialUse> report;
  for (const auto& [id, tally] : tallies) {
    const std::lock_guard lock(tally->mutex);
    if (tally->count > 0) report.push_back({id, tally->at, tally->ip, tally->count});
  }
  store.note_uses(report);
  for (const CredentialUse& told : report) {
    UseTally& tally = *tallies[told.id];
    const std::lock_guard lock(tally.mutex);
    tally.count -= told.count;
  }
}

}  // namespace bridge
