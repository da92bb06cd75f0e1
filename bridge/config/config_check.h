#pragma once

// What a schema cannot say about a configuration: names that must be there, that must not be there twice,
// files that must exist and go together. Adds to the diagnostics, changes nothing.
// `tree` is what `config` was read from: it knows the places.

#include "bridge/config/config.h"
#include "mappings/engine/diagnostics.h"
#include "mappings/engine/yaml_tree.h"

namespace bridge {

void check_config(const Config& config, const mappings::YamlNode& tree, mappings::Diagnostics& diagnostics);

}  // namespace bridge
