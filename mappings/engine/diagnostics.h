#pragma once

// What is wrong in a file that a person edits: many at once, each with its place, a code and a way out.
// Plain data; not shared between threads while it is filled.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/engine/json.h"

namespace mappings {

// A place in a file. Lines and columns count from 1; 0 means unknown. Columns count code points.
struct SourceMark {
  std::string file;
  int line = 0;
  int column = 0;

  // "file:line:column", without the parts that are unknown.
  std::string to_string() const;
};

enum class Severity { error, warning };

struct Diagnostic {
  Severity severity = Severity::error;
  SourceMark where;
  std::string code;     // "unknown-field": stable, documented in docs/diagnostics.md
  std::string message;  // one sentence, no full stop
  std::string hint;     // what to do; may be empty
  // False: the line of the file is not repeated, because it holds what must not be seen.
  bool show_line = true;
};

class Diagnostics {
 public:
  void error(SourceMark where, std::string code, std::string message, std::string hint = {});
  void warning(SourceMark where, std::string code, std::string message, std::string hint = {});
  void add(const Diagnostics& others);
  void add(Diagnostic one);

  bool has_errors() const noexcept { return errors_ > 0; }
  std::size_t errors() const noexcept { return errors_; }
  std::size_t warnings() const noexcept { return all_.size() - errors_; }
  const std::vector<Diagnostic>& all() const noexcept { return all_; }

  // Compiler style, with the line of the file and a caret under the column where the file can be read.
  std::string to_text() const;
  Json to_json() const;

 private:
  std::vector<Diagnostic> all_;
  std::size_t errors_ = 0;
};

// The candidate nearest to `word` by edit distance, or empty when none is near enough to suggest.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace mappings
