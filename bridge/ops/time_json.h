#pragma once

// Times as the bridge's own JSON shows them: ISO 8601 in UTC, null for one that never was. Pure.

#include <optional>

#include "bridge/ops/clock.h"
#include "mappings/engine/json.h"

namespace bridge {

// Where Time{} stands for none.
inline mappings::Json time_or_null(Time time) {
  return time != Time{} ? mappings::Json(to_iso(time)) : mappings::Json();
}

// 1970 is a time like any other here: what expired then has not "never expired".
inline mappings::Json time_or_null(const std::optional<Time>& time) {
  return time ? mappings::Json(to_iso(*time)) : mappings::Json();
}

}  // namespace bridge
