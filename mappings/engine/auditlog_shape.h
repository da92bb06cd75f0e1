#pragma once

// The auditlog entry of the Admin By Request public API: a request's object and what only the auditlog has.
// Pure.

#include <string>
#include <vector>

#include "mappings/engine/object_shape.h"

namespace mappings {

// Every key in the service's order, unknown keys left out. `problems` as complete_request() has them.
Json complete_auditlog_entry(const Json& given, std::vector<std::string>& problems);

}  // namespace mappings
