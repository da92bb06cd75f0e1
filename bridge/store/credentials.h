#pragma once

// Who may call the API: one record for every kind of credential, the groups that keys are kept in, and the
// roles that narrow them. No secret is in here: keyed hashes only. Each verb that changes something writes
// the rows of the audit log that tell of it in the same transaction, and makes version() another one. Part of
// the Store; thread-safe, throws as the Store does.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/ops/clock.h"
#include "bridge/store/scopes.h"
#include "bridge/store/trail.h"

namespace bridge {

// api_key: of a tenant. rest_key: in a key group, its whole text is the reference id. client: an id and a
// secret that buy bearer tokens; the tokens themselves are stored nowhere.
enum class CredentialKind { api_key, rest_key, client };
std::string_view to_string(CredentialKind kind) noexcept;
std::optional<CredentialKind> credential_kind_from(std::string_view text) noexcept;

struct Credential {
  std::string id;  // public, 8 hex
  CredentialKind kind = CredentialKind::api_key;
  std::string queue;                     // the tenant
  std::vector<std::string> more_queues;  // of a reseller: tenants that a call may name instead; "*": all
  std::string group;                     // of a rest_key; else empty
  std::string label;                     // what it is for; a client's name
  std::string on_behalf_of;              // the user whom its deeds are recorded of; empty: none
  std::string role;                      // empty: the scopes alone count
  Scopes scopes = Scopes::usual();
  std::vector<std::string> networks;  // as NetworkRules takes them; empty: everywhere
  bool active = true;
  Time created{};
  std::optional<Time> not_before;  // refused before
  std::optional<Time> expires;     // refused from then on
  std::string hash;                // "hmac-sha256:<64 hex>", or "sha256:<64 hex>" of an old one
  std::string previous_hash;       // also good until previous_until; empty: none
  std::optional<Time> previous_until;
  std::string last_four;        // of the secret, for lists
  std::int64_t generation = 0;  // of a client: random; with another one no earlier token is good
  std::int64_t revision = 0;    // counts changes; given by the store
  // Written seldom: at most a minute behind a running bridge.
  std::optional<Time> last_used;
  std::string last_ip;
  std::int64_t uses = 0;
  bool operator==(const Credential&) const = default;
};

struct CredentialUse {
  std::string id;
  Time at{};
  std::string ip;
  std::int64_t count = 0;  // since the last report
};

struct KeyGroup {
  std::string name;
  std::string queue;
  std::string description;
  Time created{};
  bool operator==(const KeyGroup&) const = default;
};

// A role that somebody made; bridge/access/role.h has those that are always there.
struct RoleRow {
  std::string id;     // 12 letters and digits
  std::string queue;  // whose; empty: of all
  std::string name;   // one of that name for each queue, in any case
  std::string description;
  Scopes scopes;
  std::vector<std::string> permissions;  // "requests/{id}|PUT"; empty: every call that the scopes take
  bool several_tenants = false;
  Time created{};
  bool operator==(const RoleRow&) const = default;
};

// What guessing has locked (bridge/access/lockout.h).
struct LoginLock {
  std::string object;  // "credential 3fa97f2c", "address 192.0.2.1", "address 2001:db8:0:7::/64"
  Time until{};
  int in_a_row = 1;  // how many such locks there were, as far as they are not forgiven
  bool operator==(const LoginLock&) const = default;
};

class Credentials {
 public:
  virtual ~Credentials() = default;

  // Throws Error(conflict) when there is one of that id, Error(not_found) when the group of a rest key is not
  // there (any more).
  virtual void add(const Credential& credential, const std::vector<TrailEntry>& trail) = 0;
  // All but the id, the kind, when it was created and its uses. Throws Error(not_found), and Error(conflict)
  // when the stored revision is another one: somebody changed it meanwhile.
  virtual void change(const Credential& credential, const std::vector<TrailEntry>& trail) = 0;
  // False: there is none, and nothing was written.
  virtual bool remove(const std::string& id, const std::vector<TrailEntry>& trail) = 0;
  virtual std::optional<Credential> find(const std::string& id) = 0;
  // By creation; all of them when `queue` is empty.
  virtual std::vector<Credential> list(const std::string& queue = {}) = 0;

  // Another number after each change of credentials, groups or roles, also by another process. Cheap.
  virtual std::int64_t version() = 0;

  // Not changes: version() stays, nothing is recorded.
  virtual void note_uses(const std::vector<CredentialUse>& uses) = 0;
  // The same secret under another kind of hash; nothing when the hash is no longer `from`.
  virtual void rehash(const std::string& id, const std::string& from, const std::string& to) = 0;

  // Groups, by queue and name. Of two that make, change or remove the same one at once, one does: add throws
  // Error(conflict) when there is one of that name; change Error(not_found) when it is gone, Error(conflict)
  // when it is no longer as `before`.
  virtual void add_group(const KeyGroup& group, const std::vector<TrailEntry>& trail) = 0;
  virtual void change_group(const KeyGroup& before, const KeyGroup& after,
                            const std::vector<TrailEntry>& trail) = 0;
  virtual std::vector<KeyGroup> groups(const std::string& queue = {}) = 0;
  // False: there is none. Throws Error(conflict) when keys are in it.
  virtual bool remove_group(const std::string& queue, const std::string& name,
                            const std::vector<TrailEntry>& trail) = 0;

  // Roles, in the same way; both throw Error(conflict) when another role of the queue has the name.
  virtual void add_role(const RoleRow& role, const std::vector<TrailEntry>& trail) = 0;
  virtual void change_role(const RoleRow& before, const RoleRow& after,
                           const std::vector<TrailEntry>& trail) = 0;
  virtual std::vector<RoleRow> roles() = 0;
  // False: there is none. Throws Error(conflict) when credentials have it.
  virtual bool remove_role(const std::string& id, const std::vector<TrailEntry>& trail) = 0;

  // What is locked, as the serving process told it last, the longest first. Not changes of credentials:
  // version() stays.
  virtual std::vector<LoginLock> locks() = 0;
  virtual void keep_locks(const std::vector<LoginLock>& locked, const std::vector<std::string>& over) = 0;
  // False: that is not locked, and nothing was written.
  virtual bool unlock(const std::string& object, const std::vector<TrailEntry>& trail) = 0;
};

}  // namespace bridge
