#pragma once

// Users and groups as they are kept: names as the schema spells them, values of the right kind, whatever a
// client made of them. What no schema knows is kept as it came; passwords never are. Pure.

#include <string>
#include <vector>

#include "mappings/engine/json.h"

namespace bridge {

// Without id, meta, schemas and what is computed. Throws ScimError(invalidValue).
mappings::Json kept_user(const mappings::Json& given);
// `members` are [{"value": id}], each once; always there.
mappings::Json kept_group(const mappings::Json& given);
std::vector<std::string> member_ids(const mappings::Json& members);

// What may be kept of it, and shown of what is stored: no more is done to it.
mappings::Json without_ours(const mappings::Json& given);

}  // namespace bridge
