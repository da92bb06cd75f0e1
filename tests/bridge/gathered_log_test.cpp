// What a rolled-back transaction left in the layer before the write-ahead log.

#include "bridge/store/gathered_log.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/store/sqlite_session.h"
#include "tests/support/temporary_folder.h"

using bridge::SqliteSession;

namespace {
// More pages than the cache holds, so that some go to the log before the end; fewer than are written at once.
constexpr const char* fill =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25) "
    "INSERT INTO t SELECT i, printf('%.3000c', 'x') FROM n";

std::unique_ptr<SqliteSession> open(const std::filesystem::path& file) {
  auto session = std::make_unique<SqliteSession>(file, SqliteSession::Access::write);
  session->execute("PRAGMA cache_size = 5");
  return session;
}
}  // namespace

class SqliteStoreGatheredLogTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SqliteStoreGatheredLogTest);
  CPPUNIT_TEST(what_was_rolled_back_is_not_written_over_the_commit_of_another);
  CPPUNIT_TEST(what_stands_before_a_savepoint_lasts_when_it_is_rolled_back);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    folder_ = std::make_unique<tests::TemporaryFolder>();
    file_ = folder_->write("log.db", "");
    const auto session = open(file_);
    session->execute("PRAGMA journal_mode = WAL");
    session->execute("CREATE TABLE t (i INTEGER, text TEXT)");
  }  // the log is gone: the next one begins it
  void tearDown() override { folder_.reset(); }

  void what_was_rolled_back_is_not_written_over_the_commit_of_another() {
    const auto a = open(file_), b = open(file_);
    CPPUNIT_ASSERT_EQUAL(0, a->number("SELECT count(*) FROM t"));
    a->execute("BEGIN IMMEDIATE");
    a->execute(fill);
    a->execute("ROLLBACK");
    b->execute("CREATE TABLE other (i INTEGER)");
    b->execute("INSERT INTO other VALUES (7)");
    CPPUNIT_ASSERT_EQUAL(7, a->number("SELECT i FROM other"));
    a->execute("INSERT INTO other VALUES (8)");
    const auto c = open(file_);
    for (SqliteSession* session : {a.get(), b.get(), c.get()}) {
      CPPUNIT_ASSERT_EQUAL(1, session->number("SELECT count(*) = 1 AND max(integrity_check) = 'ok' "
                                              "FROM pragma_integrity_check"));
      CPPUNIT_ASSERT_EQUAL(0, session->number("SELECT count(*) FROM t"));
      CPPUNIT_ASSERT_EQUAL(15, session->number("SELECT sum(i) FROM other"));
    }
  }

  void what_stands_before_a_savepoint_lasts_when_it_is_rolled_back() {
    const auto a = open(file_), b = open(file_);
    a->execute("BEGIN IMMEDIATE");
    a->execute(fill);
    a->execute("SAVEPOINT middle");
    a->execute(fill);
    a->execute("ROLLBACK TO middle");
    a->execute("COMMIT");
    for (SqliteSession* session : {a.get(), b.get()}) {
      CPPUNIT_ASSERT_EQUAL(25, session->number("SELECT count(*) FROM t WHERE length(text) = 3000"));
      CPPUNIT_ASSERT_EQUAL(1, session->number("SELECT count(*) = 1 AND max(integrity_check) = 'ok' "
                                              "FROM pragma_integrity_check"));
    }
  }

 private:
  std::unique_ptr<tests::TemporaryFolder> folder_;
  std::filesystem::path file_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(SqliteStoreGatheredLogTest);
