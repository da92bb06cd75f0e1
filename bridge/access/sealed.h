#pragma once

// Texts that the database keeps sealed, because they are needed again as they are: what webhooks are signed
// with. AES-256-GCM with a key made of the pepper, so that a copy of the database alone shows nothing.
// Thread-safe, as the pepper is.

#include <string>
#include <string_view>

#include "bridge/access/pepper.h"

namespace bridge {

// "sealed:1:<hex>". `name` says whose text it is: sealed for one it opens for no other.
std::string seal(const Pepper& pepper, std::string_view name, std::string_view text);

bool is_sealed(std::string_view text) noexcept;

// Throws Error(config_invalid) when it was sealed with another pepper or for another name, or was changed.
std::string unseal(const Pepper& pepper, std::string_view name, std::string_view sealed);

}  // namespace bridge
