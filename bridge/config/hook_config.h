#pragma once

// The entries of `hooks: subscriptions:` in countersign.yaml. Those made through the API are read by
// bridge/hooks/hook_settings.

#include <filesystem>

#include "bridge/config/config.h"
#include "mappings/engine/yaml_tree.h"

namespace bridge {

HookConfig read_hook(const mappings::YamlNode& row, const std::filesystem::path& directory,
                     mappings::Diagnostics& diagnostics);

}  // namespace bridge
