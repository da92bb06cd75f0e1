#pragma once

// Whether what somebody shows is a credential that is good now, and if not, why. Where they come from is not
// looked at here. Pure; takes as long for an unknown id as for a wrong secret.

#include <string_view>

#include "bridge/access/known_credentials.h"
#include "bridge/access/secret_text.h"

namespace bridge {

struct Verdict {
  const KnownCredential* credential = nullptr;  // null: refused
  bool guess = false;                           // nobody has such a one, or ever had
  std::string_view why;                         // "wrong secret"
  Scopes scopes;
};
// `text`: what `whole` claims to be. The verdict points into the snapshot.
Verdict judge(const CredentialSnapshot& known, const Pepper& pepper, const SecretText& text,
              std::string_view whole, Time now);

}  // namespace bridge
