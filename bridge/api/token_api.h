#pragma once

// POST /connect/token: OAuth 2.0 client credentials (RFC 6749, 4.4). A client's id and secret, in the form or
// as Basic, buy a bearer token for every endpoint. Errors are those of RFC 6749, 5.2. Thread-safe.

#include "bridge/access/access.h"
#include "bridge/api/routes.h"

namespace bridge {

// `access` outlives the route.
Route token_route(Access& access);

}  // namespace bridge
