#pragma once

// The plainest expressions, evaluated without jq, which takes ten times as long to begin: paths, constants,
// texts with \( ), comparisons, and, or, //, |, +, if, objects, lists, .[], select, as $name and a few
// functions. Whatever else an expression holds, and whatever it meets that is not as it expects (an error, in
// most cases), is left to jq: this never decides that something is wrong. Immutable; may be shared by
// threads.

#include <memory>
#include <optional>
#include <string_view>

#include "mappings/engine/json.h"

namespace mappings {

struct PlainNode;

class PlainExpression {
 public:
  // Nothing when `jq` holds more than this understands. It must compile as jq: that is not checked here.
  static std::optional<PlainExpression> read(std::string_view jq);

  // Nothing: ask jq. What it gives may share parts with `input` and `variables`.
  std::optional<Json> run(const Json& input, const Json& variables) const;

 private:
  PlainExpression(std::shared_ptr<const PlainNode> root, std::size_t slots)
      : root_(std::move(root)), slots_(slots) {}
  std::shared_ptr<const PlainNode> root_;
  std::size_t slots_;  // of the names that `as` gives
};

}  // namespace mappings
