// The daemon around its parts: what it owes them when something has failed.

#include "bridge/app/daemon.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/log.h"
#include "bridge/store/sqlite_session.h"
#include "tests/support/temporary_folder.h"

class DaemonTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DaemonTest);
  CPPUNIT_TEST(stops_although_the_store_fails);
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
    folder.write("countersign.yaml",
                 "listen: 127.0.0.1:0\nstore: sqlite:store.db\nqueues:\n  - {name: acme, kind: hosted}\n");
    mappings::Diagnostics diagnostics;
    auto config = bridge::load_config(folder / "countersign.yaml", diagnostics);
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), config.has_value());
    bridge::Daemon daemon(std::move(*config));
    daemon.start();
    {
      bridge::SqliteSession session(folder / "store.db", bridge::SqliteSession::Access::write);
      for (const char* table : {"trail", "named_values"}) session.execute(std::string("DROP TABLE ") + table);
    }
    CPPUNIT_ASSERT_NO_THROW(daemon.stop());
    CPPUNIT_ASSERT_MESSAGE(logged(), logged().find("\"event\":\"not_recorded\"") != std::string::npos);
    CPPUNIT_ASSERT_MESSAGE(logged(), logged().find("\"event\":\"counts_not_written\"") != std::string::npos);
  }

 private:
  static std::string& logged() {
    static std::string lines;
    return lines;
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DaemonTest);
