// What `countersign status` counts.

#include <iostream>
#include <sstream>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/app/commands.h"
#include "bridge/hooks/hook_standing.h"
#include "tests/support/temporary_folder.h"

using mappings::Json;

class StatusCommandTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(StatusCommandTest);
  CPPUNIT_TEST(a_paused_webhook_that_left_the_file_is_not_counted);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_paused_webhook_that_left_the_file_is_not_counted() {
    const tests::TemporaryFolder folder;
    const auto file = folder.write("countersign.yaml",
                                   "listen: 0\nstore: sqlite:store.db\n"
                                   "queues:\n  - {name: acme, kind: hosted}\n"
                                   "hooks:\n  subscriptions:\n"
                                   "    - {name: told, queue: acme, url: \"https://siem.test/in\", "
                                   "events: [requests]}\n");
    {
      const auto store =
          bridge::open_store("sqlite:" + (folder / "store.db").string(), bridge::OpenMode::serve);
      for (const char* name : {"told", "gone"})
        store->set_value(bridge::hook_state_name(name), R"({"pausedAt":"2026-01-31T10:00:00.000Z"})", {});
    }
    bridge::CommonOptions common;
    common.config = file.string();
    common.json = true;
    std::ostringstream out;
    auto* const usual = std::cout.rdbuf(out.rdbuf());
    bridge::status(common);
    std::cout.rdbuf(usual);
    CPPUNIT_ASSERT_EQUAL(std::string(R"(["told"])"), Json::parse(out.str()).get("pausedHooks").dump());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(StatusCommandTest);
