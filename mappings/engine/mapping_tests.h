#pragma once

// Runs the tests that lie beside a mapping: elevation.tests.yaml beside elevation.yaml. What is wrong in the
// tests file itself becomes diagnostics; a test that does not hold becomes a result.

#include <filesystem>
#include <string>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/mapping.h"

namespace mappings {

struct MappingTestResult {
  std::string name;
  bool passed = true;
  SourceMark where;      // the line of the test that does not hold; of the test itself when it passed
  std::string field;     // "urgency", "CustomFields.Computer", "comment"; empty when it is not about one
  std::string message;   // one sentence; empty when passed
  std::string expected;  // JSON, or words; may be empty
  std::string got;
};

// mappings/servicenow/elevation.yaml -> mappings/servicenow/elevation.tests.yaml
std::filesystem::path mapping_tests_file(const std::filesystem::path& mapping_file);

// One result for each test that passed, one for each expectation that did not hold. A mapping without tests
// gets a warning; a tests file that cannot be used gets errors and is not run.
std::vector<MappingTestResult> run_mapping_tests(const Mapping& mapping,
                                                 const std::filesystem::path& mapping_file,
                                                 Diagnostics& diagnostics);

}  // namespace mappings
