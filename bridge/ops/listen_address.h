#pragma once

// Where something listens, as people write it and as it is shown. Pure.

#include <cstdint>
#include <optional>
#include <string>

namespace bridge {

struct ListenAddress {
  std::string address;  // without brackets
  std::uint16_t port = 0;

  // "127.0.0.1:8080", "[::1]:8080"; a port alone is one of loopback. Nothing for all else: a bare IPv6
  // address, or a port without its address.
  static std::optional<ListenAddress> parse(const std::string& text);
  // As parse() reads it, and as it stands in a URL.
  std::string text() const;
};

}  // namespace bridge
