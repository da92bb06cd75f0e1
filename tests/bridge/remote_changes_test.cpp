// Rounds over a queue that has the list of changes.

#include <cppunit/extensions/HelperMacros.h>

#include "bridge/queue/remote_sync.h"
#include "tests/support/sync_bench.h"

using namespace std::chrono_literals;
using bridge::RemoteSink;
using tests::SyncBench;

class RemoteChangesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RemoteChangesTest);
  CPPUNIT_TEST(changes_tell_of_many_decisions_with_one_call);
  CPPUNIT_TEST(a_quiet_poll_is_one_call);
  CPPUNIT_TEST(changes_find_what_a_long_list_read_from_its_end_does_not_show);
  CPPUNIT_TEST(the_mark_of_the_changes_survives_a_restart);
  CPPUNIT_TEST(without_changes_requests_are_read_one_by_one);
  CPPUNIT_TEST(changes_that_cannot_be_had_lose_nothing);
  CPPUNIT_TEST_SUITE_END();

 public:
  void changes_tell_of_many_decisions_with_one_call() {
    SyncBench s;
    s.remote.has_changes = true;
    for (int id = 1; id <= 40; ++id) s.remote.add(id);
    s.round(0s);
    for (int id = 1; id <= 30; ++id) s.remote.decide(id, id % 2 == 0, "Eve", "eve@acme.test");
    s.remote.requests.at(31).status_code = 6;
    s.remote.touch(31);
    s.remote.calls.clear();
    const auto round = s.round(10s);
    CPPUNIT_ASSERT_EQUAL(30, round.decided);
    CPPUNIT_ASSERT_EQUAL(1, round.gone);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, s.remote.calls.size());
    CPPUNIT_ASSERT(s.findings.decisions.at(2).approve && !s.findings.decisions.at(3).approve);
    CPPUNIT_ASSERT_EQUAL(std::string("eve@acme.test"), s.findings.decisions.at(2).by_email);
    CPPUNIT_ASSERT(s.findings.lost.at(31) == RemoteSink::Gone::expired);
    // One that is simply no longer there is in no auditlog: the comparison reads it.
    s.remote.requests.erase(40);
    CPPUNIT_ASSERT_EQUAL(0, s.round(20s).gone);
    CPPUNIT_ASSERT_EQUAL(1, s.round(301s).gone);
    CPPUNIT_ASSERT(s.findings.lost.at(40) == RemoteSink::Gone::withdrawn);
  }

  void a_quiet_poll_is_one_call() {
    SyncBench s;
    s.remote.has_changes = true;
    for (int id = 1; id <= 40; ++id) s.remote.add(id);
    s.round(0s);
    s.remote.calls.clear();
    s.remote.add(41);
    CPPUNIT_ASSERT_EQUAL(1, s.round(10s).arrived);
    s.round(20s);
    CPPUNIT_ASSERT(s.remote.calls == (std::vector<std::string>{"pending 0", "pending 0"}));
    s.round(301s);
    CPPUNIT_ASSERT_MESSAGE("the comparison brings the mark forward",
                           s.remote.calls.back() == "changes " + std::to_string(s.remote.mark - 1000));
  }

  void changes_find_what_a_long_list_read_from_its_end_does_not_show() {
    SyncBench s(10);
    s.remote.has_changes = true;
    for (int id = 1; id <= 40; ++id) s.remote.add(id + 100);
    s.round(0s);
    s.remote.add(5);
    s.remote.decide(102, true, "Eve");
    const auto poll = s.round(10s);
    CPPUNIT_ASSERT(!poll.whole);
    CPPUNIT_ASSERT_EQUAL(1, poll.arrived);
    CPPUNIT_ASSERT_EQUAL(1, poll.decided);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, s.findings.arrived_ids.count(5));
    CPPUNIT_ASSERT_EQUAL(0, s.round(20s).arrived);
  }

  void the_mark_of_the_changes_survives_a_restart() {
    SyncBench s;
    s.remote.has_changes = true;
    s.remote.add(1);
    s.remote.add(2);
    s.round(0s);
    const auto mark = std::to_string(s.remote.mark);
    s.remote.decide(1, true, "Eve");
    s.restart();
    s.remote.calls.clear();
    CPPUNIT_ASSERT_EQUAL(1, s.round(10s).decided);
    CPPUNIT_ASSERT(s.remote.calls == (std::vector<std::string>{"pending 0", "pending 3", "changes " + mark}));
  }

  void without_changes_requests_are_read_one_by_one() {
    SyncBench s;
    s.remote.add(1);
    CPPUNIT_ASSERT_MESSAGE("said once", s.round(0s).lost_changes);
    s.remote.decide(1, true, "Eve");
    const auto round = s.round(10s);
    CPPUNIT_ASSERT(!round.lost_changes);
    CPPUNIT_ASSERT_EQUAL(1, round.decided);
    CPPUNIT_ASSERT_EQUAL(std::string("read 1"), s.remote.calls.back());
    s.remote.has_changes = true;
    s.remote.calls.clear();
    s.round(3700s);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("asked again after an hour", std::string("changes"), s.remote.calls.front());
  }

  void changes_that_cannot_be_had_lose_nothing() {
    SyncBench s;
    s.remote.has_changes = true;
    s.remote.add(1);
    s.remote.add(2);
    s.round(0s);
    s.remote.decide(1, false, "Eve");
    s.remote.changes_fail = true;
    const auto round = s.round(10s);
    CPPUNIT_ASSERT(round.outcome.done() && round.lost_changes);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("read singly instead", 1, round.decided);
    s.remote.changes_fail = false;
    s.remote.decide(2, true, "Eve");
    const auto next = s.round(20s);
    CPPUNIT_ASSERT_EQUAL(1, next.decided);
    CPPUNIT_ASSERT_MESSAGE("a new mark needs a comparison", next.whole);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RemoteChangesTest);
