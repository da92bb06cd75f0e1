#pragma once

// A YAML tree split into what is fixed and the expressions in it: '${ jq }' in values and keys, '$${' for a
// literal '${'. Plain data for Program; knows nothing of how expressions run.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/yaml_tree.h"

namespace mappings {

struct Expression {
  std::string jq;
  SourceMark where;       // of the first byte of `jq`
  bool in_source = true;  // false: the text was unquoted or unfolded, so lines inside it are not the file's

  // Where byte `offset` of the expression stands in the file, as far as that is known.
  SourceMark place(std::size_t offset) const;
  // Where its first word stands.
  SourceMark start() const;
};

struct TemplateNode {
  // `expression` keeps the type of its result; `text` joins fixed parts and results.
  enum class Kind { null, boolean, number, string, expression, text, sequence, mapping };
  struct Part {
    std::string fixed;
    std::size_t expression = 0;
    bool is_fixed = true;
  };
  using Text = std::vector<Part>;

  TemplateNode();
  ~TemplateNode();
  TemplateNode(const TemplateNode&);
  TemplateNode(TemplateNode&&) noexcept;
  TemplateNode& operator=(const TemplateNode&);
  TemplateNode& operator=(TemplateNode&&) noexcept;

  Kind kind = Kind::null;
  SourceMark where;
  double number = 0;  // of a number; 1 or 0 of a boolean
  std::string string;
  std::size_t expression = 0;
  Text text;
  std::vector<TemplateNode> items;
  std::vector<std::pair<Text, TemplateNode>> members;
  std::vector<SourceMark> key_marks;
  bool fixed_keys = false;  // no key holds an expression: the file has each once
};

// Expressions are appended to `expressions`; the numbers in the tree are their places in that list.
TemplateNode parse_template(const YamlNode& node, std::vector<Expression>& expressions,
                            Diagnostics& diagnostics);

}  // namespace mappings
