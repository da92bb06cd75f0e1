#pragma once

// What a tenant's lists hold, made into rows of the mirror: completed to every key of the API in its order,
// or as it came where a field is of another type than the API's, so that one odd object does not hold up the
// rest. Pure. Nothing: this is no object of the API, it has no id.

#include <optional>

#include "bridge/store/mirror.h"
#include "mappings/engine/json.h"

namespace bridge {

// `now` stands where no time is told.
std::optional<MirroredEntry> mirrored_entry(const mappings::Json& given, Time now);
std::optional<MirroredEvent> mirrored_event(const mappings::Json& given, Time now);
std::optional<MirroredComputer> mirrored_computer(const mappings::Json& given);

// An entry's text, its scanResults filled in when they are wanted.
void append_mirrored_entry(std::string& out, const MirroredEntry& entry, bool scan_results);

}  // namespace bridge
