// Effects that go from the step which stores them straight to their lane: leased from the beginning, not
// claimed.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/drain_bench.h"

using bridge::DueEffect;
using bridge::Lane;
using tests::DrainBench;
using workflows::Event;

namespace {
// How many more effects the lane would take over.
int places(Lane& lane) {
  int kept = 0;
  while (lane.keep_place()) ++kept;
  for (int i = 0; i < kept; ++i) lane.free_place();
  return kept;
}
}  // namespace

class HandoverTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HandoverTest);
  CPPUNIT_TEST(performs_what_was_handed_over_without_a_claim);
  CPPUNIT_TEST(performs_it_again_after_a_crash_as_a_second_attempt);
  CPPUNIT_TEST(tells_the_one_ticket_of_a_request_that_was_decided_before_its_turn);
  CPPUNIT_TEST(a_full_lane_leaves_it_to_a_claim);
  CPPUNIT_TEST(keeps_no_place_while_it_is_held_or_its_desk_is_at_fault);
  CPPUNIT_TEST(gives_the_place_back_when_the_step_comes_too_late);
  CPPUNIT_TEST(a_repeated_submission_gives_the_place_back);
  CPPUNIT_TEST(claims_what_waits_although_more_is_handed_over_all_the_time);
  CPPUNIT_TEST_SUITE_END();

 public:
  void performs_what_was_handed_over_without_a_claim() {
    DrainBench bench;
    const auto ref = bench.submit().ref;
    CPPUNIT_ASSERT_MESSAGE("it is leased", bench.store->claim("desk:snow", bench.clock.now(), {}, 9).empty());
    CPPUNIT_ASSERT_EQUAL(1, bench.lane->run_due());
    CPPUNIT_ASSERT_EQUAL(std::string("waiting"), bench.state(ref.id));
    bench.desk->decide(ref.key(), true, "bob");
    CPPUNIT_ASSERT(bench.poll());
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(ref.id));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.desk->tickets().size());
  }

  void performs_it_again_after_a_crash_as_a_second_attempt() {
    DrainBench bench;
    const auto ref = bench.submit().ref;
    // Whoever had it is gone.
    bench.store->release_leases();
    const auto again = bench.store->claim("desk:snow", bench.clock.now(), bench.clock.now(), 9);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, again.size());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the first attempt may have happened", 1, again[0].attempts);
    CPPUNIT_ASSERT(again[0].record.ref == ref);
  }

  void tells_the_one_ticket_of_a_request_that_was_decided_before_its_turn() {
    DrainBench bench;
    const auto ref = bench.submit().ref;
    bench.queue->decide(ref, true, "", "", bridge::actor_named("key x"));
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(ref.id));
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"state":"done"})"), bench.desk->ticket(ref.key()).told);
  }

  void a_full_lane_leaves_it_to_a_claim() {
    DrainBench bench;
    const int room = places(*bench.lane);
    CPPUNIT_ASSERT(room > 0);
    for (int i = 0; i < room + 2; ++i) bench.submit();
    CPPUNIT_ASSERT_EQUAL(0, places(*bench.lane));
    CPPUNIT_ASSERT_EQUAL(room + 2, bench.work());
    CPPUNIT_ASSERT_EQUAL(static_cast<std::size_t>(room + 2), bench.desk->tickets().size());
    CPPUNIT_ASSERT_EQUAL(room, places(*bench.lane));
  }

  void keeps_no_place_while_it_is_held_or_its_desk_is_at_fault() {
    DrainBench bench;
    bench.lane->hold(true);
    CPPUNIT_ASSERT_EQUAL(0, places(*bench.lane));
    bench.submit();
    CPPUNIT_ASSERT_EQUAL_MESSAGE("held", 0, bench.lane->run_due());
    bench.lane->hold(false);
    CPPUNIT_ASSERT(places(*bench.lane) > 0);
    connectors::Outcome lost;
    lost.verdict = connectors::Verdict::retry;
    lost.reason = "timeout";
    bench.lane->report(lost);
    CPPUNIT_ASSERT_EQUAL(0, places(*bench.lane));
    bench.lane->report({});
    CPPUNIT_ASSERT(places(*bench.lane) > 0);
  }

  void gives_the_place_back_when_the_step_comes_too_late() {
    DrainBench bench;
    const auto seen = bench.submit();
    bench.work();
    const int room = places(*bench.lane);
    bridge::Facts facts;
    facts.decision.emplace().approve = true;
    // As it was before its ticket was opened: the store refuses the step, which is made anew from what
    // stands.
    bool fed = false;
    bench.ledger->feed_later(seen, Event::decision_reached, facts, *bench.lane,
                             [&](bool done) { fed = done; });
    while (!fed) bench.lane->run_due();
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(seen.ref.id));
    CPPUNIT_ASSERT_EQUAL(room, places(*bench.lane));
  }

  void a_repeated_submission_gives_the_place_back() {
    DrainBench bench;
    const int room = places(*bench.lane);
    bench.submit("Ann Example", "once");
    bench.submit("Ann Example", "once");
    CPPUNIT_ASSERT_EQUAL(room - 1, places(*bench.lane));
  }

  void claims_what_waits_although_more_is_handed_over_all_the_time() {
    DrainBench bench;
    bench.lane->hold(true);
    const auto waits = bench.submit().ref.id;
    int performed = 0, its_turn = 0;
    Lane busy("desk:snow", {.width = 2}, *bench.store, bench.clock, [&](const DueEffect& effect) {
      ++performed;
      if (effect.id != 0 && effect.record.ref.id == waits) its_turn = performed;
      if (performed > 50) return;
      if (const auto until = busy_->keep_place()) busy_->take_over({}, *until);
    });
    busy_ = &busy;
    if (const auto until = busy.keep_place()) busy.take_over({}, *until);
    busy.run_due();
    CPPUNIT_ASSERT_MESSAGE("performed as number " + std::to_string(its_turn), its_turn > 0 && its_turn < 5);
  }

 private:
  Lane* busy_ = nullptr;
};
CPPUNIT_TEST_SUITE_REGISTRATION(HandoverTest);
