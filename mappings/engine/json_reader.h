#pragma once

// Reads JSON text. Strict, where libjq's own parser is lenient (nan, invalid UTF-8 replaced, the last of two
// keys wins), and in one pass over the text. Pure.

#include <string_view>

#include "mappings/engine/json.h"

namespace mappings {

// Throws JsonError with line and column. No text is JSON that has a key twice or a NUL in a string.
Json read_json(std::string_view text, int max_depth);

}  // namespace mappings
