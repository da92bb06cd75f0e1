#pragma once

// The one place that is told when an API object of a request, or the use that is reported of it, changes:
// called by every verb that changes one, inside the transaction that does. Steps that only move a lifecycle
// do not come here.

#include <string>
#include <string_view>

#include "bridge/ops/clock.h"
#include "bridge/store/sqlite_session.h"

namespace bridge {

// What the caller must store as the request's `touched`: a multiple of 100 us, so that .NET ticks of it are a
// multiple of 1000 and survive a double, and later than all of the queue before.
// `last_touched` (SQL, by queue) tells the last one; of `requests` SharedRows keeps it for a commit.
Time touch(SqliteSession& session, std::string_view last_touched, const std::string& queue, Time now);
// The same behind `last`.
Time touch_after(Time last, Time now);

}  // namespace bridge
