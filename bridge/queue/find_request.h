#pragma once

// Finds the request that a person means: "615670", "acme:615670", or a number with the queue given.

#include <string>

#include "bridge/config/config.h"
#include "bridge/store/store.h"

namespace bridge {

// Throws Error: not_found, or invalid_request when the number is in several queues.
Record find_request(Store& store, const Config& config, const std::string& text, const std::string& queue);

}  // namespace bridge
