#include "workflows/engine/workflow_tests.h"

#include <map>

#include "mappings/engine/duration.h"
#include "mappings/engine/schema.h"
#include "mappings/engine/yaml_tree.h"

namespace workflows {

using mappings::YamlNode;

namespace {
// Empty when the workflow says what the test asks for, else why not.
std::string check_time(const YamlNode& test, const char* key,
                       const std::optional<std::chrono::milliseconds>& actual) {
  const YamlNode* node = test.find(key);
  if (node == nullptr) return {};
  const auto wanted = mappings::parse_duration(node->scalar);
  if (!wanted && node->scalar != "never") return std::string(key) + " is neither a duration nor `never`";
  if (wanted == actual) return {};
  return std::string(key) + " is " + (actual ? mappings::format_duration(*actual) : "never") +
         " in the workflow, not " + node->scalar;
}

// The directories that tests name, each read once.
class Directories {
 public:
  explicit Directories(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // `why` says what is wrong when there is a name and no directory.
  std::shared_ptr<const Directory> of(const YamlNode& test, std::string& why) {
    const std::string name = test.text("directory");
    if (name.empty()) return nullptr;
    const auto [at, fresh] = known_.try_emplace(name);
    mappings::Diagnostics problems;
    if (fresh) at->second = Directory::load(folder_ / name, problems);
    if (!at->second)
      why = "the directory " + name + " cannot be used" +
            (problems.all().empty() ? "" : ": " + problems.all().front().message);
    return at->second;
  }

 private:
  const std::filesystem::path folder_;
  std::map<std::string, std::shared_ptr<const Directory>> known_;
};

std::string check_ruling(const YamlNode& test, const Workflow& workflow, Directories& directories) {
  const YamlNode* expect = test.find("expect");
  if (expect == nullptr) return {};
  std::string why;
  const auto people = directories.of(test, why);
  if (!why.empty()) return why;
  const auto now = moment_from(test.text("at", "2000-01-01"));
  if (!now) return "at is no time in UTC: write 2026-12-24T10:00:00Z";
  const YamlNode* request = test.find("request");
  const Ruling ruling =
      workflow.may_decide(request != nullptr ? request->to_json() : mappings::Json::object(), test.text("by"),
                          test.text("by_email"), people.get(), *now);
  const std::string got = ruling.allowed ? "allowed" : ruling.code;
  if (got == expect->scalar) return {};
  return "expected " + expect->scalar + ", got " + got + (ruling.why.empty() ? "" : " (" + ruling.why + ")");
}

std::string run(const YamlNode& test, const Workflow& workflow, Directories& directories) {
  bool asks = false;
  for (const char* key : {"expect", "remind_after", "escalate_after", "deadline"})
    asks = asks || test.find(key) != nullptr;
  if (!asks) return "it expects nothing: add expect, remind_after, escalate_after or deadline";
  for (const std::string& why :
       {check_ruling(test, workflow, directories), check_time(test, "remind_after", workflow.remind_after()),
        check_time(test, "escalate_after", workflow.escalate_after()),
        check_time(test, "deadline", workflow.deadline())})
    if (!why.empty()) return why;
  return {};
}
}  // namespace

std::filesystem::path workflow_tests_file(const std::filesystem::path& workflow_file) {
  std::filesystem::path tests = workflow_file;
  return tests.replace_extension(".tests.yaml");
}

std::vector<TestResult> run_workflow_tests(const Workflow& workflow,
                                           const std::filesystem::path& workflow_file,
                                           mappings::Diagnostics& diagnostics) {
  const auto file = workflow_tests_file(workflow_file);
  std::vector<TestResult> results;
  if (!std::filesystem::exists(file)) {
    diagnostics.warning({workflow_file.string(), 0, 0}, "no-tests", "this workflow has no tests",
                        "write some in " + file.string());
    return results;
  }
  const auto tree = mappings::read_yaml_file(file, diagnostics);
  if (!tree || !mappings::check_schema("workflow-tests", *tree, diagnostics)) return results;
  Directories directories(file.parent_path());
  for (const YamlNode& test : tree->items) {
    const std::string why = run(test, workflow, directories);
    results.push_back({test.text("name"), test.where, why.empty(), why});
  }
  return results;
}

}  // namespace workflows
