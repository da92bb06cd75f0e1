#pragma once

// The OpenAPI 3.1 document of all routes, made of the files in bridge/api/openapi/ (built into the program):
// they hold what differs, this adds what every operation has in common. Pure. A test holds document and route
// table to each other.

#include <string>
#include <string_view>

#include "mappings/engine/json.h"

namespace bridge {

// Throws std::logic_error when a file that was built in cannot be read.
mappings::Json openapi_document(std::string_view version);

}  // namespace bridge
