#include "bridge/directory/scim_path.h"

#include <algorithm>

#include "bridge/directory/scim_error.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;

namespace {
constexpr std::string_view known_names[] = {"id",
                                            "externalId",
                                            "schemas",
                                            "meta",
                                            "userName",
                                            "name",
                                            "displayName",
                                            "nickName",
                                            "profileUrl",
                                            "title",
                                            "userType",
                                            "preferredLanguage",
                                            "locale",
                                            "timezone",
                                            "active",
                                            "password",
                                            "emails",
                                            "phoneNumbers",
                                            "ims",
                                            "photos",
                                            "addresses",
                                            "groups",
                                            "entitlements",
                                            "roles",
                                            "members",
                                            "formatted",
                                            "familyName",
                                            "givenName",
                                            "middleName",
                                            "value",
                                            "honorificPrefix",
                                            "honorificSuffix",
                                            "display",
                                            "type",
                                            "primary",
                                            "x509Certificates",
                                            "department",
                                            "manager",
                                            "employeeNumber",
                                            "costCenter",
                                            "organization",
                                            "division",
                                            "created",
                                            "resourceType",
                                            "lastModified",
                                            "location",
                                            "version",
                                            "awayFrom",
                                            "awayUntil",
                                            "$ref",
                                            scim::enterprise_schema,
                                            scim::absence_schema};

constexpr std::string_view schemas[] = {scim::user_schema, scim::group_schema, scim::enterprise_schema,
                                        scim::absence_schema};
constexpr std::string_view enterprise_names[] = {"employeeNumber", "costCenter", "organization",
                                                 "division",       "department", "manager"};

bool begins_with(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && equal_ignoring_case(text.substr(0, start.size()), start);
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// ATTRNAME of the RFC, and $ref.
bool is_name(std::string_view name) {
  if (equal_ignoring_case(name, "$ref")) return true;
  return !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), [](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_urn(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') ||
           std::string_view(":._-").find(c) != std::string_view::npos;
  });
}

// Takes the schema off the front of `rest`.
std::string take_schema(std::string_view& rest) {
  for (const std::string_view schema : schemas) {
    if (!begins_with(rest, schema)) continue;
    if (rest.size() > schema.size() && rest[schema.size()] != ':') continue;
    rest.remove_prefix(std::min(rest.size(), schema.size() + 1));
    const bool core = schema == scim::user_schema || schema == scim::group_schema;
    return core ? std::string() : std::string(schema);
  }
  // Of somebody else: "urn:...:2.0:User" is the whole extension, and what follows an attribute of it.
  for (const std::string_view kind : {":User", ":Group"})
    if (rest.size() > kind.size() && begins_with(rest.substr(rest.size() - kind.size()), kind)) {
      std::string whole(rest);
      rest = {};
      return whole;
    }
  const auto colon = rest.rfind(':');
  if (const auto last = rest.substr(colon + 1); !last.empty() && !is_name(last.substr(0, last.find('.')))) {
    std::string whole(rest);
    rest = {};
    return whole;
  }
  std::string schema(rest.substr(0, colon));
  rest.remove_prefix(colon + 1);
  return schema;
}
}  // namespace

std::string ScimPath::text() const {
  std::string all = schema;
  if (!schema.empty() && !name.empty()) all += ':';
  all += name;
  if (!sub.empty()) all += '.' + sub;
  return all;
}

ScimPath parse_scim_path(std::string_view text, const char* type) {
  const auto refuse = [&] {
    throw ScimError(400, type, "this is no name of an attribute: " + std::string(text.substr(0, 200)));
  };
  ScimPath path;
  std::string_view rest = text;
  if (begins_with(rest, "urn:")) {
    if (!is_urn(rest)) refuse();
    const bool core = begins_with(rest, scim::user_schema) || begins_with(rest, scim::group_schema);
    path.schema = take_schema(rest);
    if (rest.empty()) {
      if (core || text.back() == ':') refuse();
      return path;
    }
  }
  const auto dot = rest.find('.');
  const std::string_view name = rest.substr(0, dot);
  if (!is_name(name)) refuse();
  path.name = spelled(name);
  if (dot != std::string_view::npos) {
    const std::string_view sub = rest.substr(dot + 1);
    if (!is_name(sub)) refuse();
    path.sub = spelled(sub);
  }
  return path;
}

ScimPath parse_attribute_path(std::string_view text, const char* type) {
  ScimPath path = parse_scim_path(text, type);
  if (!begins_with(text, "urn:") && is_enterprise_name(path.name)) path.schema = scim::enterprise_schema;
  return path;
}

bool is_foreign(std::string_view name) {
  return begins_with(name, "urn:") &&
         std::none_of(std::begin(schemas), std::end(schemas),
                      [&](std::string_view schema) { return begins_with(name, schema); });
}

bool is_enterprise_name(std::string_view name) {
  return std::find(std::begin(enterprise_names), std::end(enterprise_names), name) !=
         std::end(enterprise_names);
}

std::string spelled(std::string_view name) {
  for (const std::string_view known : known_names)
    if (equal_ignoring_case(known, name)) return std::string(known);
  return std::string(name);
}

}  // namespace bridge
