#include "mappings/engine/expression_lint.h"

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <set>

#include "mappings/engine/jq_scan.h"
#include "mappings/engine/prelude.h"

namespace mappings {

namespace {

constexpr std::size_t max_reason = 300;  // std::regex recurses, and nobody reads further

std::size_t find_word(const Expression& expression, JqWord::Kind kind, const std::string& text) {
  JqScan scan = scan_jq(expression.jq);
  auto found = std::find_if(scan.words.begin(), scan.words.end(),
                            [&](const JqWord& word) { return word.kind == kind && word.text == text; });
  return found == scan.words.end() ? expression.jq.find_first_not_of(" \t\n") : found->at;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates,
                         const std::string& prefix) {
  std::string near = nearest(word, candidates);
  return near.empty() ? "" : "did you mean " + prefix + near + "?";
}

void unknown_variable(const Expression& expression, const std::string& name,
                      const std::vector<std::string>& variables, Diagnostics& diagnostics) {
  std::string hint = did_you_mean(name, variables, "$");
  if (hint.empty() && !variables.empty()) {
    hint = "there are";
    for (const std::string& known : variables) hint += " $" + known;
  }
  diagnostics.error(expression.place(find_word(expression, JqWord::Kind::variable, name)), "unknown-variable",
                    "there is no variable $" + name, hint);
}

void unknown_function(const Expression& expression, const std::string& name, const std::string& arguments,
                      const std::vector<std::string>& functions, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  std::string other_arity;
  for (const std::string& function : functions) {
    std::size_t slash = function.find('/');
    names.push_back(function.substr(0, slash));
    if (names.back() == name) other_arity = function.substr(slash + 1);
  }
  SourceMark where = expression.place(find_word(expression, JqWord::Kind::name, name));
  if (!other_arity.empty()) {
    auto count = [](const std::string& n) {
      return n == "0" ? std::string("no argument") : n == "1" ? "1 argument" : n + " arguments";
    };
    return diagnostics.error(where, "unknown-function",
                             name + " takes " + count(other_arity) + ", not " + count(arguments));
  }
  std::string hint = did_you_mean(name, names, "");
  diagnostics.error(where, "unknown-function", "there is no function " + name,
                    hint.empty() ? "a field begins with a dot: ." + name : hint);
}

constexpr std::string_view at_line = " at <top-level>, line ";

std::string plain_syntax_error(std::string text) {
  static const std::pair<const char*, const char*> words[] = {
      {"syntax error, unexpected $end", "the expression ends too early"},
      {"unexpected INVALID_CHARACTER", "a sign that jq does not know"},
      {"unexpected IDENT", "an unexpected name"},
      {"unexpected LITERAL", "an unexpected number"},
      {"unexpected FIELD", "an unexpected field"},
      {"unexpected FORMAT", "an unexpected @format"},
      {"unexpected QQSTRING_START", "an unexpected text"}};
  std::size_t expecting = text.find(", expecting");
  if (expecting != std::string::npos) text.erase(expecting);
  for (const auto& [theirs, ours] : words) {
    std::size_t at = text.find(theirs);
    if (at != std::string::npos) return ours;
  }
  static const std::string syntax = "syntax error, ";
  return text.starts_with(syntax) ? text.substr(syntax.size()) : text;
}

}  // namespace

bool lint_expression(const Expression& expression, Diagnostics& diagnostics) {
  JqScan scan = scan_jq(expression.jq);
  std::size_t before = diagnostics.errors();
  if (expression.jq.find('\0') != std::string::npos)
    diagnostics.error(expression.where, "expression-syntax", "a NUL in an expression");
  else if (!scan.problem.empty())
    diagnostics.error(
        expression.place(scan.problem_at), "expression-syntax", "in this expression: " + scan.problem,
        expression.jq.find("${") != std::string::npos ? "write the expression without ${ } here" : "");
  else if (scan.blank)
    diagnostics.error(expression.where, "empty-expression", "an expression is missing here");
  for (const JqWord& word : scan.words) {
    std::size_t module = word.text.rfind("::");
    std::string name = module == std::string::npos ? word.text : word.text.substr(module + 2);
    bool internal = name.starts_with("__");
    bool variable = word.kind == JqWord::Kind::variable;
    // $input is an ordinary variable, ENV an ordinary name that does not exist.
    if (!internal && variable != (name == "ENV")) continue;
    std::string_view why = why_forbidden(name);
    if (why.empty()) continue;
    diagnostics.error(expression.place(word.at), "forbidden-function",
                      (variable ? "$" : "") + name + " is not available in expressions", std::string(why));
  }
  return diagnostics.errors() == before;
}

void report_compile_errors(const Expression& expression, const std::vector<std::string>& messages,
                           int first_line, const std::vector<std::string>& variables,
                           const std::vector<std::string>& functions, Diagnostics& diagnostics) {
  static const std::regex variable(R"(^\$(\w+) is not defined$)"),
      function(R"(^([\w:]+)/(\d+) is not defined$)");
  static const std::string noise = " (Unix shell quoting issues?)";
  std::set<std::string> said;  // a name that is used twice is told twice
  std::size_t before = diagnostics.errors();
  for (std::string text : messages) {
    std::smatch found;
    int line = 0;
    if (line_of_message(text) > 0) {
      line = line_of_message(text) - first_line;
      text.erase(text.find(at_line));
    } else if (text.find("compile error") != std::string::npos) {
      continue;
    }
    if (std::size_t at = text.find(noise); at != std::string::npos) text.erase(at, noise.size());
    if (text.size() > max_reason) text.resize(max_reason);
    if (text.starts_with("jq: error: ")) text.erase(0, 11);
    if (!said.insert(text).second) continue;
    if (std::regex_search(text, found, variable)) {
      unknown_variable(expression, found[1], variables, diagnostics);
      continue;
    }
    if (std::regex_search(text, found, function)) {
      unknown_function(expression, found[1], found[2], functions, diagnostics);
      continue;
    }
    if (diagnostics.errors() > before) continue;  // jq's guesses about its first complaint
    std::size_t at = 0;
    for (; line > 0 && expression.jq.find('\n', at) != std::string::npos; --line)
      at = expression.jq.find('\n', at) + 1;
    std::size_t word = expression.jq.find_first_not_of(" \t\n", at);
    bool quotes =
        text.find("INVALID_CHARACTER") != std::string::npos && expression.jq.find('\'') != std::string::npos;
    diagnostics.error(expression.place(word == std::string::npos ? at : word), "expression-syntax",
                      "this is not a jq expression: " + plain_syntax_error(text),
                      quotes ? "a text in jq stands in double quotes" : "");
  }
  if (diagnostics.errors() == before)
    diagnostics.error(expression.start(), "expression-syntax", "jq cannot compile this expression");
}

bool only_unknown_names(const std::vector<std::string>& messages) {
  return std::all_of(messages.begin(), messages.end(), [](const std::string& text) {
    std::string_view reason = std::string_view(text).substr(0, text.find(at_line));
    return reason.ends_with(" is not defined") || reason.find("compile error") != std::string_view::npos;
  });
}

int line_of_message(const std::string& message) {
  std::size_t at = message.find(at_line);
  return at == std::string::npos ? 0 : std::atoi(message.c_str() + at + at_line.size());
}

std::string without_values(const std::string& reason) {
  static const std::regex shown(
      R"(\b(string|array|object) \([^]*?(\)(?= and | cannot| can't| has no| is not| as object|$)|$))"),
      parsed(R"( \(while parsing '[^]*$)");
  std::string text = reason.substr(0, max_reason);
  while (!is_valid_utf8(text)) text.pop_back();
  return std::regex_replace(std::regex_replace(text, shown, "$1"), parsed, "");
}

}  // namespace mappings
