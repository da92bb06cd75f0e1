#include "bridge/ops/address_guard.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

#include "bridge/ops/error.h"
#include "mappings/engine/text.h"

namespace bridge {

namespace {

using Bytes = std::array<std::uint8_t, 16>;
constexpr Bytes mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// IPv4 stands in here as ::ffff:a.b.c.d. `was_v4`: it was written as IPv4.
std::optional<Bytes> parse(std::string_view text, bool& was_v4) {
  const std::string whole(text.substr(0, text.find('%')));
  Bytes bytes = mapped_prefix;
  was_v4 = inet_pton(AF_INET, whole.c_str(), bytes.data() + 12) == 1;
  if (was_v4) return bytes;
  if (inet_pton(AF_INET6, whole.c_str(), bytes.data()) == 1) return bytes;
  return std::nullopt;
}

bool starts(const Bytes& address, const Bytes& base, int bits) {
  const int whole = bits / 8;
  if (!std::equal(base.begin(), base.begin() + whole, address.begin())) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits % 8));
  const auto at = static_cast<std::size_t>(whole);
  return (address[at] & mask) == (base[at] & mask);
}

// An IPv4 address that is carried inside another one, as ::ffff:a.b.c.d; else the address itself.
Bytes canonical(const Bytes& address) {
  static constexpr Bytes nat64 = {0, 0x64, 0xff, 0x9b}, compatible = {}, six_to_four = {0x20, 0x02},
                         translated = {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::size_t from = 0;
  if (starts(address, nat64, 96) || starts(address, compatible, 96) || starts(address, translated, 96))
    from = 12;
  if (starts(address, six_to_four, 16)) from = 2;
  static constexpr Bytes one = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (from == 0 || address == one || address == Bytes{}) return address;
  Bytes found = mapped_prefix;
  std::copy_n(address.begin() + static_cast<std::ptrdiff_t>(from), 4, found.begin() + 12);
  return found;
}

struct Closed {
  const char* base;
  int bits;  // of the address as it is written
  const char* why;
};
constexpr Closed closed[] = {
    {"127.0.0.0", 8, "a loopback address"},
    {"::1", 128, "a loopback address"},
    {"169.254.169.254", 32, "a metadata service"},
    {"169.254.0.0", 16, "a link-local address"},
    {"fe80::", 10, "a link-local address"},
    {"fec0::", 10, "a site-local address"},
    {"fd00:ec2::", 32, "a metadata service"},
    {"fd20:ce::254", 128, "a metadata service"},
    {"100.100.100.200", 32, "a metadata service"},
    {"168.63.129.16", 32, "a metadata service"},
    {"192.0.0.192", 32, "a metadata service"},
    {"0.0.0.0", 8, "no host's address"},
    {"::", 128, "no host's address"},
    {"224.0.0.0", 4, "a multicast address"},
    {"ff00::", 8, "a multicast address"},
    {"240.0.0.0", 4, "a reserved address"},
};

}  // namespace

std::optional<AddressGuard::Network> AddressGuard::network(std::string_view text) {
  const auto slash = text.find('/');
  bool v4 = false;
  const auto base = parse(text.substr(0, slash), v4);
  if (!base) return std::nullopt;
  const int most = v4 ? 32 : 128;
  int bits = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (failed != std::errc() || end != digits.data() + digits.size() || bits < 0 || bits > most)
      return std::nullopt;
  }
  return Network{*base, v4 ? bits + 96 : bits};
}

bool AddressGuard::is_entry(std::string_view text) {
  if (network(text)) return true;
  if (text.empty() || text.size() > 253 || text.find('/') != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

AddressGuard::AddressGuard(const std::vector<std::string>& allow) {
  for (const std::string& entry : allow) {
    if (!is_entry(entry))
      throw Error(ErrorCode::config_invalid, "hooks.allow: " + entry + " is no host, address or network");
    if (const auto found = network(entry))
      networks_.push_back(*found);
    else
      hosts_.push_back(mappings::lower_case(entry));
  }
}

std::string AddressGuard::refuse(std::string_view host, std::string_view address) const {
  bool v4 = false;
  const auto parsed = parse(address, v4);
  if (!parsed) return std::string(not_an_address);
  const Bytes real = canonical(*parsed);
  const char* why = nullptr;
  for (const Closed& row : closed) {
    bool row_v4 = false;
    const Bytes base = *parse(row.base, row_v4);
    if (starts(real, base, row_v4 ? row.bits + 96 : row.bits)) {
      why = row.why;
      break;
    }
  }
  if (why == nullptr) return {};
  return names(host) || names(address) ? std::string() : why;
}

bool AddressGuard::names(std::string_view host) const {
  bool v4 = false;
  if (const auto parsed = parse(host, v4)) {
    const Bytes real = canonical(*parsed);
    return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
      return starts(real, network.base, network.bits) || starts(*parsed, network.base, network.bits);
    });
  }
  return std::find(hosts_.begin(), hosts_.end(), mappings::lower_case(host)) != hosts_.end();
}

}  // namespace bridge
