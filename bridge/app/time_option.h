#pragma once

// How the command line writes a moment: a day or a time in UTC, or how far away it is.

#include <optional>
#include <string>

#include "bridge/ops/clock.h"

namespace bridge {

enum class Away { ago, ahead };  // what "30d" means

// "2026-12-31", "2026-12-31T18:00:00Z", "90d"; nothing for an empty text. Throws Error(invalid_request) that
// names the option.
std::optional<Time> read_time_option(const std::string& option, const std::string& text, Time now, Away away);

}  // namespace bridge
