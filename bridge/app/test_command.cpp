// `countersign test`: runs the tests that lie beside mappings, workflows and connectors.

#include <algorithm>
#include <iostream>

#include "bridge/app/commands.h"
#include "bridge/config/rule_files.h"
#include "connectors/engine/exchange_tests.h"
#include "mappings/engine/mapping_tests.h"
#include "workflows/engine/workflow_tests.h"

namespace bridge {

using mappings::Diagnostics;
using mappings::Json;

namespace {

struct Result {
  std::string file, name, where, problem;
};

void test_mapping(const std::filesystem::path& path, std::vector<Result>& results, Diagnostics& diagnostics) {
  auto mapping = mappings::Mapping::load(path, diagnostics);
  if (!mapping) return;
  for (const auto& test : mappings::run_mapping_tests(*mapping, path, diagnostics)) {
    std::string problem;
    if (!test.passed) {
      problem = (test.field.empty() ? "" : test.field + ": ") + test.message;
      if (!test.expected.empty()) problem += "\n      expected " + test.expected;
      if (!test.got.empty()) problem += "\n      got      " + test.got;
    }
    results.push_back({path.string(), test.name, test.where.to_string(), problem});
  }
}

void test_workflow(const std::filesystem::path& path, std::vector<Result>& results,
                   Diagnostics& diagnostics) {
  auto workflow = workflows::Workflow::load(path, diagnostics);
  if (!workflow) return;
  for (const auto& test : workflows::run_workflow_tests(*workflow, path, diagnostics))
    results.push_back({path.string(), test.name, test.where.to_string(), test.passed ? "" : test.why});
}

void test_connector(const std::filesystem::path& path, std::vector<Result>& results,
                    Diagnostics& diagnostics) {
  auto manifest = connectors::Manifest::load(path, diagnostics);
  const auto folder = path.parent_path() / "exchanges";
  if (!manifest || !std::filesystem::is_directory(folder)) return;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files)
    for (const auto& test : connectors::run_exchange_tests(manifest, file, diagnostics))
      results.push_back({file.string(), test.name, test.where.to_string(), test.problem});
}

}  // namespace

int test(const CommonOptions& common, const TestOptions& options) {
  Diagnostics diagnostics;
  std::vector<RuleFile> files;
  if (!options.files.empty()) {
    for (const auto& path : options.files)
      if (auto file = file_at(path, diagnostics)) files.push_back(*file);
  } else {
    auto config = read_config(common);
    if (!config) return exit_usage;
    files = files_of(*config);
  }
  std::vector<Result> results;
  for (const RuleFile& file : files) {
    switch (file.kind) {
      case RuleFile::Kind::mapping:
        test_mapping(file.path, results, diagnostics);
        break;
      case RuleFile::Kind::workflow:
        test_workflow(file.path, results, diagnostics);
        break;
      case RuleFile::Kind::connector:
        test_connector(file.path, results, diagnostics);
        break;
      case RuleFile::Kind::people:
        workflows::Directory::load(file.path, diagnostics);
        break;
    }
  }
  const auto failed =
      std::count_if(results.begin(), results.end(), [](const Result& r) { return !r.problem.empty(); });
  const auto passed = static_cast<std::int64_t>(results.size()) - failed;
  if (common.json) {
    Json rows = Json::array();
    for (const Result& r : results)
      rows.push_back(Json::object({{"file", r.file},
                                   {"test", r.name},
                                   {"where", r.where},
                                   {"passed", r.problem.empty()},
                                   {"problem", r.problem.empty() ? Json() : Json(r.problem)}}));
    std::cout << Json::object({{"passed", passed},
                               {"failed", static_cast<std::int64_t>(failed)},
                               {"tests", rows},
                               {"diagnostics", diagnostics.to_json()}})
                     .dump(true)
              << '\n';
  } else {
    std::cerr << diagnostics.to_text();
    for (const Result& r : results)
      if (!r.problem.empty())
        std::cout << "FAIL  " << r.name << "\n      " << r.where << ": " << r.problem << '\n';
    if (results.empty()) std::cout << "there are no tests beside these files\n";
    std::cout << passed << " passed, " << failed << " failed\n";
  }
  return failed == 0 && !results.empty() && !diagnostics.has_errors() ? exit_ok : exit_no;
}

}  // namespace bridge
