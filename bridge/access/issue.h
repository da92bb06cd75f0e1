#pragma once

// How credentials come to be and change. Pure but for the random numbers: what comes out is to be stored by
// store.credentials(), and the secret shown once.

#include <chrono>
#include <string>

#include "bridge/access/pepper.h"
#include "bridge/store/credentials.h"
#include "mappings/engine/json.h"

namespace bridge {

struct Issued {
  Credential row;
  std::string secret;     // whole, shown once, stored nowhere
  std::string client_id;  // of a client
};

// `wanted`: everything that is not given here (id, hashes, created, generation).
Issued issue(const Pepper& pepper, Credential wanted, Time now);
// For a client whose pair was made before: the parts of `client_id` and `secret` as make_secret() gave them.
// Throws Error(invalid_request) for another one's.
Issued issue_pair(const Pepper& pepper, Credential wanted, const std::string& client_id,
                  const std::string& secret, Time now);

// A new secret under the same id; the old one is good for `overlap` longer. A client's tokens end at once.
std::string rotate(const Pepper& pepper, Credential& credential, Time now, std::chrono::seconds overlap);
// Off ends a client's tokens for good: they stay dead when it is on again.
void set_active(Credential& credential, bool active);

// Everything but hashes: for --json and for the audit log.
mappings::Json describe(const Credential& credential);
// The row of the audit log for a change; null: there was none, or is none now.
TrailEntry credential_entry(Time at, const Actor& actor, const std::string& action, const Credential* before,
                            const Credential* after);

}  // namespace bridge
