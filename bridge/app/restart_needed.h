#pragma once

// Which changes of the configuration a reload cannot put into force: what threads, sockets and the store were
// made from. Pure.

#include <string>
#include <vector>

#include "bridge/config/config.h"

namespace bridge {

bool needs_restart(const Config& now, const Config& fresh);

// In their order; other names, or another order, need a restart.
std::vector<std::string> desk_names(const Config& config);

}  // namespace bridge
