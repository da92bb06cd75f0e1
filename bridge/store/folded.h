#pragma once

// Names as lists compare them: lower case, letters outside ASCII too, so that "ÅSA" finds "Åsa". What is
// stored in columns for comparing was made by this, at the migration too: a change of it needs a new one.
// Pure.

#include <string>
#include <string_view>

namespace bridge {

std::string folded(std::string_view text);

// The account without its domain: what stands behind the first backslash of "ACME\ann".
std::string_view without_domain(std::string_view account) noexcept;

}  // namespace bridge
