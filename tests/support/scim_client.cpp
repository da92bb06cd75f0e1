#include "tests/support/scim_client.h"

#include <cppunit/TestAssert.h>

namespace tests {

using bridge::Reply;
using mappings::Json;

namespace {
bridge::ApiParts with_url(bridge::ApiParts parts) {
  parts.public_url = "https://countersign.acme.test";
  return parts;
}

Json at_path(Json value, const std::string& path) {
  for (std::size_t from = 0; from <= path.size();) {
    auto slash = path.find('/', from);
    if (slash == std::string::npos) slash = path.size();
    const std::string name = path.substr(from, slash - from);
    from = slash + 1;
    if (name == "#") return static_cast<std::int64_t>(value.size());
    value = value.is_array() ? value.at(std::stoul(name)) : value.get(name);
  }
  return value;
}
}  // namespace

ScimClient::ScimClient(bridge::ApiParts parts) : api_(with_url(std::move(parts))) {}

Reply ScimClient::ask(const std::string& method, const std::string& target, const std::string& body,
                      const bridge::HeaderList& headers) {
  return api_.ask(method, "/scim/v2" + target, headers, body);
}

Json ScimClient::get(const std::string& target) {
  return api_.get("/scim/v2" + target);
}

std::string ScimClient::made(const std::string& target, const std::string& body) {
  const Reply reply = ask("POST", target, body);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 201, reply.status);
  return Json::parse(reply.body).get("id").string_or("");
}

std::string ScimClient::filled(std::string text) const {
  for (const auto& [name, id] : ids_)
    for (auto at = text.find('{' + name + '}'); at != std::string::npos; at = text.find('{' + name + '}'))
      text.replace(at, name.size() + 2, id);
  return text;
}

void ScimClient::run(const std::vector<ScimStep>& steps) {
  for (const ScimStep& step : steps) {
    const Reply reply = ask(step.method, filled(step.target), filled(step.body));
    CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(step.name) + ": " + reply.body, step.status, reply.status);
    const Json body = reply.body.empty() ? Json() : Json::parse(reply.body);
    for (const auto& [path, wanted] : step.expected) {
      const Json got = at_path(body, path);
      const std::string shown = got.is_string() && *wanted != '"' ? got.string_or("") : got.dump();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(step.name) + ", " + path + ": " + reply.body, filled(wanted),
                                   shown);
    }
    if (*step.save_as != '\0') ids_[step.save_as] = body.get("id").string_or("");
  }
}

std::string scim_user(const std::string& name, const std::string& more) {
  return R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":")" + name + '"' + more +
         "}";
}

std::string scim_group(const std::string& name, const std::string& more) {
  return R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":")" + name + '"' + more +
         "}";
}

std::string scim_patch(const std::string& operations) {
  return R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[)" + operations + "]}";
}

}  // namespace tests
