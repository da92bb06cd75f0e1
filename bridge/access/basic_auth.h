#pragma once

// Basic authentication, and the comparison that tells nobody where two secrets differ. Pure.

#include <optional>
#include <string>
#include <string_view>

namespace bridge {

struct BasicCredentials {
  std::string user;
  std::string password;
};
// Of an Authorization header's value; nothing when it is of another kind or malformed.
std::optional<BasicCredentials> basic_credentials(std::string_view header);

bool same_secret(std::string_view a, std::string_view b) noexcept;

}  // namespace bridge
