#pragma once

// Many jq expressions compiled into one jq program (compiling costs tens of milliseconds, running one tens of
// microseconds), run by entry number.
// A Program is immutable and may be used by any number of threads: it keeps a small pool of jq states.
// What could reach outside (env, $ENV, input, inputs, debug, stderr, halt, import, include ...) is refused
// when the program is built and shadowed when it runs.

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/json.h"
#include "mappings/engine/yaml_tree.h"

namespace mappings {

// An expression failed on this input. what() is jq's reason; where() is the expression in its file.
class ExpressionError : public std::runtime_error {
 public:
  ExpressionError(const std::string& reason, SourceMark where)
      : std::runtime_error(reason), where_(std::move(where)) {}
  const SourceMark& where() const noexcept { return where_; }

 private:
  SourceMark where_;
};

class Program {
 public:
  using Entry = std::size_t;

  class Builder {
   public:
    // `variables`: the names (without $) that expressions may use; a run that does not give one binds null.
    explicit Builder(std::vector<std::string> variables);
    ~Builder();
    Builder(Builder&&) noexcept;
    Builder& operator=(Builder&&) noexcept;

    // A bare jq expression. Problems are kept until build().
    Entry add_expression(std::string_view jq, const SourceMark& where);
    // A YAML tree whose string leaves may hold ${ jq }: a leaf that is one ${ } keeps its JSON type, any
    // other is a string template. One run gives the whole tree as JSON.
    Entry add_template(const YamlNode& tree);

    // Compiles everything; each expression that does not compile becomes a diagnostic at its own place.
    // Null when there was an error.
    std::shared_ptr<const Program> build(Diagnostics& diagnostics);

   private:
    struct State;
    std::unique_ptr<State> state_;
  };

  ~Program();

  // Runs one entry on `input`. `variables` is an object name -> value. Gives the first result, null when
  // there is none. Throws ExpressionError.
  Json run(Entry entry, const Json& input, const Json& variables) const;

 private:
  struct State;
  explicit Program(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mappings
