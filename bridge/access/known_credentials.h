#pragma once

// What the store knows of credentials and roles, in memory, so that a call needs no query: read anew when the
// store's version is another one, which is asked for every second. Thread-safe. Store, pepper and uses
// outlive it.

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "bridge/access/credential_uses.h"
#include "bridge/access/network_rules.h"
#include "bridge/access/pepper.h"
#include "bridge/access/role.h"

namespace bridge {

struct KnownCredential {
  Credential row;
  std::string name;  // "key cs_live_3fa97f2c"
  std::optional<SecretHash> hash, previous;
  std::optional<NetworkRules> networks;  // nothing: what is stored cannot be read, and lets nobody in
  std::shared_ptr<const Role> role;      // null: none
  std::shared_ptr<UseTally> use;
  std::string fingerprint;  // of a client's generation
};

// Immutable.
struct CredentialSnapshot {
  std::int64_t version = 0;
  std::unordered_map<std::string, KnownCredential> entries;  // by id

  // Null: nobody has that id.
  const KnownCredential* find(std::string_view id) const {
    const auto found = entries.find(std::string(id));
    return found == entries.end() ? nullptr : &found->second;
  }
};

class KnownCredentials {
 public:
  // `look_every`: how often it is asked whether something changed; 0: at every call. `believed`: how long
  // what is known counts when the store does not answer.
  KnownCredentials(Credentials& store, const Pepper& pepper, CredentialUses& uses,
                   std::chrono::milliseconds look_every, std::chrono::milliseconds believed)
      : store_(store), pepper_(pepper), uses_(uses), look_every_(look_every), believed_(believed) {}

  // `look`: ask the store now. Throws as the Store does when nothing is known that may be believed.
  std::shared_ptr<const CredentialSnapshot> current(bool look);
  // Without asking; null: nothing yet.
  std::shared_ptr<const CredentialSnapshot> last();
  // After a change in this process: when it returns, the change counts. Where the store does not answer
  // nobody is known any more.
  void forget();

 private:
  std::shared_ptr<const CredentialSnapshot> load(std::int64_t version);

  Credentials& store_;
  const Pepper& pepper_;
  CredentialUses& uses_;
  const std::chrono::milliseconds look_every_, believed_;

  std::mutex loading_;  // one at a time; before the other one
  std::mutex mutex_;    // never held while the store is asked
  std::shared_ptr<const CredentialSnapshot> snapshot_;
  std::chrono::steady_clock::time_point looked_{};  // when the store was last asked whether it is still right
  std::chrono::steady_clock::time_point sure_{};    // until when it is believed without an answer
};

}  // namespace bridge
