#pragma once

// `access:` of countersign.yaml: pepper, tokens, proxies, lockout.

#include <filesystem>

#include "bridge/config/config.h"
#include "mappings/engine/yaml_tree.h"

namespace bridge {

AccessConfig read_access(const mappings::YamlNode& node, const std::filesystem::path& directory,
                         mappings::Diagnostics& diagnostics);

}  // namespace bridge
