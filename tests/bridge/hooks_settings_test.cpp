// Subscriptions as the API makes, changes, shows and tests them.

#include <algorithm>
#include <utility>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/access/sealed.h"
#include "bridge/api/api.h"
#include "bridge/hooks/hooks.h"
#include "bridge/hooks/signature.h"
#include "bridge/ops/error.h"
#include "bridge/store/sqlite_session.h"
#include "tests/support/hook_bench.h"
#include "tests/support/key_ring.h"

using mappings::Json;
using tests::header_of;
using tests::HookBench;
using tests::subscription;
using namespace std::chrono_literals;

class HooksSettingsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HooksSettingsTest);
  CPPUNIT_TEST(makes_changes_and_ends_a_subscription_by_the_api);
  CPPUNIT_TEST(a_round_goes_on_when_a_subscription_is_changed_in_it);
  CPPUNIT_TEST(signs_with_two_secrets_while_one_is_changed);
  CPPUNIT_TEST(the_store_shows_neither_secret_nor_url);
  CPPUNIT_TEST(refuses_a_subscription_that_cannot_be_right);
  CPPUNIT_TEST(keeps_queues_apart_and_the_configuration_as_it_is);
  CPPUNIT_TEST(tests_a_subscription_and_says_what_came_of_it);
  CPPUNIT_TEST(serves_subscriptions_over_the_api);
  CPPUNIT_TEST(who_may_not_read_subscribes_nobody);
  CPPUNIT_TEST(stays_where_it_was_when_its_removal_cannot_be_stored);
  CPPUNIT_TEST_SUITE_END();

 public:
  void makes_changes_and_ends_a_subscription_by_the_api() {
    HookBench bench({});
    const Json made = bench.hooks->create("acme", Json::parse(R"({"url":"https://siem.test/secret-path"})"));
    const std::string id = made.get("id").string_or("");
    CPPUNIT_ASSERT(made.get("secret").string_or("").starts_with("whsec_"));
    CPPUNIT_ASSERT_EQUAL(std::string("https://siem.test/…"), made.get("url").string_or(""));
    const std::string shown = bench.hooks->list("acme").dump();
    CPPUNIT_ASSERT(shown.find("whsec_") == std::string::npos &&
                   shown.find("secret-path") == std::string::npos);
    bench.submit();
    bench.restart();
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::string("requests.created 1"), bench.receivers.events());
    CPPUNIT_ASSERT_EQUAL(bridge::delivery_signature({bridge::Secret(made.get("secret").string_or(""))},
                                                    bench.clock.now(), bench.receivers.seen.at(0).body),
                         header_of(bench.receivers.seen.at(0), "X-Countersign-Signature"));
    const Json changed = bench.hooks->change(
        "acme", id, Json::parse(R"({"events":["requests.denied"],"url":"https://new.test/x"})"));
    CPPUNIT_ASSERT(!changed.has("secret"));
    bench.decide(1, false);
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::string("requests.denied 1"), bench.receivers.events("https://new.test"));
    bench.receivers.status["https://new.test"] = 500;
    bench.submit();
    bench.decide(2, false);
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.hooks->deliveries("acme", id).get("pending").size());
    bench.hooks->remove("acme", id);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.store->hooks().count_deliveries("hook:" + id));
    CPPUNIT_ASSERT_THROW(bench.hooks->show("acme", id), bridge::Error);
    CPPUNIT_ASSERT(bench.store->hooks().webhooks().empty());
  }

  // What was walked over was gone then: the sanitizers see it.
  void a_round_goes_on_when_a_subscription_is_changed_in_it() {
    HookBench bench({});
    for (const char* url : {R"({"url":"https://first.test/"})", R"({"url":"https://second.test/"})"})
      bench.hooks->create("acme", Json::parse(url));
    bench.submit();
    bool changed = false;
    bench.receivers.before_answer = [&] {
      if (std::exchange(changed, true)) return;
      const Json all = bench.hooks->list("acme");
      for (std::size_t i = 0; i < all.size(); ++i)
        bench.hooks->change("acme", all.at(i).get("id").string_or(""),
                            Json::parse(R"({"settingsNames":null})"));
    };
    bench.hooks->run_due();
    bench.hooks->run_due();
    CPPUNIT_ASSERT(changed);
    CPPUNIT_ASSERT_EQUAL(std::string("requests.created 1"), bench.receivers.events("https://first.test"));
    CPPUNIT_ASSERT_EQUAL(std::string("requests.created 1"), bench.receivers.events("https://second.test"));
  }

  void signs_with_two_secrets_while_one_is_changed() {
    HookBench bench({});
    const Json made = bench.hooks->create(
        "acme", Json::parse(R"({"url":"https://siem.test/","secrets":["first-secret-0123"]})"));
    CPPUNIT_ASSERT(!made.has("secret"));
    const std::string id = made.get("id").string_or("");
    const Json rotated = bench.hooks->change("acme", id, Json::parse(R"({"rotateSecret":true})"));
    const bridge::Secret fresh(rotated.get("secret").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, *rotated.get("secrets").as_integer());
    bench.submit();
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(bridge::delivery_signature({fresh, bridge::Secret("first-secret-0123")},
                                                    bench.clock.now(), bench.receivers.seen.at(0).body),
                         header_of(bench.receivers.seen.at(0), "X-Countersign-Signature"));
    bench.hooks->change("acme", id, Json::parse(R"({"rotateSecret":true})"));
    const std::string kept =
        bridge::unseal(*tests::pepper(), "webhook " + id, bench.store->hooks().webhooks().at(0).settings);
    CPPUNIT_ASSERT(kept.find("first-secret") == std::string::npos);
    CPPUNIT_ASSERT(kept.find(fresh.reveal()) != std::string::npos);
  }

  void the_store_shows_neither_secret_nor_url() {
    HookBench bench({});
    const Json made = bench.hooks->create("acme", Json::parse(R"({"url":"https://siem.test/secret-path"})"));
    const auto is_sealed = [&](const char* when) {
      CPPUNIT_ASSERT_MESSAGE(when, bridge::is_sealed(bench.store->hooks().webhooks().at(0).settings));
    };
    is_sealed("made");
    // As a store of before there was a pepper has it.
    bridge::WebhookRow row = bench.store->hooks().webhooks().at(0);
    row.settings = bridge::unseal(*tests::pepper(), "webhook " + row.id, row.settings);
    CPPUNIT_ASSERT(row.settings.find("secret-path") != std::string::npos);
    bench.store->hooks().put_webhook(row, {});
    bench.restart();
    is_sealed("after the next start");
    bench.submit();
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::string("requests.created 1"), bench.receivers.events());
  }

  void refuses_a_subscription_that_cannot_be_right() {
    HookBench bench({});
    const std::pair<const char*, const char*> cases[] = {
        {R"([])", "must be a JSON object"},
        {R"({})", "url cannot be used"},
        {R"({"url":"ftp://x.test/"})", "url cannot be used"},
        {R"({"url":"http://x.test/"})", "must be https://"},
        {R"({"url":"https://127.0.0.1/"})", "a loopback address"},
        {R"({"url":"https://[::ffff:169.254.169.254]/"})", "a metadata service"},
        {R"({"url":"https://x.test/","events":["requests.made"]})", "there is no event requests.made"},
        {R"({"url":"https://x.test/","events":"requests"})", "events must be a list"},
        {R"({"url":"https://x.test/","secrets":["short"]})", "16 to 256"},
        {R"({"url":"https://x.test/","secrets":[]})", "one or two"},
        {R"({"url":"https://x.test/","when":"true"})", "there is no when here"},
        {R"({"url":"https://x.test/","rotateSecret":"true"})", "rotateSecret must be true or false"},
    };
    for (const auto& [given, says] : cases) {
      try {
        bench.hooks->create("acme", Json::parse(given));
        CPPUNIT_FAIL(given);
      } catch (const bridge::Error& e) {
        CPPUNIT_ASSERT_MESSAGE(std::string(given) + ": " + e.what(),
                               std::string(e.what()).find(says) != std::string::npos);
        CPPUNIT_ASSERT(e.code() == bridge::ErrorCode::invalid_request);
      }
    }
    CPPUNIT_ASSERT(bench.store->hooks().webhooks().empty());
  }

  void keeps_queues_apart_and_the_configuration_as_it_is() {
    HookBench bench({subscription()});
    CPPUNIT_ASSERT_THROW(bench.hooks->show("contoso", "siem"), bridge::Error);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, bench.hooks->list("contoso").size());
    try {
      bench.hooks->remove("acme", "siem");
      CPPUNIT_FAIL("removed");
    } catch (const bridge::Error& e) {
      CPPUNIT_ASSERT(e.code() == bridge::ErrorCode::conflict);
    }
    CPPUNIT_ASSERT_EQUAL(std::string("config"), bench.shown().get("source").string_or(""));
    CPPUNIT_ASSERT(bench.shown().dump().find("hunter2") == std::string::npos);
  }

  void tests_a_subscription_and_says_what_came_of_it() {
    HookBench bench({subscription()});
    CPPUNIT_ASSERT(*bench.hooks->test("acme", "siem").get("delivered").as_bool());
    CPPUNIT_ASSERT_EQUAL(std::string("webhooks.test 0"), bench.receivers.events());
    bench.receivers.status["https://siem.test"] = 403;
    const Json said = bench.hooks->test("acme", "siem");
    CPPUNIT_ASSERT_EQUAL(std::int64_t{403}, *said.get("status").as_integer());
    CPPUNIT_ASSERT_EQUAL(std::string("forbidden"), said.get("reason").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("active"), bench.shown().get("state").string_or(""));
  }

  void serves_subscriptions_over_the_api() {
    HookBench bench({subscription()});
    bridge::ApiParts parts;
    parts.hooks = bench.hooks.get();
    const auto access = tests::make_access(*bench.store);
    bridge::Api api(*bench.store, *bench.queue, *access, parts);
    const std::string key = tests::add_key(*bench.store, "acme");
    const auto call = [&](const std::string& method, const std::string& path, const std::string& body = "") {
      bridge::Incoming request;
      request.method = method;
      request.path = path;
      request.body = body;
      request.headers = {{"apikey", key}};
      return api.handle(request);
    };
    const bridge::Reply made = call("POST", "/webhooks", R"({"url":"https://new.test/x"})");
    CPPUNIT_ASSERT_EQUAL(201, made.status);
    const std::string path = "/webhooks/" + Json::parse(made.body).get("id").string_or("");
    const std::tuple<const char*, std::string, const char*, int> cases[] = {
        {"GET", "/webhooks", "", 200},
        {"GET", path, "", 200},
        {"PUT", path, R"({"events":["auditlog"]})", 200},
        {"PUT", path, R"({"events":["nothing"]})", 400},
        {"PUT", path, "no json", 400},
        {"POST", path + "/test", "", 200},
        {"POST", path + "/resume", "", 200},
        {"GET", path + "/deliveries", "", 200},
        {"PUT", "/webhooks/siem", R"({"events":["auditlog"]})", 409},
        {"POST", "/webhooks/siem/test", "", 200},
        {"DELETE", path, "", 204},
        {"GET", path, "", 404},
        {"DELETE", path, "", 404},
    };
    for (const auto& [method, where, body, status] : cases) {
      const bridge::Reply reply = call(method, where, body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(method) + ' ' + where, status, reply.status);
      CPPUNIT_ASSERT_MESSAGE(reply.body, reply.body.find("whsec_") == std::string::npos);
      CPPUNIT_ASSERT_MESSAGE(reply.body, reply.body.find("hunter2") == std::string::npos);
    }
    CPPUNIT_ASSERT_EQUAL(std::string("webhooks.test 0"), bench.receivers.events("https://new.test"));
    std::string actions;
    bridge::TrailQuery query;
    query.action = "webhook.";
    for (const bridge::TrailRecord& row : bench.store->trail().search(query)) {
      actions += row.entry.action + ' ';
      CPPUNIT_ASSERT_EQUAL("webhook " + path.substr(10), row.entry.object);
      CPPUNIT_ASSERT_EQUAL(std::string("acme"), row.entry.queue);
      CPPUNIT_ASSERT_MESSAGE(row.entry.actor.name, row.entry.actor.name.starts_with("key cs_live_"));
      for (const std::string& text : {row.entry.old_value, row.entry.new_value})
        CPPUNIT_ASSERT_MESSAGE(
            text, text.find("new.test/x") == std::string::npos && text.find("whsec_") == std::string::npos);
    }
    CPPUNIT_ASSERT_EQUAL(std::string("webhook.created webhook.changed webhook.resumed webhook.removed "),
                         actions);
    const auto kept_nowhere = std::pair<std::string, std::string>("Cache-Control", "no-store");
    CPPUNIT_ASSERT(std::find(made.headers.begin(), made.headers.end(), kept_nowhere) != made.headers.end());
  }

  void stays_where_it_was_when_its_removal_cannot_be_stored() {
    HookBench bench({});
    const std::string id =
        bench.hooks->create("acme", Json::parse(R"({"url":"https://siem.test/in"})")).get("id").string_or("");
    bench.submit();
    {
      bridge::SqliteSession session(bench.folder / "bench.db", bridge::SqliteSession::Access::write);
      session.execute("DROP TABLE trail");
    }
    CPPUNIT_ASSERT_THROW(bench.hooks->remove("acme", id), bridge::Error);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.store->hooks().webhooks().size());
    CPPUNIT_ASSERT_EQUAL(std::string("active"), bench.shown(id).get("state").string_or(""));
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::string("requests.created 1"), bench.receivers.events());
  }

  void who_may_not_read_subscribes_nobody() {
    HookBench bench({subscription()});
    bridge::ApiParts parts;
    parts.hooks = bench.hooks.get();
    const auto access = tests::make_access(*bench.store);
    bridge::Api api(*bench.store, *bench.queue, *access, parts);
    for (const auto& [scopes, status] :
         {std::pair("submit", 403), std::pair("read", 403), std::pair("read submit", 201)}) {
      bridge::Credential wanted;
      wanted.queue = "acme";
      wanted.scopes = bridge::Scopes::parse(scopes).value();
      bridge::Incoming request;
      request.method = "POST";
      request.path = "/webhooks";
      request.body = R"({"url":"https://new.test/x"})";
      request.headers = {{"apikey", tests::add_credential(*bench.store, wanted).secret}};
      CPPUNIT_ASSERT_EQUAL_MESSAGE(scopes, status, api.handle(request).status);
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HooksSettingsTest);
