#pragma once

// Checks a YAML tree against one of the JSON Schemas in schemas/, which are built into the program.
// Unknown keys, wrong types and missing keys become diagnostics at the node's own place.

#include <string>
#include <string_view>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/yaml_tree.h"

namespace mappings {

// `schema`: "mapping", "mapping-tests", "connector", "workflow", "config". Throws std::out_of_range for
// another name. False when an error was added.
bool check_schema(std::string_view schema, const YamlNode& tree, Diagnostics& diagnostics);
// The same against a schema given as text. Throws JsonError when that is not JSON.
bool check_schema_text(std::string_view schema_text, const YamlNode& tree, Diagnostics& diagnostics);

std::vector<std::string> schema_names();
// The schema's own text, as in schemas/<name>.schema.json.
std::string_view schema_text(std::string_view schema);

}  // namespace mappings
