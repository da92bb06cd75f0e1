#pragma once

// Finds where a character of a YAML scalar stands in the file: quotes, escapes, indentation and folded lines
// make the two differ. Plain data; may be read by any number of threads.

#include <cstddef>
#include <string>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/yaml_tree.h"

namespace mappings {

class SourceText {
 public:
  explicit SourceText(std::string text);

  // The place of byte `offset` of scalar.scalar; the scalar's own place when it cannot be told.
  SourceMark place_of(const YamlNode& scalar, std::size_t offset) const;

 private:
  std::size_t byte_at(const SourceMark& where) const;

  std::string text_;
  std::vector<std::size_t> lines_;  // where each line starts
};

}  // namespace mappings
