#pragma once

// Which members of a request the expressions of a section look at, so that a large one need not be read
// whole. Pure; thread-safe.

#include <optional>
#include <string>
#include <vector>

#include "mappings/engine/field_compiler.h"

namespace mappings {

// Each once. Nothing: it cannot be told, or the request is used whole.
std::optional<std::vector<std::string>> request_reads(const Section& section);

}  // namespace mappings
