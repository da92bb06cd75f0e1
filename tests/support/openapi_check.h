#pragma once

// What an OpenAPI 3.1 document must be, as far as ours can go wrong: keys that the specification has,
// references that lead somewhere, path parameters that stand in the path, examples that fit their schemas.
// Sentences, so that a test shows all at once.

#include <string>
#include <vector>

#include "mappings/engine/json.h"

namespace tests {

// Empty: nothing is wrong.
std::vector<std::string> openapi_problems(const mappings::Json& document);

// Why `value` does not fit a schema of the document; empty: it does.
std::string misfit(const mappings::Json& value, const mappings::Json& schema, const mappings::Json& document);

// What a "#/..." reference leads to, else the value itself.
mappings::Json resolved(const mappings::Json& value, const mappings::Json& document);

}  // namespace tests
