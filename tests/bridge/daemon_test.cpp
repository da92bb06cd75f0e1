// The daemon around its parts: what it owes them when something has failed.

#include "bridge/app/daemon.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/app/bridge_trail.h"
#include "bridge/ops/error.h"
#include "bridge/ops/log.h"
#include "bridge/store/sqlite_session.h"
#include "tests/support/temporary_folder.h"

class DaemonTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DaemonTest);
  CPPUNIT_TEST(stops_although_the_store_fails);
  CPPUNIT_TEST(a_start_that_cannot_listen_is_not_recorded);
  CPPUNIT_TEST(files_are_not_remembered_without_their_row);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    bridge::set_log_sink([](const std::string& line) { logged() += line + '\n'; });
  }
  void tearDown() override {
    bridge::set_log_sink(nullptr);
    logged().clear();
  }

  void stops_although_the_store_fails() {
    const tests::TemporaryFolder folder;
    bridge::Daemon daemon(load(folder));
    daemon.start();
    {
      bridge::SqliteSession session(folder / "store.db", bridge::SqliteSession::Access::write);
      for (const char* table : {"trail", "named_values"}) session.execute(std::string("DROP TABLE ") + table);
    }
    CPPUNIT_ASSERT_NO_THROW(daemon.stop());
    CPPUNIT_ASSERT_MESSAGE(logged(), logged().find("\"event\":\"not_recorded\"") != std::string::npos);
    CPPUNIT_ASSERT_MESSAGE(logged(), logged().find("\"event\":\"counts_not_written\"") != std::string::npos);
  }

  void a_start_that_cannot_listen_is_not_recorded() {
    const tests::TemporaryFolder folder, other;
    bridge::Daemon first(load(folder));
    first.start();
    bridge::Daemon second(load(other, first.port()));
    try {
      second.start();
      CPPUNIT_FAIL("it listens");
    } catch (const bridge::Error& e) {
      CPPUNIT_ASSERT_MESSAGE(e.what(), std::string(e.what()).find("another program") != std::string::npos);
    }
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, second.store().trail().newest());
  }

  void files_are_not_remembered_without_their_row() {
    const tests::TemporaryFolder folder;
    const auto store =
        bridge::open_store("sqlite:" + (folder / "store.db").string(), bridge::OpenMode::serve);
    const bridge::SystemClock clock;
    bridge::BridgeTrail trail(*store, clock);
    const auto remembered = [&] { return store->value("configuration:files").value_or("none"); };
    trail.record_files({{"a.yaml", "1"}}, "configuration.changed", {"operator ann", "", "", "", ""});
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"a.yaml":"1"})"), remembered());
    const auto at = store->trail().newest();
    CPPUNIT_ASSERT(at > 0);
    {
      bridge::SqliteSession session(folder / "store.db", bridge::SqliteSession::Access::write);
      session.execute("DROP TABLE trail");
    }
    trail.record_files({{"a.yaml", "2"}}, "configuration.changed", {"operator ann", "", "", "", ""});
    CPPUNIT_ASSERT_MESSAGE(logged(), logged().find("\"event\":\"not_recorded\"") != std::string::npos);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the next start tells of it", std::string(R"({"a.yaml":"1"})"),
                                 remembered());
  }

 private:
  static bridge::Config load(const tests::TemporaryFolder& folder, int port = 0) {
    folder.write("countersign.yaml",
                 "listen: 127.0.0.1:" + std::to_string(port) +
                     "\nstore: sqlite:store.db\nqueues:\n  - {name: acme, kind: hosted}\n");
    mappings::Diagnostics diagnostics;
    auto config = bridge::load_config(folder / "countersign.yaml", diagnostics);
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), config.has_value());
    return std::move(*config);
  }
  static std::string& logged() {
    static std::string lines;
    return lines;
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DaemonTest);
