// When a subscription stands still, and how it goes on.

#include <latch>
#include <thread>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/drain/step_trail.h"
#include "bridge/hooks/hooks.h"
#include "bridge/ops/error.h"
#include "bridge/store/sqlite_session.h"
#include "tests/support/hook_bench.h"

using bridge::HookConfig;
using mappings::Json;
using tests::HookBench;
using tests::subscription;
using namespace std::chrono_literals;

class HooksPauseTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HooksPauseTest);
  CPPUNIT_TEST(pauses_at_once_when_the_receiver_is_gone_and_goes_on_when_resumed);
  CPPUNIT_TEST(pauses_when_a_delivery_has_failed_for_too_long);
  CPPUNIT_TEST(pauses_after_many_failures_in_a_row);
  CPPUNIT_TEST(stays_paused_after_a_restart_and_is_resumed_by_another_process);
  CPPUNIT_TEST(retries_pauses_and_resumes_are_in_the_audit_log);
  CPPUNIT_TEST(deliveries_that_fail_together_are_one_pause);
  CPPUNIT_TEST(of_failures_at_the_same_time_the_first_is_told);
  CPPUNIT_TEST(is_still_paused_when_it_was_paused_while_it_was_changed);
  CPPUNIT_TEST(another_url_ends_the_pause);
  CPPUNIT_TEST(stays_paused_in_sight_when_the_resume_cannot_be_stored);
  CPPUNIT_TEST_SUITE_END();

 public:
  void pauses_at_once_when_the_receiver_is_gone_and_goes_on_when_resumed() {
    HookBench bench({subscription()});
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
    HookBench bench({hook});
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
    HookBench bench({subscription()});
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
    HookBench bench({subscription()});
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

  void retries_pauses_and_resumes_are_in_the_audit_log() {
    HookBench bench({subscription()});
    const auto recorded = [&] { return rows(bench, "webhook."); };
    bench.receivers.status["https://siem.test"] = 503;
    bench.submit();
    for (int i = 0; i < 5; ++i) bench.pass(10min);
    const std::string first = "retried by countersign: siem/acme:1/";
    CPPUNIT_ASSERT_MESSAGE(recorded(), recorded().starts_with(first));
    CPPUNIT_ASSERT_MESSAGE("of several the first", recorded().find('\n') == recorded().size() - 1);
    CPPUNIT_ASSERT(recorded().find("503") != std::string::npos);
    bench.receivers.status["https://siem.test"] = 200;
    bench.pass(20min);
    bench.receivers.status["https://siem.test"] = 410;
    const auto before = recorded().size();
    bench.submit();
    bench.pass(10min);
    CPPUNIT_ASSERT_MESSAGE(recorded(), recorded().find("retried by countersign", before) == before);
    CPPUNIT_ASSERT(recorded().ends_with("paused by countersign: the receiver answered 410 Gone\n"));
    bench.hooks->resume("acme", "siem", bridge::actor_named("key cs_live_1"));
    CPPUNIT_ASSERT(recorded().ends_with("resumed by key cs_live_1: \n"));
  }

  void deliveries_that_fail_together_are_one_pause() {
    HookBench bench({subscription()});
    constexpr int together = 4;
    std::latch out(together);
    bench.receivers.before_answer = [&] { out.arrive_and_wait(); };
    bench.receivers.status["https://siem.test"] = 410;
    for (int i = 0; i < together; ++i) bench.submit();
    bench.hooks->start();
    out.wait();
    bench.hooks->stop();
    CPPUNIT_ASSERT_EQUAL(std::string("paused by countersign: the receiver answered 410 Gone\n"),
                         rows(bench, "webhook.paused"));
  }

  void of_failures_at_the_same_time_the_first_is_told() {
    HookBench bench({});
    const HookConfig config = subscription();
    bridge::HookStanding standing(config, *bench.store, bench.clock);
    bridge::HookCall call;
    bridge::HookAnswer failed, done;
    failed.outcome.verdict = connectors::Verdict::retry;
    done.outcome.verdict = connectors::Verdict::done;
    CPPUNIT_ASSERT_MESSAGE("somebody's try", !standing.note(call, failed, false));
    const bool first = standing.note(call, failed, true), second = standing.note(call, failed, true);
    CPPUNIT_ASSERT_MESSAGE("whoever asks later", first && !second);
    CPPUNIT_ASSERT(!standing.note(call, done, true));
    CPPUNIT_ASSERT_MESSAGE("the first since one arrived", standing.note(call, failed, true));
  }

  void is_still_paused_when_it_was_paused_while_it_was_changed() {
    HookBench bench({});
    const std::string id = made(bench);
    const auto changed = [&] { return bench.shown(id).get("events").at(0).string_or("") == "auditlog"; };
    std::latch out(1);
    bench.receivers.before_answer = [&] {
      out.count_down();
      const auto until = std::chrono::steady_clock::now() + 20s;
      while (!changed() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
    };
    bench.receivers.status["https://siem.test"] = 410;
    bench.submit();
    bench.hooks->start();
    out.wait();
    bench.hooks->change("acme", id, Json::parse(R"({"events":["auditlog"]})"));
    CPPUNIT_ASSERT_EQUAL(std::string("paused"), bench.shown(id).get("state").string_or(""));
    bench.hooks->stop();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.receivers.seen.size());
  }

  void another_url_ends_the_pause() {
    HookBench bench({});
    const std::string id = made(bench);
    bench.receivers.status["https://siem.test"] = 410;
    bench.submit();
    bench.hooks->run_due();
    const auto state_after = [&](const char* change) {
      return bench.hooks->change("acme", id, Json::parse(change), bridge::actor_named("key cs_live_1"))
          .get("state")
          .string_or("");
    };
    CPPUNIT_ASSERT_EQUAL(std::string("paused"), state_after(R"({"settingsNames":null})"));
    CPPUNIT_ASSERT_EQUAL(std::string("paused"), state_after(R"({"url":"https://siem.test/in"})"));
    CPPUNIT_ASSERT_EQUAL(std::string("active"), state_after(R"({"url":"https://other.test/in"})"));
    CPPUNIT_ASSERT_EQUAL(std::string("resumed by key cs_live_1: \n"), rows(bench, "webhook.resumed"));
    bench.restart();
    bench.pass(1min);
    CPPUNIT_ASSERT_EQUAL(std::string("requests.created 1"), bench.receivers.events("https://other.test"));
  }

  void stays_paused_in_sight_when_the_resume_cannot_be_stored() {
    HookBench bench({subscription()});
    bench.receivers.status["https://siem.test"] = 410;
    bench.submit();
    bench.hooks->run_due();
    {
      bridge::SqliteSession session(bench.folder / "bench.db", bridge::SqliteSession::Access::write);
      session.execute("DROP TABLE named_values");
    }
    CPPUNIT_ASSERT_THROW(bench.hooks->resume("acme", "siem"), bridge::Error);
    CPPUNIT_ASSERT_EQUAL(std::string("paused"), bench.shown().get("state").string_or(""));
  }

 private:
  static std::string made(HookBench& bench) {
    return bench.hooks->create("acme", Json::parse(R"({"url":"https://siem.test/in"})"))
        .get("id")
        .string_or("");
  }
  static std::string rows(HookBench& bench, const char* action) {
    std::string text;
    bridge::TrailQuery query;
    query.action = action;
    for (const auto& row : bench.store->trail().search(query))
      text += row.entry.action.substr(8) + " by " + row.entry.actor.name + ": " + row.entry.detail + '\n';
    return text;
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HooksPauseTest);
