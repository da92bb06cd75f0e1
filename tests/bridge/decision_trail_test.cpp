// What the audit log holds of requests: each decision once, whoever made it and however often it was tried.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/store/trail_chain.h"
#include "mappings/engine/json.h"
#include "tests/bridge/trail_contract.h"
#include "tests/support/drain_bench.h"

using connectors::Verdict;
using mappings::Json;
using tests::DrainBench;
using tests::outcome;
using workflows::Event;

namespace {
std::vector<bridge::TrailEntry> entries(DrainBench& bench) {
  std::vector<bridge::TrailEntry> found;
  for (const auto& row : bench.store->trail().search({})) found.push_back(row.entry);
  CPPUNIT_ASSERT_EQUAL(std::string(), tests::first_break(bench.store->trail()));
  return found;
}
// "request.approved request.parked"
std::string actions(DrainBench& bench) {
  std::string text;
  for (const auto& entry : entries(bench)) text += (text.empty() ? "" : " ") + entry.action;
  return text;
}
const bridge::Actor key_actor{"key cs_live_3fa97f2c", "", "", "192.0.2.7", "curl/8"};
}  // namespace

class DecisionTrailTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DecisionTrailTest);
  CPPUNIT_TEST(a_desks_decision_names_who_made_it_and_where);
  CPPUNIT_TEST(a_decision_by_the_api_names_the_key_and_for_whom);
  CPPUNIT_TEST(a_decision_is_recorded_once_however_often_it_is_told);
  CPPUNIT_TEST(a_decision_for_a_remote_queue_is_recorded_once);
  CPPUNIT_TEST(a_remote_queue_that_holds_another_decision_is_recorded);
  CPPUNIT_TEST(a_deadline_decides_as_the_workflow);
  CPPUNIT_TEST(a_withdrawal_names_who_asked_for_it);
  CPPUNIT_TEST(parking_and_resuming_are_recorded);
  CPPUNIT_TEST(a_request_without_a_route_is_parked_in_the_log_too);
  CPPUNIT_TEST(a_late_and_a_forbidden_decision_are_recorded_once);
  CPPUNIT_TEST(each_retry_is_a_row);
  CPPUNIT_TEST(an_ordinary_step_is_not_recorded);
  CPPUNIT_TEST(a_long_reason_is_shortened_between_letters);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_desks_decision_names_who_made_it_and_where() {
    DrainBench bench;
    bench.submit();
    bench.work();
    bench.desk->decide("acme:1", false, "bob", "use the \"packaged\" one");
    bench.poll();
    const auto all = entries(bench);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.size());
    const auto& row = all.front();
    CPPUNIT_ASSERT_EQUAL(std::string("request.denied"), row.action);
    CPPUNIT_ASSERT_EQUAL(std::string("bob at desk snow"), row.actor.name);
    CPPUNIT_ASSERT_EQUAL(std::string("request acme:1"), row.object);
    CPPUNIT_ASSERT_EQUAL(std::string("acme"), row.queue);
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"state":"waiting"})"), row.old_value);
    const Json after = Json::parse(row.new_value);
    CPPUNIT_ASSERT_EQUAL(std::string("denied"), after.get("outcome").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("bob@desk.test"), after.get("byEmail").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("use the \"packaged\" one"), after.get("reason").string_or(""));
    CPPUNIT_ASSERT_MESSAGE(row.detail, row.detail.starts_with("desk snow, ticket T1"));
    CPPUNIT_ASSERT(row.at == bench.clock.now());
  }

  void a_decision_by_the_api_names_the_key_and_for_whom() {
    DrainBench bench;
    const auto id = bench.submit().ref.id;
    CPPUNIT_ASSERT(bench.queue->decide({"acme", id}, true, "eve@acme.test", "", key_actor));
    CPPUNIT_ASSERT(!bench.queue->decide({"acme", id}, false, "", "", key_actor));
    const auto all = entries(bench);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.size());
    bridge::Actor expected = key_actor;
    expected.on_behalf_of = "eve@acme.test";
    CPPUNIT_ASSERT(all.front().actor == expected);
    CPPUNIT_ASSERT_EQUAL(std::string("request.approved"), all.front().action);
    bench.submit();
    expected.on_behalf_of = "ann";
    bench.queue->decide({"acme", 2}, false, "eve@acme.test", "no", expected);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("whom a credential stands for counts first", std::string("ann"),
                                 entries(bench).back().actor.on_behalf_of);
  }

  void a_decision_is_recorded_once_however_often_it_is_told() {
    DrainBench bench;
    bench.submit();
    bench.work();
    bench.desk->decide("acme:1", true, "bob");
    bench.desk->fail("tell", outcome(Verdict::unknown, "connection_lost"));
    bench.poll();
    bench.poll();
    bench.reconcile();
    bench.work();
    bench.clock.advance(std::chrono::minutes(10));
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(1));
    CPPUNIT_ASSERT_EQUAL(std::string("request.approved request.retried"), actions(bench));
  }

  void a_decision_for_a_remote_queue_is_recorded_once() {
    DrainBench bench(false, true);
    bench.submit();
    bench.work();
    bench.desk->decide("acme:1", true, "bob");
    bench.poll();
    CPPUNIT_ASSERT_EQUAL(std::string("writing"), bench.state(1));
    bench.poll();
    bench.ledger->feed(bench.record(1), Event::write_accepted, {});
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(1));
    CPPUNIT_ASSERT_EQUAL(std::string("request.approved"), actions(bench));
  }

  void a_remote_queue_that_holds_another_decision_is_recorded() {
    DrainBench bench(false, true);
    bench.submit();
    bench.work();
    bench.desk->decide("acme:1", true, "bob");
    bench.poll();
    bridge::Facts facts;
    facts.actor = bridge::actor_named("queue acme");
    facts.decision = bridge::Decision{};
    facts.decision->by = "Mallory";
    facts.decision->from = "queue acme";
    bench.ledger->feed(bench.record(1), Event::write_lost, facts);
    CPPUNIT_ASSERT_EQUAL(std::string("request.approved request.decision_lost"), actions(bench));
    const auto lost = entries(bench).back();
    CPPUNIT_ASSERT_EQUAL(std::string("approved"), Json::parse(lost.old_value).get("outcome").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("denied"), Json::parse(lost.new_value).get("outcome").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("Mallory"), Json::parse(lost.new_value).get("by").string_or(""));
  }

  void a_deadline_decides_as_the_workflow() {
    DrainBench bench;
    bench.submit();
    bench.work();
    bench.clock.advance(std::chrono::hours(100));
    bench.work();
    const auto all = entries(bench);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.size());
    CPPUNIT_ASSERT_EQUAL(std::string("request.expired"), all.front().action);
    CPPUNIT_ASSERT_EQUAL(std::string("countersign"), all.front().actor.name);
    CPPUNIT_ASSERT_EQUAL(std::string("workflow standard"),
                         Json::parse(all.front().new_value).get("by").string_or(""));
  }

  void a_withdrawal_names_who_asked_for_it() {
    DrainBench bench;
    bench.submit();
    CPPUNIT_ASSERT(bench.queue->withdraw({"acme", 1}, key_actor));
    CPPUNIT_ASSERT(!bench.queue->withdraw({"acme", 1}, key_actor));
    const auto all = entries(bench);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.size());
    CPPUNIT_ASSERT_EQUAL(std::string("request.withdrawn"), all.front().action);
    CPPUNIT_ASSERT(all.front().actor == key_actor);
  }

  void parking_and_resuming_are_recorded() {
    DrainBench bench;
    bench.submit("");
    bench.work();
    CPPUNIT_ASSERT(bench.ledger->resume({"acme", 1}, bridge::actor_named("operator root")));
    CPPUNIT_ASSERT(!bench.ledger->resume({"acme", 1}, bridge::actor_named("operator root")));
    const auto all = entries(bench);
    CPPUNIT_ASSERT_EQUAL(std::string("request.parked request.resumed"), actions(bench));
    CPPUNIT_ASSERT_EQUAL(std::string("mapping"),
                         Json::parse(all[0].new_value).get("parkReason").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("operator root"), all[1].actor.name);
    CPPUNIT_ASSERT_EQUAL(std::string("parked_opening"),
                         Json::parse(all[1].old_value).get("state").string_or(""));
  }

  void a_request_without_a_route_is_parked_in_the_log_too() {
    DrainBench bench;
    const auto request =
        bridge::first_step("acme", "", "no route takes it", bench.clock.now(), "key cs_live_1");
    auto stored = request;
    stored.body = [](std::int64_t) { return std::string("{}"); };
    bench.store->submit(stored);
    const auto all = entries(bench);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.size());
    CPPUNIT_ASSERT_EQUAL(std::string("request.parked"), all.front().action);
    CPPUNIT_ASSERT_EQUAL(std::string("request acme:1"), all.front().object);
    CPPUNIT_ASSERT_EQUAL(std::string("no route takes it"), all.front().detail);
  }

  void a_late_and_a_forbidden_decision_are_recorded_once() {
    DrainBench bench;
    bench.submit();
    bench.work();
    bench.desk->decide("acme:1", true, "ann");
    bench.poll();
    bench.reconcile();
    bench.desk->decide("acme:1", true, "bob");
    bench.poll();
    bench.work();
    bench.desk->decide("acme:1", false, "carol");
    bench.poll();
    bench.poll();
    CPPUNIT_ASSERT_EQUAL(std::string("request.decision_refused request.approved request.decision_late"),
                         actions(bench));
    CPPUNIT_ASSERT_EQUAL(std::string("carol at desk snow"), entries(bench).back().actor.name);
  }

  void each_retry_is_a_row() {
    DrainBench bench;
    bench.submit();
    for (int i = 0; i < 3; ++i) {
      bench.desk->fail("open", outcome(Verdict::retry, "conflict"));
      bench.work();
      bench.clock.advance(std::chrono::hours(1));
    }
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("request.retried request.retried request.retried"), actions(bench));
    const std::string detail = entries(bench).front().detail;
    CPPUNIT_ASSERT_MESSAGE(detail, detail.starts_with("open_ticket at desk snow: "));
    CPPUNIT_ASSERT_MESSAGE(detail, detail.find("conflict") != std::string::npos);
  }

  void an_ordinary_step_is_not_recorded() {
    DrainBench bench;
    bench.submit();
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string(), actions(bench));
  }

  void a_long_reason_is_shortened_between_letters() {
    DrainBench bench;
    bench.submit();
    std::string reason(499, 'x');
    for (int i = 0; i < 100; ++i) reason += "ä";
    bench.queue->decide({"acme", 1}, false, "eve@acme.test", reason, key_actor);
    const Json after = Json::parse(entries(bench).front().new_value);
    CPPUNIT_ASSERT_EQUAL(std::string(499, 'x') + "…", after.get("reason").string_or(""));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the request has it whole", reason,
                                 bench.body(1).get("deniedReason").string_or(""));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DecisionTrailTest);
