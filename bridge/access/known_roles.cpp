#include "bridge/access/known_roles.h"

#include "mappings/engine/text.h"

namespace bridge {

std::vector<Role> roles_of(Credentials& store, const std::string& queue) {
  std::vector<Role> all = built_in_roles();
  for (const RoleRow& row : store.roles())
    if (row.queue.empty() || row.queue == queue) all.push_back(role_from(row));
  return all;
}

const Role* role_called(const std::vector<Role>& roles, std::string_view name) noexcept {
  for (const Role& one : roles)
    if (one.id == name) return &one;
  for (const Role& one : roles)
    if (mappings::equal_ignoring_case(one.name, name)) return &one;
  return nullptr;
}

}  // namespace bridge
