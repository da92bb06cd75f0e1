#pragma once

// Finds paths in jq expressions that no request can have (.user.fulName), without running them. Follows only
// what it understands and stays silent about the rest: an expression that jq takes and that is right is never
// reported. Pure; thread-safe.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mappings {

struct PathProblem {
  std::size_t offset = 0;  // in the expression: where the path begins
  std::string code;        // "unknown-field", "no-decision"
  std::string message;
  std::string hint;
};

// `has_decision`: whether $decision is bound where this expression runs.
std::vector<PathProblem> check_paths(std::string_view jq, bool has_decision);

}  // namespace mappings
