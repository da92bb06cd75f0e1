#pragma once

// The roles that credentials of a queue may have, and how one is found by what a person writes.

#include <string>
#include <string_view>
#include <vector>

#include "bridge/access/role.h"

namespace bridge {

// Those that are always there, those of all queues, and the queue's own. Throws as the Store does.
std::vector<Role> roles_of(Credentials& store, const std::string& queue);
// By id, or by name in any case; null: none of them.
const Role* role_called(const std::vector<Role>& roles, std::string_view name) noexcept;

}  // namespace bridge
