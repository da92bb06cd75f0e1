#include "mappings/engine/compile_blame.h"

#include <algorithm>

#include "mappings/engine/expression_lint.h"
#include "mappings/engine/jq_pool.h"
#include "mappings/engine/prelude.h"
#include "mappings/engine/program_text.h"

namespace mappings {

CompileBlame::CompileBlame(const std::vector<std::string>& variables,
                           const std::vector<Expression>& expressions)
    : variables_(variables), expressions_(expressions) {}

void CompileBlame::find(const std::vector<std::size_t>& some, Diagnostics& diagnostics) {
  // A name that does not exist is told with its line; a syntax error may show anywhere, so the halves are
  // tried until the guilty one is alone.
  if (some.empty()) return;
  std::string program = program_head(variables_, expressions_) + "[";
  std::vector<int> first_lines;
  auto line = [&] { return static_cast<int>(std::count(program.begin(), program.end(), '\n')) + 1; };
  for (std::size_t i : some) {
    if (!first_lines.empty()) program += ",\n";
    first_lines.push_back(line() + 1);
    program += guarded(expressions_[i]);
  }
  Jq jq(program + "]");
  if (jq.compiled()) return;
  if (some.size() > 1 && !only_unknown_names(jq.messages())) {
    auto middle = some.begin() + static_cast<std::ptrdiff_t>(some.size() / 2);
    find({some.begin(), middle}, diagnostics);
    return find({middle, some.end()}, diagnostics);
  }
  if (some.size() == 1 && !only_unknown_names(jq.messages()))
    return explain(expressions_[some[0]], jq.messages(), first_lines[0], diagnostics);
  std::vector<std::vector<std::string>> of_each(some.size());
  for (const std::string& message : jq.messages()) {
    int at = line_of_message(message);
    if (at == 0) continue;
    auto next = std::upper_bound(first_lines.begin(), first_lines.end(), at);
    if (next != first_lines.begin())
      of_each[static_cast<std::size_t>(next - first_lines.begin()) - 1].push_back(message);
  }
  for (std::size_t i = 0; i < some.size(); ++i)
    if (!of_each[i].empty())
      report_compile_errors(expressions_[some[i]], of_each[i], first_lines[i], variables_, functions(),
                            diagnostics);
}

// Without the brackets around it jq's complaint is nearer to what was written.
void CompileBlame::explain(const Expression& expression, std::vector<std::string> messages, int first_line,
                           Diagnostics& diagnostics) {
  std::string before = program_head(variables_, expressions_);
  Jq bare(before + expression.jq);
  if (!bare.compiled()) {
    messages = bare.messages();
    first_line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
  }
  report_compile_errors(expression, messages, first_line, variables_, functions(), diagnostics);
}

// "name/arguments" of all that expressions may call, for hints.
const std::vector<std::string>& CompileBlame::functions() {
  if (known_functions_.empty()) {
    known_functions_ = prelude_functions();
    Jq list("builtins");
    if (!list.compiled()) return known_functions_;
    Json names = from_jq(list.first(jv_null()));
    for (std::size_t i = 0; i < names.size(); ++i) known_functions_.push_back(names.at(i).string_or(""));
  }
  return known_functions_;
}

}  // namespace mappings
