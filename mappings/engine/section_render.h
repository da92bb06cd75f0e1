#pragma once

// Makes the fields and the comment of one section from what its expressions gave. Reports every field that
// has no value, not only the first. Pure; thread-safe.

#include <string>
#include <vector>

#include "mappings/engine/field_compiler.h"
#include "mappings/engine/mapping.h"

namespace mappings {

// What rendering reads. `answers` is what the section's jq gave: a list with, for each slot, the list of the
// expression's results, or {e: reason}.
struct RenderInput {
  const Json& request;
  const Json& context;
  const Json& decision;
  Json answers;
};

// The one jq expression that evaluates all slots of a section; empty when there are none.
std::string section_jq(const Section& section);

Rendered render_section(const Section& section, const RenderInput& input);

}  // namespace mappings
