#pragma once

// Lists of addresses and networks, and which address a call comes from. Entries are "192.0.2.7",
// "2001:db8::/32" or "192.0.2.10-192.0.2.20"; IPv4 inside IPv6 (::ffff:a.b.c.d) is that IPv4, and no IPv6
// network holds an IPv4 address. Immutable, thread-safe; contains(), allows() and client_address() allocate
// nothing.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/ops/ip_address.h"

namespace bridge {

class NetworkRules {
 public:
  struct Problem {
    std::size_t entry = 0;  // its place in the list, from 0
    std::string text;       // what is wrong with it, and what to write instead
  };

  NetworkRules() = default;

  // What cannot be read goes to `problems` and not into the rules.
  static NetworkRules parse(const std::vector<std::string>& entries, std::vector<Problem>& problems);
  // The same; throws Error(config_invalid) that begins with `where` and names every entry that is wrong.
  static NetworkRules parse(const std::vector<std::string>& entries, std::string_view where);

  bool contains(const IpAddress& address) const noexcept;
  // A list without entries is no rule: it allows everyone. One with entries allows nobody whose address is
  // not known.
  bool allows(const std::optional<IpAddress>& address) const noexcept {
    return empty() || (address && contains(*address));
  }
  bool empty() const noexcept { return entries_.empty(); }
  // As they are to be kept and shown: in one spelling, in their order, none twice.
  const std::vector<std::string>& entries() const noexcept { return entries_; }

 private:
  struct Range {
    IpAddress first, last;
  };
  static void join(std::vector<Range>& ranges);

  std::vector<std::string> entries_;
  std::vector<Range> v4_, v6_;  // ascending, none touches the next
};

// Where a call comes from: the socket's other end or, where that is a trusted proxy, who it says it had the
// call from (X-Forwarded-For, all of its headers, read from the right as far as proxies are trusted).
// Nothing when a trusted proxy says something that is no address: then who calls is not known.
std::optional<IpAddress> client_address(std::string_view peer,
                                        const std::vector<std::pair<std::string, std::string>>& headers,
                                        const NetworkRules& trusted_proxies) noexcept;

}  // namespace bridge
