#include "tests/support/practice_calls.h"

#include <cctype>

#include <cppunit/TestAssert.h>

namespace practice_test {

using bridge::Incoming;
using bridge::Reply;
using mappings::Json;

namespace {
bridge::PracticeDesk::Settings with_passwords(bridge::PracticeDesk::Settings settings) {
  settings.bridge_password = "bridge-pass";
  settings.approver_password = "approver-pass";
  return settings;
}
}  // namespace

Calls::Calls(bridge::PracticeDesk::Settings settings) : desk(with_passwords(std::move(settings)), clock) {}

std::string Calls::basic(const std::string& user, const std::string& password) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string plain = user + ":" + password;
  std::string out = "Basic ";
  for (std::size_t i = 0; i < plain.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (i + k < plain.size() ? static_cast<unsigned char>(plain[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      out.push_back(i + k <= plain.size() ? digits[bits >> (18 - 6 * k) & 63] : '=');
  }
  return out;
}

Incoming Calls::incoming(const std::string& method, const std::string& path) {
  Incoming request;
  request.method = method;
  request.path = path;
  request.headers = {{"Host", "127.0.0.1:8081"}};
  return request;
}

Reply Calls::api(const std::string& method, const std::string& path, Query query, const std::string& body,
                 const std::string& user) {
  Incoming request = incoming(method, path);
  request.query = std::move(query);
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("Authorization",
                               basic(user, user == "bridge" ? "bridge-pass" : "approver-pass"));
  if (method != "GET") request.headers.emplace_back("Content-Type", "application/json");
  request.body = body;
  return desk.handle(request);
}

Reply Calls::page(const std::string& method, const std::string& path, const std::string& body, Query query) {
  Incoming request = incoming(method, path);
  request.headers.emplace_back("X-Practice", "1");
  request.query = std::move(query);
  request.body = body;
  return desk.handle(request);
}

Json Calls::create(const std::string& body) {
  const Reply reply =
      api("POST", "/api/now/table/incident", {{"sysparm_exclude_reference_link", "true"}}, body);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 201, reply.status);
  return result(reply);
}

Json Calls::record(const std::string& sys_id, Query query) {
  const Reply reply = api("GET", "/api/now/table/incident/" + sys_id, std::move(query));
  CPPUNIT_ASSERT_EQUAL_MESSAGE(reply.body, 200, reply.status);
  return result(reply);
}

std::vector<std::string> Calls::numbers(const std::string& query) {
  const Json rows =
      result(api("GET", "/api/now/table/incident", {{"sysparm_query", query}, {"sysparm_fields", "number"}}));
  std::vector<std::string> list;
  for (std::size_t i = 0; i < rows.size(); ++i) list.push_back(rows.at(i).get("number").string_or("?"));
  return list;
}

Json result(const Reply& reply) {
  return Json::parse(reply.body).get("result");
}

std::string header(const Reply& reply, const std::string& name) {
  for (const auto& [key, value] : reply.headers)
    if (key == name) return value;
  return "(no " + name + ")";
}

}  // namespace practice_test
