#pragma once

// Which attributes an answer is to have: `attributes` and `excludedAttributes`, as they were asked for. Pure.

#include <string>
#include <string_view>

#include "mappings/engine/json.h"

namespace bridge {

struct ScimSelection {
  std::string only;
  std::string without;
  // Whether the attribute of the resource itself may be shown.
  bool shows(std::string_view name) const;
  // Throws ScimError when one of them is no list of attributes.
  void check() const;
};
// id and schemas are always there. Names that no resource has are without effect.
mappings::Json selected(const mappings::Json& resource, const ScimSelection& selection);

}  // namespace bridge
