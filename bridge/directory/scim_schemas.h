#pragma once

// What a SCIM client may ask about the service itself: its features, its kinds of resources, their schemas
// (RFC 7643, 5 to 7). Pure.

#include <string>
#include <vector>

#include "mappings/engine/json.h"

namespace bridge {

inline constexpr int scim_most_results = 500;

// `url`: of /scim/v2, without a slash at its end.
mappings::Json scim_service_provider(const std::string& url);
std::vector<mappings::Json> scim_resource_types(const std::string& url);
std::vector<mappings::Json> scim_schema_documents(const std::string& url);

}  // namespace bridge
