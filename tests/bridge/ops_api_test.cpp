// What the API answers without a key, takes as a webhook, and says when something fails.

#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/given_api.h"
#include "tests/support/key_ring.h"
#include "tests/support/key_store.h"

using bridge::Incoming;
using bridge::Reply;
using mappings::Json;
using tests::GivenQueue;
using tests::header_of;

class OpsApiTest : public tests::GivenApi {
  CPPUNIT_TEST_SUITE(OpsApiTest);
  CPPUNIT_TEST(without_a_key_only_ops_endpoints_answer);
  CPPUNIT_TEST(ops_endpoints_tell_what_they_are_given);
  CPPUNIT_TEST(a_webhook_reaches_its_desk_without_a_key);
  CPPUNIT_TEST(a_webhook_of_a_remote_queue_brings_its_secret_in_query_or_header);
  CPPUNIT_TEST(a_failure_shows_a_message_and_no_detail);
  CPPUNIT_TEST(the_log_names_the_key_and_never_shows_it);
  CPPUNIT_TEST_SUITE_END();

 public:
  void without_a_key_only_ops_endpoints_answer() {
    key_.clear();
    for (const char* method : {"GET", "POST"}) {
      const Reply reply = ask(method, "/requests");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method, 401, reply.status);
      CPPUNIT_ASSERT_EQUAL(std::string(R"({"Message":"Invalid API key"})"), reply.body);
    }
    for (const char* method : {"GET", "PUT", "DELETE"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method, 401, ask(method, "/requests/615670").status);
    for (const char* path : {"/healthz", "/readyz", "/metrics"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 200, ask("GET", path).status);
  }

  void ops_endpoints_tell_what_they_are_given() {
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"status":"ok"})"), ask("GET", "/healthz").body);
    CPPUNIT_ASSERT_EQUAL(std::string("up 1\n"), ask("GET", "/metrics").body);
    not_ready_ = {"the store says \"no\"", "desk snow has no mapping"};
    const Reply reply = ask("GET", "/readyz");
    CPPUNIT_ASSERT_EQUAL(503, reply.status);
    CPPUNIT_ASSERT_EQUAL(not_ready_.at(0), Json::parse(reply.body).get("reasons").at(0).string_or(""));
    CPPUNIT_ASSERT_EQUAL(200, ask("GET", "/healthz").status);
    bridge::Api bare(*store_, *queue_, *access_, {});
    Incoming request;
    request.method = "GET";
    request.path = "/metrics";
    CPPUNIT_ASSERT_EQUAL(404, bare.handle(request).status);
    request.path = "/readyz";
    CPPUNIT_ASSERT_EQUAL(200, bare.handle(request).status);
  }

  void a_webhook_reaches_its_desk_without_a_key() {
    key_.clear();
    CPPUNIT_ASSERT_EQUAL(202, ask("POST", "/hooks/snow", {}, R"({"id":"7"})").status);
    CPPUNIT_ASSERT_EQUAL(std::string(R"(snow|Host|{"id":"7"})"), hook_);
    CPPUNIT_ASSERT_EQUAL(405, ask("GET", "/hooks/snow").status);
  }

  void a_webhook_of_a_remote_queue_brings_its_secret_in_query_or_header() {
    key_.clear();
    CPPUNIT_ASSERT_EQUAL(202, ask("POST", "/hooks/queues/contoso?secret=a%26b", {}, "[]").status);
    CPPUNIT_ASSERT_EQUAL(std::string("contoso|a&b|[]"), hook_);
    CPPUNIT_ASSERT_EQUAL(202,
                         ask("POST", "/hooks/queues/contoso", {{"x-webhook-secret", "c d"}}, "x").status);
    CPPUNIT_ASSERT_EQUAL(std::string("contoso|c d|x"), hook_);
    CPPUNIT_ASSERT_EQUAL(202, ask("POST", "/hooks/queues/contoso").status);
    CPPUNIT_ASSERT_EQUAL(std::string("contoso||"), hook_);
    CPPUNIT_ASSERT_EQUAL(405, ask("GET", "/hooks/queues/contoso").status);
  }

  void a_failure_shows_a_message_and_no_detail() {
    fill(1);
    bridge::ApiParts parts;
    parts.metrics = []() -> std::string { throw std::runtime_error("password=hunter2"); };
    bridge::Api failing(*store_, *queue_, *access_, std::move(parts));
    Incoming request;
    request.method = "GET";
    request.path = "/metrics";
    request.id = "req-1";
    const Reply reply = failing.handle(request);
    CPPUNIT_ASSERT_EQUAL(500, reply.status);
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"Message":"General error"})"), reply.body);
    CPPUNIT_ASSERT(logged().find("\"request_id\":\"req-1\"") != std::string::npos);
    tests::KeyStore broken;
    broken.broken = true;
    GivenQueue queue(broken);
    const auto access = tests::make_access(broken);
    api_ = std::make_unique<bridge::Api>(broken, queue, *access, bridge::ApiParts{});
    const Reply unavailable = ask("GET", "/requests");
    CPPUNIT_ASSERT_EQUAL(503, unavailable.status);
    CPPUNIT_ASSERT_EQUAL(std::string("1"), header_of(unavailable, "Retry-After"));
  }

  void the_log_names_the_key_and_never_shows_it() {
    ask("GET", "/requests?status=pending&deniedby=ann@acme.test");
    const Json line = Json::parse(logged());
    CPPUNIT_ASSERT_EQUAL(std::string("/requests"), line.get("path").string_or(""));
    CPPUNIT_ASSERT_EQUAL(key_id_, line.get("key").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("request-id"), line.get("request_id").string_or(""));
    CPPUNIT_ASSERT(line.get("status").as_integer() == 200);
    CPPUNIT_ASSERT(line.get("ms").is_number());
    CPPUNIT_ASSERT(logged().find(key_.substr(17)) == std::string::npos);
    CPPUNIT_ASSERT(logged().find("ann@acme.test") == std::string::npos);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OpsApiTest);
