#include "bridge/queue/remote_hint.h"

#include "mappings/engine/json.h"

namespace bridge {

namespace {

// More than that is no hint any more: the list says it with fewer calls.
constexpr std::size_t most_ids = 50;

void add_id(const mappings::Json& object, std::vector<std::int64_t>& ids) {
  const auto id = object.get("id").as_integer();
  if (id && *id > 0 && ids.size() < most_ids) ids.push_back(*id);
}

}  // namespace

std::vector<std::int64_t> hinted_ids(std::string_view body) {
  std::vector<std::int64_t> ids;
  try {
    const auto json = mappings::Json::parse(body);
    if (json.is_array())
      for (std::size_t i = 0; i < json.size(); ++i) add_id(json.at(i), ids);
    else
      add_id(json, ids);
  } catch (const mappings::JsonError&) {
    ids.clear();
  }
  return ids;
}

}  // namespace bridge
