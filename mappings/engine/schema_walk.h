#pragma once

// Walks a YAML tree along a JSON Schema (draft-07) and says in our words, at each node's own place, what does
// not fit. Keywords that it does not know are passed over: schema.cpp asks a full validator as well.

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/json.h"
#include "mappings/engine/yaml_tree.h"

namespace mappings {

void walk_schema(const Json& schema, const YamlNode& tree, Diagnostics& diagnostics);

}  // namespace mappings
