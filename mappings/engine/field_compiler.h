#pragma once

// Turns the fields of a mapping file into what rendering needs: texts cut into parts, expressions collected
// in one list a section, so that one jq run evaluates them all. Finds what is wrong without running anything.
// The results hold no Json and may be shared between threads.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/request_paths.h"
#include "mappings/engine/source_text.h"
#include "mappings/engine/yaml_tree.h"

namespace mappings {

struct FieldExpression {
  std::string jq;
  SourceMark where;
  PlainChoice plain;     // read without jq, when not empty
  std::size_t slot = 0;  // else: its place in the section's jq answer
};

// A scalar of the file: a literal, or parts of which some are expressions.
struct Text {
  struct Part {
    std::string literal;
    std::optional<std::size_t> expression;  // index into Section::expressions
  };
  std::variant<std::string, double, bool> literal;  // when there are no parts
  std::vector<Part> parts;
  bool whole = false;  // one expression and nothing else: keeps its type
  SourceMark where;
};

struct LookupRow {
  std::string key;
  Text value;
  SourceMark where;
};

struct Field {
  enum class Kind { value, lookup, tree, list } kind = Kind::value;
  std::string name;   // in its tree
  std::string label;  // from the top: "CustomFields.Request ID"
  Text value;         // or what the lookup looks for
  std::string from;   // the path behind from:, else empty
  SourceMark lookup_where;
  std::vector<LookupRow> rows;
  std::optional<Text> fallback;
  bool optional = false;
  std::size_t truncate = 0;    // 0: never
  std::vector<Field> members;  // of a tree or list
};

struct Section {
  SourceMark where;
  std::vector<Field> fields;
  std::optional<Text> comment;
  std::vector<FieldExpression> expressions;
};

class FieldCompiler {
 public:
  // `has_decision`: whether $decision is bound in this section.
  FieldCompiler(const SourceText& source, bool has_decision, Diagnostics& diagnostics)
      : source_(source), has_decision_(has_decision), diagnostics_(diagnostics) {}

  // Fields of a mapping node; a member of the name `comment` becomes the section's comment when
  // `has_comment`.
  Section section(const YamlNode& fields, bool has_comment);
  // A section that is a comment only.
  Section comment(const YamlNode& text);

 private:
  std::vector<Field> tree(const YamlNode& node, const std::string& prefix, std::string_view leave_out);
  Field field(std::string name, std::string label, const YamlNode& node);
  void value_form(Field& field, const YamlNode& node);
  void from_form(Field& field, const YamlNode& node);
  void form_options(Field& field, const YamlNode& node);
  void check_codes(const Field& field);
  Text text(const YamlNode& scalar);
  std::size_t expression(std::string jq, SourceMark where, const YamlNode& scalar, std::size_t offset);

  const SourceText& source_;
  bool has_decision_;
  Diagnostics& diagnostics_;
  std::vector<FieldExpression> expressions_;
  std::size_t slots_ = 0;
};

}  // namespace mappings
