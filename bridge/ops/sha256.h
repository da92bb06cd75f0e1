#pragma once

// SHA-256 of what is public, to tell contents apart; secrets are hashed by access/pepper.h. Thread-safe.

#include <string>
#include <string_view>

namespace bridge {

std::string sha256_hex(std::string_view bytes);

}  // namespace bridge
