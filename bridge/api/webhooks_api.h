#pragma once

// Subscriptions to what happens, by API: an extension of ours. The caller's key says which queue. The hooks
// outlive this. Thread-safe; failures are thrown as Error.

#include <vector>

#include "bridge/api/routes.h"

namespace bridge {

class Hooks;

// `hooks` may be null: every route then answers 404.
std::vector<Route> webhook_routes(Hooks* hooks);

}  // namespace bridge
