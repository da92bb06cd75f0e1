#include "bridge/directory/scim_selection.h"

#include <algorithm>
#include <vector>

#include "bridge/directory/scim_path.h"
#include "mappings/engine/json_names.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;
using mappings::Json;
using mappings::member_named;

namespace {
std::vector<ScimPath> paths_of(std::string_view list) {
  std::vector<ScimPath> paths;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    const std::string_view one = mappings::trimmed(list.substr(0, comma));
    if (!one.empty()) paths.push_back(parse_attribute_path(one, "invalidValue"));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return paths;
}

// `keep`: only what the path names stays, else only that goes.
Json without_sub(const Json& value, const std::string& sub, bool keep) {
  if (value.is_array()) {
    Json list = Json::array();
    for (std::size_t i = 0; i < value.size(); ++i) list.push_back(without_sub(value.at(i), sub, keep));
    return list;
  }
  if (!value.is_object()) return value;
  Json left = keep ? Json::object() : value;
  const std::string name = member_named(value, sub);
  if (keep && !name.empty()) left.set(name, value.get(name));
  if (!keep && !name.empty()) left.erase(name);
  return left;
}

// Both parts of one attribute: of lists element by element, since they were cut from the same list.
Json together(const Json& one, const Json& other) {
  if (one.is_array() && other.is_array() && one.size() == other.size()) {
    Json list = Json::array();
    for (std::size_t i = 0; i < one.size(); ++i) list.push_back(together(one.at(i), other.at(i)));
    return list;
  }
  if (!one.is_object() || !other.is_object()) return other;
  Json all = one;
  other.each_member([&](std::string_view name, const Json& value) { all.set(name, value); });
  return all;
}

void copy(const Json& from, const ScimPath& path, Json& to) {
  if (!path.schema.empty()) {
    if (const std::string whole = member_named(from, path.text()); !whole.empty())
      return to.set(whole, from.get(whole));
    const std::string schema = member_named(from, path.schema);
    if (schema.empty()) return;
    Json part = to.get(schema).is_object() ? to.get(schema) : Json::object();
    if (path.name.empty())
      part = from.get(schema);
    else
      copy(from.get(schema), {"", path.name, path.sub}, part);
    if (part.size() > 0) to.set(schema, std::move(part));
    return;
  }
  const std::string name = member_named(from, path.name);
  if (name.empty()) return;
  Json value = from.get(name);
  if (!path.sub.empty()) {
    value = without_sub(value, path.sub, true);
    // Two members of one attribute may be asked for, or one beside the whole.
    if (to.has(name)) value = together(to.get(name), value);
  }
  to.set(name, std::move(value));
}

void cut(Json& from, const ScimPath& path) {
  if (!path.schema.empty()) {
    if (const std::string whole = member_named(from, path.text()); !whole.empty()) return from.erase(whole);
    const std::string schema = member_named(from, path.schema);
    if (schema.empty()) return;
    if (path.name.empty()) return from.erase(schema);
    Json part = from.get(schema);
    cut(part, {"", path.name, path.sub});
    return from.set(schema, std::move(part));
  }
  const std::string name = member_named(from, path.name);
  if (name.empty() || name == "id" || name == "schemas") return;
  if (path.sub.empty())
    from.erase(name);
  else
    from.set(name, without_sub(from.get(name), path.sub, false));
}
}  // namespace

void ScimSelection::check() const {
  paths_of(only);
  paths_of(without);
}

bool ScimSelection::shows(std::string_view name) const {
  const auto names = [name](const std::vector<ScimPath>& paths, bool whole) {
    return std::any_of(paths.begin(), paths.end(), [&](const ScimPath& path) {
      return path.schema.empty() && equal_ignoring_case(path.name, name) && (!whole || path.sub.empty());
    });
  };
  return only.empty() ? !names(paths_of(without), true) : names(paths_of(only), false);
}

Json selected(const Json& resource, const ScimSelection& selection) {
  if (!selection.only.empty()) {
    Json left = Json::object({{"schemas", resource.get("schemas")}, {"id", resource.get("id")}});
    for (const ScimPath& path : paths_of(selection.only)) copy(resource, path, left);
    return left;
  }
  Json left = resource;
  for (const ScimPath& path : paths_of(selection.without)) cut(left, path);
  return left;
}

}  // namespace bridge
