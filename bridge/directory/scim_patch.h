#pragma once

// PATCH of SCIM (RFC 7644, 3.5.2), with the habits of Entra ID and Okta: operations in any case, paths as
// keys of a value, an element that is made when a filter finds none, members removed by a list. Pure.

#include "mappings/engine/json.h"

namespace bridge {

// The resource as the request leaves it: all operations, or ScimError and none. What is ours alone (id, meta,
// groups) is left as it is when a value without a path has it, and refused (mutability) when a path names it.
mappings::Json patched(mappings::Json resource, const mappings::Json& request);

}  // namespace bridge
