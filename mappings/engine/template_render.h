#pragma once

// Puts the results of a run into the tree of its template. What jq gave is copied: it may share parts with
// the compiled program, whose counts belong to the thread that runs it next. Never calls jq.

#include <cstddef>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/json.h"
#include "mappings/engine/template_tree.h"

namespace mappings {

struct TemplateEntry {
  TemplateNode tree;
  std::size_t first = 0;  // its expressions are [first, first + count) of all
  std::size_t count = 0;
};

// `results` has an array for each expression of the entry, empty when it gave nothing, or an object
// {error: reason}. `starts` says where every expression stands. Throws ExpressionError.
Json render_template(const TemplateEntry& entry, const Json& results, const std::vector<SourceMark>& starts);
// The same for one value of each expression, all of them the caller's own: nothing needs a copy.
Json render_template(const TemplateEntry& entry, std::vector<Json> values,
                     const std::vector<SourceMark>& starts);

}  // namespace mappings
