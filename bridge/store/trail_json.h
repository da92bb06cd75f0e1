#pragma once

// A row of the audit log as one line of JSON: what exports, the API and streams show. It holds everything
// that the row's hash is made of, letter by letter. Pure.

#include <string>

#include "bridge/store/trail.h"

namespace bridge {

void append_json(std::string& out, const TrailRecord& record);

}  // namespace bridge
