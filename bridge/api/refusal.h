#pragma once

// How each door says no: 401 to who somebody is, 403 to what they want. The same bytes whatever the cause.
// Pure.

#include "bridge/access/caller.h"
#include "bridge/api/http_front.h"

namespace bridge {

// `status` is 401 or 403.
Reply refusal_reply(Door door, int status);

}  // namespace bridge
