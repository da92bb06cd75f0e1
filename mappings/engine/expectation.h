#pragma once

// What a test expects of one value: the exact value, or matchers: {contains, lacks, matches, length, absent}.
// Pure.

#include <optional>
#include <string>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/json.h"
#include "mappings/engine/yaml_tree.h"

namespace mappings {

struct Unmet {
  SourceMark where;
  std::string field;
  std::string message;
  std::string expected;
  std::string got;
};

// Adds what does not hold. `got` is nothing when the ticket has no such field.
void check_expectation(const std::string& field, const YamlNode& expected, const std::optional<Json>& got,
                       std::vector<Unmet>& unmet);

}  // namespace mappings
