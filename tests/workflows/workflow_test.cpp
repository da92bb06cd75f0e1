#include "workflows/engine/workflow.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/temporary_folder.h"
#include "workflows/engine/workflow_tests.h"

using mappings::Diagnostics;
using mappings::Json;
using workflows::Workflow;
using namespace std::chrono_literals;

namespace {
const std::filesystem::path shipped = std::filesystem::path(SOURCE_DIR) / "workflows";

Json ann() {
  return Json::parse(R"({"user":{"email":"ann@acme.test","account":"ACME\\ann","fullName":"Ann Example"}})");
}
}  // namespace

class WorkflowTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(WorkflowTest);
  CPPUNIT_TEST(shipped_workflows_load_and_pass_their_tests);
  CPPUNIT_TEST(says_why_a_decision_does_not_count);
  CPPUNIT_TEST(an_unknown_decider_counts_only_where_there_is_no_rule);
  CPPUNIT_TEST(a_workflow_that_says_nothing_lets_anyone_but_the_requester_decide);
  CPPUNIT_TEST(mistakes_are_named_with_their_place);
  CPPUNIT_TEST(warns_of_what_would_never_be_due);
  CPPUNIT_TEST(a_wrong_expectation_fails_and_says_what_came);
  CPPUNIT_TEST(a_test_that_expects_nothing_fails);
  CPPUNIT_TEST(tests_with_unknown_keys_are_refused);
  CPPUNIT_TEST(a_workflow_without_tests_gets_a_warning);
  CPPUNIT_TEST_SUITE_END();

 public:
  void shipped_workflows_load_and_pass_their_tests() {
    int workflows = 0;
    for (const auto& entry : std::filesystem::directory_iterator(shipped)) {
      const auto& path = entry.path();
      if (path.extension() != ".yaml" || path.stem().extension() == ".tests") continue;
      ++workflows;
      Diagnostics diagnostics;
      const auto workflow = Workflow::load(path, diagnostics);
      CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), workflow);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(diagnostics.to_text(), std::size_t{0}, diagnostics.all().size());
      const auto results = run_workflow_tests(*workflow, path, diagnostics);
      CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), !diagnostics.has_errors());
      CPPUNIT_ASSERT_MESSAGE(path.string(), !results.empty());
      for (const auto& result : results)
        CPPUNIT_ASSERT_MESSAGE(result.where.to_string() + ": " + result.name + ": " + result.why,
                               result.passed);
    }
    CPPUNIT_ASSERT(workflows >= 2);
  }

  void says_why_a_decision_does_not_count() {
    const auto workflow = load("workflow: w\ndecide: {by: [bob], except: [eve]}\n");
    const auto own = workflow->may_decide(ann(), "Ann Example", "");
    CPPUNIT_ASSERT(!own.allowed);
    CPPUNIT_ASSERT_EQUAL(std::string("own_request"), own.code);
    CPPUNIT_ASSERT_EQUAL(std::string("Ann Example made this request, and so cannot decide it"), own.why);
    const auto other = workflow->may_decide(ann(), "", "carl@acme.test");
    CPPUNIT_ASSERT_EQUAL(std::string("not_a_decider"), other.code);
    CPPUNIT_ASSERT(other.why.find("carl@acme.test") != std::string::npos);
    const auto bob = workflow->may_decide(ann(), "Bob", "");
    CPPUNIT_ASSERT(bob.allowed);
    CPPUNIT_ASSERT(bob.code.empty() && bob.why.empty());
  }

  void an_unknown_decider_counts_only_where_there_is_no_rule() {
    CPPUNIT_ASSERT(load("workflow: w\ndecide: {own_request: true}\n")->may_decide(ann(), "", "").allowed);
    for (const char* text : {"workflow: w\n", "workflow: w\ndecide: {by: [bob], own_request: true}\n",
                             "workflow: w\ndecide: {except: [bob], own_request: true}\n"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string("not_a_decider"),
                                   load(text)->may_decide(ann(), "", "").code);
  }

  void a_workflow_that_says_nothing_lets_anyone_but_the_requester_decide() {
    const auto workflow = load("workflow: w\n");
    CPPUNIT_ASSERT(workflow->may_decide(ann(), "bob", "").allowed);
    CPPUNIT_ASSERT(!workflow->may_decide(ann(), "acme\\ANN", "").allowed);
    CPPUNIT_ASSERT(!workflow->remind_after());
    CPPUNIT_ASSERT(!workflow->escalate_after());
    CPPUNIT_ASSERT(!workflow->deadline());
  }

  void mistakes_are_named_with_their_place() {
    struct {
      const char* text;
      const char* code;  // empty: of the schema, whatever it is called
      int line;
    } const cases[] = {
        {"workflow: other\n", "name-mismatch", 1},
        {"workflow: w\nremind_after: soon\n", "bad-duration", 2},
        {"workflow: w\nescalate_after: 0s\n", "bad-duration", 2},
        {"workflow: w\ndeadline: {after: 3 days, reason: late}\n", "bad-duration", 2},
        {"workflow: w\ndeadline: {after: 3d}\n", "", 2},
        {"workflow: w\nremind_afer: 4h\n", "", 2},
        {"workflow: w\ndecide:\n  by: someone\n", "", 3},
        {"workflow: w\ndecide:\n  own_request: maybe\n", "", 3},
        {"decide: {by: anyone}\n", "", 1},
    };
    for (const auto& one : cases) {
      Diagnostics diagnostics;
      CPPUNIT_ASSERT_MESSAGE(one.text, !Workflow::load(folder_.write("w.yaml", one.text), diagnostics));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(one.text) + diagnostics.to_text(), std::size_t{1},
                                   diagnostics.errors());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(diagnostics.to_text(), one.line, diagnostics.all()[0].where.line);
      if (*one.code) CPPUNIT_ASSERT_EQUAL_MESSAGE(one.text, std::string(one.code), diagnostics.all()[0].code);
    }
  }

  void warns_of_what_would_never_be_due() {
    Diagnostics diagnostics;
    const auto workflow = Workflow::load(
        folder_.write(
            "w.yaml",
            "workflow: w\nremind_after: 8h\nescalate_after: 4h\ndeadline: {after: 5h, reason: r}\n"),
        diagnostics);
    CPPUNIT_ASSERT(workflow);
    CPPUNIT_ASSERT(workflow->remind_after() == std::optional<std::chrono::milliseconds>(8h));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, diagnostics.warnings());
    for (const auto& one : diagnostics.all()) CPPUNIT_ASSERT_EQUAL(std::string("never-due"), one.code);
  }

  void a_wrong_expectation_fails_and_says_what_came() {
    const auto results = run("workflow: w\n",
                             "- {name: one, by: bob, expect: own_request}\n"
                             "- {name: two, deadline: 3d}\n"
                             "- {name: three, deadline: never}\n"
                             "- {name: four, remind_after: soon}\n");
    CPPUNIT_ASSERT_EQUAL(std::size_t{4}, results.size());
    CPPUNIT_ASSERT(!results[0].passed);
    CPPUNIT_ASSERT_EQUAL(std::string("expected own_request, got allowed"), results[0].why);
    CPPUNIT_ASSERT_EQUAL(std::string("deadline is never in the workflow, not 3d"), results[1].why);
    CPPUNIT_ASSERT(results[2].passed);
    CPPUNIT_ASSERT(!results[3].passed);
    CPPUNIT_ASSERT_EQUAL(3, results[2].where.line);
  }

  void a_test_that_expects_nothing_fails() {
    const auto results = run("workflow: w\n", "- {name: one, by: bob}\n");
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, results.size());
    CPPUNIT_ASSERT(!results[0].passed);
  }

  void tests_with_unknown_keys_are_refused() {
    Diagnostics diagnostics;
    const auto workflow = load("workflow: w\n");
    folder_.write("w.tests.yaml", "- {name: one, bye: bob, expect: allowed}\n");
    const auto results = run_workflow_tests(*workflow, folder_.path() / "w.yaml", diagnostics);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, diagnostics.errors());
    CPPUNIT_ASSERT(results.empty());
  }

  void a_workflow_without_tests_gets_a_warning() {
    Diagnostics diagnostics;
    CPPUNIT_ASSERT(
        run_workflow_tests(*load("workflow: w\n"), folder_.path() / "w.yaml", diagnostics).empty());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, diagnostics.warnings());
    CPPUNIT_ASSERT_EQUAL(std::string("no-tests"), diagnostics.all()[0].code);
  }

 private:
  std::shared_ptr<const Workflow> load(const std::string& text) {
    Diagnostics diagnostics;
    auto workflow = Workflow::load(folder_.write("w.yaml", text), diagnostics);
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), workflow);
    return workflow;
  }
  std::vector<workflows::TestResult> run(const std::string& workflow, const std::string& tests) {
    Diagnostics diagnostics;
    folder_.write("w.tests.yaml", tests);
    auto results = run_workflow_tests(*load(workflow), folder_.path() / "w.yaml", diagnostics);
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), !diagnostics.has_errors());
    return results;
  }
  tests::TemporaryFolder folder_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(WorkflowTest);
