#pragma once

// Texts as a JSON list. Pure.

#include <string>
#include <vector>

#include "mappings/engine/json.h"

namespace mappings {

inline Json list_of(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

}  // namespace mappings
