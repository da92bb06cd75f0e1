#pragma once

// Runs the tests that lie beside a workflow, workflows/<name>.tests.yaml. Stops at nothing: every case is run
// and has its own result.

#include <filesystem>
#include <string>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "workflows/engine/workflow.h"

namespace workflows {

struct TestResult {
  std::string name;
  mappings::SourceMark where;
  bool passed = false;
  std::string why;  // one sentence when it failed
};

// workflows/standard.yaml -> workflows/standard.tests.yaml
std::filesystem::path workflow_tests_file(const std::filesystem::path& workflow_file);

// A workflow without tests gets a warning; a tests file that cannot be used gets errors and is not run.
std::vector<TestResult> run_workflow_tests(const Workflow& workflow,
                                           const std::filesystem::path& workflow_file,
                                           mappings::Diagnostics& diagnostics);

}  // namespace workflows
