#include "bridge/store/credentials.h"

namespace bridge {

std::string_view to_string(CredentialKind kind) noexcept {
  switch (kind) {
    case CredentialKind::api_key:
      return "api_key";
    case CredentialKind::rest_key:
      return "rest_key";
    case CredentialKind::client:
      return "client";
  }
  return "";
}

std::optional<CredentialKind> credential_kind_from(std::string_view text) noexcept {
  for (const CredentialKind kind :
       {CredentialKind::api_key, CredentialKind::rest_key, CredentialKind::client})
    if (to_string(kind) == text) return kind;
  return std::nullopt;
}

}  // namespace bridge
