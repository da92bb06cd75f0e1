#pragma once

// What a secret of ours looks like: a prefix that a scanner finds, a public id, random letters, a checksum.
//   cs_live_<id>_<secret>_<sum>    API key        cs_rest_<id>_<secret>_<sum>   rest key: the reference id
//   cs_client_<id>_<sum>           client id      cs_secret_<id>_<secret>_<sum> client secret
//   cs_token_<id>_<claims>_<mac>_<sum>  bearer token
// id: 8 hex; secret: 36 of base62 (214 bits); sum: 6 of base62. Pure but for the random numbers.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/store/credentials.h"

namespace bridge {

enum class SecretForm { api_key, rest_key, client_id, client_secret, token };
std::string_view prefix_of(SecretForm form) noexcept;

std::string random_id();
std::string random_base62(std::size_t size);
std::int64_t random_generation();

std::string make_secret(SecretForm form, const std::string& id);

// What a text claims to be. Views into it.
struct SecretText {
  SecretForm form = SecretForm::api_key;
  std::string_view id;
  std::string_view middle;  // between id and checksum; of a client id: empty
};
// Of a token: what it claims and what proves it (bearer_token.cpp).
inline constexpr std::size_t token_middle_size = 31 + 1 + 64;
// By its shape alone; checksum_fits() says the rest.
std::optional<SecretText> read_secret_text(std::string_view text) noexcept;
bool checksum_fits(std::string_view text);
// The text with "_" and its checksum behind it.
std::string with_checksum(std::string text);

// "cs_live_3fa97f2c": how a credential is named in logs, timelines and lists.
std::string public_name(CredentialKind kind, std::string_view id);
// The id in what a person types: 3fa97f2c, cs_live_3fa97f2c, a client id. Never from a whole secret.
std::string id_from(std::string_view typed);

}  // namespace bridge
