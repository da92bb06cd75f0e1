// The drain of one desk, step by step: what is opened, told, retried, parked.

#include "bridge/app/drain.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/error.h"
#include "tests/support/drain_bench.h"

using connectors::Verdict;
using tests::DrainBench;
using tests::outcome;

class DrainTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DrainTest);
  CPPUNIT_TEST(takes_a_request_from_queue_to_ticket_to_decision_and_back);
  CPPUNIT_TEST(tells_the_ticket_of_a_denial_with_its_reason);
  CPPUNIT_TEST(opens_no_second_ticket_when_the_answer_was_lost);
  CPPUNIT_TEST(writes_no_second_comment_when_the_answer_was_lost);
  CPPUNIT_TEST(writes_no_second_comment_when_a_parked_outcome_is_resumed);
  CPPUNIT_TEST(closes_the_ticket_of_a_request_decided_on_the_api);
  CPPUNIT_TEST(settles_a_request_decided_before_it_had_a_ticket);
  CPPUNIT_TEST(tells_a_ticket_whose_opening_was_not_recorded_when_the_queue_decides_first);
  CPPUNIT_TEST(first_decision_wins_and_a_later_one_becomes_a_note_once);
  CPPUNIT_TEST(a_contrary_decision_becomes_a_note_while_the_first_one_waits_to_be_written);
  CPPUNIT_TEST(a_decision_that_another_overtook_while_it_was_read_becomes_a_note);
  CPPUNIT_TEST(parks_a_request_whose_mapping_fails_and_resumes_it);
  CPPUNIT_TEST(opens_with_the_fallback_mapping_when_the_first_one_fails);
  CPPUNIT_TEST(parks_a_refused_ticket_and_lets_the_others_pass);
  CPPUNIT_TEST(pauses_on_a_fault_of_the_whole_desk_and_goes_on_by_itself);
  CPPUNIT_TEST(parks_after_many_failures_of_one_ticket_on_a_healthy_desk);
  CPPUNIT_TEST(parks_nothing_for_a_long_outage_that_each_call_meets_on_its_own);
  CPPUNIT_TEST(does_not_take_a_decision_from_the_requester);
  CPPUNIT_TEST(reminds_escalates_and_expires_by_the_workflow);
  CPPUNIT_TEST(parks_a_request_whose_ticket_was_deleted_and_opens_a_new_one_on_resume);
  CPPUNIT_TEST(sees_a_decision_that_no_poll_showed_when_it_reconciles);
  CPPUNIT_TEST(keeps_the_watermark_when_a_read_was_not_answered);
  CPPUNIT_TEST(a_decision_seen_before_its_ticket_was_known_is_seen_again_by_the_next_poll);
  CPPUNIT_TEST(takes_a_decision_made_before_the_opening_was_recorded);
  CPPUNIT_TEST(repeats_a_submit_by_its_idempotency_key);
  CPPUNIT_TEST(begins_no_effect_whose_lease_may_end_before_it_is_done);
  CPPUNIT_TEST(a_decision_for_a_tenant_whose_queue_is_configured_no_more_waits_to_be_written);
  CPPUNIT_TEST_SUITE_END();

 public:
  void takes_a_request_from_queue_to_ticket_to_decision_and_back() {
    DrainBench bench;
    const auto id = bench.submit().ref.id;
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("waiting"), bench.state(id));
    bench.desk->decide("acme:1", true, "bob", "fine");
    CPPUNIT_ASSERT(bench.poll());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, *bench.body(id).get("statusCode").as_integer());
    CPPUNIT_ASSERT_EQUAL(std::string("bob"), bench.body(id).get("approvedBy").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("bob@desk.test"), bench.body(id).get("approvedByEmail").string_or(""));
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"state":"done"})"), bench.desk->ticket("acme:1").told);
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            "received call ticket_opened decision_seen decision_reached write_accepted call ticket_told"),
        bench.timeline(id));
  }

  void tells_the_ticket_of_a_denial_with_its_reason() {
    DrainBench bench;
    const auto id = bench.submit().ref.id;
    bench.work();
    bench.desk->decide("acme:1", false, "bob", "use the \"packaged\" one");
    bench.poll();
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("use the \"packaged\" one"),
                         bench.body(id).get("deniedReason").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("Denied"), bench.body(id).get("status").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("Denied by bob: use the \"packaged\" one [acme:1/told]"),
                         bench.desk->ticket("acme:1").comments.at(0));
  }

  void opens_no_second_ticket_when_the_answer_was_lost() {
    DrainBench bench;
    const auto id = bench.submit().ref.id;
    bench.desk->fail("open", outcome(Verdict::unknown, "timeout"));
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("opening"), bench.state(id));
    bench.clock.advance(std::chrono::minutes(10));
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("waiting"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.desk->tickets().size());
  }

  void writes_no_second_comment_when_the_answer_was_lost() {
    DrainBench bench;
    const auto id = bench.submit().ref.id;
    bench.work();
    bench.desk->fail("tell", outcome(Verdict::unknown, "connection_lost"));
    bench.queue->decide({"acme", id}, true, "ann@acme.test", "", bridge::actor_named("test"));
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("telling"), bench.state(id));
    bench.clock.advance(std::chrono::minutes(10));
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.desk->ticket("acme:1").comments.size());
  }

  void writes_no_second_comment_when_a_parked_outcome_is_resumed() {
    DrainBench bench;
    const auto id = bench.submit().ref.id;
    bench.work();
    bench.queue->decide({"acme", id}, true, "ann@acme.test", "", bridge::actor_named("test"));
    for (int attempt = 0; attempt < 20; ++attempt) {
      bench.desk->fail("tell", outcome(Verdict::unknown, "not_verified"));
      bench.work();
      bench.clock.advance(std::chrono::minutes(10));
    }
    CPPUNIT_ASSERT_EQUAL(std::string("parked_telling"), bench.state(id));
    bench.ledger->resume({"acme", id}, bridge::actor_named("test"));
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.desk->ticket("acme:1").comments.size());
  }

  void closes_the_ticket_of_a_request_decided_on_the_api() {
    DrainBench bench;
    const auto id = bench.submit().ref.id;
    bench.work();
    CPPUNIT_ASSERT(
        bench.queue->decide({"acme", id}, false, "eve@acme.test", "no", bridge::actor_named("key x")));
    CPPUNIT_ASSERT_MESSAGE("a second decision changes nothing",
                           !bench.queue->decide({"acme", id}, true, "", "", bridge::actor_named("key x")));
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"state":"refused"})"), bench.desk->ticket("acme:1").told);
    CPPUNIT_ASSERT_EQUAL(std::string("eve@acme.test"), bench.body(id).get("deniedByEmail").string_or(""));
  }

  void settles_a_request_decided_before_it_had_a_ticket() {
    DrainBench bench;
    bench.lane->hold(true);
    const auto id = bench.submit().ref.id;
    bench.queue->decide({"acme", id}, true, "", "", bridge::actor_named("key x"));
    CPPUNIT_ASSERT_EQUAL(std::string("recalling"), bench.state(id));
    bench.lane->hold(false);
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(id));
    CPPUNIT_ASSERT(bench.desk->tickets().empty());
  }

  void tells_a_ticket_whose_opening_was_not_recorded_when_the_queue_decides_first() {
    DrainBench bench;
    const auto id = bench.submit().ref.id;
    bench.desk->fail("open", outcome(Verdict::unknown, "timeout"));
    bench.work();
    bench.queue->decide({"acme", id}, true, "", "", bridge::actor_named("key x"));
    bench.clock.advance(std::chrono::minutes(10));
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"state":"done"})"), bench.desk->ticket("acme:1").told);
  }

  void first_decision_wins_and_a_later_one_becomes_a_note_once() {
    DrainBench bench;
    const auto id = bench.submit().ref.id;
    bench.work();
    bench.desk->decide("acme:1", true, "bob");
    bench.poll();
    bench.work();
    bench.desk->decide("acme:1", false, "carol");
    bench.poll();
    bench.poll();
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, *bench.body(id).get("statusCode").as_integer());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the outcome and one note", std::size_t{2},
                                 bench.desk->ticket("acme:1").comments.size());
    CPPUNIT_ASSERT_MESSAGE(bench.timeline(id), bench.timeline(id).find("decision_late") != std::string::npos);
  }

  void a_contrary_decision_becomes_a_note_while_the_first_one_waits_to_be_written() {
    DrainBench bench(false, true);
    const auto id = bench.submit().ref.id;
    bench.work();
    bench.desk->decide("acme:1", true, "bob");
    bench.poll();
    CPPUNIT_ASSERT_EQUAL(std::string("writing"), bench.state(id));
    bench.desk->decide("acme:1", false, "carol");
    bench.poll();
    bench.work();
    CPPUNIT_ASSERT_MESSAGE(bench.timeline(id), bench.timeline(id).find("decision_late") != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.desk->ticket("acme:1").comments.size());
  }

  void a_decision_that_another_overtook_while_it_was_read_becomes_a_note() {
    for (const bool hinted : {false, true}) {
      const std::string way = hinted ? "webhook" : "poll";
      DrainBench bench;
      const auto id = bench.submit().ref.id;
      bench.work();
      bench.desk->decide("acme:1", true, "bob");
      bench.desk->during_read([&] {
        bench.queue->decide({"acme", id}, false, "eve@acme.test", "no", bridge::actor_named("key x"));
      });
      if (hinted) {
        bench.watch->hint({bench.desk->ticket("acme:1").ticket.id, "acme:1"});
        bench.lane->run_due();
        // Steps are stored one after the other: what waits for this one has seen that it came too late.
        bench.store->set_value("read", "", bench.clock.now());
      } else {
        CPPUNIT_ASSERT(bench.poll());
      }
      bench.work();
      const std::string timeline = bench.timeline(id);
      CPPUNIT_ASSERT_MESSAGE(way + ": " + timeline, timeline.find("decision_late") != std::string::npos);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(way, std::string("denied"), bench.record(id).lifecycle.outcome);
    }
  }

  void parks_a_request_whose_mapping_fails_and_resumes_it() {
    DrainBench bench;
    const auto id = bench.submit("").ref.id;
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("parked_opening"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(std::string("mapping"), bench.record(id).lifecycle.park_reason);
    const std::string detail = bench.record(id).lifecycle.park_detail;
    CPPUNIT_ASSERT_MESSAGE(detail, detail.find("simple.yaml:5") != std::string::npos);
    CPPUNIT_ASSERT(bench.desk->tickets().empty());
    CPPUNIT_ASSERT(bench.ledger->resume({"acme", id}, bridge::actor_named("test")));
    CPPUNIT_ASSERT_EQUAL(std::string("opening"), bench.state(id));
  }

  void opens_with_the_fallback_mapping_when_the_first_one_fails() {
    DrainBench bench(true);
    const auto id = bench.submit("").ref.id;
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("waiting"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"title":"Request acme:1"})"), bench.desk->ticket("acme:1").fields);
    CPPUNIT_ASSERT(bench.timeline(id).find("fallback_mapping") != std::string::npos);
  }

  void parks_a_refused_ticket_and_lets_the_others_pass() {
    DrainBench bench;
    bench.desk->fail("open", outcome(Verdict::rejected, "invalid"));
    bench.submit();
    bench.submit();
    bench.work();
    const std::string both = bench.state(1) + ' ' + bench.state(2);
    CPPUNIT_ASSERT_MESSAGE(both, both == "parked_opening waiting" || both == "waiting parked_opening");
  }

  void pauses_on_a_fault_of_the_whole_desk_and_goes_on_by_itself() {
    DrainBench bench;
    bench.desk->fail("open", outcome(Verdict::rejected, "auth", true));
    bench.submit();
    bench.work();
    CPPUNIT_ASSERT_MESSAGE("the lane is paused", bench.lane->paused());
    bench.submit();
    CPPUNIT_ASSERT_EQUAL_MESSAGE("nothing is claimed while it is paused", 0, bench.work());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("nothing is parked for a fault of the desk", std::string("opening opening"),
                                 bench.state(1) + ' ' + bench.state(2));
    bench.clock.advance(std::chrono::minutes(10));
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("waiting waiting"), bench.state(1) + ' ' + bench.state(2));
  }

  void parks_after_many_failures_of_one_ticket_on_a_healthy_desk() {
    DrainBench bench;
    for (int i = 0; i < 30; ++i) bench.desk->fail("open", outcome(Verdict::retry, "conflict"));
    const auto id = bench.submit().ref.id;
    for (int i = 0; i < 30 && bench.state(id) == "opening"; ++i) {
      bench.work();
      bench.clock.advance(std::chrono::hours(1));
    }
    CPPUNIT_ASSERT_EQUAL(std::string("parked_opening"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(20, bench.desk->calls("open"));
  }

  void parks_nothing_for_a_long_outage_that_each_call_meets_on_its_own() {
    DrainBench bench;
    for (int i = 0; i < 30; ++i) bench.desk->fail("open", outcome(Verdict::retry, "server"));
    const auto id = bench.submit().ref.id;
    for (int i = 0; i < 30; ++i) {
      bench.work();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(i), std::string("opening"), bench.state(id));
      bench.clock.advance(std::chrono::hours(1));
    }
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("waiting"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(31, bench.desk->calls("open"));
  }

  void does_not_take_a_decision_from_the_requester() {
    DrainBench bench;
    const auto id = bench.submit().ref.id;
    bench.work();
    bench.desk->decide("acme:1", true, "ann");
    bench.poll();
    bench.reconcile();
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("waiting"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("one note says why", std::size_t{1},
                                 bench.desk->ticket("acme:1").comments.size());
    bench.desk->decide("acme:1", true, "bob");
    bench.poll();
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(id));
  }

  void reminds_escalates_and_expires_by_the_workflow() {
    DrainBench bench;
    const auto id = bench.submit().ref.id;
    bench.work();
    bench.clock.advance(std::chrono::hours(4));
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("reminded"), bench.state(id));
    bench.clock.advance(std::chrono::hours(4));
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("escalated"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, bench.desk->ticket("acme:1").comments.size());
    bench.clock.advance(std::chrono::hours(72));
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(std::string("expired"), bench.record(id).lifecycle.outcome);
    CPPUNIT_ASSERT_EQUAL(std::string("Denied"), bench.body(id).get("status").string_or(""));
  }

  void parks_a_request_whose_ticket_was_deleted_and_opens_a_new_one_on_resume() {
    DrainBench bench;
    const auto id = bench.submit().ref.id;
    bench.work();
    bench.desk->remove("acme:1");
    bench.reconcile();
    CPPUNIT_ASSERT_EQUAL(std::string("parked_opening"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(std::string("ticket_gone"), bench.record(id).lifecycle.park_reason);
    bench.ledger->resume({"acme", id}, bridge::actor_named("test"));
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("waiting"), bench.state(id));
  }

  void sees_a_decision_that_no_poll_showed_when_it_reconciles() {
    DrainBench bench;
    const auto id = bench.submit().ref.id;
    bench.work();
    bench.desk->decide("acme:1", true, "bob");
    bench.reconcile();
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(0, bench.desk->calls("changes"));
  }

  void keeps_the_watermark_when_a_read_was_not_answered() {
    DrainBench bench;
    const auto id = bench.submit().ref.id;
    bench.work();
    bench.desk->decide("acme:1", true, "bob");
    bench.desk->fail("read", outcome(Verdict::unknown, "timeout"));
    CPPUNIT_ASSERT(!bench.poll());
    CPPUNIT_ASSERT_MESSAGE("nothing was remembered", !bench.store->value("watermark:desk:snow"));
    CPPUNIT_ASSERT(bench.poll());
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(std::string("1"), bench.store->value("watermark:desk:snow").value_or(""));
  }

  void a_decision_seen_before_its_ticket_was_known_is_seen_again_by_the_next_poll() {
    DrainBench bench;
    bench.desk->hide_keys_of_changes();
    const auto ref = bench.submit().ref;
    bench.desk->open(ref.key(), mappings::Json::object());
    bench.desk->decide(ref.key(), true, "bob");
    CPPUNIT_ASSERT(bench.poll());
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("waiting"), bench.state(ref.id));
    CPPUNIT_ASSERT(bench.poll());
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(ref.id));
  }

  void takes_a_decision_made_before_the_opening_was_recorded() {
    DrainBench bench;
    const auto id = bench.submit().ref.id;
    bench.desk->fail("open", outcome(Verdict::unknown, "timeout"));
    bench.work();
    bench.desk->decide("acme:1", false, "bob", "no");
    bench.poll();
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"state":"refused"})"), bench.desk->ticket("acme:1").told);
  }

  void repeats_a_submit_by_its_idempotency_key() {
    DrainBench bench;
    const auto first = bench.submit("Ann", "k1");
    const auto second = bench.submit("Ann", "k1");
    CPPUNIT_ASSERT_EQUAL(first.ref.id, second.ref.id);
    CPPUNIT_ASSERT_THROW_MESSAGE("another content under the same key", bench.submit("Bob", "k1"),
                                 bridge::Error);
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.desk->tickets().size());
  }

  void begins_no_effect_whose_lease_may_end_before_it_is_done() {
    DrainBench bench;
    bench.lane->hold(true);  // another one claims them
    bench.submit();
    bench.submit();
    std::vector<std::int64_t> performed;
    const bridge::Lane::Settings settings{.width = 1};
    // Both are claimed at once; the first one takes long.
    bridge::Lane slow("desk:snow", settings, *bench.store, bench.clock, [&](const bridge::DueEffect& effect) {
      performed.push_back(effect.record.ref.id);
      bench.clock.advance(settings.lease / 2 + std::chrono::seconds(1));
      bench.store->finish(effect.id, effect.record.ref, {});
    });
    CPPUNIT_ASSERT_EQUAL(1, slow.run_due());
    CPPUNIT_ASSERT_MESSAGE("its lease has not ended yet",
                           bench.store->claim("desk:snow", bench.clock.now(), bench.clock.now(), 9).empty());
    bench.clock.advance(settings.lease / 2);
    CPPUNIT_ASSERT_EQUAL(1, slow.run_due());
    CPPUNIT_ASSERT(performed == (std::vector<std::int64_t>{1, 2}));
  }

  void a_decision_for_a_tenant_whose_queue_is_configured_no_more_waits_to_be_written() {
    DrainBench bench(false, true);
    const auto id = bench.submit().ref.id;
    bench.work();
    bridge::QuotaShield("acme", {}, *bench.store, bench.clock).take(bridge::Purpose::poll);
    const bridge::Config without;
    connectors::HttpClient http;
    bridge::Drain drain(without, *bench.store, *bench.rules, bench.clock, http);
    bridge::Facts facts;
    facts.decision.emplace().approve = true;
    CPPUNIT_ASSERT(drain.ledger().feed(bench.record(id), workflows::Event::decision_reached, facts));
    CPPUNIT_ASSERT_EQUAL(std::string("writing"), bench.state(id));
    const auto due = bench.store->claim("queue:acme", bench.clock.now(), bench.clock.now(), 9);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("for when the queue is put back", std::size_t{1}, due.size());
    CPPUNIT_ASSERT_EQUAL(std::string("write_back"), due[0].kind);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DrainTest);
