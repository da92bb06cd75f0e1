// The clients that docs/clients/ shows: made of the OpenAPI document, or held to it, and to the API itself.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/api/api.h"
#include "bridge/api/http_target.h"
#include "bridge/api/openapi.h"
#include "bridge/ops/log.h"
#include "mappings/engine/request_shape.h"
#include "tests/support/generated_block.h"
#include "tests/support/key_ring.h"
#include "tests/support/openapi_check.h"
#include "tests/support/postman.h"
#include "tests/support/queue_stub.h"
#include "tests/support/temporary_folder.h"

using mappings::Json;

namespace {
const std::string collection = "docs/clients/countersign.postman_collection.json";
const std::string script = "docs/clients/Countersign.ps1";

// "Invoke-Countersign -Method Put -Path "/requests/$Id" -Query @{ approvedby = $By }" of the script.
struct ScriptCall {
  std::string method;
  std::string path;                // $Id is {id}
  std::vector<std::string> names;  // of the query
};

std::vector<ScriptCall> script_calls() {
  const std::regex call(R"rx(Invoke-Countersign -Method (\w+) -Path "([^"]+)"( -Query @\{ ([^}]*) \})?)rx");
  const std::regex name(R"((\w+) = )");
  const std::string text = tests::read_source_file(script);
  std::vector<ScriptCall> calls;
  for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at) {
    ScriptCall one{(*at)[1], std::regex_replace((*at)[2].str(), std::regex(R"(\$Id)"), "{id}"), {}};
    for (char& c : one.method) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const std::string query = (*at)[4];
    for (std::sregex_iterator part(query.begin(), query.end(), name); part != end; ++part)
      one.names.push_back((*part)[1]);
    calls.push_back(std::move(one));
  }
  return calls;
}
}  // namespace

class ClientsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ClientsTest);
  CPPUNIT_TEST(the_postman_collection_is_that_of_the_document);
  CPPUNIT_TEST(the_collection_has_every_call_with_a_key);
  CPPUNIT_TEST(the_script_makes_only_calls_that_are_described);
  CPPUNIT_TEST(the_calls_of_the_script_are_answered);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_postman_collection_is_that_of_the_document() {
    const std::string wanted = tests::postman_collection(document_).dump(true) + '\n';
    if (std::getenv("COUNTERSIGN_UPDATE_DOCS"))
      std::ofstream(std::string(SOURCE_DIR) + '/' + collection, std::ios::binary) << wanted;
    CPPUNIT_ASSERT_MESSAGE(collection + ": run the test with COUNTERSIGN_UPDATE_DOCS=1",
                           wanted == tests::read_source_file(collection));
  }

  void the_collection_has_every_call_with_a_key() {
    std::size_t described = 0, collected = 0;
    const Json paths = document_.get("paths");
    for (const std::string& path : paths.keys())
      for (const std::string& method : paths.get(path).keys())
        described += paths.get(path).get(method).has("security") ? 0 : 1;
    const Json folders = tests::postman_collection(document_).get("item");
    for (std::size_t i = 0; i < folders.size(); ++i) {
      const Json items = folders.at(i).get("item");
      for (std::size_t n = 0; n < items.size(); ++n)
        collected += items.at(n).get("request").has("auth") ? 0 : 1;
    }
    CPPUNIT_ASSERT_EQUAL(described, collected);
  }

  void the_script_makes_only_calls_that_are_described() {
    const auto calls = script_calls();
    CPPUNIT_ASSERT_EQUAL(std::size_t(6), calls.size());
    for (const ScriptCall& call : calls) {
      const Json operation = document_.get("paths").get(call.path).get(call.method);
      CPPUNIT_ASSERT_MESSAGE(call.path, operation.is_object());
      CPPUNIT_ASSERT_MESSAGE(call.path, !operation.has("x-countersign-extension"));
      std::vector<std::string> known;
      const Json parameters = operation.get("parameters");
      for (std::size_t i = 0; i < parameters.size(); ++i)
        known.push_back(tests::resolved(parameters.at(i), document_).get("name").string_or(""));
      for (const std::string& name : call.names)
        CPPUNIT_ASSERT_MESSAGE(call.path + ' ' + name,
                               std::find(known.begin(), known.end(), name) != known.end());
    }
  }

  void the_calls_of_the_script_are_answered() {
    bridge::set_log_sink([](const std::string&) {});
    const tests::TemporaryFolder folder;
    const auto store = bridge::open_store("sqlite:" + (folder / "clients.db").string());
    tests::QueueStub queue;
    const auto access = tests::make_access(*store);
    const bridge::Api api(*store, queue, *access, {});
    const std::string key = tests::add_key(*store, "acme");
    const std::string id = take_in(*store);
    const std::map<std::string, std::string> values = {{"status", "pending"},
                                                       {"startid", "0"},
                                                       {"take", "1000"},
                                                       {"wantscandetails", "1"},
                                                       {"deltaTime", "637795099840708000"},
                                                       {"approvedby", "bob@acme.test"},
                                                       {"deniedby", "bob@acme.test"},
                                                       {"reason", "J\xc3\xb6rg says no"}};
    for (const ScriptCall& call : script_calls()) {
      bridge::Incoming request;
      for (const char c : call.method) request.method.push_back(static_cast<char>(c - 'a' + 'A'));
      request.path = std::regex_replace(call.path, std::regex(R"(\{id\})"), id);
      request.headers.emplace_back("apikey", key);
      for (const std::string& name : call.names) request.query.emplace_back(name, values.at(name));
      const bridge::Reply reply = api.handle(request);
      const bool reads = call.method == "get";
      CPPUNIT_ASSERT_EQUAL_MESSAGE(call.method + ' ' + request.path + ": " + reply.body, reads ? 200 : 204,
                                   reply.status);
      if (reads) Json::parse(reply.body);
    }
    const std::vector<std::string> wanted = {"approve acme:" + id + " bob@acme.test ",
                                             "deny acme:" + id + " bob@acme.test J\xc3\xb6rg says no"};
    CPPUNIT_ASSERT(wanted == queue.decided);
    bridge::set_log_sink(nullptr);
  }

 private:
  static std::string take_in(bridge::Store& store) {
    std::vector<std::string> problems;
    bridge::NewRequest request;
    request.queue = "acme";
    request.body = [whole = mappings::complete_request(Json::object(), problems).dump()](std::int64_t) {
      return whole;
    };
    return std::to_string(store.submit(request).record.ref.id);
  }

  const Json document_ = bridge::openapi_document("1.2.3");
};
CPPUNIT_TEST_SUITE_REGISTRATION(ClientsTest);
