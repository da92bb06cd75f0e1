#include "bridge/ops/listen_address.h"

#include <charconv>

namespace bridge {

std::optional<ListenAddress> ListenAddress::parse(const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (text.find_first_not_of("0123456789") == std::string::npos) return parse("127.0.0.1:" + text);
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  ListenAddress found{text.substr(0, colon), 0};
  const char* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data() + colon + 1, end, found.port);
  if (failed != std::errc() || stop != end) return std::nullopt;
  if (found.address.front() == '[') {
    if (found.address.size() < 3 || found.address.back() != ']') return std::nullopt;
    found.address = found.address.substr(1, found.address.size() - 2);
  } else if (found.address.find(':') != std::string::npos) {
    return std::nullopt;
  }
  return found;
}

std::string ListenAddress::text() const {
  const bool brackets = address.find(':') != std::string::npos;
  return (brackets ? '[' + address + ']' : address) + ':' + std::to_string(port);
}

}  // namespace bridge
