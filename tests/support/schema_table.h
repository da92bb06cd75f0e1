#pragma once

// A JSON Schema as a Markdown table: key, type, default, meaning. For documents that a test holds to
// schemas/.

#include <string>

#include "mappings/engine/json.h"

namespace tests {

std::string schema_table(const mappings::Json& schema);

}  // namespace tests
