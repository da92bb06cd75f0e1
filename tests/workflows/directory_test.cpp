#include "workflows/engine/directory.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/temporary_folder.h"
#include "workflows/engine/people.h"
#include "workflows/engine/workflow.h"
#include "workflows/engine/workflow_tests.h"

using mappings::Diagnostics;
using mappings::Json;
using workflows::Directory;
using workflows::moment_from;
using workflows::Workflow;

namespace {
const char* const acme = R"(people:
  - {name: Bob Admin, login: bob.admin, mail: bob@acme.test, groups: [Security, desk]}
  - {name: Carol Sec, mail: [carol@acme.test, c@acme.test], groups: [security], away: {from: 2026-12-24, until: 2027-01-02}}
  - {name: Dave Left, login: 'ACME\dave', mail: dave@acme.test, groups: [security], active: false}
  - {name: Erin, login: erin@acme.test, groups: [trainees], away: [{until: 2026-01-01}, {from: "2026-06-01T10:00:00Z"}]}
)";
}  // namespace

class DirectoryTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DirectoryTest);
  CPPUNIT_TEST(reads_days_and_times);
  CPPUNIT_TEST(finds_people_strictly);
  CPPUNIT_TEST(suspects_people_generously);
  CPPUNIT_TEST(knows_who_is_away);
  CPPUNIT_TEST(a_workflow_asks_for_groups_and_absence);
  CPPUNIT_TEST(without_a_directory_nobody_is_in_a_group);
  CPPUNIT_TEST(mistakes_of_a_file_are_named_with_their_place);
  CPPUNIT_TEST(tests_of_a_workflow_can_name_a_directory);
  CPPUNIT_TEST_SUITE_END();

 public:
  void reads_days_and_times() {
    const std::pair<const char*, const char*> same[] = {
        {"2026-12-24", "2026-12-24T00:00:00Z"},
        {"2026-12-24T10:00", "2026-12-24 10:00:00"},
        {"2026-12-24T10:00:05.999Z", "2026-12-24T10:00:05"},
    };
    for (const auto& [one, other] : same) {
      CPPUNIT_ASSERT_MESSAGE(one, moment_from(one).has_value());
      CPPUNIT_ASSERT_MESSAGE(one, moment_from(one) == moment_from(other));
    }
    CPPUNIT_ASSERT(moment_from("2026-12-31", true) == moment_from("2027-01-01"));
    CPPUNIT_ASSERT(moment_from("2026-12-31T10:00", true) == moment_from("2026-12-31T10:00"));
    for (const char* text :
         {"", "soon", "2026", "2026-13-01", "2026-02-30", "24.12.2026", "2026-12-24T", "2026-12-24T25:00",
          "2026-12-24T10", "2026-12-24T10:60", "2026-12-24T10:00:00+01:00", "2026-12-24x", "-026-12-24",
          "2026-12-24T10:00:00.Z"})
      CPPUNIT_ASSERT_MESSAGE(text, !moment_from(text));
  }

  void finds_people_strictly() {
    const auto people = load(acme);
    const std::tuple<const char*, const char*, const char*> cases[] = {
        {"bob.admin", "", "Bob Admin"},
        {"BOB.Admin", "", "Bob Admin"},
        {"", "Bob@Acme.test", "Bob Admin"},
        {"whoever", "c@acme.test", "Carol Sec"},
        {"carol@acme.test", "", "Carol Sec"},
        {"erin@acme.test", "", "Erin"},
        {"ACME\\dave", "", "Dave Left"},
        {"dave", "", ""},
        {"Carol Sec", "", ""},                     // a display name can be chosen freely
        {"erin@acme.test", "mallory@x.test", ""},  // and so can one with an @
        {"", "", ""},
    };
    for (const auto& [by, mail, expected] : cases) {
      const auto* person = people->find(workflows::Decider(by, mail));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(by) + '/' + mail, std::string(expected),
                                   person == nullptr ? "" : person->name);
    }
    const Directory odd({{"@ops", "Odd", {}, {}, true, {}}});
    CPPUNIT_ASSERT_MESSAGE("a login with an @ that is no mail",
                           odd.find(workflows::Decider("@ops", "")) != nullptr);
    const Directory twice(
        {{"bob", "One", {"b@x.test"}, {}, true, {}}, {"", "Two", {"B@x.test"}, {}, true, {}}});
    CPPUNIT_ASSERT(twice.find(workflows::Decider("", "b@x.test")) == nullptr);
    workflows::Person gone, here;
    gone.login = "old", gone.mails = {"b@x.test"}, gone.active = false;
    here.login = "new", here.mails = {"b@x.test"};
    for (const auto& people :
         {std::vector{gone, here}, std::vector{here, gone}, std::vector{gone, here, gone}})
      CPPUNIT_ASSERT_EQUAL(std::string("new"),
                           workflows::Directory(people).find(workflows::Decider("", "b@x.test"))->login);
    CPPUNIT_ASSERT(workflows::Directory({here, gone, here}).find(workflows::Decider("", "b@x.test")) ==
                   nullptr);
    CPPUNIT_ASSERT_EQUAL(std::string("One"), twice.find(workflows::Decider("bob", ""))->name);
  }

  void suspects_people_generously() {
    const auto people = load(acme);
    const std::tuple<const char*, const char*, const char*> cases[] = {
        {"dave", "", "Dave Left"},
        {"OTHER\\Dave", "", "Dave Left"},
        {"dave left", "", "Dave Left"},
        {"dave left", "other@acme.test", ""},
        {"whoever", "dave@acme.test", "Dave Left"},
        {"bob.admin", "dave@acme.test", "Dave Left+Bob Admin"},
        {"nobody", "", ""},
    };
    for (const auto& [by, mail, expected] : cases) {
      std::string names;
      for (const auto* person : people->may_be(workflows::Decider(by, mail)))
        names += (names.empty() ? "" : "+") + person->name;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(by) + '/' + mail, std::string(expected), names);
    }
  }

  void knows_who_is_away() {
    const auto people = load(acme);
    const std::tuple<const char*, const char*, bool> cases[] = {
        {"carol@acme.test", "2026-12-23T23:59:59", false},
        {"carol@acme.test", "2026-12-24", true},
        {"carol@acme.test", "2027-01-02T23:59:59", true},
        {"carol@acme.test", "2027-01-03", false},
        {"erin@acme.test", "2020-01-01", true},
        {"erin@acme.test", "2026-01-01T12:00", true},
        {"erin@acme.test", "2026-03-01", false},
        {"erin@acme.test", "2026-06-01T10:00", true},
        {"erin@acme.test", "2036-06-01", true},
        {"bob@acme.test", "2026-12-24", false},
    };
    for (const auto& [mail, at, away] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          std::string(mail) + ' ' + at, away,
          people->find(workflows::Decider("", mail))->away_at(*moment_from(at)) != nullptr);
  }

  void a_workflow_asks_for_groups_and_absence() {
    const auto people = load(acme);
    const std::string group = "decide: {by: [{group: SECURITY}, zoe]}\n";
    const struct {
      std::string rules;
      const char* by;
      const char* at;
      const char* code;
      const char* why;
    } cases[] = {
        {group, "bob@acme.test", "2026-12-24", "", ""},
        {group, "zoe", "2026-12-24", "", ""},
        {group, "carol@acme.test", "2026-12-01", "", ""},
        {group, "carol@acme.test", "2026-12-24", "away",
         "carol@acme.test is away until 2027-01-02, and so cannot decide"},
        {group, "dave@acme.test", "2026-12-01", "inactive",
         "dave@acme.test is not active in the directory, and so cannot decide"},
        {group, "ann", "2026-12-01", "own_request", "ann made this request, and so cannot decide it"},
        {group, "erin@acme.test", "2026-03-01", "not_a_decider",
         "erin@acme.test is not one of those who decide requests of this kind"},
        {"", "erin@acme.test", "2030-01-01", "away", "erin@acme.test is away, and so cannot decide"},
        {"", "dave", "2026-01-01", "inactive", "dave is not active in the directory, and so cannot decide"},
        {"", "stranger", "2026-01-01", "", ""},
        {"decide: {by: directory}\n", "stranger", "2026-01-01", "not_a_decider",
         "stranger is not one of those who decide requests of this kind"},
        {"decide: {by: directory}\n", "bob.admin", "2026-01-01", "", ""},
        {"decide: {except: [{group: trainees}]}\n", "erin@acme.test", "2026-03-01", "not_a_decider",
         "erin@acme.test is not one of those who decide requests of this kind"},
        {"decide: {by: [dave@acme.test]}\n", "dave@acme.test", "2026-01-01", "inactive",
         "dave@acme.test is not active in the directory, and so cannot decide"},
    };
    for (const auto& one : cases) {
      const auto ruling = workflow(one.rules)->may_decide(Json::parse(R"({"user":{"account":"ann"}})"),
                                                          one.by, "", people.get(), *moment_from(one.at));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.rules + one.by, std::string(one.code), ruling.code);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.rules + one.by, std::string(one.why), ruling.why);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.rules + one.by, ruling.code.empty(), ruling.allowed);
    }
  }

  void without_a_directory_nobody_is_in_a_group() {
    for (const char* rules : {"decide: {by: [{group: security}]}\n", "decide: {by: directory}\n"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          rules, std::string("not_a_decider"),
          workflow(rules)->may_decide(Json::object(), "bob.admin", "bob@acme.test").code);
    const auto except = workflow("decide: {except: [{group: trainees}]}\n");
    CPPUNIT_ASSERT(except->may_decide(Json::object(), "erin@acme.test", "").allowed);
    CPPUNIT_ASSERT(!except->may_decide(Json::object(), "", "").allowed);
  }

  void mistakes_of_a_file_are_named_with_their_place() {
    const struct {
      const char* text;
      const char* code;
      int line;
    } cases[] = {
        {"people:\n  - {name: Bob}\n", "person-without-identity", 2},
        {"people:\n  - {mail: b@x.test}\n  - {login: B@x.test}\n", "duplicate-person", 3},
        {"people:\n  - {login: bob}\n  - {mail: [c@x.test], login: BOB}\n", "duplicate-person", 3},
        {"people:\n  - login: bob\n    away: {from: soon}\n", "bad-absence", 3},
        {"people:\n  - login: bob\n    away: {from: 2026-12-24, until: 2026-12-23}\n", "bad-absence", 3},
        {"people:\n  - {login: bob, maill: b@x.test}\n", "unknown-key", 2},
        {"people:\n  - {login: bob, mail: bob}\n", "", 2},
        {"people:\n  - {login: bob, groups: security}\n", "wrong-type", 2},
        {"people:\n  - {login: bob, active: 'no'}\n", "wrong-type", 2},
        {"persons: []\n", "", 1},
    };
    for (const auto& one : cases) {
      Diagnostics diagnostics;
      CPPUNIT_ASSERT_MESSAGE(one.text, !Directory::load(folder_.write("people.yaml", one.text), diagnostics));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.text + diagnostics.to_text(), one.line,
                                   diagnostics.all().at(0).where.line);
      CPPUNIT_ASSERT_MESSAGE(one.text, diagnostics.all()[0].where.column > 0);
      if (*one.code)
        CPPUNIT_ASSERT_EQUAL_MESSAGE(one.text + diagnostics.to_text(), std::string(one.code),
                                     diagnostics.all()[0].code);
    }
    Diagnostics diagnostics;
    CPPUNIT_ASSERT(!Directory::load(folder_.path() / "nowhere.yaml", diagnostics));
    CPPUNIT_ASSERT(diagnostics.has_errors());
    CPPUNIT_ASSERT(load("people: []\n")->people().empty());
  }

  void tests_of_a_workflow_can_name_a_directory() {
    folder_.write("people.yaml", acme);
    folder_.write("w.yaml", "workflow: w\ndecide: {by: [{group: security}]}\n");
    folder_.write("w.tests.yaml",
                  "- {name: one, directory: people.yaml, by: bob.admin, expect: allowed}\n"
                  "- {name: two, directory: people.yaml, at: 2026-12-25, by: carol@acme.test, expect: away}\n"
                  "- {name: three, directory: people.yaml, by: dave@acme.test, expect: inactive}\n"
                  "- {name: four, by: bob.admin, expect: not_a_decider}\n"
                  "- {name: five, directory: nowhere.yaml, by: bob.admin, expect: allowed}\n"
                  "- {name: six, directory: people.yaml, at: soon, by: bob.admin, expect: allowed}\n");
    Diagnostics diagnostics;
    const auto loaded = Workflow::load(folder_.path() / "w.yaml", diagnostics);
    const auto results = run_workflow_tests(*loaded, folder_.path() / "w.yaml", diagnostics);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(diagnostics.to_text(), std::size_t{6}, results.size());
    for (std::size_t i = 0; i < 4; ++i)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(results[i].name, std::string(), results[i].why);
    CPPUNIT_ASSERT(results[4].why.starts_with("the directory nowhere.yaml cannot be used"));
    CPPUNIT_ASSERT(results[5].why.starts_with("at is no time in UTC"));
  }

 private:
  std::shared_ptr<const Directory> load(const std::string& text) {
    Diagnostics diagnostics;
    auto people = Directory::load(folder_.write("people.yaml", text), diagnostics);
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), people);
    return people;
  }
  std::shared_ptr<const Workflow> workflow(const std::string& rules) {
    Diagnostics diagnostics;
    auto loaded = Workflow::load(folder_.write("w.yaml", "workflow: w\n" + rules), diagnostics);
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), loaded);
    return loaded;
  }

  tests::TemporaryFolder folder_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(DirectoryTest);
