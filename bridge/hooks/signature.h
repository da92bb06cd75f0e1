#pragma once

// The signature of a delivery, as docs/webhooks.md tells receivers to verify it. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "bridge/config/config.h"
#include "bridge/ops/clock.h"

namespace bridge {

// "t=1700000000,v1=<hex>,v1=<hex>": HMAC-SHA256 of "<timestamp>.<body>", one for each secret in their order.
// Empty without secrets.
std::string delivery_signature(const std::vector<Secret>& secrets, Time at, std::string_view body);
// Seconds since 1970, as X-Countersign-Timestamp and the signature have it.
std::string delivery_timestamp(Time at);

// "whsec_" and 64 hex digits of the system's randomness.
Secret generate_hook_secret();
// "wh_" and 12 hex digits.
std::string generate_hook_id();

}  // namespace bridge
