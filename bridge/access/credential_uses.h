#pragma once

// What use is made of credentials, gathered, so that a call writes nothing: how often, when last and from
// where; and the keyed hashes that old ones are to be replaced by, once the secret was seen. Thread-safe.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "bridge/store/credentials.h"

namespace bridge {

// Of one credential, since the last report.
struct UseTally {
  std::mutex mutex;
  std::int64_t count = 0;
  Time at{};
  std::string ip;
};

class CredentialUses {
 public:
  // Where uses of this credential are counted, for as long as it is there.
  std::shared_ptr<UseTally> tally(const std::string& id);
  // What is there now; the others are forgotten.
  void keep(const std::unordered_set<std::string_view>& ids);
  static void count(UseTally& tally, Time now, const std::string& ip);

  // The same secret, hashed better; nothing when that was stored already.
  void improve(const std::string& id, const std::string& from, const std::string& to);
  // The hashes are about to be read from the store.
  void hashes_are_read();

  // Better hashes at once, uses at most once a minute or when `whole`. Throws as the Store does; then nothing
  // is lost but time.
  void save(Credentials& store, Time now, bool whole);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<UseTally>> tallies_;  // by id
  Time written_{};
  std::unordered_map<std::string, std::pair<std::string, std::string>> better_hashes_;  // by id: from, to
  std::unordered_set<std::string> rehashed_;  // ids that memory still has the old hash of
};

}  // namespace bridge
