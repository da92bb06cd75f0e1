// The contract on SQLite, and who may open the file beside whom.

#include <set>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/store/group_commit.h"
#include "bridge/store/lock_file.h"
#include "bridge/store/sqlite_session.h"
#include "tests/bridge/sqlite_fixture.h"

using bridge::ErrorCode;
using bridge::open_store;
using bridge::OpenMode;
using tests::holds;
using tests::refusal;
using tests::run_sql;

namespace {

bridge::Credential credential(const std::string& id) {
  bridge::Credential made;
  made.id = id;
  made.queue = "acme";
  made.hash = "hash";
  return made;
}

}  // namespace

class SqliteStoreTest : public tests::SqliteFixture {
  CPPUNIT_TEST_SUITE(SqliteStoreTest);
  STORE_CONTRACT_TESTS;
  CPPUNIT_TEST(finds_what_a_process_submitted_that_ended_at_once);
  CPPUNIT_TEST(changes_of_one_moment_stand_on_one_page);
  CPPUNIT_TEST(refuses_a_second_writer);
  CPPUNIT_TEST(writes_beside_a_running_bridge_but_leases_nothing);
  CPPUNIT_TEST(writes_before_the_first_start);
  CPPUNIT_TEST(looks_beside_a_running_bridge_and_changes_nothing);
  CPPUNIT_TEST(keeps_the_file_to_its_owner);
  CPPUNIT_TEST(says_what_to_do_for_each_kind_of_failure);
  CPPUNIT_TEST_SUITE_END();

 public:
  void finds_what_a_process_submitted_that_ended_at_once() {
    store_.reset();
    const pid_t child = ::fork();
    if (child == 0) {
      int result = 1;
      try {
        const auto store = open_store(where());
        auto request = tests::sample_request();
        request.idempotency_key = "k";
        result = store->submit(request).record.ref.id == 1 ? 0 : 2;
        ::_exit(result);
      } catch (...) {
        ::_exit(3);
      }
    }
    int status = 0;
    CPPUNIT_ASSERT_EQUAL(child, ::waitpid(child, &status, 0));
    CPPUNIT_ASSERT(WIFEXITED(status));
    CPPUNIT_ASSERT_EQUAL(0, WEXITSTATUS(status));
    store_ = open();
    CPPUNIT_ASSERT(store_->find({"acme", 1}));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, store_->claim("desk:snow", tests::at(0), tests::at(60), 5).size());
  }

  // As rows of a store are that an older version made.
  void changes_of_one_moment_stand_on_one_page() {
    for (int i = 0; i < 5; ++i) store_->submit(tests::sample_request());
    run_sql(file(),
            {"UPDATE requests SET touched = 10 * id", "UPDATE requests SET touched = 20 WHERE id IN (3, 4)"});
    bridge::AuditlogQuery query;
    query.changed_after = bridge::Time{};
    query.oldest_changes = 2;
    std::string seen;
    for (int page = 0; page < 3; ++page) {
      auto reached = *query.changed_after;
      store_->auditlog("acme", query, [&](const bridge::AuditlogRecord& record) {
        reached = record.touched;
        seen += std::to_string(record.id) + ' ';
      });
      query.changed_after = reached;
      seen += '.';
    }
    CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 4 .5 .."), seen);
  }

  void refuses_a_second_writer() {
    const std::string message = refusal([&] { open_store(where()); });
    CPPUNIT_ASSERT_MESSAGE(message, holds(message, "is served by another countersign (process " +
                                                       std::to_string(::getpid()) + ")"));
    store_.reset();
    CPPUNIT_ASSERT_EQUAL(std::string(), refusal([&] { open_store(where()); }));
  }

  void writes_beside_a_running_bridge_but_leases_nothing() {
    const auto beside = open_store(where(), OpenMode::beside);
    beside->credentials().add(credential("k1"), {});
    CPPUNIT_ASSERT(store_->credentials().find("k1"));
    // Ids and versions hold between processes.
    const bridge::Record first = store_->submit(tests::sample_request()).record;
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, beside->submit(tests::sample_request()).record.ref.id);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, store_->submit(tests::sample_request()).record.ref.id);
    const bridge::Change step = tests::step_of(first, workflows::State::waiting);
    CPPUNIT_ASSERT(beside->apply({&step, 1}) == std::vector{bridge::Applied::yes});
    CPPUNIT_ASSERT(store_->apply({&step, 1}) == std::vector{bridge::Applied::stale});
    const std::string expected = "only the bridge that serves a store";
    CPPUNIT_ASSERT(
        holds(refusal([&] { beside->claim("desk:snow", tests::at(0), tests::at(9), 1); }), expected));
    CPPUNIT_ASSERT(holds(refusal([&] { beside->release_leases(); }), expected));
  }

  void writes_before_the_first_start() {
    store_.reset();
    const std::string fresh = "sqlite:" + (*folder_ / "fresh.db").string();
    open_store(fresh, OpenMode::beside)->credentials().add(credential("k1"), {});
    CPPUNIT_ASSERT(open_store(fresh)->credentials().find("k1"));
  }

  void looks_beside_a_running_bridge_and_changes_nothing() {
    const auto look = open_store(where(), OpenMode::look);
    CPPUNIT_ASSERT(!look->find({"acme", 1}));
    store_->submit(tests::sample_request());
    CPPUNIT_ASSERT(look->find({"acme", 1}));
    CPPUNIT_ASSERT(holds(refusal([&] { look->release_leases(); }), "only the bridge that serves"));
    CPPUNIT_ASSERT(holds(refusal([&] { look->credentials().add({}, {}); }), "for looking only"));
    const auto none = *folder_ / "none.db";
    CPPUNIT_ASSERT(holds(refusal([&] { open_store("sqlite:" + none.string(), OpenMode::look); }),
                         "start countersign serve first"));
    CPPUNIT_ASSERT(!std::filesystem::exists(none));
  }

  void keeps_the_file_to_its_owner() {
    store_->submit(tests::sample_request());
    for (const char* end : {"", "-wal", "-shm", ".lock"}) {
      struct stat found = {};
      CPPUNIT_ASSERT_EQUAL_MESSAGE(end, 0, ::stat((file().string() + end).c_str(), &found));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(end, 0600u, found.st_mode & 0777u);
    }
  }

  void says_what_to_do_for_each_kind_of_failure() {
    std::set<std::string> sentences;
    const int codes[] = {13, 8,  11, 26,
                         5,  10, 1};  // full, read-only, damaged, no database, locked, disk, other
    for (const int code : codes) {
      const bridge::Error error = bridge::store_error(code, "x");
      CPPUNIT_ASSERT(error.code() == ErrorCode::store_unavailable);
      const std::string text = error.what();
      sentences.insert(text.substr(0, text.find(" (SQLite")));
    }
    CPPUNIT_ASSERT_EQUAL(std::size(codes), sentences.size());

    // A store that may not grow fails the verb, keeps what it has, and goes on when there is room again.
    store_.reset();
    bridge::LockFile locks(file());
    bridge::SqliteSession session(file(), bridge::SqliteSession::Access::write);
    session.execute("CREATE TABLE t (n TEXT)");
    session.execute("PRAGMA max_page_count = 1");
    bridge::GroupCommit commits(session, locks, bridge::GroupCommit::Beside::nobody);
    const std::string large(1 << 20, 'x');
    const auto insert = [&] {
      commits.run([&](bridge::SqliteSession& on) { on.query("INSERT INTO t VALUES (?1)", large).run(); });
    };
    const std::string message = refusal(insert);
    CPPUNIT_ASSERT_MESSAGE(message, holds(message, "disk that holds the store is full"));
    session.execute("PRAGMA max_page_count = 100000");
    CPPUNIT_ASSERT_EQUAL(std::string(), refusal(insert));
    CPPUNIT_ASSERT_EQUAL(1, session.number("SELECT count(*) FROM t"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SqliteStoreTest);
