#include "mappings/engine/template_tree.h"

#include <algorithm>

#include "mappings/engine/jq_scan.h"

namespace mappings {

namespace {

int code_points(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

class Parser {
 public:
  Parser(std::vector<Expression>& expressions, Diagnostics& diagnostics)
      : expressions_(expressions), diagnostics_(diagnostics) {}

  TemplateNode node(const YamlNode& yaml) {
    TemplateNode result;
    result.where = yaml.where;
    switch (yaml.kind) {
      case YamlNode::Kind::null:
        break;
      case YamlNode::Kind::scalar:
        scalar(yaml, result);
        break;
      case YamlNode::Kind::sequence:
        result.kind = TemplateNode::Kind::sequence;
        for (const YamlNode& item : yaml.items) result.items.push_back(node(item));
        break;
      case YamlNode::Kind::mapping:
        result.kind = TemplateNode::Kind::mapping;
        result.fixed_keys = true;
        for (std::size_t i = 0; i < yaml.members.size(); ++i) {
          SourceMark where = i < yaml.key_marks.size() ? yaml.key_marks[i] : yaml.where;
          TemplateNode::Text key = split(yaml.members[i].first, where, {});
          result.fixed_keys = result.fixed_keys && key.size() == 1 && key.front().is_fixed;
          result.members.emplace_back(std::move(key), node(yaml.members[i].second));
          result.key_marks.push_back(std::move(where));
        }
        break;
    }
    return result;
  }

 private:
  void scalar(const YamlNode& yaml, TemplateNode& result) {
    if (yaml.scalar.find("${") == std::string::npos) return fixed(yaml.to_json(), result);
    TemplateNode::Text parts = split(yaml.scalar, yaml.where, yaml.expression_marks);
    // A block that holds nothing but one expression ends with a line break that nobody meant.
    bool lone = parts.size() == 1 || (parts.size() == 2 && parts[1].is_fixed && parts[1].fixed == "\n");
    if (lone && !parts[0].is_fixed) {
      result.kind = TemplateNode::Kind::expression;
      result.expression = parts[0].expression;
    } else if (parts.size() == 1) {
      result.kind = TemplateNode::Kind::string;
      result.string = parts[0].fixed;
    } else {
      result.kind = TemplateNode::Kind::text;
      result.text = std::move(parts);
    }
  }

  static void fixed(const Json& value, TemplateNode& result) {
    if (auto text = value.as_string()) {
      result.kind = TemplateNode::Kind::string;
      result.string = *text;
    } else if (auto number = value.as_number()) {
      result.kind = TemplateNode::Kind::number;
      result.number = *number;
    } else if (auto truth = value.as_bool()) {
      result.kind = TemplateNode::Kind::boolean;
      result.number = *truth ? 1 : 0;
    }
  }

  TemplateNode::Text split(const std::string& text, const SourceMark& where,
                           const std::vector<SourceMark>& marks) {
    TemplateNode::Text parts;
    std::string literal;
    std::size_t seen = 0;  // how many "${" of the text are behind us
    std::size_t at = 0;
    while (at < text.size()) {
      std::size_t next = text.find("${", at);
      literal += text.substr(at, next == std::string::npos ? next : next - at);
      if (next == std::string::npos) break;
      SourceMark opening = seen < marks.size() ? marks[seen] : where;
      bool exact = seen < marks.size();
      ++seen;
      if (next > at && text[next - 1] == '$') {
        literal.back() = '$';
        literal += '{';
        at = next + 2;
        continue;
      }
      std::string_view rest = std::string_view(text).substr(next + 2);
      JqScan scan = scan_embedded_jq(rest);
      if (!scan.closed || scan.blank) {
        diagnostics_.error(
            opening, scan.closed ? "empty-expression" : "unclosed-expression",
            scan.closed ? "there is nothing between '${' and '}'" : "in this expression: " + scan.problem,
            scan.closed ? "" : "write $${ if no expression is meant");
        return {TemplateNode::Part{}};
      }
      if (!literal.empty()) parts.push_back({std::move(literal), 0, true});
      literal.clear();
      parts.push_back({{}, expressions_.size(), false});
      if (exact) opening.column += 2;
      std::string jq(rest.substr(0, scan.end));
      for (std::size_t i = jq.find("${"); i != std::string::npos; i = jq.find("${", i + 2)) ++seen;
      expressions_.push_back({std::move(jq), std::move(opening), exact});
      at = next + 2 + scan.end + 1;
    }
    if (!literal.empty() || parts.empty()) parts.push_back({std::move(literal), 0, true});
    return parts;
  }

  std::vector<Expression>& expressions_;
  Diagnostics& diagnostics_;
};

}  // namespace

TemplateNode::TemplateNode() = default;
TemplateNode::~TemplateNode() = default;
TemplateNode::TemplateNode(const TemplateNode&) = default;
TemplateNode::TemplateNode(TemplateNode&&) noexcept = default;
TemplateNode& TemplateNode::operator=(const TemplateNode&) = default;
TemplateNode& TemplateNode::operator=(TemplateNode&&) noexcept = default;

SourceMark Expression::place(std::size_t offset) const {
  SourceMark mark = where;
  std::string_view before = std::string_view(jq).substr(0, std::min(offset, jq.size()));
  auto lines = std::count(before.begin(), before.end(), '\n');
  if (!in_source || mark.line <= 0) return mark;
  if (lines == 0) {
    if (mark.column > 0) mark.column += code_points(before);
  } else {
    mark.line += static_cast<int>(lines);
    mark.column = 0;
  }
  return mark;
}

SourceMark Expression::start() const {
  std::size_t first = jq.find_first_not_of(" \t\n");
  return first == std::string::npos ? where : place(first);
}

TemplateNode parse_template(const YamlNode& node, std::vector<Expression>& expressions,
                            Diagnostics& diagnostics) {
  return Parser(expressions, diagnostics).node(node);
}

}  // namespace mappings
