#include "mappings/engine/field_compiler.h"

#include <algorithm>

#include "mappings/engine/jq_scan.h"
#include "mappings/engine/path_check.h"
#include "mappings/engine/text.h"

namespace mappings {

namespace {

SourceMark key_mark(const YamlNode& node, std::string_view key) {
  for (std::size_t i = 0; i < node.members.size() && i < node.key_marks.size(); ++i)
    if (node.members[i].first == key) return node.key_marks[i];
  return node.where;
}

// Every value that a field of the request can have, where the API says so.
std::vector<std::string> known_values(std::string_view path) {
  std::vector<std::string> values;
  const bool types = path == ".type" || path == ".typeCode";
  if (types || path == ".status" || path == ".statusCode") {
    for (const CodedWord& row : types ? request_types() : request_statuses())
      values.push_back(path.ends_with("Code") ? std::to_string(row.code) : std::string(row.word));
  } else if (path == ".application.scanResultCode") {
    values = {"0", "1", "2"};
  } else if (path == ".user.isAdmin" || path == ".application.preapproved") {
    values = {"false", "true"};
  }
  return values;
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return text;
}

}  // namespace

Section FieldCompiler::section(const YamlNode& fields, bool has_comment) {
  Section result;
  result.where = fields.where;
  result.fields = tree(fields, "", has_comment ? "comment" : "");
  if (const YamlNode* words = has_comment ? fields.find("comment") : nullptr; words && words->is_scalar())
    result.comment = text(*words);
  result.expressions = std::move(expressions_);
  return result;
}

Section FieldCompiler::comment(const YamlNode& words) {
  Section result;
  result.where = words.where;
  if (words.is_scalar()) result.comment = text(words);
  result.expressions = std::move(expressions_);
  return result;
}

std::vector<Field> FieldCompiler::tree(const YamlNode& node, const std::string& prefix,
                                       std::string_view leave_out) {
  std::vector<Field> fields;
  for (const auto& [name, value] : node.members)
    if (leave_out.empty() || name != leave_out) fields.push_back(field(name, prefix + name, value));
  return fields;
}

Field FieldCompiler::field(std::string name, std::string label, const YamlNode& node) {
  Field result;
  result.name = std::move(name);
  result.label = std::move(label);
  if (node.is_scalar()) {
    result.value = text(node);
  } else if (node.is_sequence()) {
    result.kind = Field::Kind::list;
    result.value.where = node.where;
    for (std::size_t i = 0; i < node.items.size(); ++i)
      result.members.push_back(field({}, result.label + "[" + std::to_string(i) + "]", node.items[i]));
  } else if (node.find("value")) {
    value_form(result, node);
  } else if (node.find("from")) {
    from_form(result, node);
  } else if (node.is_mapping()) {
    const YamlNode* inner = node.find("fields");
    result.kind = Field::Kind::tree;
    result.value.where = node.where;
    result.members = tree(inner ? *inner : node, result.label + ".", "");
  }
  return result;
}

void FieldCompiler::value_form(Field& field, const YamlNode& node) {
  if (const YamlNode* value = node.find("value"); value->is_scalar()) field.value = text(*value);
  form_options(field, node);
}

void FieldCompiler::from_form(Field& field, const YamlNode& node) {
  const YamlNode& from = *node.find("from");
  if (!from.is_scalar()) return;
  field.from = std::string(trimmed(from.scalar));
  PlainPath path;
  if (!read_plain_path(field.from, path)) {
    diagnostics_.error(from.where, "bad-path", "from takes one field of the request, such as .user.email",
                       field.from.find("${") == std::string::npos && field.from.rfind('.', 0) != 0 &&
                               request_shape().member(field.from)
                           ? "write ." + field.from
                           : "for jq write value: '${ ... }'");
  } else {
    field.value.where = from.where;
    field.value.whole = true;
    const std::size_t start = from.scalar.find_first_not_of(" \t\r\n");
    field.value.parts.push_back({{}, expression(field.from, source_.place_of(from, start), from, start)});
    const Shape* shape = shape_at(path);
    if (shape && (shape->type == RequestField::Type::object || shape->type == RequestField::Type::array))
      diagnostics_.error(source_.place_of(from, start), "not-a-value",
                         field.from + " is " +
                             (shape->type == RequestField::Type::array ? "a list" : "a group of fields") +
                             ", not a value",
                         shape->type == RequestField::Type::array
                             ? "for jq write value: '${ [ " + field.from + "[] | ... ] | join(\", \") }'"
                             : "take one of its fields: " + shape->members.front().path + " ...");
  }
  if (const YamlNode* table = node.find("lookup"); table && table->is_mapping()) {
    field.kind = Field::Kind::lookup;
    field.lookup_where = key_mark(node, "lookup");
    for (std::size_t i = 0; i < table->members.size(); ++i) {
      const auto& [key, value] = table->members[i];
      if (value.is_scalar()) field.rows.push_back({key, text(value), table->key_marks[i]});
    }
  }
  form_options(field, node);
  if (field.kind == Field::Kind::lookup) check_codes(field);
}

void FieldCompiler::form_options(Field& field, const YamlNode& node) {
  if (const YamlNode* fallback = node.find("default"); fallback && fallback->is_scalar())
    field.fallback = text(*fallback);
  if (const YamlNode* optional = node.find("optional"))
    field.optional = optional->to_json().as_bool().value_or(false);
  if (const YamlNode* truncate = node.find("truncate"))
    field.truncate =
        static_cast<std::size_t>(std::max<std::int64_t>(0, truncate->to_json().as_integer().value_or(0)));
  if (field.fallback && field.optional)
    diagnostics_.warning(key_mark(node, "optional"), "default-and-optional",
                         "this field has a default, so it is never left out", "remove one of the two");
}

void FieldCompiler::check_codes(const Field& field) {
  const std::vector<std::string> values = known_values(field.from);
  if (values.empty()) return;
  for (const LookupRow& row : field.rows)
    if (std::find(values.begin(), values.end(), row.key) == values.end())
      diagnostics_.warning(row.where, "lookup-never", "no request has " + field.from + " " + row.key,
                           field.from + " is " + listed(values));
  std::vector<std::string> gaps;
  for (const std::string& value : values)
    if (std::none_of(field.rows.begin(), field.rows.end(),
                     [&](const LookupRow& row) { return row.key == value; }))
      gaps.push_back(value);
  if (!gaps.empty() && !field.fallback && !field.optional)
    diagnostics_.warning(
        field.lookup_where, "lookup-gap",
        "no row of this lookup takes " + listed(gaps) + ", and there is no default",
        gaps.size() == 1 ? "add a row for it, or default:" : "add rows for them, or default:");
}

Text FieldCompiler::text(const YamlNode& scalar) {
  Text result;
  result.where = scalar.where;
  const std::string& all = scalar.scalar;
  std::size_t at = 0;
  const auto literal = [&](std::string text) {
    if (!text.empty()) result.parts.push_back({std::move(text), {}});
  };
  for (std::size_t open = all.find("${"); open != std::string::npos; open = all.find("${", at)) {
    if (open > at && all[open - 1] == '$') {  // $${ stands for ${ itself
      literal(all.substr(at, open - 1 - at) + "${");
      at = open + 2;
      continue;
    }
    literal(all.substr(at, open - at));
    const std::string_view rest = std::string_view(all).substr(open + 2);
    const JqScan scan = scan_embedded_jq(rest);
    if (!scan.problem.empty() || !scan.closed) {
      diagnostics_.error(source_.place_of(scalar, scan.problem_at > 0 ? open + 2 + scan.problem_at : open),
                         "unclosed-expression", "in this expression: " + scan.problem,
                         "write $${ if no expression is meant");
      return result;
    }
    if (scan.blank) {
      diagnostics_.error(source_.place_of(scalar, open), "empty-expression",
                         "there is nothing between '${' and '}'",
                         "write what it should select, such as ${ .user.fullName }");
      return result;
    }
    const std::string jq(trimmed(rest.substr(0, scan.end)));
    const std::size_t start = open + 2 + rest.find_first_not_of(" \t\r\n");
    result.parts.push_back({{}, expression(jq, source_.place_of(scalar, start), scalar, start)});
    at = open + 2 + scan.end + 1;
  }
  if (result.parts.empty()) {
    const Json value = scalar.to_json();
    if (value.is_bool())
      result.literal = *value.as_bool();
    else if (value.is_number())
      result.literal = *value.as_number();
    else
      result.literal = all;
    return result;
  }
  literal(all.substr(at));
  result.whole = result.parts.size() == 1 && result.parts.front().expression;
  return result;
}

std::size_t FieldCompiler::expression(std::string jq, SourceMark where, const YamlNode& scalar,
                                      std::size_t offset) {
  for (PathProblem& problem : check_paths(jq, has_decision_))
    diagnostics_.error(source_.place_of(scalar, offset + problem.offset), std::move(problem.code),
                       std::move(problem.message), std::move(problem.hint));
  FieldExpression result{std::move(jq), std::move(where), {}, 0};
  if (!read_plain_choice(result.jq, result.plain)) {
    result.plain.clear();
    result.slot = slots_++;
  }
  expressions_.push_back(std::move(result));
  return expressions_.size() - 1;
}

}  // namespace mappings
