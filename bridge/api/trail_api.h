#pragma once

// The audit log of the bridge over HTTP: our own list, and the search that Keepnet's clients send. Who calls
// sees the rows of its queue, nothing of other tenants and nothing of the bridge itself. Stateless; failures
// are thrown as Error.

#include <vector>

#include "bridge/api/routes.h"
#include "bridge/ops/clock.h"
#include "bridge/store/store.h"

namespace bridge {

// Both must outlive them.
std::vector<Route> trail_routes(Store& store, const Clock& clock);

}  // namespace bridge
