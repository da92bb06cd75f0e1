#include "bridge/queue/remote_sync.h"

#include <set>

#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/sync_bench.h"
#include "tests/support/temporary_folder.h"

using namespace std::chrono_literals;
using bridge::Decision;
using bridge::Record;
using bridge::RemoteRequest;
using bridge::RemoteSink;
using bridge::RemoteSync;
using bridge::Time;
using connectors::Verdict;
using tests::FakeRemoteQueue;
using tests::SyncBench;
using workflows::State;

namespace {

// Findings into a real store.
class StoredFindings final : public RemoteSink {
 public:
  explicit StoredFindings(bridge::Store& store) : store_(store) {}
  void arrived(const std::string& queue, std::vector<RemoteRequest> requests) override {
    std::vector<bridge::NewRequest> rows;
    for (const RemoteRequest& request : requests) {
      bridge::NewRequest row;
      row.queue = queue;
      row.id = request.id;
      row.body = [body = request.body](std::int64_t) { return body; };
      rows.push_back(std::move(row));
    }
    stored += store_.submit_unknown(rows).size();
  }
  void decided(const Record& held, const Decision& decision) override {
    bridge::Change change;
    change.ref = held.ref;
    change.from_version = held.lifecycle.version;
    change.lifecycle = held.lifecycle;
    change.lifecycle.version = held.lifecycle.version + 1;
    change.lifecycle.state = State::telling;
    change.lifecycle.decision = decision;
    CPPUNIT_ASSERT(store_.apply({&change, 1}).front() == bridge::Applied::yes);
  }
  void gone(const Record&, Gone) override { CPPUNIT_FAIL("nothing is gone"); }
  std::size_t stored = 0;

 private:
  bridge::Store& store_;
};

}  // namespace

class RemoteSyncTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RemoteSyncTest);
  CPPUNIT_TEST(new_requests_arrive_once);
  CPPUNIT_TEST(a_long_list_is_read_to_its_end);
  CPPUNIT_TEST(a_queue_that_gives_shorter_pages_is_read_to_its_end);
  CPPUNIT_TEST(between_comparisons_a_long_list_is_read_from_its_end);
  CPPUNIT_TEST(a_low_id_that_becomes_pending_late_is_found_by_the_comparison);
  CPPUNIT_TEST(what_was_decided_over_there_is_told_with_who_and_why);
  CPPUNIT_TEST(withdrawn_and_expired_requests_are_told_apart);
  CPPUNIT_TEST(a_request_that_we_are_writing_is_left_to_its_writer);
  CPPUNIT_TEST(what_stands_here_but_is_pending_there_is_disputed);
  CPPUNIT_TEST(a_fault_ends_the_round_and_keeps_what_was_found);
  CPPUNIT_TEST(one_request_that_cannot_be_read_does_not_hold_up_others);
  CPPUNIT_TEST(single_reads_are_bounded_and_go_on_in_the_next_round);
  CPPUNIT_TEST(after_a_restart_nothing_arrives_twice_and_nothing_is_missed);
  CPPUNIT_TEST(rounds_go_through_the_real_store);
  CPPUNIT_TEST(a_queue_that_dies_while_it_is_compared_is_compared_again_from_the_start);
  CPPUNIT_TEST(a_hinted_request_is_read_when_the_list_does_not_show_it);
  CPPUNIT_TEST_SUITE_END();

 public:
  void new_requests_arrive_once() {
    SyncBench s;
    s.remote.add(3);
    s.remote.add(9);
    const auto first = s.round(0s);
    CPPUNIT_ASSERT(first.outcome.done() && first.whole);
    CPPUNIT_ASSERT_EQUAL(2, first.arrived);
    s.remote.add(10);
    const auto second = s.round(10s);
    CPPUNIT_ASSERT_EQUAL(1, second.arrived);
    CPPUNIT_ASSERT_EQUAL(3, second.pending);
    CPPUNIT_ASSERT(s.findings.arrived_ids == (std::set<std::int64_t>{3, 9, 10}));
    CPPUNIT_ASSERT(s.findings.decisions.empty() && s.findings.lost.empty());
  }

  void a_long_list_is_read_to_its_end() {
    SyncBench s(10);
    for (int id = 1; id <= 35; ++id) s.remote.add(std::int64_t{id} * 2);
    CPPUNIT_ASSERT_EQUAL(35, s.round(0s).arrived);
    CPPUNIT_ASSERT_EQUAL(0, s.round(400s).arrived);
  }

  void a_queue_that_gives_shorter_pages_is_read_to_its_end() {
    SyncBench s(10);
    s.remote.most_rows = 4;
    for (int id = 1; id <= 9; ++id) s.remote.add(id);
    CPPUNIT_ASSERT_EQUAL(9, s.round(0s).arrived);
    s.remote.add(10);
    CPPUNIT_ASSERT_EQUAL(1, s.round(10s).arrived);
    CPPUNIT_ASSERT(s.findings.lost.empty() && s.findings.decisions.empty());
  }

  void between_comparisons_a_long_list_is_read_from_its_end() {
    SyncBench s(10);
    for (int id = 1; id <= 40; ++id) s.remote.add(id);
    s.round(0s);
    s.remote.add(41);
    s.remote.decide(2, true, "Eve");
    s.remote.calls.clear();
    const auto poll = s.round(10s);
    CPPUNIT_ASSERT(!poll.whole);
    CPPUNIT_ASSERT_EQUAL(1, poll.arrived);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, s.remote.calls.size());
    CPPUNIT_ASSERT(s.findings.decisions.empty());
    CPPUNIT_ASSERT(s.round(300s).whole);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, s.findings.decisions.count(2));
  }

  void a_low_id_that_becomes_pending_late_is_found_by_the_comparison() {
    SyncBench s(10);
    for (int id = 1; id <= 40; ++id) s.remote.add(id + 100);
    s.round(0s);
    s.remote.add(5);
    CPPUNIT_ASSERT_EQUAL(0, s.round(10s).arrived);
    CPPUNIT_ASSERT_EQUAL(1, s.round(301s).arrived);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, s.findings.arrived_ids.count(5));
  }

  void what_was_decided_over_there_is_told_with_who_and_why() {
    SyncBench s;
    for (int id = 1; id <= 4; ++id) s.remote.add(id);
    s.round(0s);
    s.state(3) = State::waiting;
    s.state(4) = State::parked_writing;
    s.remote.decide(1, true, "Eve", "eve@acme.test");
    s.remote.decide(3, false, "Mallory", "", "not today");
    s.remote.decide(4, true, "Eve");
    const auto round = s.round(10s);
    CPPUNIT_ASSERT_EQUAL(3, round.decided);
    const Decision& approved = s.findings.decisions.at(1);
    CPPUNIT_ASSERT(approved.approve);
    CPPUNIT_ASSERT_EQUAL(std::string("Eve"), approved.by);
    CPPUNIT_ASSERT_EQUAL(std::string("eve@acme.test"), approved.by_email);
    CPPUNIT_ASSERT_EQUAL(std::string("queue contoso"), approved.from);
    CPPUNIT_ASSERT_EQUAL(std::string("requests/1"), approved.record);
    CPPUNIT_ASSERT(approved.at == Time(10s));
    const Decision& denied = s.findings.decisions.at(3);
    CPPUNIT_ASSERT(!denied.approve);
    CPPUNIT_ASSERT_EQUAL(std::string("not today"), denied.reason);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, s.findings.decisions.count(2));
  }

  void withdrawn_and_expired_requests_are_told_apart() {
    SyncBench s;
    for (int id = 1; id <= 3; ++id) s.remote.add(id);
    s.round(0s);
    s.remote.requests.erase(1);
    s.remote.requests.at(2).status_code = 6;
    s.remote.requests.at(3).status_code = 5;
    const auto round = s.round(10s);
    CPPUNIT_ASSERT_EQUAL(2, round.gone);
    CPPUNIT_ASSERT(s.findings.lost.at(1) == RemoteSink::Gone::withdrawn);
    CPPUNIT_ASSERT(s.findings.lost.at(2) == RemoteSink::Gone::expired);
    CPPUNIT_ASSERT_MESSAGE("quarantined is neither", !s.findings.lost.contains(3));
  }

  void a_request_that_we_are_writing_is_left_to_its_writer() {
    SyncBench s;
    s.remote.add(1);
    s.round(0s);
    s.state(1) = State::writing;
    s.remote.decide(1, true, "Bob");
    s.round(10s);
    CPPUNIT_ASSERT(s.findings.decisions.empty());
  }

  void what_stands_here_but_is_pending_there_is_disputed() {
    SyncBench s;
    s.remote.add(1);
    s.round(0s);
    s.state(1) = State::settled;
    s.restart();
    const auto round = s.round(10s);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, round.disputed.size());
    CPPUNIT_ASSERT_EQUAL(std::string("contoso:1"), round.disputed.front().key());
    CPPUNIT_ASSERT_EQUAL(0, round.arrived);
  }

  void a_fault_ends_the_round_and_keeps_what_was_found() {
    SyncBench s(10);
    for (int id = 1; id <= 25; ++id) s.remote.add(id);
    s.remote.fail_list_after = 2;
    const auto broken = s.round(0s);
    CPPUNIT_ASSERT(broken.outcome.verdict == Verdict::retry);
    CPPUNIT_ASSERT_EQUAL(std::string("server"), broken.outcome.reason);
    CPPUNIT_ASSERT_EQUAL(20, broken.arrived);
    s.remote.fail_list_after.reset();
    const auto whole = s.round(20s);
    CPPUNIT_ASSERT(whole.whole && whole.outcome.done());
    CPPUNIT_ASSERT_EQUAL(5, whole.arrived);
    CPPUNIT_ASSERT_MESSAGE("nothing is gone because a list was cut", s.findings.lost.empty());
  }

  void one_request_that_cannot_be_read_does_not_hold_up_others() {
    SyncBench s;
    for (int id = 1; id <= 3; ++id) s.remote.add(id);
    s.round(0s);
    for (int id = 1; id <= 3; ++id) s.remote.decide(id, true, "Eve");
    s.remote.unreadable = {1};
    const auto round = s.round(10s);
    CPPUNIT_ASSERT(round.outcome.done());
    CPPUNIT_ASSERT_EQUAL(1, round.unreadable);
    CPPUNIT_ASSERT_EQUAL(2, round.decided);
    s.remote.unreadable.clear();
    CPPUNIT_ASSERT_EQUAL(1, s.round(20s).decided);
  }

  void single_reads_are_bounded_and_go_on_in_the_next_round() {
    SyncBench s;
    s.settings.most_reads = 10;
    s.restart();
    for (int id = 1; id <= 25; ++id) s.remote.add(id);
    s.round(0s);
    for (int id = 1; id <= 25; ++id) s.remote.decide(id, false, "Eve");
    CPPUNIT_ASSERT_EQUAL(10, s.round(10s).decided);
    CPPUNIT_ASSERT_EQUAL(10, s.round(20s).decided);
    CPPUNIT_ASSERT_EQUAL(5, s.round(30s).decided);
    // Some that stay away without an end do not keep others from being looked at.
    for (int id = 101; id <= 130; ++id) s.remote.add(id);
    s.round(40s);
    for (int id = 101; id <= 130; ++id) s.remote.requests.at(id).status_code = 5;
    s.round(50s);
    s.round(60s);
    s.remote.decide(130, true, "Eve");
    CPPUNIT_ASSERT_EQUAL(1, s.round(70s).decided);
  }

  void after_a_restart_nothing_arrives_twice_and_nothing_is_missed() {
    SyncBench s(10);
    for (int id = 1; id <= 30; ++id) s.remote.add(id);
    s.round(0s);
    s.remote.decide(4, true, "Eve");
    s.remote.add(31);
    s.restart();
    const auto round = s.round(5s);
    CPPUNIT_ASSERT(round.whole);
    CPPUNIT_ASSERT_EQUAL(1, round.arrived);
    CPPUNIT_ASSERT_EQUAL(1, round.decided);
  }

  void rounds_go_through_the_real_store() {
    const tests::TemporaryFolder folder;
    const auto store = bridge::open_store("sqlite:" + (folder / "store.db").string());
    FakeRemoteQueue remote;
    // More than the store gives at once, and than is read singly in one round.
    constexpr int requests = 450;
    for (int id = 1; id <= requests; ++id) remote.add(id);
    StoredFindings findings(*store);
    RemoteSync::Settings settings;
    settings.queue = "contoso";
    RemoteSync sync(settings, remote, *store, findings);
    CPPUNIT_ASSERT_EQUAL(requests, sync.round(Time(0s)).arrived);
    CPPUNIT_ASSERT_EQUAL(std::size_t{requests}, findings.stored);
    for (int id = 1; id <= requests; id += 2) remote.decide(id, id % 4 == 1, "Eve");
    int decided = 0;
    for (int turn = 1; turn <= 3; ++turn) decided += sync.round(Time(turn * 10s)).decided;
    CPPUNIT_ASSERT_EQUAL(requests / 2, decided);
    CPPUNIT_ASSERT_EQUAL(0, sync.round(Time(40s)).decided);
    CPPUNIT_ASSERT(store->find({"contoso", 449})->lifecycle.decision->approve);
    CPPUNIT_ASSERT(!store->find({"contoso", 450})->lifecycle.decision);
    RemoteSync after_restart(settings, remote, *store, findings);
    const auto again = after_restart.round(Time(50s));
    CPPUNIT_ASSERT(again.arrived == 0 && again.decided == 0 && again.disputed.empty());
  }

  void a_queue_that_dies_while_it_is_compared_is_compared_again_from_the_start() {
    for (const int deaths : {1, 2}) {
      SyncBench s;
      s.remote.has_changes = true;
      for (int id = 1; id <= 3; ++id) s.remote.add(id);
      s.round(0s);
      for (int id = 1; id <= 3; ++id) s.remote.decide(id, true, "Eve");
      s.remote.changes_fail = true;
      s.remote.unreadable = {1, 2, 3};  // so many that the round ends
      CPPUNIT_ASSERT(!s.round(10s).outcome.done());
      s.remote.changes_fail = false;
      if (deaths == 2) {
        CPPUNIT_ASSERT_MESSAGE("behind a new mark", !s.round(11s).outcome.done());
      }
      s.remote.unreadable.clear();
      const int decided = s.round(12s).decided + s.round(13s).decided;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(deaths) + " deaths", 3, decided);
      s.remote.calls.clear();
      s.state(1) = s.state(2) = s.state(3) = State::settled;
      s.round(14s);
      CPPUNIT_ASSERT_EQUAL_MESSAGE("then it is quiet", std::size_t{1}, s.remote.calls.size());
    }
  }

  void a_hinted_request_is_read_when_the_list_does_not_show_it() {
    SyncBench s(10);
    for (int id = 1; id <= 40; ++id) s.remote.add(id + 100);
    s.round(0s);
    s.remote.add(5);
    s.remote.decide(101, true, "Eve");
    s.remote.calls.clear();
    const auto round = s.sync->round(Time(10s), {5, 101, 140, 777});
    CPPUNIT_ASSERT_EQUAL(1, round.arrived);
    CPPUNIT_ASSERT_EQUAL(1, round.decided);
    CPPUNIT_ASSERT_MESSAGE(
        "in the list already",
        s.remote.calls == (std::vector<std::string>{"pending 136", "read 5", "read 101", "read 777"}));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, s.findings.arrived_ids.count(5));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RemoteSyncTest);
