#include "bridge/store/records.h"

#include <charconv>

namespace bridge {

std::optional<RequestRef> ref_from_key(std::string_view key) {
  const auto colon = key.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const std::string_view digits = key.substr(colon + 1);
  RequestRef ref{std::string(key.substr(0, colon)), 0};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ref.id);
  // key() gives each reference one spelling: no sign, no leading zero.
  if (error != std::errc() || end != digits.data() + digits.size() || ref.id <= 0 || ref.key() != key)
    return std::nullopt;
  return ref;
}

}  // namespace bridge
