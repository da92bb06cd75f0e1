#pragma once

// The event object of the Admin By Request public API, and its codes with their texts. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/engine/object_shape.h"

namespace mappings {

struct EventCode {
  int code;
  std::string_view text;
};
// Ascending.
const std::vector<EventCode>& event_codes();

// Every key in the service's order, unknown keys left out; an eventText that is missing becomes the code's.
// `problems` as complete_object() has them, and a code or a level that there cannot be.
Json complete_event(const Json& given, std::vector<std::string>& problems);

}  // namespace mappings
