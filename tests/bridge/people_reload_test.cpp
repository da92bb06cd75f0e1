// A directory of a file in a running bridge: read again at a reload, all or nothing.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/app/daemon.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "tests/support/temporary_folder.h"

using mappings::Diagnostics;

class PeopleReloadTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PeopleReloadTest);
  CPPUNIT_TEST(keeps_the_old_people_when_their_file_has_a_mistake);
  CPPUNIT_TEST(a_queue_may_get_a_file_and_lose_it);
  CPPUNIT_TEST(approvers_are_a_list_the_directory_or_a_group);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    bridge::set_log_sink([](const std::string&) {});
  }
  void tearDown() override {
    daemon_.reset();
    bridge::set_log_sink(nullptr);
  }

  void keeps_the_old_people_when_their_file_has_a_mistake() {
    folder_.write("people.yaml", "people:\n  - {login: bob}\n");
    start("directory: {file: people.yaml}");
    CPPUNIT_ASSERT_EQUAL(std::string("bob"), people());
    folder_.write("people.yaml", "people:\n  - {login: carol}\n  - {name: Nobody}\n");
    Diagnostics diagnostics;
    CPPUNIT_ASSERT(!daemon_->reload(diagnostics));
    CPPUNIT_ASSERT_EQUAL((folder_ / "people.yaml").string() + ":3:5",
                         diagnostics.all().at(0).where.to_string());
    CPPUNIT_ASSERT_EQUAL(std::string("bob"), people());
    folder_.write("people.yaml", "people:\n  - {login: carol}\n");
    Diagnostics mended;
    CPPUNIT_ASSERT_MESSAGE(mended.to_text(), daemon_->reload(mended));
    CPPUNIT_ASSERT_EQUAL(std::string("carol"), people());
  }

  void a_queue_may_get_a_file_and_lose_it() {
    start("");
    CPPUNIT_ASSERT_EQUAL(std::string("none"), people());
    folder_.write("people.yaml", "people:\n  - {login: bob}\n");
    configure("directory: {file: people.yaml}");
    Diagnostics diagnostics;
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), daemon_->reload(diagnostics));
    CPPUNIT_ASSERT_EQUAL(std::string("bob"), people());
    configure("");
    CPPUNIT_ASSERT(daemon_->reload(diagnostics));
    CPPUNIT_ASSERT_EQUAL(std::string("none"), people());
  }

  void approvers_are_a_list_the_directory_or_a_group() {
    const struct {
      const char* text;
      std::size_t mails;
      bool of_directory;
      const char* group;
    } cases[] = {
        {"", 0, false, ""},
        {"approvers: [bob@acme.test]", 1, false, ""},
        {"approvers: directory", 0, true, ""},
        {"approvers: {group: security}", 0, true, "security"},
    };
    for (const auto& one : cases) {
      const auto config = load(one.text);
      CPPUNIT_ASSERT_MESSAGE(one.text, config.has_value());
      const auto& queue = config->queues.front();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.text, one.mails, queue.approvers.size());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.text, one.of_directory, queue.approvers_of_directory);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.text, std::string(one.group), queue.approver_group);
    }
    for (const char* wrong : {"approvers: everybody", "approvers: {groups: a}", "approvers: [bob]",
                              "directory: people.yaml", "directory: {file: ''}", "directory: {}"})
      CPPUNIT_ASSERT_MESSAGE(wrong, !load(wrong));
  }

 private:
  void configure(const std::string& more) {
    folder_.write("countersign.yaml", "listen: 0\nqueues:\n  - name: acme\n    kind: hosted\n" +
                                          (more.empty() ? "" : "    " + more + "\n"));
  }
  std::optional<bridge::Config> load(const std::string& more) {
    configure(more);
    Diagnostics diagnostics;
    return bridge::load_config(folder_ / "countersign.yaml", diagnostics);
  }
  void start(const std::string& more) {
    auto config = load(more);
    CPPUNIT_ASSERT(config.has_value());
    daemon_.emplace(std::move(*config));
    daemon_->start();
  }
  // Their logins.
  std::string people() {
    const auto known = daemon_->drain().ledger().people("acme");
    if (!known) return "none";
    std::string logins;
    for (const auto& person : known->people()) logins += (logins.empty() ? "" : " ") + person.login;
    return logins;
  }

  tests::TemporaryFolder folder_;
  std::optional<bridge::Daemon> daemon_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(PeopleReloadTest);
