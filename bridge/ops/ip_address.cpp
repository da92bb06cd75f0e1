#include "bridge/ops/ip_address.h"

#include <algorithm>
#include <arpa/inet.h>

namespace bridge {

namespace {
constexpr IpAddress::Bytes mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t v4_at = 12;

std::uint8_t mask_of(int bits, std::size_t byte) {
  const int here = std::clamp(bits - static_cast<int>(byte) * 8, 0, 8);
  return static_cast<std::uint8_t>(0xff00 >> here);
}
}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) noexcept {
  char ended[INET6_ADDRSTRLEN + 1];
  if (text.size() >= sizeof ended || text.find('\0') != std::string_view::npos) return std::nullopt;
  *std::copy(text.begin(), text.end(), ended) = '\0';
  Bytes bytes = mapped;
  if (inet_pton(AF_INET, ended, bytes.data() + v4_at) == 1) return IpAddress(bytes);
  if (inet_pton(AF_INET6, ended, bytes.data()) == 1) return IpAddress(bytes);
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::parse_peer(std::string_view text) noexcept {
  return parse(text.substr(0, text.find('%')));
}

bool IpAddress::is_v4() const noexcept {
  return std::equal(bytes_.begin(), bytes_.begin() + v4_at, mapped.begin());
}

bool IpAddress::within(const IpAddress& base, int bits) const noexcept {
  return first_of(bits) == base.first_of(bits);
}

IpAddress IpAddress::first_of(int bits) const noexcept {
  IpAddress first = *this;
  for (std::size_t i = 0; i < bytes_.size(); ++i) first.bytes_[i] &= mask_of(bits, i);
  return first;
}

IpAddress IpAddress::last_of(int bits) const noexcept {
  IpAddress last = *this;
  for (std::size_t i = 0; i < bytes_.size(); ++i)
    last.bytes_[i] |= static_cast<std::uint8_t>(~mask_of(bits, i));
  return last;
}

std::string IpAddress::text() const {
  char text[INET6_ADDRSTRLEN];
  const bool v4 = is_v4();
  return inet_ntop(v4 ? AF_INET : AF_INET6, bytes_.data() + (v4 ? v4_at : 0), text, sizeof text);
}

}  // namespace bridge
