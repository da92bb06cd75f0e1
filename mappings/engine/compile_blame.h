#pragma once

// Finds which of many expressions jq does not compile, and says it of each at its own place: compiling them
// together is quick, and tells nothing of who is to blame. For one thread.

#include <cstddef>
#include <string>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/template_tree.h"

namespace mappings {

class CompileBlame {
 public:
  // Both must outlive it. `variables`: what expressions may name.
  CompileBlame(const std::vector<std::string>& variables, const std::vector<Expression>& expressions);

  // `some`: the numbers of the expressions to look at.
  void find(const std::vector<std::size_t>& some, Diagnostics& diagnostics);

 private:
  void explain(const Expression& expression, std::vector<std::string> messages, int first_line,
               Diagnostics& diagnostics);
  const std::vector<std::string>& functions();

  const std::vector<std::string>& variables_;
  const std::vector<Expression>& expressions_;
  std::vector<std::string> known_functions_;
};

}  // namespace mappings
