#pragma once

// The text of a jq program made of many expressions: the prelude, a function for each entry, and a choice by
// number. Its input is [input, {variable: value}, number of the entry]. Text only; never calls jq.

#include <span>
#include <string>
#include <vector>

#include "mappings/engine/template_render.h"
#include "mappings/engine/template_tree.h"

namespace mappings {

// Gives an array of what each expression of the entry came to, as guarded() says it; for an entry with one
// expression, that expression's results as they are. Empty when no entry has an expression.
std::string program_text(const std::vector<std::string>& variables, const std::vector<TemplateEntry>& entries,
                         std::span<const Expression> expressions);

// What stands before an expression that is compiled alone: the prelude and the variables.
std::string program_head(const std::vector<std::string>& variables, std::span<const Expression> expressions);

// Each expression gives [result], [] or {error}: so a failure says whose it is, and no generator in one
// multiplies the others. The expression begins on the second line.
std::string guarded(const Expression& expression);

}  // namespace mappings
