#pragma once

// What the management endpoints have in common when they make and change credentials: who may give which
// role, where calls may come from, from when to when, and that each change is stored with its row of the
// audit log and counts at once. Nobody gives away, or takes over, more than they have. Thread-safe; store,
// access and clock outlive it. Failures are thrown as Error.

#include <optional>
#include <string>
#include <vector>

#include "bridge/access/access.h"
#include "bridge/access/issue.h"
#include "bridge/access/role.h"
#include "bridge/api/envelope.h"
#include "bridge/api/routes.h"
#include "bridge/store/store.h"

namespace bridge {

class CredentialEditor {
 public:
  CredentialEditor(Store& store, Access& access, const Clock& clock)
      : store_(store), access_(access), clock_(clock) {}

  // One that credentials of this queue may have, by id, or by name in any case.
  std::optional<Role> role(const std::string& queue, const std::string& name) const;

  // Whether the caller may do all that somebody with this role may.
  static bool may_give(const Caller& caller, const Role& role);
  // Complains when there is no such role, or it can do more than the caller.
  std::optional<Role> wanted_role(Fields& fields, std::string_view field, const Caller& caller,
                                  const std::string& queue, const std::string& name) const;
  // Throws Error(forbidden) when the credential can do more than the caller: who changes it could take it
  // over.
  void must_be_below(const Caller& caller, const Credential& credential) const;

  // hasIpAddressRestriction and allowedIpAddresses; those of `before` where they are not given.
  static void read_networks(Fields& fields, Credential& credential);
  // notBefore and expiresAt.
  static void read_times(Fields& fields, Credential& credential);
  // Complains when the caller would shut itself out.
  static void must_stay_in(Fields& fields, const Caller& caller, const Credential& changed);

  void add(const Call& call, const Credential& made);
  // Nothing when they are the same.
  void change(const Call& call, const Credential& before, const Credential& after);
  void remove(const Call& call, const Credential& credential);
  // Rotates by what the body says: overlapMinutes, 0 without it. Returns the new secret.
  std::string rotate(const Call& call, const Credential& credential);

  // A row of the audit log for what is no credential.
  TrailEntry entry(const Call& call, std::string action, std::string queue, std::string object,
                   const mappings::Json& before, const mappings::Json& after) const;
  // To be called after each change: it counts from the next call on.
  void done() { access_.forget(); }

  Store& store() const noexcept { return store_; }
  Access& access() const noexcept { return access_; }
  Time now() const { return clock_.now(); }

 private:
  void change_as(const std::string& action, const Call& call, const Credential& before,
                 const Credential& after);

  Store& store_;
  Access& access_;
  const Clock& clock_;
};

// What the lists and objects of all credentials have in common.
void append_common(mappings::Json& object, const Credential& credential);
// Instead of a secret.
inline constexpr std::string_view masked = "*****";

}  // namespace bridge
