// What the steps of one commit change together, and what is left of it when one of them fails.

#include "bridge/store/shared_rows.h"

#include <future>
#include <map>

#include "bridge/store/group_commit.h"
#include "bridge/store/lock_file.h"
#include "bridge/store/rows.h"
#include "tests/bridge/sqlite_fixture.h"

using bridge::SqliteSession;

class SharedRowsTest : public tests::SqliteFixture {
  CPPUNIT_TEST_SUITE(SharedRowsTest);
  CPPUNIT_TEST(goes_on_behind_what_is_stored);
  CPPUNIT_TEST(gives_the_id_of_a_failing_step_to_the_next_one);
  CPPUNIT_TEST(stores_one_row_for_requests_of_one_commit);
  CPPUNIT_TEST_SUITE_END();

 public:
  void goes_on_behind_what_is_stored() {
    store_.reset();
    SqliteSession session(file(), SqliteSession::Access::write);
    bridge::SharedRows rows;
    const bridge::Time now = bridge::from_micros(1'700'000'000'000'050);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, rows.next_id(session, "acme"));
    rows.note_id(session, "far", 700);
    rows.note_id(session, "far", 600);  // a page need not be in order
    rows.note_day("far", now, 700);
    rows.note_day("far", now, 600);
    const auto first = rows.touch(session, "acme", now);
    CPPUNIT_ASSERT(first == bridge::from_micros(1'700'000'000'000'000));
    CPPUNIT_ASSERT(rows.touch(session, "acme", now) == first + std::chrono::microseconds(100));
    rows.write(session);
    rows.clear();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, rows.next_id(session, "acme"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{701}, rows.next_id(session, "far"));
    rows.note_day("far", now, 650);
    rows.write(session);
    CPPUNIT_ASSERT_EQUAL(600, session.number("SELECT first_id FROM request_days WHERE queue = 'far'"));
    CPPUNIT_ASSERT_EQUAL(700, session.number("SELECT last_id FROM request_days WHERE queue = 'far'"));
  }

  void gives_the_id_of_a_failing_step_to_the_next_one() {
    store_.reset();
    bridge::LockFile locks(file());
    SqliteSession session(file(), SqliteSession::Access::write);
    bridge::SharedRows rows;
    std::map<int, std::int64_t> ids;  // of the last time that each ran
    std::promise<void> open;
    const auto opened = open.get_future().share();
    {
      bridge::GroupCommit commits(session, locks, bridge::GroupCommit::Beside::nobody,
                                  {[&] { rows.clear(); }, [&](SqliteSession& on) { rows.write(on); }});
      // Holds the thread until all others queue behind it.
      commits.post([&](SqliteSession&) { opened.wait(); }, [](const auto&) {});
      for (int i = 1; i <= 5; ++i)
        commits.post(
            [&, i](SqliteSession& on) {
              ids[i] = rows.next_id(on, "acme");
              rows.note_day("acme", bridge::Time{}, ids[i]);
              rows.count("acme", "snow", "opening", 1);
              if (i == 3) throw std::runtime_error("the third");
            },
            [](const auto&) {});
      open.set_value();
    }
    CPPUNIT_ASSERT_EQUAL(ids[3], ids[4]);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, ids[5]);
    CPPUNIT_ASSERT_EQUAL(4, session.number("SELECT last_id FROM queue_ids"));
    CPPUNIT_ASSERT_EQUAL(4, session.number("SELECT last_id FROM request_days"));
    CPPUNIT_ASSERT_EQUAL(4, session.number("SELECT count FROM counters"));
  }

  void stores_one_row_for_requests_of_one_commit() {
    const auto made = store_->submit_all({tests::sample_request(), tests::sample_request()});
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, made.front().record.ref.id);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, made.back().record.ref.id);
    store_.reset();
    SqliteSession session(file(), SqliteSession::Access::write);
    CPPUNIT_ASSERT_EQUAL(2, session.number("SELECT last_id FROM queue_ids"));
    CPPUNIT_ASSERT_EQUAL(1, session.number("SELECT first_id FROM request_days"));
    CPPUNIT_ASSERT_EQUAL(2, session.number("SELECT last_id FROM request_days"));
    CPPUNIT_ASSERT_EQUAL(2, session.number("SELECT count(DISTINCT touched) FROM requests"));
    CPPUNIT_ASSERT_EQUAL(2, session.number("SELECT sum(count) FROM counters"));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SharedRowsTest);
