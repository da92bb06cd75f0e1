#include "bridge/directory/scim_shown.h"

#include "bridge/directory/scim_kept.h"
#include "bridge/directory/scim_path.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::Json;

namespace {
bool is_extension(std::string_view name) {
  return name.size() > 4 && mappings::equal_ignoring_case(name.substr(0, 4), "urn:");
}

Json meta(const char* type, Time created, Time changed, std::int64_t version, const std::string& location) {
  return Json::object({{"resourceType", type},
                       {"created", to_iso(created)},
                       {"lastModified", to_iso(changed)},
                       {"location", location},
                       {"version", scim_etag(version)}});
}

Json references(const std::vector<ScimReference>& all, const std::string& url, bool with_type) {
  Json list = Json::array();
  for (const ScimReference& one : all) {
    Json row = Json::object({{"value", one.id}, {"$ref", url + one.id}, {"display", one.display}});
    row.set("type", with_type ? "User" : "direct");
    list.push_back(std::move(row));
  }
  return list;
}

// All but what is computed. What an older build or a hand left of that is not shown, and no password is.
Json shown_body(std::string_view schema, const std::string& id, const Json& body) {
  Json schemas = Json::array({schema});
  Json shown = Json::object({{"schemas", schemas}, {"id", id}});
  const Json kept = without_ours(body);
  kept.each_member([&](std::string_view name, const Json& value) {
    if (is_extension(name)) schemas.push_back(name);
    shown.set(name, value);
  });
  shown.set("schemas", std::move(schemas));
  return shown;
}

}  // namespace

Json shown_user(const DirectoryUser& user, const Json& body, const std::vector<ScimReference>& groups,
                const std::string& url) {
  Json shown = shown_body(scim::user_schema, user.id, body);
  if (!groups.empty()) shown.set("groups", references(groups, url + "/Groups/", false));
  shown.set("meta", meta("User", user.created, user.changed, user.version, url + "/Users/" + user.id));
  return shown;
}

Json shown_members(const std::vector<ScimReference>& members, const std::string& url) {
  return references(members, url + "/Users/", true);
}

Json shown_group(const DirectoryGroup& group, const Json& body, const std::vector<ScimReference>& members,
                 const std::string& url) {
  Json shown = shown_body(scim::group_schema, group.id, body);
  shown.set("members", shown_members(members, url));
  shown.set("meta", meta("Group", group.created, group.changed, group.version, url + "/Groups/" + group.id));
  return shown;
}

std::string scim_etag(std::int64_t version) {
  return "W/\"" + std::to_string(version) + '"';
}

}  // namespace bridge
