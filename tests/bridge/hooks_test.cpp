// Webhooks that go out, without threads and sockets: real store and ledger, a receiver made of a function.

#include "bridge/hooks/hooks.h"

#include <algorithm>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/access/sealed.h"
#include "bridge/api/api.h"
#include "bridge/hooks/signature.h"
#include "bridge/ops/error.h"
#include "bridge/queue/auditlog_entry.h"
#include "tests/support/drain_bench.h"
#include "tests/support/key_ring.h"

using bridge::HookConfig;
using bridge::Hooks;
using connectors::HttpRequest;
using connectors::HttpResult;
using mappings::Json;
using namespace std::chrono_literals;

namespace {

std::string header(const HttpRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.headers)
    if (key == name) return value;
  return {};
}

// What arrived, and what each host answers: 0 is no connection.
struct Receivers {
  std::vector<HttpRequest> seen;
  std::map<std::string, int> status;
  std::string body = "{}";

  HttpResult operator()(const HttpRequest& request) {
    seen.push_back(request);
    const auto host = request.url.substr(0, request.url.find('/', 8));
    const auto found = status.find(host);
    HttpResult result;
    const int answer = found == status.end() ? 200 : found->second;
    if (answer == 0) {
      result.reason = "refused_connection";
      return result;
    }
    result.delivery = connectors::Delivery::answered;
    result.answer.status = answer;
    result.answer.body = body;
    return result;
  }
  // "requests.created 1, requests.approved 1": events and requests, in order, of one host.
  std::string events(const std::string& host = "https://siem.test") const {
    std::string text;
    for (const HttpRequest& request : seen)
      if (request.url.starts_with(host + '/'))
        text += (text.empty() ? "" : ", ") + header(request, "X-Countersign-Event") + ' ' +
                Json::parse(request.body).get("id").dump();
    return text;
  }
};

struct Bench : tests::DrainBench {
  explicit Bench(std::vector<HookConfig> subscriptions) {
    config.hooks = std::move(subscriptions);
    config.public_url = "https://bridge.test";
    load_rules();
    restart();
  }
  ~Bench() { ledger->announce_to(nullptr); }

  void load_rules() {
    mappings::Diagnostics diagnostics;
    std::map<std::string, bridge::HookRule, std::less<>> rules_of;
    for (const HookConfig& hook : config.hooks) {
      bridge::HookRule rule{nullptr, hook.when, {}};
      if (!hook.mapping.empty())
        rule.mapping = mappings::Mapping::load(
            std::string(SOURCE_DIR) + "/mappings/" + hook.mapping + ".yaml", diagnostics);
      rules_of.emplace(hook.name, rule);
    }
    const auto now = rules->current();
    rules->replace(std::make_shared<bridge::RuleSet>(
        now->desks(), std::vector<bridge::RouteConfig>{{"acme", "", now->desks().begin()->first, {}}},
        diagnostics, rules_of));
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.to_text());
  }
  void restart() {
    ledger->announce_to(nullptr);
    hooks.reset();
    store->release_leases();
    hooks = std::make_unique<Hooks>(config, *store, *rules, clock, tests::pepper(),
                                    [this](const HttpRequest& request) { return receivers(request); });
    ledger->announce_to(hooks.get());
  }
  void decide(std::int64_t id, bool approve = true) {
    queue->decide({"acme", id}, approve, "bob@acme.test", approve ? "" : "not now",
                  bridge::actor_named("test"));
  }
  // Lets time pass until nothing is due within `span`.
  void pass(std::chrono::minutes span) {
    for (auto i = 0min; i < span; i += 1min) {
      clock.advance(1min);
      hooks->run_due();
    }
  }
  Json shown(const std::string& id = "siem") { return hooks->show("acme", id); }

  Receivers receivers;
  std::unique_ptr<Hooks> hooks;
};

HookConfig subscription(const std::string& name = "siem") {
  HookConfig hook;
  hook.name = name;
  hook.queue = "acme";
  hook.url = bridge::Secret("https://" + name + ".test/in?token=hunter2");
  hook.events = {"requests"};
  hook.secrets = {bridge::Secret("0123456789abcdef")};
  return hook;
}

}  // namespace

class HooksTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HooksTest);
  CPPUNIT_TEST(sends_the_apis_object_as_it_was_at_each_change);
  CPPUNIT_TEST(adds_nothing_to_the_outbox_without_a_subscription);
  CPPUNIT_TEST(keeps_the_order_of_a_request_while_deliveries_fail);
  CPPUNIT_TEST(goes_on_with_the_same_delivery_after_a_restart);
  CPPUNIT_TEST(one_dead_subscriber_holds_up_neither_the_other_nor_the_desk);
  CPPUNIT_TEST(pauses_at_once_when_the_receiver_is_gone_and_goes_on_when_resumed);
  CPPUNIT_TEST(pauses_when_a_delivery_has_failed_for_too_long);
  CPPUNIT_TEST(pauses_after_many_failures_in_a_row);
  CPPUNIT_TEST(stays_paused_after_a_restart_and_is_resumed_by_another_process);
  CPPUNIT_TEST(tries_again_for_every_answer_but_success);
  CPPUNIT_TEST(waits_as_long_as_the_receiver_asks);
  CPPUNIT_TEST(leaves_out_what_its_scope_does_not_take);
  CPPUNIT_TEST(tells_only_the_events_it_was_asked_for);
  CPPUNIT_TEST(makes_changes_and_ends_a_subscription_by_the_api);
  CPPUNIT_TEST(signs_with_two_secrets_while_one_is_changed);
  CPPUNIT_TEST(the_store_shows_neither_secret_nor_url);
  CPPUNIT_TEST(refuses_a_subscription_that_cannot_be_right);
  CPPUNIT_TEST(keeps_queues_apart_and_the_configuration_as_it_is);
  CPPUNIT_TEST(tests_a_subscription_and_says_what_came_of_it);
  CPPUNIT_TEST(posts_a_teams_card_with_its_ticket_and_a_second_one_when_decided);
  CPPUNIT_TEST(sends_a_message_without_a_ticket_when_there_is_none_in_time);
  CPPUNIT_TEST(updates_the_slack_message_of_a_bot);
  CPPUNIT_TEST(takes_slacks_no_for_a_failure);
  CPPUNIT_TEST(posts_anew_when_the_slack_message_was_deleted);
  CPPUNIT_TEST(tells_the_auditlog_entry_at_creation_decision_and_use);
  CPPUNIT_TEST(tells_new_events_in_order_and_goes_on_where_it_was);
  CPPUNIT_TEST(tells_an_event_that_comes_right_after_the_subscription_was_made);
  CPPUNIT_TEST(serves_subscriptions_over_the_api);
  CPPUNIT_TEST(who_may_not_read_subscribes_nobody);
  CPPUNIT_TEST_SUITE_END();

 public:
  void sends_the_apis_object_as_it_was_at_each_change() {
    Bench bench({subscription()});
    const auto record = bench.submit();
    bench.decide(record.ref.id, false);
    CPPUNIT_ASSERT_EQUAL(2, bench.hooks->run_due());
    CPPUNIT_ASSERT_EQUAL(std::string("requests.created 1, requests.denied 1"), bench.receivers.events());
    const HttpRequest& first = bench.receivers.seen.at(0);
    CPPUNIT_ASSERT_EQUAL(std::string("POST"), first.method);
    CPPUNIT_ASSERT_EQUAL(std::string("https://siem.test/in?token=hunter2"), first.url);
    CPPUNIT_ASSERT_EQUAL(record.body, first.body);
    CPPUNIT_ASSERT_EQUAL(bench.record(1).body, bench.receivers.seen.at(1).body);
    CPPUNIT_ASSERT(header(first, "Content-Type").starts_with("application/json"));
    CPPUNIT_ASSERT_EQUAL(std::string("siem/acme:1/requests.created/0"),
                         header(first, "X-Countersign-Delivery"));
    CPPUNIT_ASSERT_EQUAL(std::string("1"), header(first, "X-Countersign-Attempt"));
    CPPUNIT_ASSERT_EQUAL(bridge::delivery_timestamp(bench.clock.now()),
                         header(first, "X-Countersign-Timestamp"));
    CPPUNIT_ASSERT_EQUAL(bridge::delivery_signature(subscription().secrets, bench.clock.now(), record.body),
                         header(first, "X-Countersign-Signature"));
    CPPUNIT_ASSERT(bench.timeline(1).find("delivered delivered") != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, *bench.shown().get("pending").as_integer());
  }

  void adds_nothing_to_the_outbox_without_a_subscription() {
    HookConfig other = subscription();
    other.queue = "contoso";
    Bench bench({other});
    bench.submit();
    bench.decide(1);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.store->hooks().count_deliveries("hook:siem"));
  }

  void keeps_the_order_of_a_request_while_deliveries_fail() {
    Bench bench({subscription()});
    bench.receivers.status["https://siem.test"] = 400;
    bench.submit();
    bench.decide(1);
    bench.submit();
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::string("requests.created 1, requests.created 2"), bench.receivers.events());
    bench.receivers.status.clear();
    bench.receivers.seen.clear();
    bench.pass(10min);
    const std::string events = bench.receivers.events();
    const auto created = events.find("requests.created 1"), approved = events.find("requests.approved 1");
    CPPUNIT_ASSERT(created != std::string::npos && approved != std::string::npos);
    CPPUNIT_ASSERT(created < approved);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, bench.receivers.seen.size());
  }

  void goes_on_with_the_same_delivery_after_a_restart() {
    Bench bench({subscription()});
    bench.receivers.status["https://siem.test"] = 0;
    bench.submit();
    bench.decide(1);
    bench.hooks->run_due();
    const std::string id = header(bench.receivers.seen.at(0), "X-Countersign-Delivery");
    bench.restart();
    bench.receivers.status.clear();
    bench.receivers.seen.clear();
    bench.pass(2min);
    CPPUNIT_ASSERT_EQUAL(std::string("requests.created 1, requests.approved 1"), bench.receivers.events());
    CPPUNIT_ASSERT_EQUAL(id, header(bench.receivers.seen.at(0), "X-Countersign-Delivery"));
    CPPUNIT_ASSERT_EQUAL(std::string("2"), header(bench.receivers.seen.at(0), "X-Countersign-Attempt"));
    CPPUNIT_ASSERT_EQUAL(std::string("1"), header(bench.receivers.seen.at(1), "X-Countersign-Attempt"));
  }

  void one_dead_subscriber_holds_up_neither_the_other_nor_the_desk() {
    Bench bench({subscription(), subscription("other")});
    bench.receivers.status["https://siem.test"] = 0;
    for (int i = 0; i < 5; ++i) bench.submit();
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(5, bench.work());
    for (int i = 1; i <= 5; ++i) bench.decide(i);
    bench.hooks->run_due();
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(5));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.store->hooks().count_deliveries("hook:other"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, bench.store->hooks().count_deliveries("hook:siem"));
    CPPUNIT_ASSERT_EQUAL(std::string("failing"), bench.shown().get("state").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("active"), bench.shown("other").get("state").string_or(""));
  }

  void pauses_at_once_when_the_receiver_is_gone_and_goes_on_when_resumed() {
    Bench bench({subscription()});
    bench.receivers.status["https://siem.test"] = 410;
    bench.submit();
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::string("paused"), bench.shown().get("state").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("the receiver answered 410 Gone"),
                         bench.shown().get("pausedBecause").string_or(""));
    bench.decide(1);
    bench.pass(20min);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.receivers.seen.size());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, *bench.shown().get("pending").as_integer());
    bench.receivers.status.clear();
    bench.hooks->resume("acme", "siem");
    bench.pass(1min);
    CPPUNIT_ASSERT_EQUAL(std::string("requests.created 1, requests.created 1, requests.approved 1"),
                         bench.receivers.events());
    CPPUNIT_ASSERT_EQUAL(std::string("active"), bench.shown().get("state").string_or(""));
  }

  void pauses_when_a_delivery_has_failed_for_too_long() {
    HookConfig hook = subscription();
    hook.retry_for = 1h;
    Bench bench({hook});
    bench.receivers.status["https://siem.test"] = 500;
    bench.submit();
    bench.pass(50min);
    CPPUNIT_ASSERT_EQUAL(std::string("failing"), bench.shown().get("state").string_or(""));
    bench.pass(40min);
    CPPUNIT_ASSERT_EQUAL(std::string("paused"), bench.shown().get("state").string_or(""));
    CPPUNIT_ASSERT(bench.shown().get("pausedBecause").string_or("").find("retry_for") != std::string::npos);
    // The age counts anew: a person has looked.
    bench.hooks->resume("acme", "siem");
    bench.pass(30min);
    CPPUNIT_ASSERT_EQUAL(std::string("failing"), bench.shown().get("state").string_or(""));
  }

  void pauses_after_many_failures_in_a_row() {
    Bench bench({subscription()});
    bench.receivers.status["https://siem.test"] = 400;
    for (int i = 0; i < 20; ++i) bench.submit();
    bench.pass(600min);
    CPPUNIT_ASSERT_EQUAL(std::string("failing"), bench.shown().get("state").string_or(""));
    bench.pass(300min);
    CPPUNIT_ASSERT_EQUAL(std::string("paused"), bench.shown().get("state").string_or(""));
    CPPUNIT_ASSERT(bench.shown().get("pausedBecause").string_or("").find("failures in a row") !=
                   std::string::npos);
  }

  void stays_paused_after_a_restart_and_is_resumed_by_another_process() {
    Bench bench({subscription()});
    bench.receivers.status["https://siem.test"] = 410;
    bench.submit();
    bench.hooks->run_due();
    bench.restart();
    bench.receivers.status.clear();
    bench.pass(2min);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.receivers.seen.size());
    bench.store->set_value(bridge::hook_state_name("siem"), bridge::resumed_hook_state(bench.clock.now()),
                           bench.clock.now());
    bench.hooks->look();
    bench.pass(1min);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, bench.receivers.seen.size());
  }

  void tries_again_for_every_answer_but_success() {
    for (int status : {0, 301, 302, 400, 401, 403, 404, 408, 413, 429, 500, 503}) {
      Bench bench({subscription()});
      bench.receivers.status["https://siem.test"] = status;
      bench.submit();
      bench.hooks->run_due();
      bench.receivers.status.clear();
      bench.pass(3min);
      const std::string name = std::to_string(status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string("requests.created 1, requests.created 1"),
                                   bench.receivers.events());
    }
    for (int status : {200, 201, 202, 204}) {
      Bench bench({subscription()});
      bench.receivers.status["https://siem.test"] = status;
      bench.submit();
      bench.pass(3min);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(status), std::string("requests.created 1"),
                                   bench.receivers.events());
    }
  }

  void waits_as_long_as_the_receiver_asks() {
    Bench bench({subscription()});
    bool asked = false;
    bridge::Hooks hooks(bench.config, *bench.store, *bench.rules, bench.clock, tests::pepper(),
                        [&](const HttpRequest& request) {
                          HttpResult result = bench.receivers(request);
                          if (!asked) {
                            result.answer.status = 429;
                            result.answer.headers = {{"Retry-After", "1800"}};
                          }
                          asked = true;
                          return result;
                        });
    bench.submit();
    hooks.run_due();
    bench.clock.advance(29min);
    hooks.run_due();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.receivers.seen.size());
    bench.clock.advance(10min);
    hooks.run_due();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, bench.receivers.seen.size());
  }

  void leaves_out_what_its_scope_does_not_take() {
    HookConfig named = subscription(), asked = subscription("asked");
    named.settings_names = {"Developers"};
    asked.when = R"(.user.fullName == "Bea")";
    Bench bench({named, asked});
    bench.submit();
    bench.submit("Bea");
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::string(), bench.receivers.events());
    CPPUNIT_ASSERT_EQUAL(std::string("requests.created 2"), bench.receivers.events("https://asked.test"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.store->hooks().count_deliveries("hook:siem"));
  }

  void tells_only_the_events_it_was_asked_for() {
    HookConfig hook = subscription();
    hook.events = {"requests.approved"};
    Bench bench({hook});
    bench.submit();
    bench.submit();
    bench.decide(1);
    bench.decide(2, false);
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::string("requests.approved 1"), bench.receivers.events());
  }

  void makes_changes_and_ends_a_subscription_by_the_api() {
    Bench bench({});
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
                         header(bench.receivers.seen.at(0), "X-Countersign-Signature"));
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

  void signs_with_two_secrets_while_one_is_changed() {
    Bench bench({});
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
                         header(bench.receivers.seen.at(0), "X-Countersign-Signature"));
    bench.hooks->change("acme", id, Json::parse(R"({"rotateSecret":true})"));
    const std::string kept =
        bridge::unseal(*tests::pepper(), "webhook " + id, bench.store->hooks().webhooks().at(0).settings);
    CPPUNIT_ASSERT(kept.find("first-secret") == std::string::npos);
    CPPUNIT_ASSERT(kept.find(fresh.reveal()) != std::string::npos);
  }

  void the_store_shows_neither_secret_nor_url() {
    Bench bench({});
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
    Bench bench({});
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
    Bench bench({subscription()});
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
    Bench bench({subscription()});
    CPPUNIT_ASSERT(*bench.hooks->test("acme", "siem").get("delivered").as_bool());
    CPPUNIT_ASSERT_EQUAL(std::string("webhooks.test 0"), bench.receivers.events());
    bench.receivers.status["https://siem.test"] = 403;
    const Json said = bench.hooks->test("acme", "siem");
    CPPUNIT_ASSERT_EQUAL(std::int64_t{403}, *said.get("status").as_integer());
    CPPUNIT_ASSERT_EQUAL(std::string("forbidden"), said.get("reason").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("active"), bench.shown().get("state").string_or(""));
  }

  void posts_a_teams_card_with_its_ticket_and_a_second_one_when_decided() {
    HookConfig hook = subscription("teams");
    hook.mapping = "teams/request";
    Bench bench({hook});
    bench.submit();
    bench.hooks->run_due();
    CPPUNIT_ASSERT_MESSAGE("it waits for its ticket", bench.receivers.seen.empty());
    bench.work();
    bench.clock.advance(2s);
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.receivers.seen.size());
    CPPUNIT_ASSERT_EQUAL(std::string("1"), header(bench.receivers.seen.at(0), "X-Countersign-Attempt"));
    const std::string card = bench.receivers.seen.at(0).body;
    CPPUNIT_ASSERT_MESSAGE(card, card.starts_with(R"({"type":"message","attachments":[{"contentType":)"));
    CPPUNIT_ASSERT(card.find(bench.record(1).lifecycle.ticket.number) != std::string::npos);
    CPPUNIT_ASSERT(card.size() < std::size_t{28} << 10);
    bench.decide(1);
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, bench.receivers.seen.size());
    CPPUNIT_ASSERT(bench.receivers.seen.at(1).body.find("Approved by bob@acme.test") != std::string::npos);
  }

  void sends_a_message_without_a_ticket_when_there_is_none_in_time() {
    HookConfig hook = subscription("teams");
    hook.mapping = "teams/request";
    Bench bench({hook});
    bench.submit();
    bench.pass(1min);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.receivers.seen.size());
    CPPUNIT_ASSERT(bench.receivers.seen.at(0).body.find(R"("Ticket","value":"none")") != std::string::npos);
  }

  static HookConfig slack_bot() {
    HookConfig hook = subscription("bot");
    hook.url = bridge::Secret("https://slack.test/api");
    hook.mapping = "slack/request";
    hook.slack_channel = "C1";
    hook.slack_token = bridge::Secret("xoxb-hunter2");
    hook.wait_for_ticket = 0ms;
    return hook;
  }

  void updates_the_slack_message_of_a_bot() {
    Bench bench({slack_bot()});
    bench.receivers.body = R"({"ok":true,"channel":"C0DE","ts":"1700.0001"})";
    bench.submit();
    bench.hooks->run_due();
    bench.restart();
    bench.decide(1, false);
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, bench.receivers.seen.size());
    const HttpRequest& posted = bench.receivers.seen.at(0);
    CPPUNIT_ASSERT_EQUAL(std::string("https://slack.test/api/chat.postMessage"), posted.url);
    CPPUNIT_ASSERT_EQUAL(std::string("Bearer xoxb-hunter2"), header(posted, "Authorization"));
    CPPUNIT_ASSERT_EQUAL(std::string("C1"), Json::parse(posted.body).get("channel").string_or(""));
    CPPUNIT_ASSERT(Json::parse(posted.body).get("blocks").size() > 3);
    const HttpRequest& updated = bench.receivers.seen.at(1);
    CPPUNIT_ASSERT_EQUAL(std::string("https://slack.test/api/chat.update"), updated.url);
    const Json body = Json::parse(updated.body);
    CPPUNIT_ASSERT_EQUAL(std::string("C0DE"), body.get("channel").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("1700.0001"), body.get("ts").string_or(""));
    CPPUNIT_ASSERT(body.get("blocks").dump().find("not now") != std::string::npos);
    CPPUNIT_ASSERT(bench.shown("bot").dump().find("hunter2") == std::string::npos);
  }

  void takes_slacks_no_for_a_failure() {
    Bench bench({slack_bot()});
    bench.receivers.body = R"({"ok":false,"error":"channel_not_found"})";
    bench.submit();
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::string("failing"), bench.shown("bot").get("state").string_or(""));
    CPPUNIT_ASSERT(bench.shown("bot").get("lastAnswer").string_or("").find("channel_not_found") !=
                   std::string::npos);
    bench.receivers.body = R"({"ok":true,"channel":"C0DE","ts":"1"})";
    bench.pass(3min);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, *bench.shown("bot").get("pending").as_integer());
  }

  void posts_anew_when_the_slack_message_was_deleted() {
    Bench bench({slack_bot()});
    bench.receivers.body = R"({"ok":true,"channel":"C0DE","ts":"1"})";
    bench.submit();
    bench.hooks->run_due();
    std::vector<std::string> urls;
    bridge::Hooks hooks(bench.config, *bench.store, *bench.rules, bench.clock, tests::pepper(),
                        [&](const HttpRequest& request) {
                          urls.push_back(request.url.substr(request.url.rfind('/')));
                          HttpResult result;
                          result.delivery = connectors::Delivery::answered;
                          result.answer.status = 200;
                          result.answer.body = urls.size() == 1
                                                   ? R"({"ok":false,"error":"message_not_found"})"
                                                   : R"({"ok":true,"channel":"C0DE","ts":"2"})";
                          return result;
                        });
    bench.decide(1);
    hooks.run_due();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, urls.size());
    CPPUNIT_ASSERT_EQUAL(std::string("/chat.update"), urls.at(0));
    CPPUNIT_ASSERT_EQUAL(std::string("/chat.postMessage"), urls.at(1));
    CPPUNIT_ASSERT_EQUAL(std::string("C0DE 2"),
                         bench.store->hooks().hook_message({"acme", 1}, "hook:bot").value_or(""));
  }

  static std::string entry_of(Bench& bench, std::int64_t id) {
    bridge::AuditlogQuery one;
    one.start_id = id;
    one.take = 1;
    std::string text;
    bench.store->auditlog("acme", one, [&](const bridge::AuditlogRecord& entry) {
      text.clear();
      bridge::append_auditlog_entry(text, entry, false);
    });
    return text;
  }

  void tells_the_auditlog_entry_at_creation_decision_and_use() {
    HookConfig hook = subscription();
    hook.events = {"auditlog", "requests.changed"};
    Bench bench({hook});
    bench.submit();
    const std::string created = entry_of(bench, 1);
    bench.clock.advance(90s + 123'456us);
    bench.decide(1);
    const std::string approved = entry_of(bench, 1);
    bench.clock.advance(90s);
    bench.queue->report_use({"acme", 1}, Json::parse(R"({"status":"Running"})"), "test");
    const std::string running = entry_of(bench, 1);
    bench.queue->report_use({"acme", 1}, Json::parse(R"({"status":"Running"})"), "test");
    for (int i = 0; i < 5; ++i) bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(
        std::string("auditlog.created 1, auditlog.approved 1, requests.changed 1, auditlog.used 1"),
        bench.receivers.events());
    CPPUNIT_ASSERT_EQUAL(created, bench.receivers.seen.at(0).body);
    CPPUNIT_ASSERT_EQUAL(approved, bench.receivers.seen.at(1).body);
    CPPUNIT_ASSERT_EQUAL(bench.record(1).body, bench.receivers.seen.at(2).body);
    CPPUNIT_ASSERT_EQUAL(running, bench.receivers.seen.at(3).body);
  }

  static void add_event(Bench& bench, int code) {
    bridge::NewEvents events;
    events.queue = "acme";
    bridge::NewEvent event;
    event.at = bench.clock.now();
    event.code = code;
    event.body = [](std::int64_t id) { return R"({"id":)" + std::to_string(id) + "}"; };
    events.events.push_back(event);
    bench.store->events().add(events);
  }

  void tells_new_events_in_order_and_goes_on_where_it_was() {
    HookConfig hook = subscription();
    hook.events = {"events"};
    Bench bench({});
    const auto round = [&] {
      bench.hooks->look();
      bench.hooks->run_due();
    };
    add_event(bench, 1);
    bench.config.hooks = {hook};
    bench.load_rules();
    bench.restart();
    round();
    CPPUNIT_ASSERT_EQUAL_MESSAGE("what was before is not told", std::string(), bench.receivers.events());
    add_event(bench, 2);
    add_event(bench, 3);
    round();
    CPPUNIT_ASSERT_EQUAL(std::string("events.created 2, events.created 3"), bench.receivers.events());
    bench.receivers.status["https://siem.test"] = 400;
    add_event(bench, 4);
    add_event(bench, 5);
    round();
    bench.restart();
    bench.receivers.status.clear();
    bench.receivers.seen.clear();
    round();
    CPPUNIT_ASSERT_EQUAL(std::string("events.created 4, events.created 5"), bench.receivers.events());
    CPPUNIT_ASSERT_EQUAL(std::string("siem/acme/events/4"),
                         header(bench.receivers.seen.at(0), "X-Countersign-Delivery"));
    bench.receivers.status["https://siem.test"] = 410;
    add_event(bench, 6);
    round();
    CPPUNIT_ASSERT_EQUAL(std::string("paused"), bench.shown().get("state").string_or(""));
    bench.receivers.status.clear();
    bench.receivers.seen.clear();
    round();
    CPPUNIT_ASSERT(bench.receivers.seen.empty());
    bench.hooks->resume("acme", "siem");
    round();
    CPPUNIT_ASSERT_EQUAL(std::string("events.created 6"), bench.receivers.events());
  }

  void tells_an_event_that_comes_right_after_the_subscription_was_made() {
    Bench bench({});
    add_event(bench, 1);
    bench.hooks->create("acme", Json::parse(R"({"url":"https://made.test/","events":["events"]})"));
    add_event(bench, 2);
    bench.restart();
    bench.hooks->look();
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::string("events.created 2"), bench.receivers.events("https://made.test"));
  }

  void serves_subscriptions_over_the_api() {
    Bench bench({subscription()});
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

  void who_may_not_read_subscribes_nobody() {
    Bench bench({subscription()});
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
CPPUNIT_TEST_SUITE_REGISTRATION(HooksTest);
