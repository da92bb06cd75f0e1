// What a commit is on SQLite: shared, durable, whole or not at all.

#include <atomic>
#include <csignal>
#include <future>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "bridge/store/group_commit.h"
#include "bridge/store/lock_file.h"
#include "bridge/store/sqlite_session.h"
#include "tests/bridge/sqlite_fixture.h"

using tests::refusal;
using tests::run_sql;

namespace {

struct Undone {};

}  // namespace

class SqliteCommitTest : public tests::SqliteFixture {
  CPPUNIT_TEST_SUITE(SqliteCommitTest);
  CPPUNIT_TEST(shares_commits_between_threads);
  CPPUNIT_TEST(does_what_is_queued_before_it_ends);
  CPPUNIT_TEST(undoes_a_failing_job_of_a_group_alone);
  CPPUNIT_TEST(other_connections_see_a_commit_at_once);
  CPPUNIT_TEST(a_commit_is_in_the_log_when_it_is_told);
  CPPUNIT_TEST(a_transaction_that_does_not_fit_into_memory_is_written_or_undone_whole);
  CPPUNIT_TEST(a_log_that_cannot_grow_fails_the_commit_and_nothing_else);
  CPPUNIT_TEST(keeps_the_log_short_under_load);
  CPPUNIT_TEST_SUITE_END();

 public:
  void shares_commits_between_threads() {
    constexpr int threads = 16;
    constexpr int each = 50;
    CPPUNIT_ASSERT_EQUAL(0, tests::on_threads(threads, [&](int) {
                           for (int i = 0; i < each; ++i) store_->submit(tests::sample_request());
                         }));
    const auto writes = store_->writes();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{threads} * each, writes.verbs);
    CPPUNIT_ASSERT(writes.commits < writes.verbs);
  }

  void does_what_is_queued_before_it_ends() {
    // Jobs that queue while one runs are all done when the queue is destroyed right after.
    store_.reset();
    bridge::LockFile locks(file());
    bridge::SqliteSession session(file(), bridge::SqliteSession::Access::write);
    session.execute("CREATE TABLE t (n INTEGER)");
    std::atomic<int> asked = 0;
    {
      std::vector<std::thread> threads;
      bridge::GroupCommit commits(session, locks, bridge::GroupCommit::Beside::nobody);
      for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
          commits.run([&](bridge::SqliteSession& on) {
            ++asked;
            on.query("INSERT INTO t VALUES (1)").run();
          });
        });
      for (auto& thread : threads) thread.join();
    }
    CPPUNIT_ASSERT_EQUAL(8, asked.load());
    CPPUNIT_ASSERT_EQUAL(8, session.number("SELECT count(*) FROM t"));
  }

  void undoes_a_failing_job_of_a_group_alone() {
    store_.reset();
    bridge::LockFile locks(file());
    bridge::SqliteSession session(file(), bridge::SqliteSession::Access::write);
    session.execute("CREATE TABLE t (n INTEGER)");
    int shared = 0;  // what the jobs count together; the failing one's must not be written
    std::atomic<int> failed = 0, done = 0;
    std::promise<void> open;  // outlives the thread that waits for it
    const auto opened = open.get_future().share();
    {
      bridge::GroupCommit commits(session, locks, bridge::GroupCommit::Beside::nobody,
                                  {[&] { shared = 0; },
                                   [&](bridge::SqliteSession& on) {
                                     on.query("INSERT INTO t VALUES (?1)", std::int64_t{1000} * shared).run();
                                   }});
      // Holds the thread until all others queue behind it.
      commits.post([&](bridge::SqliteSession&) { opened.wait(); }, [](const auto&) {});
      for (int i = 1; i <= 5; ++i)
        commits.post(
            [&, i](bridge::SqliteSession& on) {
              ++shared;
              on.query("INSERT INTO t VALUES (?1)", std::int64_t{i}).run();
              if (i == 3) throw std::runtime_error("the third");
            },
            [&](const std::exception_ptr& trouble) { ++(trouble ? failed : done); });
      open.set_value();
    }
    CPPUNIT_ASSERT_EQUAL(1, failed.load());
    CPPUNIT_ASSERT_EQUAL(4, done.load());
    CPPUNIT_ASSERT_EQUAL(1 + 2 + 4 + 5 + 4000, session.number("SELECT sum(n) FROM t"));
  }

  void other_connections_see_a_commit_at_once() {
    store_.reset();
    run_sql(file(), {"CREATE TABLE t (n INTEGER)"});
    bridge::SqliteSession writer(file(), bridge::SqliteSession::Access::write);
    bridge::SqliteSession reader(file(), bridge::SqliteSession::Access::read);
    for (int i = 1; i <= 50; ++i) {
      writer.transaction([&] {
        writer.query("INSERT INTO t VALUES (?1)", i).run();
        CPPUNIT_ASSERT_EQUAL(i - 1, reader.number("SELECT count(*) FROM t"));
      });
      CPPUNIT_ASSERT_EQUAL(i, reader.number("SELECT count(*) FROM t"));
      if (i % 20 == 0) writer.checkpoint(i == 40);
    }
  }

  void a_commit_is_in_the_log_when_it_is_told() {
    // What a killed process leaves behind: the files as they are, without a word from SQLite.
    store_.reset();
    run_sql(file(), {"CREATE TABLE t (text TEXT)"});
    bridge::SqliteSession writer(file(), bridge::SqliteSession::Access::write);
    for (int i = 1; i <= 5; ++i) {
      const std::string text(static_cast<std::size_t>(i) * 100'000, 'x');  // some in several pieces
      writer.transaction([&] { writer.query("INSERT INTO t VALUES (?1)", text).run(); });
      tests::TemporaryFolder copy;
      for (const char* end : {"", "-wal"})
        std::filesystem::copy_file(file().string() + end, (copy.path() / "copy.db").string() + end);
      bridge::SqliteSession found(copy.path() / "copy.db", bridge::SqliteSession::Access::write);
      CPPUNIT_ASSERT_EQUAL(i, found.number("SELECT count(*) FROM t"));
      CPPUNIT_ASSERT_EQUAL(i * 100'000, found.number("SELECT max(length(text)) FROM t"));
    }
  }

  void a_transaction_that_does_not_fit_into_memory_is_written_or_undone_whole() {
    store_.reset();
    run_sql(file(), {"CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)"});
    bridge::SqliteSession writer(file(), bridge::SqliteSession::Access::write);
    writer.execute("PRAGMA cache_size = 10");  // pages go into the log before the commit, and come back
    const std::string fill =
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000) "
        "INSERT OR REPLACE INTO t SELECT n * 7919 % 2003, hex(randomblob(200)) FROM c";
    for (int round = 0; round < 3; ++round) {
      try {
        writer.transaction([&] {
          writer.execute(fill);
          CPPUNIT_ASSERT_EQUAL(2000, writer.number("SELECT count(*) FROM t"));
          throw Undone();
        });
      } catch (const Undone&) {
      }
      CPPUNIT_ASSERT_EQUAL(round == 0 ? 0 : 2000, writer.number("SELECT count(*) FROM t"));
      writer.transaction([&] { writer.execute(fill); });
      CPPUNIT_ASSERT_EQUAL(2000, writer.number("SELECT count(*) FROM t WHERE length(text) = 400"));
      bridge::SqliteSession reader(file(), bridge::SqliteSession::Access::read);
      CPPUNIT_ASSERT_EQUAL(2000, reader.number("SELECT count(*) FROM t WHERE length(text) = 400"));
      CPPUNIT_ASSERT_EQUAL(1, reader.number("SELECT integrity_check = 'ok' FROM pragma_integrity_check"));
    }
  }

  void a_log_that_cannot_grow_fails_the_commit_and_nothing_else() {
    store_.reset();
    const pid_t child = ::fork();
    if (child == 0) ::_exit(fail_to_grow());
    int status = 0;
    CPPUNIT_ASSERT_EQUAL(child, ::waitpid(child, &status, 0));
    CPPUNIT_ASSERT(WIFEXITED(status));
    CPPUNIT_ASSERT_EQUAL(0, WEXITSTATUS(status));
  }

  void keeps_the_log_short_under_load() {
    auto request = tests::sample_request();
    request.body = [](std::int64_t) {
      return "{\"scanResults\":[],\"reason\":\"" + std::string(8000, 'x') + "\"}";
    };
    for (int from = 1; from <= 1500; from += 50) {
      std::vector<bridge::NewRequest> some(50, request);
      for (int i = 0; i < 50; ++i) some[static_cast<std::size_t>(i)].id = from + i;
      store_->submit_unknown(some);
    }
    CPPUNIT_ASSERT(std::filesystem::file_size(file().string() + "-wal") < 8u << 20);
    CPPUNIT_ASSERT(std::filesystem::file_size(file()) > 8u << 20);
  }

 private:
  // In a process of its own: what it may write is limited. 0, or which step went wrong.
  int fail_to_grow() const {
    ::signal(SIGXFSZ, SIG_IGN);
    run_sql(file(), {"CREATE TABLE t (text TEXT)"});
    bridge::SqliteSession writer(file(), bridge::SqliteSession::Access::write);
    const auto add = [&](std::size_t size) {
      const std::string text(size, 'x');
      writer.transaction([&] { writer.query("INSERT INTO t VALUES (?1)", text).run(); });
    };
    add(1000);
    const rlimit little{200'000, RLIM_INFINITY}, all{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &little);
    if (refusal([&] { add(400'000); }).empty()) return 1;
    if (writer.in_transaction()) return 2;
    if (writer.number("SELECT count(*) FROM t") != 1) return 3;
    add(1000);
    ::setrlimit(RLIMIT_FSIZE, &all);
    add(400'000);
    bridge::SqliteSession reader(file(), bridge::SqliteSession::Access::read);
    if (reader.number("SELECT count(*) FROM t") != 3) return 4;
    return reader.number("SELECT integrity_check = 'ok' FROM pragma_integrity_check") == 1 ? 0 : 5;
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SqliteCommitTest);
