#pragma once

// Where a secret comes from: {env: NAME} or {file: path} in a file that a person edits. The value is read
// when the configuration is, and again at each reload. No value is ever put into a diagnostic.

#include <filesystem>
#include <optional>
#include <string>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/yaml_tree.h"

namespace bridge {

// Whether the node has the shape of a source: a mapping with the one key `env` or `file`.
bool is_secret_source(const mappings::YamlNode& node) noexcept;

// The value that a source names; paths are relative to `directory`. Nothing when it is absent, empty or
// cannot be read; the diagnostics say why, at the node's place.
std::optional<std::string> read_secret(const mappings::YamlNode& source,
                                       const std::filesystem::path& directory,
                                       mappings::Diagnostics& diagnostics);

}  // namespace bridge
