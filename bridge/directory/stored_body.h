#pragma once

// What is stored of a user or a group beside its columns: JSON text that an older build or a hand may have
// left in a form that this build cannot read. Nothing of that is passed over in silence: it is logged with
// its id and cause, and counted. Thread-safe.

#include <optional>

#include "bridge/store/directory.h"
#include "mappings/engine/json.h"

namespace bridge {

// Nothing: it cannot be read.
std::optional<mappings::Json> stored_body(const DirectoryUser& user);
std::optional<mappings::Json> stored_body(const DirectoryGroup& group);

// The same where it is needed. Throws ScimError(500).
mappings::Json needed_body(const DirectoryUser& user);
mappings::Json needed_body(const DirectoryGroup& group);

// What the columns alone say of one: for lists, and for who puts something else in its place.
mappings::Json body_of_columns(const DirectoryUser& user);
mappings::Json body_of_columns(const DirectoryGroup& group);

}  // namespace bridge
