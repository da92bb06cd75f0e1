#include "bridge/api/roles_api.h"

#include <algorithm>
#include <map>

#include "bridge/access/secret_text.h"
#include "bridge/ops/error.h"
#include "mappings/engine/json_list.h"

namespace bridge {

using mappings::Json;
using mappings::list_of;

namespace {
constexpr std::size_t longest_name = 64, longest_description = 300, most_permissions = 500, id_size = 12;

std::string permission_of(const Route& route) {
  std::string problem;
  const auto permission = Permission::parse(route.pattern + '|' + route.method, problem);
  return permission ? permission->text() : std::string();
}

void must_be_below(const Caller& caller, const RoleRow& role) {
  if (!CredentialEditor::may_give(caller, role_from(role)))
    throw Error(ErrorCode::forbidden, "It may do more than you may: you cannot change it");
}

Json described(const RoleRow& role) {
  return Json::object({{"name", role.name},
                       {"resourceId", role.id},
                       {"description", role.description},
                       {"scopes", role.scopes.text()},
                       {"permissionResourceIdList", list_of(role.permissions)},
                       {"companyResourceId", role.queue.empty() ? Json() : Json(role.queue)},
                       {"isBuiltIn", false}});
}

Json described(const Role& role) {
  RoleRow row;
  row.id = role.id;
  row.name = role.name;
  row.description = role.description;
  row.scopes = role.scopes;
  Json object = described(row);
  object.set("isBuiltIn", true);
  return object;
}
}  // namespace

RoleRow RolesApi::found(const Call& call) const {
  const std::string& id = call.parts.at(0);
  for (RoleRow& row : editor_.store().credentials().roles())
    if (row.id == id && companies_.sees(call, row.queue)) return std::move(row);
  throw built_in_role(id) != nullptr
      ? Error(ErrorCode::conflict, "The role " + id + " is always there and cannot be changed")
      : Error(ErrorCode::not_found, "There is no role " + id);
}

Json RolesApi::list(const Call& call) {
  Json all = Json::array();
  for (const Role& role : built_in_roles()) all.push_back(described(role));
  for (const RoleRow& row : editor_.store().credentials().roles())
    if (row.queue.empty() || companies_.sees(call, row.queue)) all.push_back(described(row));
  return all;
}

Scopes RolesApi::scopes_of(Fields& fields, const std::vector<std::string>& permissions) const {
  Scopes scopes;
  for (std::size_t i = 0; i < permissions.size(); ++i) {
    const std::string place = "permissionResourceIdList[" + std::to_string(i) + ']';
    std::string problem;
    const auto permission = Permission::parse(permissions[i], problem);
    bool names_one = false;
    for (const Route& route : all_routes_()) {
      const auto scope = scope_of(route.right);
      if (!permission || !scope || !permission->meets(route.method, route.pattern)) continue;
      names_one = true;
      scopes = scopes.with(*scope);
    }
    if (!permission)
      fields.complain(place, problem);
    else if (!names_one)
      fields.complain(place, "no call is like " + permissions[i] + "; GET /api/permissions/all lists them");
  }
  return scopes;
}

void RolesApi::read(Fields& fields, const Call& call, RoleRow& role) const {
  fields.only({"name", "resourceId", "description", "scopes", "permissionResourceIdList", "companyResourceId",
               "isBuiltIn", "availableForRequests", "availableForList"});
  if (const auto name = fields.text("name", 1, longest_name)) role.name = *name;
  if (const auto text = fields.text("description", 1, longest_description)) role.description = *text;
  for (const char* name : {"name", "description"})
    if (!fields.has(name) && role.created == Time{}) fields.complain(name, "is missing");
  if (built_in_role(role.name) != nullptr) fields.complain("name", "is that of a role that is always there");
  const auto permissions = fields.texts("permissionResourceIdList", most_permissions);
  const auto words = fields.text("scopes", 0, 100);
  if (permissions) {
    role.scopes = scopes_of(fields, *permissions);
    role.permissions.clear();
    std::string problem;
    for (const std::string& text : *permissions)
      if (const auto permission = Permission::parse(text, problem))
        role.permissions.push_back(permission->text());
  }
  if (words) {
    const auto scopes = Scopes::parse(*words);
    if (!scopes) fields.complain("scopes", "are words of: read decide submit manage");
    // With permissions they say what to leave out of them.
    if (scopes)
      role.scopes = role.permissions.empty()
                        ? *scopes
                        : (permissions ? role.scopes : scopes_of(fields, role.permissions)).within(*scopes);
  }
  if (fields.good() && role.scopes.empty())
    fields.complain("permissionResourceIdList", "the role may do nothing; name permissions, or scopes");
  if (fields.good() && !CredentialEditor::may_give(call.caller, role_from(role)))
    fields.complain("permissionResourceIdList", "the role may do more than you may");
}

Json RolesApi::create(const Call& call) {
  Fields fields(call);
  RoleRow role;
  role.queue = companies_.acting_in(call);
  role.id = random_base62(id_size);
  read(fields, call, role);
  fields.must_be_good();
  role.created = editor_.now();
  editor_.store().credentials().add_role(
      role, {editor_.entry(call, "role.created", role.queue, "role " + role.id, {}, described(role))});
  editor_.done();
  return Json::object({{"resourceId", role.id}});
}

Json RolesApi::show(const Call& call) {
  if (const Role* role = built_in_role(call.parts.at(0))) return described(*role);
  return described(found(call));
}

Json RolesApi::change(const Call& call) {
  const RoleRow before = found(call);
  must_be_below(call.caller, before);
  if (call.caller.role && call.caller.role->id == before.id)
    throw Error(ErrorCode::forbidden, "It is your own role: somebody who may do more has to change it");
  Fields fields(call);
  RoleRow after = before;
  read(fields, call, after);
  fields.must_be_good();
  if (after != before) {
    editor_.store().credentials().change_role(
        before, after,
        {editor_.entry(call, "role.changed", after.queue, "role " + after.id, described(before),
                       described(after))});
    editor_.done();
  }
  return Json::object({{"resourceId", after.id}});
}

Json RolesApi::remove(const Call& call) {
  const RoleRow gone = found(call);
  must_be_below(call.caller, gone);
  const bool there = editor_.store().credentials().remove_role(
      gone.id, {editor_.entry(call, "role.removed", gone.queue, "role " + gone.id, described(gone), {})});
  if (!there) throw Error(ErrorCode::not_found, "There is no role " + gone.id);
  editor_.done();
  return Json::object({{"resourceId", gone.id}});
}

Json RolesApi::permissions(const Call& call) {
  std::map<std::string, Json> modules;
  const auto node = [](const std::string& module, Json id, const std::string& name, std::string_view about,
                       Json group, Json parent, bool disabled) {
    return Json::object({{"moduleName", module},
                         {"permissionResourceId", std::move(id)},
                         {"permissionName", name},
                         {"permissionDescription", about},
                         {"groupName", std::move(group)},
                         {"parentGroupName", std::move(parent)},
                         {"isDisabled", disabled},
                         {"children", Json::array()}});
  };
  for (const Route& route : all_routes_()) {
    const auto scope = scope_of(route.right);
    if (!scope) continue;
    const std::string permission = permission_of(route);
    const std::string module = permission.substr(0, permission.find_first_of("/|"));
    auto& of = modules.try_emplace(module, node(module, {}, module, "", {}, {}, false)).first->second;
    const bool mine = call.caller.scopes.has(*scope) &&
                      (!call.caller.role || call.caller.role->allows(*scope, route.method, route.pattern));
    Json children = of.get("children");
    children.push_back(node(module, permission, route.method + ' ' + route.pattern, route.about,
                            Json(to_string(*scope)), module, !mine));
    of.set("children", std::move(children));
  }
  Json all = Json::array();
  for (auto& [name, module] : modules) all.push_back(std::move(module));
  return all;
}

std::vector<Route> RolesApi::routes() {
  const auto bound = [this](Json (RolesApi::*handle)(const Call&)) {
    return enveloped([this, handle](const Call& call) { return (this->*handle)(call); });
  };
  const std::string all = "/api/roles", one = all + "/{resourceId}";
  return {
      {"GET", all, Right::manage, "Roles that credentials may have.", bound(&RolesApi::list), true},
      {"POST", all, Right::manage, "Makes a role of permissions.", bound(&RolesApi::create), true},
      {"GET", one, Right::manage, "One role.", bound(&RolesApi::show), true},
      {"PUT", one, Right::manage, "Changes a role that somebody made.", bound(&RolesApi::change), true},
      {"DELETE", one, Right::manage, "Ends a role that nobody has.", bound(&RolesApi::remove), true},
      {"GET", "/api/permissions/all", Right::manage,
       "Every call that a role can permit, by the first word of its path.", bound(&RolesApi::permissions),
       true},
  };
}

}  // namespace bridge
