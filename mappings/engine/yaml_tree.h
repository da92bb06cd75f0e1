#pragma once

// A YAML file as a tree that keeps every node's place. Stricter than YAML: duplicate keys, anchors, aliases,
// tags and several documents are errors. The only reader of yaml-cpp. Immutable after reading; may be shared
// between threads.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/json.h"

namespace mappings {

class YamlNode {
 public:
  enum class Kind { null, scalar, sequence, mapping };

  // Not in the class: a pair of a class that is not complete yet is more than clang's library can copy.
  YamlNode();
  ~YamlNode();
  YamlNode(const YamlNode&);
  YamlNode(YamlNode&&) noexcept;
  YamlNode& operator=(const YamlNode&);
  YamlNode& operator=(YamlNode&&) noexcept;

  Kind kind = Kind::null;
  SourceMark where;
  std::string scalar;  // the text of a scalar
  bool quoted =
      false;  // a quoted (or block) scalar is always a string; a plain one may be a number, bool or null
  std::vector<SourceMark> expression_marks;               // of a scalar: where each "${" in it stands
  std::vector<YamlNode> items;                            // of a sequence
  std::vector<std::pair<std::string, YamlNode>> members;  // of a mapping, in file order
  std::vector<SourceMark> key_marks;                      // of a mapping: where each key stands

  bool is_null() const noexcept { return kind == Kind::null; }
  bool is_scalar() const noexcept { return kind == Kind::scalar; }
  bool is_sequence() const noexcept { return kind == Kind::sequence; }
  bool is_mapping() const noexcept { return kind == Kind::mapping; }
  // The member of that name, or null pointer. Valid as long as this node.
  const YamlNode* find(std::string_view key) const noexcept;
  // The text of a scalar member, or `otherwise`.
  std::string text(std::string_view key, std::string_view otherwise = {}) const;
  // As JSON by YAML's core schema (plain 3 is a number, "3" a string).
  Json to_json() const;
};

// Null pointer when the file cannot be read or parsed; the diagnostics say why.
std::shared_ptr<const YamlNode> read_yaml_file(const std::filesystem::path& file, Diagnostics& diagnostics);
// The same from text; `name` stands for the file in diagnostics.
std::shared_ptr<const YamlNode> read_yaml_text(std::string_view text, const std::string& name,
                                               Diagnostics& diagnostics);

}  // namespace mappings
