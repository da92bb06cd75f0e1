#include "bridge/directory/scim_kept.h"

#include <algorithm>
#include <set>

#include "bridge/directory/scim_error.h"
#include "bridge/directory/scim_path.h"
#include "mappings/engine/text.h"
#include "workflows/engine/directory.h"

namespace bridge {

using mappings::equal_ignoring_case;
using mappings::Json;

namespace {
constexpr std::size_t longest_name = 1000;
constexpr std::size_t most_values = 1000;
constexpr std::string_view multi_valued[] = {"emails",    "phoneNumbers", "ims",   "photos",
                                             "addresses", "entitlements", "roles", "x509Certificates"};
constexpr std::string_view texts[] = {"userName", "externalId", "displayName",       "nickName", "title",
                                      "userType", "profileUrl", "preferredLanguage", "locale",   "timezone"};
constexpr std::string_view never_kept[] = {"id", "meta", "schemas", "groups"};

[[noreturn]] void refuse(const std::string& what) {
  throw ScimError(400, "invalidValue", what);
}

template <class List>
bool is_one_of(std::string_view name, const List& list) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

// Also "urn:ietf:params:scim:schemas:core:2.0:User:password" and "login.password".
bool is_password(std::string_view name) {
  const auto last = name.find_last_of(":.");
  return equal_ignoring_case(last == std::string_view::npos ? name : name.substr(last + 1), "password");
}

// Names as the schema spells them, all the way down; null is as good as absent, and a password is not kept
// wherever it stands.
Json respelled(const Json& value) {
  if (value.is_array()) {
    Json all = Json::array();
    for (std::size_t i = 0; i < value.size(); ++i) all.push_back(respelled(value.at(i)));
    return all;
  }
  if (!value.is_object()) return value;
  Json object = Json::object();
  value.each_member([&](std::string_view name, const Json& member) {
    if (!member.is_null() && !is_password(name)) object.set(spelled(name), respelled(member));
  });
  return object;
}

// Numbers come where texts should be: an employee's number, for one.
Json text_of(const Json& value, const std::string& name) {
  if (value.is_string()) return value;
  if (value.is_number()) return value.dump();
  refuse(name + " is no text");
}

// Entra ID sends "True" and "False".
Json flag_of(const Json& value, const std::string& name) {
  if (value.is_bool()) return value;
  for (const bool flag : {true, false})
    if (equal_ignoring_case(value.text(), flag ? "true" : "false")) return flag;
  refuse(name + " is neither true nor false");
}

Json list_of(const Json& value, const std::string& name) {
  Json list = Json::array();
  const auto add = [&](const Json& element) {
    Json one = element.is_object() ? element : Json::object({{"value", text_of(element, name)}});
    if (one.has("primary")) one.set("primary", flag_of(one.get("primary"), name + ".primary"));
    if (one.has("value") && !one.get("value").is_object())
      one.set("value", text_of(one.get("value"), name + ".value"));
    if (one.size() > 0) list.push_back(std::move(one));
  };
  if (value.is_array())
    for (std::size_t i = 0; i < value.size(); ++i) add(value.at(i));
  else
    add(value);
  return list;
}

bool manager_says_nothing(const Json& manager) {
  const auto names = manager.keys();
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return manager.get(name) == Json(""); });
}

// {"value": id}, however it came: as the id alone, as a list of one.
Json manager_of(const Json& value) {
  if (value.is_array()) return value.size() == 1 ? manager_of(value.at(0)) : Json();
  if (value.is_object()) return manager_says_nothing(value) ? Json() : value;
  const Json id = text_of(value, "manager");
  return id.text().empty() ? Json() : Json::object({{"value", id}});
}

void tidy_enterprise(Json& user) {
  Json extension = user.get(scim::enterprise_schema);
  if (extension.is_null()) extension = Json::object();
  if (!extension.is_object()) refuse("the enterprise extension is no object");
  // Some send its attributes beside those of the user.
  for (const std::string& name : user.keys()) {
    if (!is_enterprise_name(name)) continue;
    if (!extension.has(name)) extension.set(name, user.get(name));
    user.erase(name);
  }
  for (const std::string& name : extension.keys())
    if (is_enterprise_name(name) && name != "manager")
      extension.set(name, text_of(extension.get(name), name));
  if (extension.has("manager")) {
    const Json manager = manager_of(extension.get("manager"));
    if (manager.is_null())
      extension.erase("manager");
    else
      extension.set("manager", manager);
  }
  if (extension.size() == 0)
    user.erase(scim::enterprise_schema);
  else
    user.set(scim::enterprise_schema, extension);
}

void tidy_absence(Json& user) {
  const Json extension = user.get(scim::absence_schema);
  if (extension.is_null()) return;
  if (!extension.is_object()) refuse("the extension about absence is no object");
  for (const char* name : {"awayFrom", "awayUntil"}) {
    const Json value = extension.get(name);
    if (!value.is_null() && !workflows::moment_from(value.text()))
      refuse(std::string(name) + " is no day and no time in UTC, such as 2026-12-24T10:00:00Z");
  }
  if (extension.size() == 0) user.erase(scim::absence_schema);
}

void tidy_texts(Json& resource) {
  for (const std::string_view name : texts)
    if (resource.has(name)) resource.set(name, text_of(resource.get(name), std::string(name)));
}

void must_have(const Json& resource, const char* name) {
  const std::string_view text = resource.get(name).text();
  if (mappings::trimmed(text).empty()) refuse(std::string(name) + " is missing");
  if (text.size() > longest_name)
    refuse(std::string(name) + " is longer than " + std::to_string(longest_name) + " bytes");
}

// What is kept has to be read again, by the next start at the latest.
void must_be_readable(const Json& resource) {
  try {
    Json::parse(resource.dump());
  } catch (const mappings::JsonError& problem) {
    refuse(std::string("it cannot be kept: ") + problem.what());
  }
}

}  // namespace

Json without_ours(const Json& given) {
  if (!given.is_object()) throw ScimError(400, "invalidSyntax", "the body is no JSON object");
  Json kept = respelled(given);
  for (const std::string_view name : never_kept) kept.erase(name);
  return kept;
}

Json kept_user(const Json& given) {
  Json user = without_ours(given);
  tidy_texts(user);
  must_have(user, "userName");
  user.set("active", user.has("active") ? flag_of(user.get("active"), "active") : Json(true));
  if (user.get("name").is_string()) user.set("name", Json::object({{"formatted", user.get("name")}}));
  if (user.has("name") && !user.get("name").is_object()) refuse("name is no object");
  for (const std::string_view name : multi_valued)
    if (user.has(name)) {
      Json list = list_of(user.get(name), std::string(name));
      if (list.size() > most_values)
        refuse(std::string(name) + " has more than " + std::to_string(most_values) + " values");
      if (list.size() == 0)
        user.erase(name);
      else
        user.set(name, std::move(list));
    }
  tidy_enterprise(user);
  tidy_absence(user);
  must_be_readable(user);
  return user;
}

Json kept_group(const Json& given) {
  Json group = without_ours(given);
  tidy_texts(group);
  must_have(group, "displayName");
  Json members = Json::array();
  if (group.has("members")) {
    std::set<std::string> known;
    const Json list = list_of(group.get("members"), "members");
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string id = list.at(i).get("value").string_or("");
      if (id.empty()) refuse("a member has no value");
      if (known.insert(id).second) members.push_back(Json::object({{"value", id}}));
    }
  }
  group.set("members", std::move(members));
  must_be_readable(group);
  return group;
}

std::vector<std::string> member_ids(const Json& members) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < members.size(); ++i) ids.push_back(members.at(i).get("value").string_or(""));
  return ids;
}

}  // namespace bridge
