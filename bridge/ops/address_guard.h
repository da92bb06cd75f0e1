#pragma once

// Which addresses a webhook may not go to: loopback, link-local, metadata services of clouds, and what is no
// host's own address. Judged on the address itself, at each connect, so that a name that changes its address
// is judged again. IPv4 inside IPv6 (mapped, compatible, NAT64, 6to4) counts as that IPv4. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/ops/ip_address.h"

namespace bridge {

// What refuse() says of a text that is none.
inline constexpr std::string_view not_an_address = "not an address";

class AddressGuard {
 public:
  // Host names, addresses and networks ("10.1.0.0/16", "fd00::/8") that may be sent to all the same.
  // Throws Error(config_invalid) for one that is none of these.
  explicit AddressGuard(const std::vector<std::string>& allow = {});

  // Why `address`, which `host` resolved to, gets nothing; empty: it may.
  std::string refuse(std::string_view host, std::string_view address) const;

  // Whether the list has this host, by its name or address.
  bool names(std::string_view host) const;

  // Whether `text` may stand in the list.
  static bool is_entry(std::string_view text);

 private:
  struct Network {
    IpAddress base;
    int bits = 128;
  };
  static std::optional<Network> network(std::string_view text);

  std::vector<std::string> hosts_;
  std::vector<Network> networks_;
};

}  // namespace bridge
