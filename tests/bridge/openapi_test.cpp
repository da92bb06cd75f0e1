// The OpenAPI document, held to the specification, to the table of routes and to the objects that are served.

#include "bridge/api/openapi.h"

#include <map>
#include <set>
#include <sstream>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/api/api.h"
#include "bridge/ops/log.h"
#include "mappings/engine/request_shape.h"
#include "tests/support/key_ring.h"
#include "tests/support/key_store.h"
#include "tests/support/openapi_check.h"
#include "tests/support/queue_stub.h"
#include "tests/support/temporary_folder.h"

using mappings::Json;

namespace {
// "GET /requests/{}" -> who may call it and whose it is; names in braces say nothing.
using Operations = std::map<std::string, std::string>;

std::string nameless(const std::string& path) {
  std::string text;
  bool inside = false;
  for (const char c : path) {
    if (c == '}') inside = false;
    if (!inside) text.push_back(c);
    if (c == '{') inside = true;
  }
  return text;
}

std::string all_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "\n" + line;
  return text;
}

std::vector<std::string> keys_of(const Json& document, const std::string& schema) {
  return document.get("components").get("schemas").get(schema).get("properties").keys();
}
}  // namespace

class OpenApiTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(OpenApiTest);
  CPPUNIT_TEST(is_what_the_specification_asks_for);
  CPPUNIT_TEST(has_every_route_and_no_other);
  CPPUNIT_TEST(required_keys_are_all_keys_in_their_order);
  CPPUNIT_TEST(requests_have_the_keys_that_are_served);
  CPPUNIT_TEST(what_is_answered_fits_what_is_described);
  CPPUNIT_TEST(every_filter_is_there_as_a_header_too);
  CPPUNIT_TEST(answers_to_a_key_tell_the_quota);
  CPPUNIT_TEST(finds_what_is_wrong_with_a_document);
  CPPUNIT_TEST_SUITE_END();

 public:
  void is_what_the_specification_asks_for() {
    CPPUNIT_ASSERT_EQUAL(std::string(), all_of(tests::openapi_problems(document_)));
    CPPUNIT_ASSERT_EQUAL(std::string("1.2.3"), document_.get("info").get("version").string_or(""));
  }

  void has_every_route_and_no_other() {
    const Operations served = routes();
    const Operations described = operations();
    CPPUNIT_ASSERT(served.size() > 10);
    std::vector<std::string> wrong;
    for (const auto& [call, about] : served)
      if (!described.contains(call))
        wrong.push_back("served and not described: " + call);
      else if (described.at(call) != about)
        wrong.push_back(call + " is served as " + about + " and described as " + described.at(call));
    for (const auto& [call, about] : described)
      if (!served.contains(call)) wrong.push_back("described and not served: " + call);
    CPPUNIT_ASSERT_EQUAL(std::string(), all_of(wrong));
  }

  // What is answered has every key, so a schema that allows no others requires all that it has.
  void required_keys_are_all_keys_in_their_order() {
    const Json schemas = document_.get("components").get("schemas");
    int closed = 0;
    for (const std::string& name : schemas.keys()) {
      const Json schema = schemas.get(name);
      if (schema.get("additionalProperties") != Json(false)) continue;
      ++closed;
      const Json required = schema.get("required");
      std::vector<std::string> listed;
      for (std::size_t i = 0; i < required.size(); ++i) listed.push_back(required.at(i).string_or(""));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, all_of(schema.get("properties").keys()), all_of(listed));
      const Json example = schema.get("example");
      if (example.is_object())
        CPPUNIT_ASSERT_EQUAL_MESSAGE(name + " example", all_of(listed), all_of(example.keys()));
    }
    CPPUNIT_ASSERT(closed > 5);
  }

  void requests_have_the_keys_that_are_served() {
    std::map<std::string, std::vector<std::string>> wanted;
    for (const auto& field : mappings::request_fields()) {
      std::string path(field.path.substr(1));
      const auto dot = path.find_last_of('.');
      const std::string object = dot == std::string::npos ? "" : path.substr(0, dot);
      wanted[object].push_back(dot == std::string::npos ? path : path.substr(dot + 1));
    }
    const std::pair<const char*, const char*> cases[] = {{"", "Request"},
                                                         {"application", "Application"},
                                                         {"user", "User"},
                                                         {"computer", "Computer"},
                                                         {"scanResults[]", "ScanResult"}};
    CPPUNIT_ASSERT_EQUAL(std::size(cases), wanted.size());
    for (const auto& [object, schema] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(schema, all_of(wanted.at(object)), all_of(keys_of(document_, schema)));
    // What is least known still fits.
    std::vector<std::string> problems;
    Json bare = mappings::complete_request(Json::parse(R"({"scanResults":[{}]})"), problems);
    bare.set("id", 1);
    const Json schema = document_.get("components").get("schemas").get("Request");
    CPPUNIT_ASSERT_EQUAL(std::string(), tests::misfit(bare, schema, document_));
  }

  void what_is_answered_fits_what_is_described() {
    bridge::set_log_sink([](const std::string&) {});
    const tests::TemporaryFolder folder;
    const auto store = bridge::open_store("sqlite:" + (folder / "openapi.db").string());
    tests::QueueStub queue;
    const auto access = tests::make_access(*store);
    const bridge::Api api(*store, queue, *access, {});
    bridge::Credential wanted;
    wanted.queue = "acme";
    wanted.scopes = bridge::Scopes::all();
    const std::string key = tests::add_credential(*store, wanted).secret;
    const std::string id = take_in(*store);
    const auto ask = [&](const std::string& method, const std::string& path, const std::string& body) {
      bridge::Incoming request;
      request.method = method;
      request.path = path;
      request.headers = {{"apikey", key},
                         {"days", "30000"},
                         {"wantscandetails", "1"},
                         {"wantsoftware", "1"},
                         {"wantgroups", "1"}};
      request.body = body;
      return api.handle(request);
    };
    // What the document gives as examples is taken; then everything that can be read is read.
    const std::pair<const char*, const char*> taken[] = {{"post", "/events"},
                                                         {"put", "/inventory/{computer}"}};
    for (const auto& [method, path] : taken) {
      const Json body = document_.get("paths").get(path).get(method).get("requestBody").get("content");
      const bridge::Reply reply = ask(method == std::string("put") ? "PUT" : "POST", with_values(path, id),
                                      body.get("application/json").get("example").dump());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path + (' ' + reply.body), 201, reply.status);
      check_answer(path, method, reply);
    }
    const Json paths = document_.get("paths");
    std::set<std::string> shown;
    for (const std::string& path : paths.keys()) {
      const Json operation = paths.get(path).get("get");
      const Json wanted = operation.get("responses").get("200");
      // Subscriptions need their lanes, SCIM its people, the management endpoints what they manage:
      // tests/bridge/ has tests of their own for them.
      if (operation.is_null() || operation.has("security") || wanted.is_null() ||
          path.starts_with("/webhooks") || path.starts_with("/scim") || path.starts_with("/api/"))
        continue;
      const std::string wanted_id = path.starts_with("/events") ? "1" : id;
      if (check_answer(path, "get", ask("GET", with_values(path, wanted_id), "")) > 0) shown.insert(path);
    }
    // What a queue and its endpoint fill besides stays empty here; each kind of object is there.
    for (const char* path : {"/requests", "/requests/{id}", "/requests/{id}/timeline", "/auditlog", "/events",
                             "/computers/{computer}/events", "/inventory", "/whoami"})
      CPPUNIT_ASSERT_MESSAGE(path, shown.contains(path));
    bridge::set_log_sink(nullptr);
  }

  void every_filter_is_there_as_a_header_too() {
    const Json parameters = document_.get("paths").get("/requests").get("get").get("parameters");
    int queries = 0, headers = 0;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const std::string in = tests::resolved(parameters.at(i), document_).get("in").string_or("");
      ++(in == "query" ? queries : headers);
    }
    CPPUNIT_ASSERT_EQUAL(5, queries);
    CPPUNIT_ASSERT_EQUAL(queries, headers);
  }

  void answers_to_a_key_tell_the_quota() {
    const Json paths = document_.get("paths");
    const Json listed = paths.get("/requests").get("get").get("responses").get("200").get("headers");
    for (const char* name : {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"})
      CPPUNIT_ASSERT_MESSAGE(name, listed.has(name));
    CPPUNIT_ASSERT(!paths.get("/healthz").get("get").get("responses").get("200").has("headers"));
  }

  void finds_what_is_wrong_with_a_document() {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"openapi":"3.0.0"})", "openapi is not 3.1"},
        {R"({"paths":{"/a":{"get":{"responses":{"200":{"$ref":"#/components/responses/A"}}}}}})",
         "leads nowhere"},
        {R"({"paths":{"/a/{b}":{"get":{"parameters":[]}}}})", "not those in its braces"},
        {R"({"paths":{"/a":{"get":{"operationId":"x"},"put":{"operationId":"x"}}}})", "another has: x"},
        {R"({"paths":{"/a":{"get":{"sumary":"x"}}}})", "no key sumary"},
        {R"({"components":{"schemas":{"A":{"type":"integer","example":"1"}}}})", "does not fit"},
        {R"({"components":{"schemas":{"A":{"description":"x","y":null}}}})", "is null"},
        {R"({"components":{"schemas":{"A":{"type":"object","required":["b"]}}}})", "requires what"},
        {R"({"paths":{"/a":{"get":{"parameters":[{"name":"x","in":"query"}]}}}})", "no header form of x"},
    };
    for (const auto& [text, problem] : cases)
      CPPUNIT_ASSERT_MESSAGE(
          problem, all_of(tests::openapi_problems(Json::parse(text))).find(problem) != std::string::npos);
  }

 private:
  static std::string take_in(bridge::Store& store) {
    std::vector<std::string> problems;
    const Json given = Json::parse(
        R"({"user":{"account":"ACME\\ann","fullName":"Ann Example"},"computer":{"name":"PC-0042"}})");
    bridge::NewRequest request;
    request.queue = "acme";
    request.scan_results = R"([{"scanResult":"Clean","scanResultCode":0,"engine":"A","threat":null}])";
    request.received = bridge::SystemClock().now();
    request.body = [text = mappings::complete_request(given, problems).dump()](std::int64_t id) {
      const std::string none = "\"id\":null";
      std::string object = text;
      return object.replace(object.find(none), none.size(), "\"id\":" + std::to_string(id));
    };
    request.audit = {{0, request.received, "submitted", "taken in", "key", ""}};
    return std::to_string(store.submit(request).record.ref.id);
  }

  // Examples for the braces of a path.
  static std::string with_values(std::string path, const std::string& id) {
    const std::pair<std::string, std::string> values[] = {
        {"{id}", id}, {"{computer}", "PC-0042"}, {"{user}", "Ann Example"}};
    for (const auto& [name, value] : values)
      if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
    return path;
  }

  // How much was in it.
  std::size_t check_answer(const std::string& path, const std::string& method,
                           const bridge::Reply& reply) const {
    const std::string call = method + ' ' + path + ": " + reply.body;
    const Json operation = document_.get("paths").get(path).get(method);
    const Json described = operation.get("responses").get(std::to_string(reply.status));
    CPPUNIT_ASSERT_MESSAGE(call, described.is_object() && !described.has("$ref"));
    const Json schema = described.get("content").get("application/json").get("schema");
    const Json answer = Json::parse(reply.body);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(call, std::string(), tests::misfit(answer, schema, document_));
    return answer.size();
  }

  static Operations routes() {
    tests::KeyStore store;
    tests::QueueStub queue;
    const auto access = tests::make_access(store);
    std::istringstream table(bridge::Api(store, queue, *access, {}).route_table());
    Operations all;
    std::string line;
    // | GET | `/requests` | key with read | original | What it does. |
    while (std::getline(table, line)) {
      std::vector<std::string> cells;
      std::istringstream row(line);
      for (std::string cell; std::getline(row, cell, '|');) cells.push_back(cell);
      if (cells.size() < 6 || cells[2].find('`') == std::string::npos) continue;
      const std::string path = cells[2].substr(2, cells[2].rfind('`') - 2);
      all[cells[1].substr(1, cells[1].size() - 2) + ' ' + nameless(path)] =
          std::string(cells[3].starts_with(" key with ") ? "with a key" : "open") +
          (cells[4] == " ours " ? ", ours" : "");
    }
    return all;
  }

  Operations operations() const {
    Operations all;
    const Json paths = document_.get("paths");
    for (const std::string& path : paths.keys())
      for (const std::string& method : paths.get(path).keys()) {
        const Json one = paths.get(path).get(method);
        std::string name = method;
        for (char& c : name) c = static_cast<char>(c - 'a' + 'A');
        all[name + ' ' + nameless(path)] =
            std::string(one.has("security") ? "open" : "with a key") +
            (one.get("x-countersign-extension").as_bool().value_or(false) ? ", ours" : "");
      }
    return all;
  }

  const Json document_ = bridge::openapi_document("1.2.3");
};
CPPUNIT_TEST_SUITE_REGISTRATION(OpenApiTest);
