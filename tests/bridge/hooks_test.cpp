// Webhooks that go out: what is told, in which order, and when it is tried again.

#include "bridge/hooks/hooks.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/hooks/signature.h"
#include "bridge/ops/log.h"
#include "bridge/queue/auditlog_entry.h"
#include "tests/support/hook_bench.h"
#include "tests/support/key_ring.h"

using bridge::HookConfig;
using connectors::HttpRequest;
using connectors::HttpResult;
using mappings::Json;
using tests::header_of;
using tests::HookBench;
using tests::subscription;
using namespace std::chrono_literals;

class HooksTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HooksTest);
  CPPUNIT_TEST(sends_the_apis_object_as_it_was_at_each_change);
  CPPUNIT_TEST(adds_nothing_to_the_outbox_without_a_subscription);
  CPPUNIT_TEST(keeps_the_order_of_a_request_while_deliveries_fail);
  CPPUNIT_TEST(goes_on_with_the_same_delivery_after_a_restart);
  CPPUNIT_TEST(one_dead_subscriber_holds_up_neither_the_other_nor_the_desk);
  CPPUNIT_TEST(tries_again_for_every_answer_but_success);
  CPPUNIT_TEST(waits_as_long_as_the_receiver_asks);
  CPPUNIT_TEST(leaves_out_what_its_scope_does_not_take);
  CPPUNIT_TEST(tells_only_the_events_it_was_asked_for);
  CPPUNIT_TEST(tells_the_auditlog_entry_at_creation_decision_and_use);
  CPPUNIT_TEST(tells_new_events_in_order_and_goes_on_where_it_was);
  CPPUNIT_TEST(tells_an_event_that_comes_right_after_the_subscription_was_made);
  CPPUNIT_TEST(what_came_while_events_were_not_wanted_is_not_told);
  CPPUNIT_TEST(events_while_it_was_not_in_the_file_are_not_told);
  CPPUNIT_TEST(a_condition_that_fails_on_an_event_is_logged);
  CPPUNIT_TEST(a_subscription_that_is_only_tested_needs_no_writing);
  CPPUNIT_TEST_SUITE_END();

 public:
  void sends_the_apis_object_as_it_was_at_each_change() {
    HookBench bench({subscription()});
    const auto record = bench.submit();
    bench.decide(record.ref.id, false);
    CPPUNIT_ASSERT_EQUAL(2, bench.hooks->run_due());
    CPPUNIT_ASSERT_EQUAL(std::string("requests.created 1, requests.denied 1"), bench.receivers.events());
    const HttpRequest& first = bench.receivers.seen.at(0);
    CPPUNIT_ASSERT_EQUAL(std::string("POST"), first.method);
    CPPUNIT_ASSERT_EQUAL(std::string("https://siem.test/in?token=hunter2"), first.url);
    CPPUNIT_ASSERT_EQUAL(record.body, first.body);
    CPPUNIT_ASSERT_EQUAL(bench.record(1).body, bench.receivers.seen.at(1).body);
    CPPUNIT_ASSERT(header_of(first, "Content-Type").starts_with("application/json"));
    CPPUNIT_ASSERT_EQUAL(std::string("siem/acme:1/requests.created/0"),
                         header_of(first, "X-Countersign-Delivery"));
    CPPUNIT_ASSERT_EQUAL(std::string("1"), header_of(first, "X-Countersign-Attempt"));
    CPPUNIT_ASSERT_EQUAL(bridge::delivery_timestamp(bench.clock.now()),
                         header_of(first, "X-Countersign-Timestamp"));
    CPPUNIT_ASSERT_EQUAL(bridge::delivery_signature(subscription().secrets, bench.clock.now(), record.body),
                         header_of(first, "X-Countersign-Signature"));
    CPPUNIT_ASSERT(bench.timeline(1).find("delivered delivered") != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, *bench.shown().get("pending").as_integer());
  }

  void adds_nothing_to_the_outbox_without_a_subscription() {
    HookConfig other = subscription();
    other.queue = "contoso";
    HookBench bench({other});
    bench.submit();
    bench.decide(1);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.store->hooks().count_deliveries("hook:siem"));
  }

  void keeps_the_order_of_a_request_while_deliveries_fail() {
    HookBench bench({subscription()});
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
    HookBench bench({subscription()});
    bench.receivers.status["https://siem.test"] = 0;
    bench.submit();
    bench.decide(1);
    bench.hooks->run_due();
    const std::string id = header_of(bench.receivers.seen.at(0), "X-Countersign-Delivery");
    bench.restart();
    bench.receivers.status.clear();
    bench.receivers.seen.clear();
    bench.pass(2min);
    CPPUNIT_ASSERT_EQUAL(std::string("requests.created 1, requests.approved 1"), bench.receivers.events());
    CPPUNIT_ASSERT_EQUAL(id, header_of(bench.receivers.seen.at(0), "X-Countersign-Delivery"));
    CPPUNIT_ASSERT_EQUAL(std::string("2"), header_of(bench.receivers.seen.at(0), "X-Countersign-Attempt"));
    CPPUNIT_ASSERT_EQUAL(std::string("1"), header_of(bench.receivers.seen.at(1), "X-Countersign-Attempt"));
  }

  void one_dead_subscriber_holds_up_neither_the_other_nor_the_desk() {
    HookBench bench({subscription(), subscription("other")});
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

  void tries_again_for_every_answer_but_success() {
    for (int status : {0, 301, 302, 400, 401, 403, 404, 408, 413, 429, 500, 503}) {
      HookBench bench({subscription()});
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
      HookBench bench({subscription()});
      bench.receivers.status["https://siem.test"] = status;
      bench.submit();
      bench.pass(3min);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(status), std::string("requests.created 1"),
                                   bench.receivers.events());
    }
  }

  void waits_as_long_as_the_receiver_asks() {
    HookBench bench({subscription()});
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
    HookBench bench({named, asked});
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
    HookBench bench({hook});
    bench.submit();
    bench.submit();
    bench.decide(1);
    bench.decide(2, false);
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::string("requests.approved 1"), bench.receivers.events());
  }

  void tells_the_auditlog_entry_at_creation_decision_and_use() {
    HookConfig hook = subscription();
    hook.events = {"auditlog", "requests.changed"};
    HookBench bench({hook});
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

  void tells_new_events_in_order_and_goes_on_where_it_was() {
    HookConfig hook = subscription();
    hook.events = {"events"};
    HookBench bench({});
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
                         header_of(bench.receivers.seen.at(0), "X-Countersign-Delivery"));
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
    HookBench bench({});
    add_event(bench, 1);
    bench.hooks->create("acme", Json::parse(R"({"url":"https://made.test/","events":["events"]})"));
    add_event(bench, 2);
    bench.restart();
    bench.hooks->look();
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::string("events.created 2"), bench.receivers.events("https://made.test"));
  }

  void what_came_while_events_were_not_wanted_is_not_told() {
    HookBench bench({});
    const std::string id =
        bench.hooks->create("acme", Json::parse(R"({"url":"https://made.test/","events":["events"]})"))
            .get("id")
            .string_or("");
    const auto wanted = [&](const char* events) { bench.hooks->change("acme", id, Json::parse(events)); };
    const auto round = [&] {
      bench.hooks->look();
      bench.hooks->run_due();
    };
    add_event(bench, 1);
    round();
    wanted(R"({"events":["requests"]})");
    for (int code = 2; code < 5; ++code) add_event(bench, code);
    round();
    wanted(R"({"events":["events"]})");
    add_event(bench, 5);
    wanted(R"({"events":["events","requests"]})");
    round();
    CPPUNIT_ASSERT_EQUAL(std::string("events.created 1, events.created 5"),
                         bench.receivers.events("https://made.test"));
  }

  void events_while_it_was_not_in_the_file_are_not_told() {
    HookConfig hook = subscription();
    hook.events = {"events"};
    HookBench bench({hook});
    bench.config.hooks.clear();
    bench.restart();
    add_event(bench, 1);
    bench.config.hooks = {hook};
    bench.restart();
    add_event(bench, 2);
    bench.hooks->look();
    bench.hooks->run_due();
    CPPUNIT_ASSERT_EQUAL(std::string("events.created 2"), bench.receivers.events());
  }

  void a_condition_that_fails_on_an_event_is_logged() {
    HookConfig hook = subscription();
    hook.events = {"events"};
    hook.when = "(.id | ascii_downcase) == \"x\"";
    HookBench bench({hook});
    static std::string logged;
    logged.clear();
    bridge::set_log_sink([](const std::string& line) { logged += line; });
    add_event(bench, 1);
    bench.hooks->look();
    bench.hooks->run_due();
    bridge::set_log_sink(nullptr);
    CPPUNIT_ASSERT_EQUAL(std::string(), bench.receivers.events());
    CPPUNIT_ASSERT_MESSAGE(logged, logged.find("hook_condition_failed") != std::string::npos);
  }

  void a_subscription_that_is_only_tested_needs_no_writing() {
    HookBench bench({});
    HookConfig hook = subscription();
    hook.events = {"events"};
    const auto looked_at =
        bridge::open_store("sqlite:" + (bench.folder / "bench.db").string(), bridge::OpenMode::look);
    bridge::Subscription alone(
        hook, true, {},
        {*looked_at, *bench.rules, bench.clock,
         [&](const HttpRequest& request) { return bench.receivers(request); }, "https://bridge.test"});
    CPPUNIT_ASSERT(alone.test(R"({"id":1})").outcome.done());
  }

 private:
  static std::string entry_of(HookBench& bench, std::int64_t id) {
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
  static void add_event(HookBench& bench, int code) {
    bridge::NewEvents events;
    events.queue = "acme";
    bridge::NewEvent event;
    event.at = bench.clock.now();
    event.code = code;
    event.body = [](std::int64_t id) { return R"({"id":)" + std::to_string(id) + "}"; };
    events.events.push_back(event);
    bench.store->events().add(events);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HooksTest);
