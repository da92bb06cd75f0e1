#include "bridge/api/http_front.h"
#include "bridge/api/http_target.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;

std::optional<std::string> Incoming::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (equal_ignoring_case(key, name)) return value;
  return std::nullopt;
}

std::optional<std::string> Incoming::parameter(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (equal_ignoring_case(key, name)) return value;
  if (auto value = header(name)) return to_utf8(*value);
  return std::nullopt;
}

}  // namespace bridge
