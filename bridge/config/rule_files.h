#pragma once

// The files that people edit, as `check` and `test` see them: which ones a configuration uses, and what kind
// each is.

#include <filesystem>
#include <string>
#include <vector>

#include "bridge/config/config.h"

namespace bridge {

struct RuleFile {
  enum class Kind { mapping, workflow, connector, people } kind;
  std::filesystem::path path;
};

// Each once, in the order in which the desks use them.
std::vector<RuleFile> files_of(const Config& config);
// By its first key (mapping:, workflow:, connector:, people:). An error in the diagnostics and nothing when
// it is none of them.
std::optional<RuleFile> file_at(const std::filesystem::path& path, mappings::Diagnostics& diagnostics);

}  // namespace bridge
