#include "bridge/directory/scim_patch.h"

#include <algorithm>
#include <set>

#include "bridge/directory/scim_error.h"
#include "bridge/directory/scim_filter.h"
#include "bridge/directory/scim_path.h"
#include "mappings/engine/json_names.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;
using mappings::Json;
using mappings::member_named;
using mappings::member_of;

namespace {
constexpr std::size_t most_operations = 1000;
constexpr std::size_t most_values = 1000;          // of an attribute other than members
constexpr std::size_t most_looked_at = 5'000'000;  // elements, by all operations together
constexpr std::string_view patch_schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
constexpr std::string_view lists[] = {"emails", "phoneNumbers",     "ims",
                                      "photos", "addresses",        "entitlements",
                                      "roles",  "x509Certificates", "members"};
constexpr std::string_view ours[] = {"id", "meta", "groups", "schemas"};

enum class Verb { add, replace, remove };

template <class List>
bool is_one_of(std::string_view name, const List& list) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

Verb verb_of(const Json& operation) {
  const std::string word = member_of(operation, "op").string_or("");
  for (const auto& [name, verb] :
       {std::pair("add", Verb::add), std::pair("replace", Verb::replace), std::pair("remove", Verb::remove)})
    if (equal_ignoring_case(name, word)) return verb;
  throw ScimError(400, "invalidSyntax", "an operation's op is none of add, replace and remove");
}

Json as_list(const Json& value) {
  return value.is_array() ? value : Json::array({value});
}

// What tells an element from others: members by their id, mails and numbers with their type.
bool same_element(const Json& a, const Json& b) {
  if (!a.is_object() || !b.is_object()) return a == b;
  const Json value = member_of(a, "value");
  if (value.is_null()) return a == b;
  return value == member_of(b, "value") && member_of(a, "type") == member_of(b, "type");
}

bool is_primary(const Json& element) {
  const Json value = member_of(element, "primary");
  return value.as_bool().value_or(equal_ignoring_case(value.text(), "true"));
}

// One element is the primary one: the newest that says so.
void settle_primary(const Json& before, Json& after) {
  std::set<std::string> earlier;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (is_primary(before.at(i))) earlier.insert(member_of(before.at(i), "value").dump());
  std::size_t primaries = 0;
  for (std::size_t i = 0; i < after.size(); ++i) primaries += is_primary(after.at(i)) ? 1 : 0;
  if (primaries < 2) return;
  Json left = Json::array();
  for (std::size_t i = 0; i < after.size(); ++i) {
    Json element = after.at(i);
    if (is_primary(element) && earlier.contains(member_of(element, "value").dump()))
      element.set(member_named(element, "primary"), false);
    left.push_back(std::move(element));
  }
  after = std::move(left);
}

void merge(Json& object, const Json& members) {
  members.each_member([&](std::string_view name, const Json& value) {
    const std::string there = member_named(object, name);
    object.set(there.empty() ? spelled(name) : there, value);
  });
}

Json joined(const Json& list, const Json& more, bool by_id) {
  // Ids are compared by a set: groups have thousands of members.
  std::set<std::string> ids;
  if (by_id)
    for (std::size_t i = 0; i < list.size(); ++i) ids.insert(member_of(list.at(i), "value").string_or(""));
  Json all = as_list(list);
  for (std::size_t i = 0; i < more.size(); ++i) {
    const Json element = more.at(i);
    bool known = false;
    if (by_id && element.is_object())
      known = !ids.insert(member_of(element, "value").string_or("")).second;
    else
      for (std::size_t k = 0; k < all.size() && !known; ++k) known = same_element(all.at(k), element);
    if (!known) all.push_back(element);
  }
  return all;
}

class Patch {
 public:
  explicit Patch(Json resource) : resource_(std::move(resource)) {}

  void apply(const Json& operation) {
    if (!operation.is_object()) throw ScimError(400, "invalidSyntax", "an operation is no object");
    const Verb verb = verb_of(operation);
    const Json path = member_of(operation, "path");
    const Json value = member_of(operation, "value");
    const bool has_value = !member_named(operation, "value").empty();
    if (!path.is_null() && !path.is_string()) throw ScimError(400, "invalidPath", "a path is no text");
    if (verb != Verb::remove && !has_value) throw ScimError(400, "invalidValue", "an operation has no value");
    if (!path.text().empty()) return at(verb, target_of(path.text(), value), value, true);
    if (verb == Verb::remove) throw ScimError(400, "noTarget", "a remove operation has no path");
    if (!value.is_object())
      throw ScimError(400, "invalidValue", "the value of an operation without a path is no object");
    // Entra ID writes paths as keys: {"name.givenName": "Ann"}.
    value.each_member(
        [&](std::string_view name, const Json& member) { at(verb, target_of(name, member), member, false); });
  }

  Json take() { return std::move(resource_); }

 private:
  // A URN that no schema knows is an extension as a whole when the resource has it, or when the value is one;
  // else an attribute of one.
  ScimTarget target_of(std::string_view name, const Json& value) const {
    if (is_foreign(name)) {
      const auto names = resource_.keys();
      const bool of_one = std::any_of(names.begin(), names.end(), [&](const std::string& there) {
        return name.size() > there.size() && name[there.size()] == ':' &&
               equal_ignoring_case(name.substr(0, there.size()), there);
      });
      if (!member_named(resource_, name).empty() || (value.is_object() && !of_one))
        return {{std::string(name), "", ""}, std::nullopt};
    }
    return parse_scim_target(name);
  }

  void at(Verb verb, const ScimTarget& target, const Json& value, bool named) {
    const ScimPath& path = target.path;
    if (path.schema.empty() && is_one_of(path.name, ours)) {
      if (!named) return;
      throw ScimError(400, "mutability", path.name + " cannot be changed");
    }
    if (verb == Verb::remove && path.schema.empty() && path.name == "userName")
      throw ScimError(400, "mutability", "userName cannot be removed");
    if (path.schema.empty()) return in(resource_, verb, target, value);
    const std::string there = member_named(resource_, path.schema);
    const std::string schema = there.empty() ? path.schema : there;
    Json extension = resource_.get(schema).is_object() ? resource_.get(schema) : Json::object();
    if (!path.name.empty())
      in(extension, verb, target, value);
    else
      whole(extension, verb, value);
    if (extension.size() == 0)
      resource_.erase(schema);
    else
      resource_.set(schema, std::move(extension));
  }

  static void whole(Json& extension, Verb verb, const Json& value) {
    if (verb == Verb::remove) {
      extension = Json::object();
      return;
    }
    if (!value.is_object()) throw ScimError(400, "invalidValue", "the value of an extension is no object");
    merge(extension, value);
  }

  // The attribute of `object` that the target names.
  void in(Json& object, Verb verb, const ScimTarget& target, const Json& value) {
    const std::string there = member_named(object, target.path.name);
    const std::string name = there.empty() ? target.path.name : there;
    const Json before = object.get(name);
    Json after = before;
    look_at(name, before, value);
    if (target.filter)
      of_elements(after, verb, target, value);
    else if (!target.path.sub.empty())
      of_member(after, verb, target.path.sub, value);
    else
      of_all(after, verb, name, value);
    if (after.is_array()) {
      must_be_few(name, after);
      settle_primary(before, after);
    }
    // Who is not said to be active is not let in by that.
    if (after.is_null() && &object == &resource_ && equal_ignoring_case(name, "active") && !before.is_null())
      after = false;
    if (after.is_null() || (after.is_array() && after.size() == 0))
      object.erase(name);
    else
      object.set(name, std::move(after));
  }

  static void must_be_few(const std::string& name, const Json& list) {
    if (!equal_ignoring_case(name, "members") && list.size() > most_values)
      throw ScimError(400, "invalidValue",
                      name + " has more than " + std::to_string(most_values) + " values");
  }

  // Members are told apart by a set, all others each with each.
  void look_at(const std::string& name, const Json& attribute, const Json& value) {
    const std::size_t there = attribute.is_array() ? attribute.size() : 1;
    const std::size_t given = value.is_array() ? value.size() : 1;
    if (value.is_array()) must_be_few(name, value);
    looked_at_ += equal_ignoring_case(name, "members") ? there + given : there * given;
    if (looked_at_ > most_looked_at) throw ScimError(413, "", "too many operations on that many values");
  }

  static void of_all(Json& attribute, Verb verb, const std::string& name, const Json& value) {
    const bool list = attribute.is_array() || is_one_of(name, lists);
    if (verb == Verb::remove) {
      // Members by a list, as Entra ID removes them; without one, all.
      if (value.is_null() || !list)
        attribute = nullptr;
      else
        attribute = without(attribute, as_list(value));
    } else if (list) {
      attribute = verb == Verb::add ? joined(attribute.is_null() ? Json::array() : attribute, as_list(value),
                                             name == "members")
                                    : as_list(value);
      if (value.is_null()) attribute = nullptr;
    } else if (attribute.is_object() && value.is_object()) {
      merge(attribute, value);
    } else {
      attribute = value;
    }
  }

  static Json without(const Json& list, const Json& gone) {
    std::set<std::string> ids;
    for (std::size_t i = 0; i < gone.size(); ++i) {
      const Json one = gone.at(i);
      ids.insert((one.is_object() ? member_of(one, "value") : one).dump());
    }
    Json left = Json::array();
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Json element = list.at(i);
      if (!ids.contains((element.is_object() ? member_of(element, "value") : element).dump()))
        left.push_back(element);
    }
    return left;
  }

  static void of_member(Json& attribute, Verb verb, const std::string& sub, const Json& value) {
    if (attribute.is_array()) {
      Json list = Json::array();
      for (std::size_t i = 0; i < attribute.size(); ++i) {
        Json element = attribute.at(i);
        of_member(element, verb, sub, value);
        list.push_back(std::move(element));
      }
      attribute = std::move(list);
      return;
    }
    if (verb == Verb::remove && !attribute.is_object()) return;
    if (!attribute.is_object()) attribute = Json::object();
    const std::string there = member_named(attribute, sub);
    if (verb == Verb::remove || value.is_null()) {
      if (!there.empty()) attribute.erase(there);
      if (attribute.size() == 0) attribute = nullptr;
    } else {
      attribute.set(there.empty() ? sub : there, value);
    }
  }

  // Only its labels are left.
  static bool says_nothing(const Json& element) {
    const auto names = element.keys();
    return std::all_of(names.begin(), names.end(), [](const std::string& name) {
      return equal_ignoring_case(name, "type") || equal_ignoring_case(name, "primary") ||
             equal_ignoring_case(name, "display");
    });
  }

  static void of_elements(Json& attribute, Verb verb, const ScimTarget& target, const Json& value) {
    Json left = Json::array();
    bool found = false;
    const Json list = attribute.is_null() ? Json::array() : as_list(attribute);
    for (std::size_t i = 0; i < list.size(); ++i) {
      Json element = list.at(i);
      if (!target.filter->matches(element)) {
        left.push_back(std::move(element));
        continue;
      }
      found = true;
      if (target.path.sub.empty()) {
        if (verb == Verb::remove) continue;
        if (!value.is_object()) throw ScimError(400, "invalidValue", "the value of an element is no object");
        if (verb == Verb::add)
          merge(element, value);
        else
          element = value;
      } else {
        of_member(element, verb, target.path.sub, value);
        if (says_nothing(element)) continue;
      }
      left.push_back(std::move(element));
    }
    if (!found && verb != Verb::remove) left.push_back(made(verb, target, value));
    attribute = std::move(left);
  }

  // Entra ID sets the mail of the type "work" also where there is none.
  static Json made(Verb verb, const ScimTarget& target, const Json& value) {
    Json element = target.filter->as_element();
    const bool whole = target.path.sub.empty();
    if (!element.is_object() || (whole && (verb == Verb::replace || !value.is_object())))
      throw ScimError(400, "noTarget", "no element of " + target.path.name + " is as the path asks for");
    if (whole)
      merge(element, value);
    else
      element.set(target.path.sub, value);
    return element;
  }

  Json resource_;
  std::size_t looked_at_ = 0;
};
}  // namespace

Json patched(Json resource, const Json& request) {
  if (!request.is_object()) throw ScimError(400, "invalidSyntax", "the body is no JSON object");
  const Json schemas = member_of(request, "schemas");
  bool named = schemas.is_null();
  for (std::size_t i = 0; i < schemas.size(); ++i)
    named = named || equal_ignoring_case(schemas.at(i).text(), patch_schema);
  if (!named) throw ScimError(400, "invalidSyntax", "schemas does not name " + std::string(patch_schema));
  const Json operations = member_of(request, "Operations");
  if (!operations.is_array() || operations.size() == 0)
    throw ScimError(400, "invalidSyntax", "there are no Operations");
  if (operations.size() > most_operations)
    throw ScimError(413, "", "more than " + std::to_string(most_operations) + " operations");
  if (operations.size() * member_of(resource, "members").size() > most_looked_at)
    throw ScimError(413, "", "too many operations on that many members");
  Patch patch(std::move(resource));
  for (std::size_t i = 0; i < operations.size(); ++i) patch.apply(operations.at(i));
  return patch.take();
}

}  // namespace bridge
