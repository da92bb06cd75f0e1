#pragma once

// Times as the bridge's own JSON shows them: ISO 8601 in UTC, null for one that never was. Pure.

#include <optional>

#include "bridge/ops/clock.h"
#include "mappings/engine/json.h"

namespace bridge {

inline mappings::Json time_or_null(const std::optional<Time>& time) {
  return time && *time != Time{} ? mappings::Json(to_iso(*time)) : mappings::Json();
}

}  // namespace bridge
