#include "bridge/queue/remote_sync.h"

#include <map>
#include <set>
#include <stdexcept>

#include <cppunit/extensions/HelperMacros.h>

#include "bridge/queue/remote_write.h"
#include "tests/support/fake_remote_queue.h"
#include "tests/support/temporary_folder.h"

using namespace std::chrono_literals;
using bridge::Decision;
using bridge::Record;
using bridge::RemoteRequest;
using bridge::RemoteSink;
using bridge::RemoteSync;
using bridge::RequestRef;
using bridge::Time;
using bridge::WriteBack;
using connectors::Verdict;
using tests::FakeRemoteQueue;
using workflows::State;

namespace {

// Holds records in memory: only what a round asks for.
class HeldRecords final : public bridge::Store {
 public:
  std::map<RequestRef, Record> rows;

  std::optional<Record> find(const RequestRef& ref) override {
    const auto found = rows.find(ref);
    return found == rows.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<Record> list(const bridge::LifecycleQuery& query) override {
    std::vector<Record> page;
    for (const auto& [ref, record] : rows) {
      const bool wanted =
          std::find(query.states.begin(), query.states.end(), record.lifecycle.state) != query.states.end();
      if (ref.queue == query.queue && ref > query.after && wanted &&
          static_cast<int>(page.size()) < query.limit)
        page.push_back(record);
    }
    return page;
  }

  bridge::Submitted submit(const bridge::NewRequest&) override { return no(); }
  std::vector<bridge::Submitted> submit_all(const std::vector<bridge::NewRequest>&) override { return no(); }
  void auditlog(const std::string&, const bridge::AuditlogQuery&,
                const std::function<void(const bridge::AuditlogRecord&)>&) override {
    no();
  }
  std::optional<Time> last_change(const std::string&) override { return no(); }
  bridge::Reported report_use(const bridge::UseReport&) override { return no(); }
  std::vector<Record> submit_unknown(const std::vector<bridge::NewRequest>&) override { return no(); }
  std::string page(const std::string&, const bridge::PageQuery&) override { return no(); }
  std::optional<Record> find_by_ticket(const std::string&, const std::string&) override { return no(); }
  std::vector<bridge::Applied> apply(std::span<const bridge::Change>) override { return no(); }
  void apply_later(bridge::Change, Then) override { no(); }
  std::vector<bridge::DueEffect> claim(const std::string&, Time, Time, int) override { return no(); }
  void postpone(std::int64_t, Time, const RequestRef&, const bridge::AuditRow&,
                const std::vector<bridge::TrailEntry>&) override {
    no();
  }
  void finish(std::int64_t, const RequestRef&, const std::vector<bridge::AuditRow>&) override { no(); }
  void append(const RequestRef&, const std::vector<bridge::NewEffect>&, const std::vector<bridge::AuditRow>&,
              const std::vector<bridge::TrailEntry>&) override {
    no();
  }
  std::optional<Time> next_due(const std::string&) override { return no(); }
  void release_leases() override { no(); }
  std::vector<bridge::AuditRow> timeline(const RequestRef&) override { return no(); }
  std::optional<std::string> value(const std::string& name) override {
    const auto found = values_.find(name);
    return found == values_.end() ? std::nullopt : std::optional(found->second);
  }
  void set_value(const std::string& name, const std::string& value, Time,
                 const std::vector<bridge::TrailEntry>&) override {
    values_[name] = value;
  }
  std::map<std::string, std::string> values(const std::string&) override { return no(); }
  bridge::Credentials& credentials() override { throw std::logic_error("not faked"); }
  std::vector<Count> counts() override { return no(); }
  std::optional<Time> oldest(const std::string&, const std::vector<State>&) override { return no(); }
  bridge::EventLog& events() override { throw std::logic_error("not faked"); }
  bridge::Inventory& inventory() override { throw std::logic_error("not faked"); }
  bridge::Mirror& mirror() override { throw std::logic_error("not faked"); }
  bridge::HookStore& hooks() override { throw std::logic_error("this verb is not faked"); }
  bridge::Trail& trail() override { throw std::logic_error("this verb is not faked"); }
  bridge::Directory& directory() override { throw std::logic_error("not faked"); }
  int schema_version() override { return no(); }

 private:
  struct Anything {
    template <class T>
    operator T() const {  // NOLINT(google-explicit-constructor): it stands for any answer
      throw std::logic_error("a round does not ask for this");
    }
  };
  static Anything no() { throw std::logic_error("a round does not ask for this"); }
  std::map<std::string, std::string> values_;
};

// Puts what comes into the store, as the drain does.
class Findings final : public RemoteSink {
 public:
  explicit Findings(HeldRecords& store) : store_(store) {}
  void arrived(const std::string& queue, std::vector<RemoteRequest> requests) override {
    for (const RemoteRequest& request : requests) {
      Record record;
      record.ref = {queue, request.id};
      record.body = request.body;
      CPPUNIT_ASSERT_MESSAGE("arrived twice", store_.rows.emplace(record.ref, record).second);
      arrived_ids.insert(request.id);
    }
  }
  void decided(const Record& held, const Decision& decision) override {
    decisions[held.ref.id] = decision;
    store_.rows[held.ref].lifecycle.state = State::telling;
  }
  void gone(const Record& held, Gone how) override {
    lost[held.ref.id] = how;
    store_.rows[held.ref].lifecycle.state = State::telling;
  }
  std::set<std::int64_t> arrived_ids;
  std::map<std::int64_t, Decision> decisions;
  std::map<std::int64_t, Gone> lost;

 private:
  HeldRecords& store_;
};

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

struct Setting {
  explicit Setting(int page = 500) {
    settings.queue = "contoso";
    settings.page = page;
    restart();
  }
  void restart() { sync = std::make_unique<RemoteSync>(settings, remote, store, findings); }
  RemoteSync::Round round(std::chrono::seconds at) { return sync->round(Time(at)); }
  State& state(std::int64_t id) { return store.rows.at({"contoso", id}).lifecycle.state; }

  RemoteSync::Settings settings;
  FakeRemoteQueue remote;
  HeldRecords store;
  Findings findings{store};
  std::unique_ptr<RemoteSync> sync;
};

Decision decision(bool approve, const std::string& email = "bob@acme.test") {
  Decision made;
  made.approve = approve;
  made.by = "Bob";
  made.by_email = email;
  made.reason = "because";
  return made;
}

const RequestRef ref{"contoso", 7};

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
  CPPUNIT_TEST(changes_tell_of_many_decisions_with_one_call);
  CPPUNIT_TEST(a_quiet_poll_is_one_call);
  CPPUNIT_TEST(changes_find_what_a_long_list_read_from_its_end_does_not_show);
  CPPUNIT_TEST(the_mark_of_the_changes_survives_a_restart);
  CPPUNIT_TEST(without_changes_requests_are_read_one_by_one);
  CPPUNIT_TEST(changes_that_cannot_be_had_lose_nothing);
  CPPUNIT_TEST(a_queue_that_dies_while_it_is_compared_is_compared_again_from_the_start);
  CPPUNIT_TEST(a_hinted_request_is_read_when_the_list_does_not_show_it);
  CPPUNIT_TEST_SUITE_END();

 public:
  void new_requests_arrive_once() {
    Setting s;
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
    Setting s(10);
    for (int id = 1; id <= 35; ++id) s.remote.add(std::int64_t{id} * 2);
    CPPUNIT_ASSERT_EQUAL(35, s.round(0s).arrived);
    CPPUNIT_ASSERT_EQUAL(0, s.round(400s).arrived);
  }

  void a_queue_that_gives_shorter_pages_is_read_to_its_end() {
    Setting s(10);
    s.remote.most_rows = 4;
    for (int id = 1; id <= 9; ++id) s.remote.add(id);
    CPPUNIT_ASSERT_EQUAL(9, s.round(0s).arrived);
    s.remote.add(10);
    CPPUNIT_ASSERT_EQUAL(1, s.round(10s).arrived);
    CPPUNIT_ASSERT(s.findings.lost.empty() && s.findings.decisions.empty());
  }

  void between_comparisons_a_long_list_is_read_from_its_end() {
    Setting s(10);
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
    Setting s(10);
    for (int id = 1; id <= 40; ++id) s.remote.add(id + 100);
    s.round(0s);
    s.remote.add(5);
    CPPUNIT_ASSERT_EQUAL(0, s.round(10s).arrived);
    CPPUNIT_ASSERT_EQUAL(1, s.round(301s).arrived);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, s.findings.arrived_ids.count(5));
  }

  void what_was_decided_over_there_is_told_with_who_and_why() {
    Setting s;
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
    Setting s;
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
    Setting s;
    s.remote.add(1);
    s.round(0s);
    s.state(1) = State::writing;
    s.remote.decide(1, true, "Bob");
    s.round(10s);
    CPPUNIT_ASSERT(s.findings.decisions.empty());
  }

  void what_stands_here_but_is_pending_there_is_disputed() {
    Setting s;
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
    Setting s(10);
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
    Setting s;
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
    Setting s;
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
    Setting s(10);
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

  void changes_tell_of_many_decisions_with_one_call() {
    Setting s;
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
    Setting s;
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
    Setting s(10);
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
    Setting s;
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
    Setting s;
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
    Setting s;
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

  void a_queue_that_dies_while_it_is_compared_is_compared_again_from_the_start() {
    for (const int deaths : {1, 2}) {
      Setting s;
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
    Setting s(10);
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

class RemoteWriteTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RemoteWriteTest);
  CPPUNIT_TEST(a_decision_is_accepted_after_it_was_read_back);
  CPPUNIT_TEST(the_first_decision_over_there_wins);
  CPPUNIT_TEST(the_same_decision_by_another_person_is_accepted);
  CPPUNIT_TEST(a_name_that_the_portal_does_not_know_is_noticed);
  CPPUNIT_TEST(a_decision_without_a_mail_goes_out_under_the_queues_own);
  CPPUNIT_TEST(withdrawn_and_expired_are_seen_by_the_writer);
  CPPUNIT_TEST(a_lost_answer_is_cleared_up_by_reading);
  CPPUNIT_TEST(after_an_unknown_outcome_the_next_try_looks_before_it_writes);
  CPPUNIT_TEST(a_write_that_is_not_shown_is_unknown);
  CPPUNIT_TEST(what_certainly_did_not_happen_is_not_read_back);
  CPPUNIT_TEST(a_404_from_a_broken_path_is_no_withdrawal);
  CPPUNIT_TEST_SUITE_END();

 public:
  static WriteBack write(FakeRemoteQueue& remote, bool approve, bool again = false,
                         const std::string& email = "bob@acme.test") {
    return bridge::write_back(remote, ref, decision(approve, email), "desk@acme.test", again, Time(5s));
  }

  void a_decision_is_accepted_after_it_was_read_back() {
    for (const bool approve : {true, false}) {
      FakeRemoteQueue remote;
      remote.add(7);
      const WriteBack result = write(remote, approve);
      CPPUNIT_ASSERT(result.what == WriteBack::What::accepted);
      CPPUNIT_ASSERT(result.outcome.done());
      CPPUNIT_ASSERT_EQUAL(approve, result.stands->approve);
      CPPUNIT_ASSERT_EQUAL(std::string("bob@acme.test"), result.stands->by_email);
      CPPUNIT_ASSERT_EQUAL(std::string(approve ? "" : "because"), result.stands->reason);
      CPPUNIT_ASSERT(!result.name_not_taken);
      CPPUNIT_ASSERT(remote.calls == (std::vector<std::string>{approve ? "approve 7" : "deny 7", "read 7"}));
      CPPUNIT_ASSERT_EQUAL(std::size_t{2}, result.outcome.calls.size());
    }
  }

  void the_first_decision_over_there_wins() {
    FakeRemoteQueue remote;
    remote.add(7);
    remote.decide(7, false, "Eve", "", "no");
    const WriteBack result = write(remote, true);
    CPPUNIT_ASSERT(result.what == WriteBack::What::lost);
    CPPUNIT_ASSERT_EQUAL(std::string("Eve"), result.stands->by);
    CPPUNIT_ASSERT_EQUAL(std::string("no"), result.stands->reason);
  }

  void the_same_decision_by_another_person_is_accepted() {
    FakeRemoteQueue remote;
    remote.add(7);
    remote.decide(7, true, "Eve", "eve@acme.test");
    const WriteBack result = write(remote, true);
    CPPUNIT_ASSERT(result.what == WriteBack::What::accepted);
    CPPUNIT_ASSERT_EQUAL(std::string("Eve"), result.stands->by);
    CPPUNIT_ASSERT(!result.name_not_taken);
  }

  void a_name_that_the_portal_does_not_know_is_noticed() {
    FakeRemoteQueue remote;
    remote.knows_nobody = true;
    remote.add(7);
    CPPUNIT_ASSERT(write(remote, true).name_not_taken);
  }

  void a_decision_without_a_mail_goes_out_under_the_queues_own() {
    FakeRemoteQueue remote;
    remote.add(7);
    CPPUNIT_ASSERT_EQUAL(std::string("desk@acme.test"), write(remote, true, false, "").stands->by_email);
  }

  void withdrawn_and_expired_are_seen_by_the_writer() {
    FakeRemoteQueue empty;
    CPPUNIT_ASSERT(write(empty, true).what == WriteBack::What::withdrawn);
    FakeRemoteQueue remote;
    remote.add(7, 6);
    CPPUNIT_ASSERT(write(remote, true).what == WriteBack::What::expired);
  }

  void a_lost_answer_is_cleared_up_by_reading() {
    FakeRemoteQueue remote;
    remote.add(7);
    remote.write_fault = FakeRemoteQueue::WriteFault::answer_lost;
    CPPUNIT_ASSERT(write(remote, true).what == WriteBack::What::accepted);
  }

  void after_an_unknown_outcome_the_next_try_looks_before_it_writes() {
    FakeRemoteQueue remote;
    remote.add(7);
    remote.write_fault = FakeRemoteQueue::WriteFault::request_lost;
    const WriteBack first = write(remote, true);
    CPPUNIT_ASSERT(first.what == WriteBack::What::open);
    CPPUNIT_ASSERT(first.outcome.verdict == Verdict::unknown);
    CPPUNIT_ASSERT_EQUAL(std::string("timeout"), first.outcome.reason);
    remote.write_fault = FakeRemoteQueue::WriteFault::none;
    remote.calls.clear();
    CPPUNIT_ASSERT(write(remote, true, true).what == WriteBack::What::accepted);
    CPPUNIT_ASSERT(remote.calls == (std::vector<std::string>{"read 7", "approve 7", "read 7"}));
    remote.calls.clear();
    CPPUNIT_ASSERT(write(remote, true, true).what == WriteBack::What::accepted);
    CPPUNIT_ASSERT(remote.calls == (std::vector<std::string>{"read 7"}));
  }

  void a_write_that_is_not_shown_is_unknown() {
    FakeRemoteQueue remote;
    remote.add(7);
    remote.write_fault = FakeRemoteQueue::WriteFault::ignored;
    const WriteBack ignored = write(remote, true);
    CPPUNIT_ASSERT(ignored.what == WriteBack::What::open);
    CPPUNIT_ASSERT(ignored.outcome.verdict == Verdict::unknown);
    CPPUNIT_ASSERT_EQUAL(std::string("not_verified"), ignored.outcome.reason);
    remote.write_fault = FakeRemoteQueue::WriteFault::none;
    remote.unreadable = {7};
    const WriteBack unread = write(remote, true);
    CPPUNIT_ASSERT(unread.what == WriteBack::What::open);
    CPPUNIT_ASSERT(unread.outcome.verdict == Verdict::unknown);
  }

  void what_certainly_did_not_happen_is_not_read_back() {
    FakeRemoteQueue remote;
    remote.add(7);
    remote.write_fault = FakeRemoteQueue::WriteFault::refused_connection;
    const WriteBack result = write(remote, true);
    CPPUNIT_ASSERT(result.what == WriteBack::What::open);
    CPPUNIT_ASSERT(result.outcome.verdict == Verdict::retry);
    CPPUNIT_ASSERT(result.outcome.whole_desk);
    CPPUNIT_ASSERT(remote.calls == (std::vector<std::string>{"approve 7"}));
  }

  void a_404_from_a_broken_path_is_no_withdrawal() {
    FakeRemoteQueue remote;
    remote.fail_list_after = 0;
    const WriteBack result = write(remote, true);
    CPPUNIT_ASSERT(result.what == WriteBack::What::open);
    CPPUNIT_ASSERT(result.outcome.verdict == Verdict::retry);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RemoteWriteTest);
