#include "mappings/engine/program.h"

#include <algorithm>
#include <optional>
#include <span>

#include "mappings/engine/compile_blame.h"
#include "mappings/engine/expression_lint.h"
#include "mappings/engine/jq_pool.h"
#include "mappings/engine/jq_scan.h"
#include "mappings/engine/plain_expression.h"
#include "mappings/engine/prelude.h"
#include "mappings/engine/program_text.h"
#include "mappings/engine/template_render.h"
#include "mappings/engine/template_tree.h"

namespace mappings {

namespace {

// What an expression without a guard came to, as guarded ones say it.
Json result_of_one(jv given) {
  if (jv_is_valid(given)) return Json::array({Json::array({from_jq(given)})});
  Json reason = from_jq(jv_invalid_get_msg(given));
  if (reason.is_null()) return Json::array({Json::array()});  // no result at all
  return Json::array({Json::object({{"error", std::move(reason)}})});
}

}  // namespace

struct Program::State {
  std::vector<SourceMark> starts;  // of the expressions
  std::vector<TemplateEntry> entries;
  std::unique_ptr<JqPool> pool;                       // null when there is no expression
  std::vector<std::optional<PlainExpression>> plain;  // of each expression whose whole entry is plain

  void find_plain(const std::vector<Expression>& expressions) {
    for (const Expression& one : expressions) plain.push_back(PlainExpression::read(one.jq));
    for (const TemplateEntry& entry : entries) {
      const auto own = std::span(plain).subspan(entry.first, entry.count);
      if (!std::all_of(own.begin(), own.end(), [](const auto& one) { return one.has_value(); }))
        std::fill(own.begin(), own.end(), std::nullopt);
    }
  }
  // The values of an entry that needs no jq.
  std::optional<std::vector<Json>> plain_values(const TemplateEntry& entry, const Json& input,
                                                const Json& variables) const {
    std::vector<Json> values;
    values.reserve(entry.count);
    for (std::size_t i = entry.first; i < entry.first + entry.count; ++i) {
      auto value = plain[i] ? plain[i]->run(input, variables) : std::nullopt;
      if (!value) return std::nullopt;
      values.push_back(std::move(*value));
    }
    return values;
  }
};

struct Program::Builder::State {
  std::vector<std::string> variables;
  std::vector<Expression> expressions;
  std::vector<TemplateEntry> entries;
  Diagnostics problems;
};

Program::Builder::Builder(std::vector<std::string> variables) : state_(std::make_unique<State>()) {
  for (const std::string& name : variables) {
    JqScan scan = scan_jq("$" + name);
    bool one_word = scan.words.size() == 1 && scan.words[0].text == name && scan.problem.empty();
    if (!one_word || !why_forbidden(name).empty() || name.find(':') != std::string::npos)
      throw std::invalid_argument("not a name for a jq variable: " + name);
  }
  state_->variables = std::move(variables);
}
Program::Builder::~Builder() = default;
Program::Builder::Builder(Builder&&) noexcept = default;
Program::Builder& Program::Builder::operator=(Builder&&) noexcept = default;

Program::Entry Program::Builder::add_expression(std::string_view jq, const SourceMark& where) {
  TemplateEntry entry;
  entry.first = state_->expressions.size();
  entry.count = 1;
  entry.tree.kind = TemplateNode::Kind::expression;
  entry.tree.expression = entry.first;
  entry.tree.where = where;
  state_->expressions.push_back({std::string(jq), where, jq.find('\n') == std::string_view::npos});
  state_->entries.push_back(std::move(entry));
  return state_->entries.size() - 1;
}

Program::Entry Program::Builder::add_template(const YamlNode& tree) {
  TemplateEntry entry;
  entry.first = state_->expressions.size();
  entry.tree = parse_template(tree, state_->expressions, state_->problems);
  entry.count = state_->expressions.size() - entry.first;
  state_->entries.push_back(std::move(entry));
  return state_->entries.size() - 1;
}

std::shared_ptr<const Program> Program::Builder::build(Diagnostics& diagnostics) {
  Diagnostics problems = state_->problems;
  std::vector<std::size_t> sound;
  for (std::size_t i = 0; i < state_->expressions.size(); ++i)
    if (lint_expression(state_->expressions[i], problems)) sound.push_back(i);

  CompileBlame blame(state_->variables, state_->expressions);
  std::unique_ptr<JqPool> pool;
  if (problems.has_errors()) {
    blame.find(sound, problems);
  } else if (std::string text = program_text(state_->variables, state_->entries, state_->expressions);
             !text.empty()) {
    auto jq = std::make_unique<Jq>(text);
    if (!jq->compiled()) {
      blame.find(sound, problems);
      if (!problems.has_errors())
        problems.error(state_->expressions[0].where, "expression-syntax",
                       "jq cannot compile the expressions of this file together",
                       jq->messages().empty() ? "" : jq->messages()[0].substr(0, 200));
    } else {
      pool = std::make_unique<JqPool>(std::move(text), std::move(jq));
    }
  }
  diagnostics.add(problems);
  if (problems.has_errors()) return nullptr;

  auto built = std::make_unique<Program::State>();
  for (const Expression& expression : state_->expressions) built->starts.push_back(expression.start());
  built->entries = state_->entries;
  built->find_plain(state_->expressions);
  built->pool = std::move(pool);
  return std::shared_ptr<const Program>(new Program(std::move(built)));
}

Program::Program(std::unique_ptr<State> state) : state_(std::move(state)) {}
Program::~Program() = default;

Json Program::run(Entry number, const Json& input, const Json& variables) const {
  const TemplateEntry& entry = state_->entries.at(number);
  if (entry.count == 0) return render_template(entry, std::vector<Json>(), state_->starts);
  if (auto values = state_->plain_values(entry, input, variables)) {
    if (entry.tree.kind == TemplateNode::Kind::expression) return std::move(values->front());
    return render_template(entry, std::move(*values), state_->starts);
  }
  JqPool::Lease jq(*state_->pool);
  Json wrapped = Json::array(
      {input, variables.is_object() ? variables : Json::object(), static_cast<std::int64_t>(number)});
  jv given = (*jq).first(to_jq(wrapped));
  // The results are gone before the lease is: they may share parts with the program.
  if (entry.count == 1) return render_template(entry, result_of_one(given), state_->starts);
  if (!jv_is_valid(given)) {
    jv reason = jv_invalid_get_msg(given);
    throw ExpressionError(without_values(text_of(reason)), state_->starts[entry.first]);
  }
  return render_template(entry, from_jq(given), state_->starts);
}

}  // namespace mappings
