#pragma once

// HMAC-SHA256 and base64, as webhooks and Basic authentication need them. Pure; compares in constant time.

#include <string>
#include <string_view>

namespace connectors {

std::string base64(std::string_view bytes);
std::string hmac_sha256(std::string_view secret, std::string_view body);  // 32 raw bytes

// `given` is the header's value behind its prefix; hex is compared without case.
bool signature_matches(std::string_view given, std::string_view secret, std::string_view body,
                       bool as_base64);

}  // namespace connectors
