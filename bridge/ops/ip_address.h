#pragma once

// An IPv4 or IPv6 address as one value, and the only reader of its text. An IPv4 address that is written
// inside IPv6 (::ffff:a.b.c.d) is that IPv4 address. Allocates nothing but in text(). Pure.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bridge {

class IpAddress {
 public:
  using Bytes = std::array<std::uint8_t, 16>;

  IpAddress() = default;  // ::
  explicit IpAddress(const Bytes& bytes) : bytes_(bytes) {}

  // "192.0.2.1" or "2001:db8::1"; no port, no brackets, no zone, no blanks, no leading zeros in IPv4.
  static std::optional<IpAddress> parse(std::string_view text) noexcept;
  // The same of a socket's other end: a zone ("fe80::1%eth0") is left out.
  static std::optional<IpAddress> parse_peer(std::string_view text) noexcept;

  bool is_v4() const noexcept;
  // IPv4 stands in here as ::ffff:a.b.c.d, so its networks have 96 bits more than they are written with.
  const Bytes& bytes() const noexcept { return bytes_; }
  bool within(const IpAddress& base, int bits) const noexcept;
  // The first and the last address that have the same `bits`, of 128.
  IpAddress first_of(int bits) const noexcept;
  IpAddress last_of(int bits) const noexcept;

  // As RFC 5952 writes it.
  std::string text() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  Bytes bytes_{};
};

}  // namespace bridge
