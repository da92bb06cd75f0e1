// Files of older and newer versions, and of somebody else.

#include <fstream>

#include "bridge/access/secret_text.h"
#include "bridge/ops/sha256.h"
#include "bridge/store/migrations.h"
#include "bridge/store/sqlite_session.h"
#include "bridge/store/sqlite_store.h"
#include "tests/bridge/sqlite_fixture.h"
#include "tests/support/key_ring.h"

using bridge::open_store;
using bridge::OpenMode;
using tests::content;
using tests::holds;
using tests::refusal;
using tests::run_sql;

class SqliteMigrationTest : public tests::SqliteFixture {
  CPPUNIT_TEST_SUITE(SqliteMigrationTest);
  CPPUNIT_TEST(refuses_what_is_not_our_database_and_leaves_it_alone);
  CPPUNIT_TEST(refuses_a_newer_database_and_leaves_it_alone);
  CPPUNIT_TEST(migrates_an_older_database_and_keeps_a_copy);
  CPPUNIT_TEST(fills_the_auditlog_columns_of_requests_from_before);
  CPPUNIT_TEST(keys_of_an_older_version_go_on);
  CPPUNIT_TEST(knows_a_repeat_of_what_an_older_version_took_in);
  CPPUNIT_TEST(leaves_nothing_of_a_migration_that_failed);
  CPPUNIT_TEST_SUITE_END();

 public:
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

  void knows_a_repeat_of_what_an_older_version_took_in() {
    bridge::NewRequest request = tests::sample_request();
    request.idempotency_key = "k";
    request.idempotency_hash = bridge::sha256_hex(R"({"reason":"because"})");
    store_->submit(request);
    bridge::NewEvents events;
    events.queue = "acme";
    events.idempotency_key = "e";
    events.idempotency_hash = bridge::sha256_hex(R"([{"eventCode":1}])");
    events.events.emplace_back();
    events.events.back().body = [](std::int64_t) { return "{}"; };
    store_->events().add(events);
    store_.reset();
    run_sql(file(), {R"(UPDATE idempotency SET hash = '{"reason":"because"}')",
                     R"(UPDATE event_intakes SET hash = '[{"eventCode":1}]')", "PRAGMA user_version = 10"});
    store_ = open();
    CPPUNIT_ASSERT(bridge::AddedEvents::What::repeated == store_->events().add(events).what);
    CPPUNIT_ASSERT(bridge::Submitted::What::repeated == store_->submit(request).what);
    request.idempotency_hash = bridge::sha256_hex(R"({"reason":"another"})");
    CPPUNIT_ASSERT(bridge::Submitted::What::mismatch == store_->submit(request).what);
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(SqliteMigrationTest);
