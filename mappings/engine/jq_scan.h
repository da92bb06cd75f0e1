#pragma once

// Reads jq source without compiling it: where an embedded expression ends, and which functions and variables
// it names. Knows jq's strings (with \( ) inside), comments and brackets. Pure; never calls jq.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mappings {

struct JqWord {
  enum class Kind { name, variable };  // a name is a function or a keyword; never a field or an object key
  Kind kind;
  std::string text;  // without $
  std::size_t at;    // its first byte
};

struct JqScan {
  std::vector<JqWord> words;
  std::size_t end = 0;  // where the scan stopped: the text's size, or the brace that closes it
  bool closed = false;  // the closing brace was found
  bool blank = true;    // nothing but white space and comments
  std::string problem;  // why this cannot be jq; empty when nothing is wrong at this level
  std::size_t problem_at = 0;
};

// The whole text is one expression.
JqScan scan_jq(std::string_view text);
// `text` begins after "${": scans to the brace that closes it.
JqScan scan_embedded_jq(std::string_view text);

}  // namespace mappings
