#pragma once

// The jq functions that every expression may use besides jq's own, and the ones that are taken away.
// Text only; documented one by one in prelude.cpp.

#include <string>
#include <string_view>
#include <vector>

namespace mappings {

// jq definitions that stand before every program.
std::string_view jq_prelude() noexcept;
// "name/arguments" of what the prelude offers to expressions.
const std::vector<std::string>& prelude_functions();
// Why an expression may not use this function or variable (given without $); empty when it may.
std::string_view why_forbidden(std::string_view name) noexcept;

}  // namespace mappings
