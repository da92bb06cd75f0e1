#pragma once

// What a schema cannot say about a configuration: names that must be there, that must not be there twice,
// files that must exist and go together. Adds to the diagnostics, changes nothing.
// `tree` is what `config` was read from: it knows the places.

#include <string>

#include "bridge/config/config.h"
#include "mappings/engine/diagnostics.h"
#include "mappings/engine/yaml_tree.h"

namespace bridge {

// Of a queue, a desk, a subscription, a sink: 1 to 32 of a-z, 0-9 and -.
bool is_name(const std::string& name);

void check_config(const Config& config, const mappings::YamlNode& tree, mappings::Diagnostics& diagnostics);

}  // namespace bridge
