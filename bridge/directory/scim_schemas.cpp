#include "bridge/directory/scim_schemas.h"

#include "bridge/directory/scim_path.h"

namespace bridge {

using mappings::Json;

namespace {
enum Flags : unsigned { plain = 0, required = 1, unique = 2, exact = 4, list = 8, read_only = 16 };

Json attribute(const char* name, const char* type, const char* about, unsigned flags = plain,
               const Json& parts = {}) {
  Json row = Json::object({{"name", name},
                           {"type", type},
                           {"multiValued", (flags & list) != 0},
                           {"description", about},
                           {"required", (flags & required) != 0},
                           {"caseExact", (flags & exact) != 0},
                           {"mutability", (flags & read_only) != 0 ? "readOnly" : "readWrite"},
                           {"returned", "default"},
                           {"uniqueness", (flags & unique) != 0 ? "server" : "none"}});
  if (!parts.is_null()) row.set("subAttributes", parts);
  return row;
}

Json reference(const char* about, const char* to, unsigned flags) {
  Json row = attribute("$ref", "reference", about, exact | flags);
  row.set("referenceTypes", Json::array({to}));
  return row;
}

// What elements of lists have: value, type, display, primary.
Json element_parts() {
  return Json::array({attribute("value", "string", "The value itself"),
                      attribute("type", "string", "What it is for, such as work"),
                      attribute("display", "string", "For people to read"),
                      attribute("primary", "boolean", "Whether it is the preferred one")});
}

Json reference_parts(const char* about, const char* to) {
  return Json::array({attribute("value", "string", "The id", exact), reference(about, to, read_only),
                      attribute("display", "string", "For people to read", read_only),
                      attribute("type", "string", "What kind it is", read_only)});
}

Json name_parts() {
  return Json::array({attribute("formatted", "string", "The full name"),
                      attribute("familyName", "string", "The last name"),
                      attribute("givenName", "string", "The first name"),
                      attribute("middleName", "string", "The names between"),
                      attribute("honorificPrefix", "string", "Such as Dr."),
                      attribute("honorificSuffix", "string", "Such as III")});
}

Json document(std::string_view id, const char* name, const char* about, const Json& attributes,
              const std::string& url) {
  return Json::object({{"schemas", Json::array({"urn:ietf:params:scim:schemas:core:2.0:Schema"})},
                       {"id", id},
                       {"name", name},
                       {"description", about},
                       {"attributes", attributes},
                       {"meta", Json::object({{"resourceType", "Schema"},
                                              {"location", url + "/Schemas/" + std::string(id)}})}});
}

Json user_attributes() {
  return Json::array(
      {attribute("userName", "string", "What the user logs in with; one user of the tenant has it",
                 required | unique),
       attribute("externalId", "string", "The provider's own id", exact),
       attribute("name", "complex", "The parts of the name", plain, name_parts()),
       attribute("displayName", "string", "The name for people to read"),
       attribute("nickName", "string", "How the user is called"),
       attribute("title", "string", "The job title"), attribute("userType", "string", "Such as Employee"),
       attribute("preferredLanguage", "string", "Such as en-GB"),
       attribute("locale", "string", "Such as en-GB"),
       attribute("timezone", "string", "Such as Europe/Berlin"),
       attribute("active", "boolean", "Who is not active may not decide"),
       attribute("emails", "complex", "By these a decision's mail is known", list, element_parts()),
       attribute("phoneNumbers", "complex", "Kept, not used", list, element_parts()),
       attribute("groups", "complex", "The groups that the user is in", list | read_only,
                 reference_parts("Where the group is", "Group"))});
}

Json enterprise_attributes() {
  return Json::array({attribute("employeeNumber", "string", "The number of the employee"),
                      attribute("costCenter", "string", "The cost centre"),
                      attribute("organization", "string", "The organization"),
                      attribute("division", "string", "The division"),
                      attribute("department", "string", "The department"),
                      attribute("manager", "complex", "The user's manager", plain,
                                Json::array({attribute("value", "string", "The manager's id", exact),
                                             reference("Where the manager is", "User", plain),
                                             attribute("displayName", "string", "The manager's name")}))});
}
}  // namespace

Json scim_service_provider(const std::string& url) {
  const auto feature = [](bool supported) { return Json::object({{"supported", supported}}); };
  Json bulk = feature(false);
  bulk.set("maxOperations", 0);
  bulk.set("maxPayloadSize", 0);
  Json filter = feature(true);
  filter.set("maxResults", scim_most_results);
  const auto scheme = [](const char* type, const char* name, const char* about) {
    return Json::object({{"type", type}, {"name", name}, {"description", about}});
  };
  return Json::object(
      {{"schemas", Json::array({"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"})},
       {"patch", feature(true)},
       {"bulk", bulk},
       {"filter", filter},
       {"changePassword", feature(false)},
       {"sort", feature(true)},
       {"etag", feature(true)},
       {"authenticationSchemes",
        Json::array({scheme("oauthbearertoken", "Bearer token", "A key of the tenant that may manage it"),
                     scheme("httpbasic", "HTTP Basic", "The same key as the password")})},
       {"meta", Json::object({{"resourceType", "ServiceProviderConfig"},
                              {"location", url + "/ServiceProviderConfig"}})}});
}

std::vector<Json> scim_resource_types(const std::string& url) {
  const auto type = [&](const char* name, const char* plural, const char* about, std::string_view schema,
                        const Json& extensions) {
    Json row = Json::object({{"schemas", Json::array({"urn:ietf:params:scim:schemas:core:2.0:ResourceType"})},
                             {"id", name},
                             {"name", name},
                             {"endpoint", std::string("/") + plural},
                             {"description", about},
                             {"schema", schema}});
    if (extensions.size() > 0) row.set("schemaExtensions", extensions);
    row.set("meta",
            Json::object({{"resourceType", "ResourceType"}, {"location", url + "/ResourceTypes/" + name}}));
    return row;
  };
  const auto extension = [](std::string_view schema) {
    return Json::object({{"schema", schema}, {"required", false}});
  };
  return {type("User", "Users", "Somebody who may be asked to decide", scim::user_schema,
               Json::array({extension(scim::enterprise_schema), extension(scim::absence_schema)})),
          type("Group", "Groups", "What workflows call {group: NAME}", scim::group_schema, Json::array())};
}

std::vector<Json> scim_schema_documents(const std::string& url) {
  return {
      document(scim::user_schema, "User", "Somebody who may be asked to decide", user_attributes(), url),
      document(scim::group_schema, "Group", "People whom a workflow names together",
               Json::array({attribute("displayName", "string",
                                      "The group's name; one group of the tenant has it", required | unique),
                            attribute("externalId", "string", "The provider's own id", exact),
                            attribute("members", "complex", "Users of the tenant", list,
                                      reference_parts("Where the user is", "User"))}),
               url),
      document(scim::enterprise_schema, "EnterpriseUser", "Where somebody works", enterprise_attributes(),
               url),
      document(scim::absence_schema, "Absence", "When somebody may not decide",
               Json::array({attribute("awayFrom", "dateTime", "The first day, or a time, in UTC"),
                            attribute("awayUntil", "dateTime", "The last day, or a time, in UTC")}),
               url)};
}

}  // namespace bridge
