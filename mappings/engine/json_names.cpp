#include "mappings/engine/json_names.h"

#include "mappings/engine/text.h"

namespace mappings {

std::string member_named(const Json& object, std::string_view name) {
  if (object.has(name)) return std::string(name);
  std::string found;
  object.each_member([&](std::string_view key, const Json&) {
    if (found.empty() && equal_ignoring_case(key, name)) found = key;
  });
  return found;
}

Json member_of(const Json& object, std::string_view name) {
  if (Json exact = object.get(name); !exact.is_null()) return exact;
  const std::string key = member_named(object, name);
  return key.empty() ? Json() : object.get(key);
}

}  // namespace mappings
