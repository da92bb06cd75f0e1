#pragma once

// What a caller may do: rights in kinds (scopes), and within them, where a role says so, single calls
// (`path|METHOD`). A role says what may be done, never in which tenant. Immutable, thread-safe; has() and
// allows() allocate nothing.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/store/credentials.h"

namespace bridge {

// "companies/{id}/clients|GET": a path without /api/ in front, and a method. {name} and * stand for one
// segment, a last segment ** for one or more, the method * for all. Words and methods match in any case; GET
// is HEAD too.
class Permission {
 public:
  // Nothing, and what is wrong with it, when `text` is none.
  static std::optional<Permission> parse(std::string_view text, std::string& problem);

  bool allows(std::string_view method, std::string_view path) const noexcept;
  // Whether some call of a route ("/requests/{id}") is one that it allows.
  bool meets(std::string_view method, std::string_view route) const noexcept;
  // In its one spelling; the method in capitals.
  const std::string& text() const noexcept { return text_; }

 private:
  explicit Permission(std::string text) : text_(std::move(text)) {}
  bool has_method(std::string_view method) const noexcept;
  std::string text_;
};

struct Role {
  std::string id;    // "reader"; of a role that somebody made: its resource id
  std::string name;  // "Company Admin"
  std::string description;
  Scopes scopes;
  std::vector<Permission> permissions;  // empty: every call that the scopes take
  bool several_tenants = false;         // may stand in more than its own tenant

  // Whether a call that needs `scope` may be made.
  bool allows(Scope scope, std::string_view method, std::string_view path) const noexcept {
    return scopes.has(scope) && allows(method, path);
  }
  // The permissions alone.
  bool allows(std::string_view method, std::string_view path) const noexcept;
  // Whether whoever has this role may give the other one away: it can do nothing that this one cannot. Of
  // permissions, those that are written alike count as the same.
  bool covers(const Role& other) const noexcept;
};

// Those that are always there: reader, approver, submitter, administrator ("Company Admin") and reseller.
const std::vector<Role>& built_in_roles();
// A role as it is stored. One whose permissions cannot be read (a row changed by hand) can do nothing.
Role role_from(const RoleRow& row);
// By id, or by name in any case; null: none of them.
const Role* built_in_role(std::string_view name) noexcept;

}  // namespace bridge
