#pragma once

// Json as libjq's value and back, always as a copy: libjq's own counts stay with whoever runs jq. Pure.

#include <string>
#include <string_view>

extern "C" {
#include <jv.h>
}

#include "mappings/engine/json.h"

namespace mappings {

jv to_jq(const Json& value);

// Takes `value`; null for an invalid one. A value of jq can be small and say one thing a million times: what
// lies deeper than 66 levels, or behind the first 4 MB, is null. Nobody who takes results of expressions
// lets as much pass (template_render.cpp).
Json from_jq(jv value);

// `text` with U+FFFD where it is no UTF-8.
std::string with_replacements(std::string_view text);

}  // namespace mappings
