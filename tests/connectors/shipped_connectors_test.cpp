// What every folder in connectors/ owes: a manifest without a complaint, a page that explains it, and
// recorded exchanges for every verb, all of which hold.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include <cppunit/extensions/HelperMacros.h>

#include "connectors/engine/exchange_tests.h"
#include "mappings/engine/yaml_tree.h"

namespace {
namespace fs = std::filesystem;

std::vector<fs::path> connector_folders() {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(fs::path(SOURCE_DIR) / "connectors"))
    if (fs::exists(entry.path() / "connector.yaml")) folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end());
  return folders;
}

std::vector<fs::path> exchange_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder / "exchanges"))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::shared_ptr<const connectors::Manifest> loaded(const fs::path& folder) {
  mappings::Diagnostics diagnostics;
  auto manifest = connectors::Manifest::load(folder / "connector.yaml", diagnostics);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(folder.string(), std::string(), diagnostics.to_text());
  CPPUNIT_ASSERT_MESSAGE(folder.string(), manifest != nullptr);
  return manifest;
}
}  // namespace

class ShippedConnectorsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ShippedConnectorsTest);
  CPPUNIT_TEST(both_desks_are_there);
  CPPUNIT_TEST(manifests_load_and_every_setting_is_explained);
  CPPUNIT_TEST(recorded_exchanges_hold);
  CPPUNIT_TEST(every_verb_has_a_recorded_exchange);
  CPPUNIT_TEST_SUITE_END();

 public:
  void both_desks_are_there() {
    std::set<std::string> names;
    for (const auto& folder : connector_folders()) names.insert(folder.filename().string());
    CPPUNIT_ASSERT(names.count("servicenow") == 1);
    CPPUNIT_ASSERT(names.count("request_tracker") == 1);
  }

  void manifests_load_and_every_setting_is_explained() {
    for (const auto& folder : connector_folders()) {
      const auto manifest = loaded(folder);
      std::ifstream file(folder / "README.md");
      const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
      for (const auto& setting : manifest->settings()) {
        const std::string name = manifest->name() + "." + setting.name;
        CPPUNIT_ASSERT_MESSAGE(name + " has no help", !setting.help.empty());
        CPPUNIT_ASSERT_MESSAGE(name + " is not in README.md",
                               page.find("`" + setting.name + "`") != std::string::npos);
      }
    }
  }

  void recorded_exchanges_hold() {
    for (const auto& folder : connector_folders()) {
      const auto manifest = loaded(folder);
      for (const auto& file : exchange_files(folder)) {
        mappings::Diagnostics diagnostics;
        const auto results = connectors::run_exchange_tests(manifest, file, diagnostics);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(file.string(), std::string(), diagnostics.to_text());
        CPPUNIT_ASSERT_MESSAGE(file.string(), !results.empty());
        for (const auto& result : results)
          CPPUNIT_ASSERT_EQUAL_MESSAGE(result.where.to_string() + " " + result.name, std::string(),
                                       result.problem);
      }
    }
  }

  void every_verb_has_a_recorded_exchange() {
    for (const auto& folder : connector_folders()) {
      std::set<std::string> verbs;
      for (const auto& file : exchange_files(folder)) {
        mappings::Diagnostics diagnostics;
        const auto tree = mappings::read_yaml_file(file, diagnostics);
        CPPUNIT_ASSERT(tree != nullptr);
        for (const auto& test : tree->find("tests")->items)
          verbs.insert(test.find("do")->members.front().first);
      }
      for (const char* verb : {"check", "find", "open", "read", "changes", "tell", "comment", "hint"})
        CPPUNIT_ASSERT_MESSAGE(folder.string() + " has no exchange for " + verb, verbs.count(verb) == 1);
    }
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ShippedConnectorsTest);
