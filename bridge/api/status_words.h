#pragma once

// The words that lists take as `status`, and the codes that they mean. Pure.

#include <optional>
#include <vector>

#include "bridge/api/parameters.h"

namespace bridge {

// Empty: not given, all. Nothing: a word that no request has, so that nothing matches; one client sends such
// by mistake. `approved` covers what an approval becomes.
std::optional<std::vector<int>> status_codes_of(const Call& call);

}  // namespace bridge
