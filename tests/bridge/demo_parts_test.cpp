// What a demo does to the folder that it is given.

#include "bridge/app/demo_parts.h"

#include <algorithm>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/error.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;

class DemoPartsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DemoPartsTest);
  CPPUNIT_TEST(a_folder_that_was_no_demos_keeps_its_files);
  CPPUNIT_TEST(of_an_earlier_demo_only_its_own_files_go);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_folder_that_was_no_demos_keeps_its_files() {
    const tests::TemporaryFolder folder;
    const auto notes = folder.write("thesis.txt", "years of work");
    const auto config = folder.write("countersign.yaml", "queues: []\n");
    try {
      bridge::clear_demo(folder.path());
      CPPUNIT_FAIL("it was cleared");
    } catch (const bridge::Error& e) {
      CPPUNIT_ASSERT(e.code() == bridge::ErrorCode::config_invalid);
      CPPUNIT_ASSERT_MESSAGE(e.what(), std::string(e.what()).find("empty folder") != std::string::npos);
    }
    CPPUNIT_ASSERT(fs::exists(notes) && fs::exists(config));
  }

  void of_an_earlier_demo_only_its_own_files_go() {
    const tests::TemporaryFolder folder;
    bridge::clear_demo(folder / "new");
    CPPUNIT_ASSERT(fs::is_directory(folder / "new"));
    const auto notes = folder.write("new/notes.txt", "seen in the demo");
    folder.write("new/practice.password", "practice\n");
    for (const char* name :
         {"countersign.yaml", "countersign.db", "countersign.db-wal", "countersign.db.pepper", "key"})
      folder.write(std::string("new/") + name, "old");
    bridge::clear_demo(folder / "new");
    std::vector<std::string> left;
    for (const auto& entry : fs::directory_iterator(folder / "new"))
      left.push_back(entry.path().filename().string());
    std::sort(left.begin(), left.end());
    CPPUNIT_ASSERT(left == (std::vector<std::string>{"notes.txt", "practice.password"}));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DemoPartsTest);
