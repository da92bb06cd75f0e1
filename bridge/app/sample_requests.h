#pragma once

// Made-up requests for the demo and the first minute, in the API's own shape.

#include "mappings/engine/json.h"

namespace bridge {

// The n-th sample: people, computers and programs vary, the same n gives the same request.
mappings::Json sample_request(int n);

}  // namespace bridge
