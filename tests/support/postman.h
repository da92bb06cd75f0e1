#pragma once

// A Postman collection (v2.1) made of an OpenAPI document: a folder for each tag, a call for each operation,
// each with a test that the answer's status is one that the document has. What is made by a call is what the
// calls behind it use, so that a run through the collection works against a bridge that was just started.

#include "mappings/engine/json.h"

namespace tests {

mappings::Json postman_collection(const mappings::Json& document);

}  // namespace tests
