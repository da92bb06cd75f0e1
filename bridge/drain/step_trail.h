#pragma once

// What the audit log says of steps, retries and decisions that do not count. Plain texts put together: a
// decision's row costs microseconds. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "bridge/store/records.h"
#include "bridge/store/trail.h"
#include "workflows/lifecycle.h"

namespace bridge {

// The bridge itself, or a part of it: "countersign", "desk snow", "queue contoso".
Actor actor_named(std::string_view name);

// Of the step that `event` makes from `before` to `after`. Nothing: it decides nothing and stops nothing.
std::optional<TrailEntry> trail_of(workflows::Event event, const RequestRef& ref, const Lifecycle& before,
                                   const Lifecycle& after, const Actor& actor, Time now);
// A new request that no route takes.
TrailEntry trail_of_parked(const std::string& queue, const std::string& reason, const std::string& detail,
                           Time now);
// An effect that is tried again later: of `who`, "desk snow".
TrailEntry trail_of_retry(const RequestRef& ref, std::string_view who, const std::string& effect,
                          const std::string& why, Time now);
// A decision that was seen and does not count: `what` is "decision_late" or "decision_refused".
TrailEntry trail_of_refused(const RequestRef& ref, std::string_view what, const Decision& decision,
                            const Actor& actor, const std::string& why, Time now);

}  // namespace bridge
