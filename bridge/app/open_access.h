#pragma once

// The pepper and the door of the bridge as the configuration wants them.

#include <memory>

#include "bridge/access/access.h"
#include "bridge/config/config.h"

namespace bridge {

// Throws Error(config_invalid) when the pepper is not that of the store.
std::shared_ptr<const Pepper> open_pepper(const Config& config, Store& store, Time now);
// Store and clock outlive it.
std::unique_ptr<Access> open_access(const Config& config, Store& store, const Clock& clock);

}  // namespace bridge
