#include "bridge/ops/address_guard.h"

#include <algorithm>
#include <charconv>

#include "bridge/ops/error.h"
#include "mappings/engine/text.h"

namespace bridge {

namespace {

using Bytes = IpAddress::Bytes;

// An IPv4 address that is carried inside another one, as ::ffff:a.b.c.d; else the address itself.
IpAddress canonical(const IpAddress& address) {
  static constexpr Bytes nat64 = {0, 0x64, 0xff, 0x9b}, six_to_four = {0x20, 0x02},
                         translated = {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff},
                         one = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  const auto carried_by = [&](const Bytes& base, int bits) { return address.within(IpAddress(base), bits); };
  std::size_t from = 0;
  if (carried_by(nat64, 96) || carried_by({}, 96) || carried_by(translated, 96)) from = 12;
  if (carried_by(six_to_four, 16)) from = 2;
  if (from == 0 || address == IpAddress(one) || address == IpAddress()) return address;
  Bytes found = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::copy_n(address.bytes().begin() + static_cast<std::ptrdiff_t>(from), 4, found.begin() + 12);
  return IpAddress(found);
}

// 128 for an address; IPv4 networks are written with 96 bits less than they have.
int bits_of(std::string_view base, int written) {
  return base.find(':') == std::string_view::npos ? written + 96 : written;
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
  const auto base = IpAddress::parse_peer(text.substr(0, slash));
  if (!base) return std::nullopt;
  int bits = 128 - bits_of(text, 0);
  const int most = bits;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (failed != std::errc() || end != digits.data() + digits.size() || bits < 0 || bits > most)
      return std::nullopt;
  }
  return Network{*base, bits_of(text, bits)};
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
  const auto parsed = IpAddress::parse_peer(address);
  if (!parsed) return std::string(not_an_address);
  const IpAddress real = canonical(*parsed);
  const char* why = nullptr;
  for (const Closed& row : closed) {
    if (real.within(*IpAddress::parse(row.base), bits_of(row.base, row.bits))) {
      why = row.why;
      break;
    }
  }
  if (why == nullptr) return {};
  return names(host) || names(address) ? std::string() : why;
}

bool AddressGuard::names(std::string_view host) const {
  if (const auto parsed = IpAddress::parse_peer(host)) {
    const IpAddress real = canonical(*parsed);
    return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
      return real.within(network.base, network.bits) || parsed->within(network.base, network.bits);
    });
  }
  return std::find(hosts_.begin(), hosts_.end(), mappings::lower_case(host)) != hosts_.end();
}

}  // namespace bridge
