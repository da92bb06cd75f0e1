#pragma once

// How credentials come to be and change. Pure but for the random numbers: what comes out is to be stored by
// store.credentials(), and the secret shown once.

#include <chrono>
#include <string>

#include "bridge/access/pepper.h"
#include "bridge/ops/error.h"
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
// An id and a secret for a client that is not stored yet. The id follows from the secret and the pepper, so
// that issue_pair() knows a pair that was made here.
struct ClientPair {
  std::string client_id, secret;
};
ClientPair make_client_pair(const Pepper& pepper);
// For a client whose pair was made before by make_client_pair(). Throws no_pair() for another one.
Issued issue_pair(const Pepper& pepper, Credential wanted, const std::string& client_id,
                  const std::string& secret, Time now);
Error no_pair();  // invalid_request; the same whatever is wrong with it

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
