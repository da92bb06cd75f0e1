#pragma once

// The audit log of the bridge over HTTP: our own list, and the search that Keepnet's clients send. Who calls
// sees the rows of its queue, nothing of other tenants and nothing of the bridge itself. Stateless; failures
// are thrown as Error.

#include <cstdint>
#include <vector>

#include "bridge/api/routes.h"
#include "bridge/ops/clock.h"
#include "bridge/store/store.h"

namespace bridge {

// Both must outlive them. An answer looks at `walk` rows at most, and says where to go on.
std::vector<Route> trail_routes(Store& store, const Clock& clock, std::int64_t walk = 100'000);

}  // namespace bridge
