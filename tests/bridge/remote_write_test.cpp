#include "bridge/queue/remote_write.h"

#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/fake_remote_queue.h"

using namespace std::chrono_literals;
using bridge::Decision;
using bridge::RequestRef;
using bridge::Time;
using bridge::WriteBack;
using connectors::Verdict;
using tests::FakeRemoteQueue;

namespace {

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

 private:
  static WriteBack write(FakeRemoteQueue& remote, bool approve, bool again = false,
                         const std::string& email = "bob@acme.test") {
    return bridge::write_back(remote, ref, decision(approve, email), "desk@acme.test", again, Time(5s));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RemoteWriteTest);
