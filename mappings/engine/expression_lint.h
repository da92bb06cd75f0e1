#pragma once

// What is wrong with an expression, said at its own place: what is forbidden, found before compiling, and
// jq's compile errors in plainer words. Text only; never calls jq.

#include <string>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/template_tree.h"

namespace mappings {

// False when an error was added: not jq at all, or it names something that expressions may not use.
bool lint_expression(const Expression& expression, Diagnostics& diagnostics);

// Adds at least one error. `messages` are jq's own, `first_line` is the line of the program on which the
// expression began; `functions` are "name/arguments".
void report_compile_errors(const Expression& expression, const std::vector<std::string>& messages,
                           int first_line, const std::vector<std::string>& variables,
                           const std::vector<std::string>& functions, Diagnostics& diagnostics);

// Whether jq's messages are all about names that do not exist (their lines can be trusted).
bool only_unknown_names(const std::vector<std::string>& messages);
// The line of the program that a message of jq speaks of; 0 when it names none.
int line_of_message(const std::string& message);

// jq shows the beginnings of the values that it could not work with; these may be secrets.
std::string without_values(const std::string& reason);

}  // namespace mappings
