#pragma once

// The entries of `desks:` in countersign.yaml. What the settings must be is the connector's to say.

#include <filesystem>

#include "bridge/config/config.h"
#include "mappings/engine/yaml_tree.h"

namespace bridge {

DeskConfig read_desk(const mappings::YamlNode& row, const std::filesystem::path& directory,
                     mappings::Diagnostics& diagnostics);

}  // namespace bridge
