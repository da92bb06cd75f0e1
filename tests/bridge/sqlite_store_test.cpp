// The contract on SQLite, and what holds for the file only.

#include "bridge/store/sqlite_store.h"

#include <csignal>
#include <fstream>
#include <future>
#include <set>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/access/secret_text.h"
#include "bridge/ops/error.h"
#include "bridge/store/sql.h"
#include "bridge/store/sql_auditlog.h"
#include "bridge/store/sql_hooks.h"
#include "tests/bridge/store_contract.h"
#include "tests/support/key_ring.h"
#include "tests/support/temporary_folder.h"

using bridge::ErrorCode;
using bridge::open_store;
using bridge::OpenMode;

namespace {
bridge::Credential credential(const std::string& id) {
  bridge::Credential made;
  made.id = id;
  made.queue = "acme";
  made.hash = "hash";
  return made;
}
// The message of the Error that opening or doing gives; empty when there is none.
template <class Act>
std::string refusal(const Act& act) {
  try {
    act();
  } catch (const bridge::Error& error) {
    return error.what();
  }
  return {};
}
bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
struct Undone {};
void run_sql(const std::filesystem::path& file, const std::vector<std::string>& statements) {
  if (!std::filesystem::exists(file)) std::ofstream(file).close();
  bridge::SqliteSession session(file, bridge::SqliteSession::Access::write);
  for (const auto& statement : statements) session.execute(statement);
}
}  // namespace

class SqliteStoreTest : public tests::StoreContract {
  CPPUNIT_TEST_SUITE(SqliteStoreTest);
  STORE_CONTRACT_TESTS;
  CPPUNIT_TEST(finds_what_a_process_submitted_that_ended_at_once);
  CPPUNIT_TEST(changes_of_one_moment_stand_on_one_page);
  CPPUNIT_TEST(shares_commits_between_threads);
  CPPUNIT_TEST(does_what_is_queued_before_it_ends);
  CPPUNIT_TEST(undoes_a_failing_job_of_a_group_alone);
  CPPUNIT_TEST(refuses_a_second_writer);
  CPPUNIT_TEST(writes_beside_a_running_bridge_but_leases_nothing);
  CPPUNIT_TEST(writes_before_the_first_start);
  CPPUNIT_TEST(looks_beside_a_running_bridge_and_changes_nothing);
  CPPUNIT_TEST(keeps_the_file_to_its_owner);
  CPPUNIT_TEST(refuses_what_is_not_our_database_and_leaves_it_alone);
  CPPUNIT_TEST(refuses_a_newer_database_and_leaves_it_alone);
  CPPUNIT_TEST(migrates_an_older_database_and_keeps_a_copy);
  CPPUNIT_TEST(fills_the_auditlog_columns_of_requests_from_before);
  CPPUNIT_TEST(keys_of_an_older_version_go_on);
  CPPUNIT_TEST(leaves_nothing_of_a_migration_that_failed);
  CPPUNIT_TEST(says_what_to_do_for_each_kind_of_failure);
  CPPUNIT_TEST(keeps_the_log_short_under_load);
  CPPUNIT_TEST(other_connections_see_a_commit_at_once);
  CPPUNIT_TEST(a_commit_is_in_the_log_when_it_is_told);
  CPPUNIT_TEST(a_transaction_that_does_not_fit_into_memory_is_written_or_undone_whole);
  CPPUNIT_TEST(a_log_that_cannot_grow_fails_the_commit_and_nothing_else);
  CPPUNIT_TEST(walks_an_index_in_every_text_that_runs_often);
  CPPUNIT_TEST(walks_the_right_index_in_every_list_of_the_auditlog);
  CPPUNIT_TEST_SUITE_END();

 public:
  void tearDown() override {
    tests::StoreContract::tearDown();
    folder_.reset();
  }

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

  void refuses_what_is_not_our_database_and_leaves_it_alone() {
    const auto foreign = *folder_ / "foreign.db";
    run_sql(foreign, {"CREATE TABLE t (a TEXT)"});
    const auto text = *folder_ / "notes.txt";
    std::ofstream(text) << std::string(2000, 'x');
    const struct {
      std::filesystem::path file;
      std::string expected;
    } cases[] = {{foreign, "is another program's database"}, {text, "is not an SQLite database"}};
    for (const auto& row : cases) {
      const std::string before = content(row.file);
      for (const OpenMode mode : {OpenMode::serve, OpenMode::look, OpenMode::beside}) {
        const std::string message = refusal([&] { open_store("sqlite:" + row.file.string(), mode); });
        CPPUNIT_ASSERT_MESSAGE(row.file.string() + ": " + message, holds(message, row.expected));
      }
      CPPUNIT_ASSERT_MESSAGE(row.file.string(), before == content(row.file));
    }
    CPPUNIT_ASSERT(holds(refusal([] { open_store("postgresql://h/d"); }), "expected sqlite:PATH"));
  }

  void refuses_a_newer_database_and_leaves_it_alone() {
    store_.reset();
    run_sql(file(), {"PRAGMA user_version = 99"});
    const std::string before = content(file());
    const std::string message = refusal([&] { open(); });
    CPPUNIT_ASSERT_MESSAGE(message, holds(message, "made by a newer version"));
    CPPUNIT_ASSERT(before == content(file()));
  }

  void migrates_an_older_database_and_keeps_a_copy() {
    store_->submit(tests::sample_request());
    const int have = store_->schema_version();
    store_.reset();
    std::vector<bridge::Migration> steps(bridge::migrations().begin(), bridge::migrations().end());
    steps.push_back(
        {have + 1, {"ALTER TABLE requests ADD COLUMN extra TEXT", "CREATE INDEX e ON requests (extra)"}});
    {
      bridge::SqliteStore newer(file(), OpenMode::serve, steps);
      CPPUNIT_ASSERT_EQUAL(have + 1, newer.schema_version());
      CPPUNIT_ASSERT(newer.find({"acme", 1}));
    }
    const std::string copy = file().string() + ".v" + std::to_string(have) + ".backup";
    CPPUNIT_ASSERT(open_store("sqlite:" + copy)->find({"acme", 1}));
    CPPUNIT_ASSERT(holds(refusal([&] { open(); }), "made by a newer version"));
  }

  void fills_the_auditlog_columns_of_requests_from_before() {
    store_.reset();
    folder_.emplace();
    std::filesystem::create_directories(file().parent_path());
    std::ofstream(file()).close();
    {
      bridge::SqliteSession session(file(), bridge::SqliteSession::Access::write);
      bridge::migrate(session, bridge::migrations().first(1));
    }
    const auto row = [](int num, const std::string& queue, int status, int received, int changed,
                        const std::string& body) {
      const std::string n = std::to_string(num);
      const auto micros = [](int seconds) {
        return std::to_string(bridge::to_micros(tests::at(seconds)) + 77);
      };
      return std::vector<std::string>{
          "INSERT INTO requests (num, queue, id, status_code, received, changed, state, version, desk, "
          "ticket_id, ticket_number, ticket_link, outcome, park_reason, park_detail, since) VALUES (" +
              n + ", '" + queue + "', " + n + ", " + std::to_string(status) + ", " + micros(received) + ", " +
              micros(changed) + ", 'waiting', 3, 'snow', '', '', '', '', '', '', 0)",
          "INSERT INTO bodies (num, body, scan_results) VALUES (" + n + ", '" + body + "', '[]')"};
    };
    constexpr int day = 86400;
    std::vector<std::string> statements;
    for (const auto& two :
         {row(1, "acme", 4, 0, 500, R"({"typeCode":1,"user":{"account":"ACME\\Ann","fullName":"\u00c5sa"}})"),
          row(2, "acme", 0, day, 2 * day, R"({"typeCode":0,"computer":{"name":"PC-1"},"user":{}})"),
          row(3, "acme", 3, 5 * day, 5 * day + 1, "{}"), row(4, "other", 4, 9 * day, 9 * day, "{}")})
      statements.insert(statements.end(), two.begin(), two.end());
    run_sql(file(), statements);

    store_ = open();
    CPPUNIT_ASSERT(std::filesystem::exists(file().string() + ".v1.backup"));
    using std::chrono::microseconds;
    CPPUNIT_ASSERT(store_->last_change("acme") == tests::at(5 * day + 1));
    CPPUNIT_ASSERT(store_->last_change("other") == tests::at(9 * day));
    bridge::AuditlogQuery query;
    query.changed_after = tests::at(0) - microseconds(1);
    CPPUNIT_ASSERT_EQUAL(std::string("1 2 3"), listed(query));
    // One that is pending did not change since it came in, whatever its lifecycle did.
    query.changed_after = tests::at(0);
    CPPUNIT_ASSERT_EQUAL(std::string("2 3"), listed(query));
    query = {};
    query.user = "acme\\ANN";
    CPPUNIT_ASSERT_EQUAL(std::string("1"), listed(query));
    query.user = "ann";
    CPPUNIT_ASSERT_EQUAL(std::string("1"), listed(query));
    query.user = "\xc3\xa5SA";
    CPPUNIT_ASSERT_EQUAL(std::string("1"), listed(query));
    query = {};
    query.computer = "pc-1";
    CPPUNIT_ASSERT_EQUAL(std::string("2"), listed(query));
    query = {};
    query.type = bridge::AuditlogQuery::Type::session;
    CPPUNIT_ASSERT_EQUAL(std::string("1"), listed(query));
    query = {};
    query.from = tests::at(day);
    CPPUNIT_ASSERT_EQUAL(std::string("2 3"), listed(query));
    query.until = tests::at(day + 1);
    CPPUNIT_ASSERT_EQUAL(std::string("2"), listed(query));
    CPPUNIT_ASSERT(entry(2)->requested == tests::at(day) + microseconds(77));
    CPPUNIT_ASSERT(entry(2)->use == bridge::Use{});
  }

  void keys_of_an_older_version_go_on() {
    store_.reset();
    folder_.emplace();
    std::filesystem::create_directories(file().parent_path());
    std::ofstream(file()).close();
    {
      bridge::SqliteSession session(file(), bridge::SqliteSession::Access::write);
      bridge::migrate(session, bridge::migrations().first(5));
    }
    const std::string key = bridge::make_secret(bridge::SecretForm::api_key, "3fa97f2c");
    run_sql(file(), {"INSERT INTO api_keys (id, queue, hash, label, created) VALUES ('3fa97f2c', 'acme', "
                     "'sha256:" +
                     bridge::hex_of(bridge::plain_digest(key)) + "', 'old', 1000000)"});
    store_ = open();
    const bridge::Credential row = store_->credentials().find("3fa97f2c").value();
    CPPUNIT_ASSERT(row.kind == bridge::CredentialKind::api_key && row.active && !row.expires);
    CPPUNIT_ASSERT_EQUAL(std::string("acme old read decide submit"),
                         row.queue + ' ' + row.label + ' ' + row.scopes.text());
    const auto access = tests::make_access(*store_);
    const bridge::RequestHeaders headers = {{"apikey", key}};
    CPPUNIT_ASSERT_EQUAL(std::string("acme"),
                         access->authenticate({"GET", "/requests", headers, "192.0.2.1", "id"}).queue);
  }

  void leaves_nothing_of_a_migration_that_failed() {
    store_->submit(tests::sample_request());
    const int have = store_->schema_version();
    store_.reset();
    std::vector<bridge::Migration> steps(bridge::migrations().begin(), bridge::migrations().end());
    steps.push_back({have + 1, {"CREATE TABLE new_one (a TEXT)", "CREATE TABLE requests (a TEXT)"}});
    CPPUNIT_ASSERT(!refusal([&] { bridge::SqliteStore(file(), OpenMode::serve, steps); }).empty());
    store_ = open();
    CPPUNIT_ASSERT_EQUAL(have, store_->schema_version());
    CPPUNIT_ASSERT(store_->find({"acme", 1}));
    store_.reset();
    bridge::SqliteSession session(file(), bridge::SqliteSession::Access::read);
    CPPUNIT_ASSERT_EQUAL(0, session.number("SELECT count(*) FROM sqlite_master WHERE name = 'new_one'"));
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

  void walks_an_index_in_every_text_that_runs_often() {
    namespace sql = bridge::sql;
    const sql::ListShape everything{true, true, true, false};
    const std::string two_states =
        sql::list_part(everything, 6) + " UNION ALL " + sql::list_part(everything, 7);
    const std::string texts[] = {
        std::string(sql::find_request),
        std::string(sql::find_by_ticket),
        std::string(sql::find_idempotency),
        std::string(sql::standing),
        std::string(sql::timeline),
        std::string(sql::oldest),
        std::string(sql::take_slot),
        std::string(sql::end_wait),
        std::string(sql::end_expired_leases),
        std::string(sql::next_priority),
        std::string(sql::due),
        std::string(sql::coming),
        std::string(sql::due_in_order),
        std::string(sql::coming_in_order),
        std::string(sql::open_deliveries),
        std::string(sql::count_deliveries),
        std::string(sql::drop_lane),
        std::string(sql::find_message),
        std::string(sql::next_lease_end),
        std::string(sql::drop_timers),
        sql::page_of_one(false, 0, false, true),
        sql::page_of_one(true, 4, true, false),
        sql::page_part(4, false),
        sql::list_part({}, 0),
        sql::list_part({}, 6),
        two_states,
        std::string(sql::last_touched),
        std::string(sql::ids_of_days),
        std::string(sql::auditlog_entry_by_id),
    };
    for (const std::string& text : texts) {
      const std::string plan = plan_of(text);
      CPPUNIT_ASSERT_MESSAGE(text + '\n' + plan, holds(plan, "INDEX"));
      // Walking a whole index in its order is what an unfiltered page does; a table or a sort is never right.
      CPPUNIT_ASSERT_MESSAGE(text + '\n' + plan, !holds(plan, "TEMP B-TREE"));
      for (const char* table : {"requests", "effects", "audit", "r", "e", "o", "a"})
        CPPUNIT_ASSERT_MESSAGE(text + '\n' + plan, !holds(plan, "SCAN " + std::string(table) + "\n"));
    }
  }

  void walks_the_right_index_in_every_list_of_the_auditlog() {
    namespace sql = bridge::sql;
    using By = sql::AuditlogPart::By;
    using Type = bridge::AuditlogQuery::Type;
    struct Case {
      const char* name = nullptr;
      sql::AuditlogPart part;
      const char* index = nullptr;
    };
    // What real clients send: startid and take, days, startdate and enddate, last, status, type, a computer,
    // a user. The period is a range of ids and a look at the row.
    const Case cases[] = {
        {"startid", {By::id, 0, 0, Type::any, false}, "(queue=? AND id>? AND id<?)"},
        {"last", {By::id, 0, 0, Type::any, true}, "(queue=? AND id>? AND id<?)"},
        {"type app", {By::id, 0, 0, Type::app, false}, "(queue=? AND id>? AND id<?)"},
        {"type session",
         {By::type, 1, 3, Type::any, false},
         "requests_type (queue=? AND type_code=? AND id>?"},
        {"status",
         {By::status, 10, 0, Type::app, false},
         "requests_status (queue=? AND status_code=? AND id>?"},
        {"status last",
         {By::status, 10, 0, Type::any, true},
         "requests_status (queue=? AND status_code=? AND"},
        {"computer",
         {By::computer, 0, 3, Type::app, false},
         "requests_computer (queue=? AND computer=? AND id>"},
        {"login", {By::login, 0, 1, Type::any, false}, "requests_login (queue=? AND login=? AND id>?"},
        {"account", {By::account, 0, 3, Type::any, true}, "requests_login (queue=? AND login=? AND id>?"},
        {"name", {By::name_not_login, 0, 0, Type::any, false}, "requests_full_name (queue=? AND full_name=?"},
        {"a name",
         {By::name_not_account, 0, 0, Type::any, true},
         "requests_full_name (queue=? AND full_name=?"},
    };
    for (const Case& one : cases) {
      const std::string part = sql::auditlog_part(one.part);
      const std::string plan = plan_of(part);
      CPPUNIT_ASSERT_MESSAGE(one.name + ('\n' + plan), holds(plan, one.index));
      CPPUNIT_ASSERT_MESSAGE(one.name + ('\n' + plan), !holds(plan, "TEMP B-TREE"));
      // Bodies are found by their number, and only those of the page.
      const std::string page =
          plan_of(sql::auditlog_page(sql::from_requests, part + " UNION ALL " + part, one.part.last));
      // What is mirrored is listed by the same parts, over indexes of the same form.
      std::string there = one.index;
      if (there.starts_with("requests_")) there.replace(0, 8, "mirrored");
      const std::string mirrored = sql::auditlog_part(one.part, "mirrored_entries");
      const std::string mirrored_plan = plan_of(mirrored);
      CPPUNIT_ASSERT_MESSAGE(one.name + ('\n' + mirrored_plan),
                             there == one.index || holds(mirrored_plan, there));
      CPPUNIT_ASSERT_MESSAGE(one.name + ('\n' + mirrored_plan), !holds(mirrored_plan, "TEMP B-TREE"));
      const std::string mirrored_page =
          plan_of(sql::auditlog_page(sql::from_mirror, mirrored + " UNION ALL " + mirrored, one.part.last));
      for (const char* table : {"mirrored_entries", "r\n"})
        CPPUNIT_ASSERT_MESSAGE(one.name + ('\n' + mirrored_page),
                               !holds(mirrored_page, "SCAN " + std::string(table)));
      for (const char* table : {"requests", "bodies", "uses", "r\n", "b\n", "u\n"})
        CPPUNIT_ASSERT_MESSAGE(one.name + ('\n' + page), !holds(page, "SCAN " + std::string(table)));
    }
    // Sorted by id: but of the numbers alone, and only of those that changed.
    CPPUNIT_ASSERT(holds(plan_of(std::string(sql::from_requests.changed_after)),
                         "requests_touched (queue=? AND touched>?)"));
    CPPUNIT_ASSERT(holds(plan_of(std::string(sql::from_mirror.changed_after)),
                         "mirrored_touched (queue=? AND touched>?)"));
    for (const auto text : {sql::from_requests.oldest_changes, sql::from_mirror.oldest_changes}) {
      const std::string plan = plan_of(std::string(text));
      CPPUNIT_ASSERT_MESSAGE(
          plan, holds(plan, "touched (queue=? AND touched>? AND touched<?)") && !holds(plan, "TEMP"));
    }
    CPPUNIT_ASSERT(!holds(plan_of(std::string(sql::from_requests.by_num)), "SCAN"));
  }

 protected:
  std::unique_ptr<bridge::Store> open() override { return open_store(where()); }
  // In a folder that does not exist yet, with a name that a URI would take apart.
  std::filesystem::path file() const { return folder_->path() / "var" / "store #1 100%?.db"; }
  std::string where() const { return "sqlite:" + file().string(); }

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
  std::string plan_of(const std::string& text) const {
    bridge::SqliteSession session(file(), bridge::SqliteSession::Access::read);
    bridge::Query row = session.query("EXPLAIN QUERY PLAN " + text);
    std::string plan;
    while (row.step()) plan += row.text(3) + '\n';
    return plan;
  }

  std::optional<tests::TemporaryFolder> folder_{std::in_place};
};
CPPUNIT_TEST_SUITE_REGISTRATION(SqliteStoreTest);
