#pragma once

// A bearer token: until when, with which scopes, for which generation of a client; and a proof that only the
// pepper can make. Stored nowhere. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/access/pepper.h"
#include "bridge/access/secret_text.h"

namespace bridge {

// What stands in a token instead of the client's generation: whether it is still the same can be seen from
// it, and nothing else.
std::string token_fingerprint(const Pepper& pepper, std::string_view id, std::int64_t generation);

struct TokenClaims {
  std::string_view fingerprint;
  std::optional<Time> until;
  Scopes scopes;
};

std::string make_token(const Pepper& pepper, std::string_view id, const TokenClaims& claims);
// Nothing when it was not made with this pepper. Takes as long whether it was or not.
std::optional<TokenClaims> read_token(const Pepper& pepper, const SecretText& token, std::string_view whole);

}  // namespace bridge
