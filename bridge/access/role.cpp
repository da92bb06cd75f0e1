#include "bridge/access/role.h"

#include <algorithm>
#include <array>

#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;

namespace {
constexpr std::array<std::string_view, 7> methods = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "*"};
constexpr std::size_t longest = 300;

// Takes the first segment off `path`.
std::string_view take(std::string_view& path) {
  const auto slash = path.find('/');
  const std::string_view segment = path.substr(0, slash);
  path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  return segment;
}

std::string_view without_front(std::string_view path) {
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  constexpr std::string_view front = "api/";
  if (path.size() > front.size() && equal_ignoring_case(path.substr(0, front.size()), front))
    path.remove_prefix(front.size());
  return path;
}

bool is_any(std::string_view segment) {
  return segment == "*" || (segment.size() > 2 && segment.front() == '{' && segment.back() == '}');
}

// `given`: a path, or with `open` the pattern of one, whose {name} may be anything.
bool matches(std::string_view pattern, std::string_view given, bool open) {
  while (!pattern.empty() && !given.empty()) {
    const std::string_view wanted = take(pattern);
    if (wanted == "**") return true;
    const std::string_view one = take(given);
    const bool same = is_any(wanted) || (open && is_any(one)) || equal_ignoring_case(wanted, one);
    if (one.empty() || !same) return false;
  }
  return pattern.empty() && given.empty();
}

std::string problem_of(std::string_view path, std::string_view method) {
  if (std::none_of(methods.begin(), methods.end(),
                   [&](std::string_view one) { return equal_ignoring_case(one, method); }))
    return "behind the | stands a method: GET, POST, PUT, PATCH, DELETE or *";
  if (path.empty()) return "before the | stands a path, such as requests/{id}";
  while (!path.empty()) {
    const bool ends_open = path.back() == '/';
    const std::string_view segment = take(path);
    if (segment.empty() || (path.empty() && ends_open)) return "a path has no empty segments";
    if (segment == "**" && !path.empty()) return "** can only be the last segment";
    const bool named = is_any(segment) && segment != "*";
    if (segment == "*" || segment == "**") continue;
    if ((named ? segment.substr(1, segment.size() - 2) : segment).find_first_of("*{}|?# \t\r\n") !=
        std::string_view::npos)
      return "a segment is a word, {name} or *";
  }
  return {};
}
}  // namespace

std::optional<Permission> Permission::parse(std::string_view text, std::string& problem) {
  const auto bar = text.find('|');
  if (bar == std::string_view::npos || text.size() > longest) {
    problem = "a permission is path|METHOD, such as requests/{id}|PUT, of at most 300 letters";
    return std::nullopt;
  }
  const std::string_view path = without_front(text.substr(0, bar)), method = text.substr(bar + 1);
  problem = problem_of(path, method);
  if (!problem.empty()) return std::nullopt;
  std::string kept(path);
  kept.push_back('|');
  for (const std::string_view one : methods)
    if (equal_ignoring_case(one, method)) kept += one;
  return Permission(std::move(kept));
}

bool Permission::has_method(std::string_view method) const noexcept {
  const std::string_view mine = std::string_view(text_).substr(text_.find('|') + 1);
  return mine == "*" || equal_ignoring_case(mine, method) ||
         (mine == "GET" && equal_ignoring_case(method, "HEAD"));
}

bool Permission::allows(std::string_view method, std::string_view path) const noexcept {
  return has_method(method) &&
         matches(std::string_view(text_).substr(0, text_.find('|')), without_front(path), false);
}

bool Permission::meets(std::string_view method, std::string_view route) const noexcept {
  return has_method(method) &&
         matches(std::string_view(text_).substr(0, text_.find('|')), without_front(route), true);
}

bool Role::allows(std::string_view method, std::string_view path) const noexcept {
  return permissions.empty() || std::any_of(permissions.begin(), permissions.end(),
                                            [&](const Permission& one) { return one.allows(method, path); });
}

bool Role::covers(const Role& other) const noexcept {
  if (!scopes.has(other.scopes) || (other.several_tenants && !several_tenants)) return false;
  if (permissions.empty()) return true;
  const auto mine = [&](const Permission& wanted) {
    return std::any_of(permissions.begin(), permissions.end(),
                       [&](const Permission& one) { return one.text() == wanted.text(); });
  };
  return !other.permissions.empty() && std::all_of(other.permissions.begin(), other.permissions.end(), mine);
}

const std::vector<Role>& built_in_roles() {
  static const std::vector<Role> all = {
      {"reader",
       "Reader",
       "Sees requests, the auditlog, events and the inventory.",
       {Scope::read},
       {},
       false},
      {"approver",
       "Approver",
       "Sees everything and decides requests.",
       {Scope::read, Scope::decide},
       {},
       false},
      {"submitter",
       "Submitter",
       "Sees everything and hands requests in.",
       {Scope::read, Scope::submit},
       {},
       false},
      {"administrator",
       "Company Admin",
       "May do everything in one tenant, credentials included.",
       Scopes::all(),
       {},
       false},
      {"reseller",
       "Reseller",
       "May do everything in each of the tenants that it is given.",
       Scopes::all(),
       {},
       true},
  };
  return all;
}

Role role_from(const RoleRow& row) {
  Role role{row.id, row.name, row.description, row.scopes, {}, row.several_tenants};
  std::string problem;
  for (const std::string& text : row.permissions) {
    if (auto permission = Permission::parse(text, problem))
      role.permissions.push_back(std::move(*permission));
    else
      role.scopes = {};
  }
  return role;
}

const Role* built_in_role(std::string_view name) noexcept {
  for (const Role& role : built_in_roles())
    if (role.id == name || equal_ignoring_case(role.name, name)) return &role;
  return nullptr;
}

}  // namespace bridge
