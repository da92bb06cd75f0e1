#pragma once

// The shapes that expressions can read (the request, $context and $decision), plain paths into them, and what
// may have been meant by a path that leads nowhere. Pure; thread-safe. The shapes live as long as the
// program.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mappings/engine/request_shape.h"

namespace mappings {

// What stands at a place of the request, of $context or of $decision.
struct Shape {
  std::string name;  // in its parent
  std::string path;  // ".user.fullName", "$decision.by"; "." for the request
  RequestField::Type type = RequestField::Type::object;
  std::vector<Shape> members;  // of an object, or of a list's items

  const Shape* member(std::string_view wanted) const noexcept;
};
const Shape& request_shape();
const Shape& context_shape();
const Shape& decision_shape();

// ".user.email" for .user and email.
std::string path_below(const Shape& shape, std::string_view name);
// What to write instead of a field that `shape` does not have.
std::string field_hint(const Shape& shape, std::string_view name);

// A path and nothing else, such as ".user.email" or "$decision.by".
struct PlainPath {
  enum class Root { request, context, decision } root = Root::request;
  std::vector<std::string> names;
};
bool read_plain_path(std::string_view jq, PlainPath& path);

// What a plain path leads to, or null.
const Shape* shape_at(const PlainPath& path) noexcept;

// Plain paths and texts joined by //, such as .user.fullName // "somebody": most expressions are no more than
// that, and are read without jq.
using PlainChoice = std::vector<std::variant<PlainPath, std::string>>;
bool read_plain_choice(std::string_view jq, PlainChoice& choice);

}  // namespace mappings
