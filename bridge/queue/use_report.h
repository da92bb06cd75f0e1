#pragma once

// What an endpoint reports of an approved request's use, from JSON in the auditlog entry's shape to plain
// data: lists get every key in the order of the service, unknown keys are left out. Pure.

#include <string>

#include "bridge/store/store.h"
#include "mappings/engine/json.h"

namespace bridge {

// Throws Error(invalid_request) with every problem in one message.
UseReport use_report_of(const RequestRef& ref, const mappings::Json& given, Time now,
                        const std::string& actor);

}  // namespace bridge
