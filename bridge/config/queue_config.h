#pragma once

// The entries of `queues:` in countersign.yaml, with what of a tenant is mirrored and how many calls a
// queue's keys may make. What entries must not have in common is config_check's to say.

#include <filesystem>

#include "bridge/config/config.h"
#include "mappings/engine/yaml_tree.h"

namespace bridge {

QueueConfig read_queue(const mappings::YamlNode& row, const std::filesystem::path& directory,
                       mappings::Diagnostics& diagnostics);

}  // namespace bridge
