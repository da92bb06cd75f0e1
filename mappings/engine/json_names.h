#pragma once

// Members of objects whose names compare without case, as clients of other people's products spell them. A
// name that is there letter by letter goes before others. Pure.

#include <string>
#include <string_view>

#include "mappings/engine/json.h"

namespace mappings {

// The member's own name in any case, or empty when there is none, or this is no object.
std::string member_named(const Json& object, std::string_view name);
// The member in any case, or null.
Json member_of(const Json& object, std::string_view name);

}  // namespace mappings
