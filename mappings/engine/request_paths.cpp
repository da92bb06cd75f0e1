#include "mappings/engine/request_paths.h"

#include <algorithm>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/jq_tokens.h"

namespace mappings {

namespace {

using Type = RequestField::Type;

Shape make_request_shape() {
  Shape root{"", ".", Type::object, {}};
  for (const RequestField& field : request_fields()) {
    Shape* parent = &root;
    std::string_view rest = field.path.substr(1);
    for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      std::string_view name = rest.substr(0, dot);
      if (name.ends_with("[]")) name.remove_suffix(2);
      for (Shape& shape : parent->members)
        if (shape.name == name) {
          parent = &shape;
          break;
        }
      rest.remove_prefix(dot + 1);
    }
    parent->members.push_back({std::string(rest), std::string(field.path), field.type, {}});
  }
  return root;
}

Shape make_variable_shape(std::string_view name, std::initializer_list<std::string_view> members) {
  Shape root{std::string(name), "$" + std::string(name), Type::object, {}};
  for (std::string_view member : members)
    root.members.push_back({std::string(member), root.path + "." + std::string(member), Type::string, {}});
  return root;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

// Two letters swapped: nearest() counts that as two mistakes.
bool same_letters(std::string a, std::string b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

// A field of this very name somewhere else: .email -> .user.email.
const Shape* same_name_elsewhere(const Shape& from, std::string_view name) {
  for (const Shape& shape : from.members) {
    if (lower(shape.name) == lower(name)) return &shape;
    if (shape.type != Type::object) continue;
    if (const Shape* found = same_name_elsewhere(shape, name)) return found;
  }
  return nullptr;
}

}  // namespace

const Shape* Shape::member(std::string_view wanted) const noexcept {
  for (const Shape& shape : members)
    if (shape.name == wanted) return &shape;
  return nullptr;
}

const Shape& request_shape() {
  static const Shape shape = make_request_shape();
  return shape;
}
const Shape& context_shape() {
  static const Shape shape =
      make_variable_shape("context", {"queue", "desk", "key", "link", "ticket", "ticketLink"});
  return shape;
}
const Shape& decision_shape() {
  static const Shape shape =
      make_variable_shape("decision", {"verdict", "by", "byEmail", "reason", "at", "from"});
  return shape;
}

std::string path_below(const Shape& shape, std::string_view name) {
  return (shape.path == "." ? "" : shape.path) + "." + std::string(name);
}

std::string field_hint(const Shape& shape, std::string_view name) {
  if (shape.type == Type::array) {
    const Shape* meant = shape.member(name);
    return "it is a list: write [ " + shape.path + "[]" +
           (meant ? "." + std::string(name) : std::string(" | ...")) + " ] | join(\", \")";
  }
  if (shape.type != Type::object) return "it is no group of fields: take " + shape.path + " itself";
  std::vector<std::string> names;
  for (const Shape& member : shape.members) names.push_back(member.name);
  for (const std::string& other : names)
    if (same_letters(lower(other), lower(name))) return "did you mean " + path_below(shape, other) + "?";
  const std::string near = nearest(name, names);
  for (const std::string& other : names)
    if (name.size() > 2 && near.empty() && shape.path != "." &&
        lower(other).find(lower(name)) != std::string::npos)
      return "did you mean " + path_below(shape, other) + "?";
  const Shape* elsewhere = shape.path[0] == '.' ? same_name_elsewhere(request_shape(), name) : nullptr;
  if (elsewhere) return "did you mean " + elsewhere->path + "?";
  if (!near.empty()) return "did you mean " + path_below(shape, near) + "?";
  std::string all;
  for (const std::string& other : names) all += (all.empty() ? "" : ", ") + other;
  return (shape.path == "." ? "a request" : shape.path) + " has " + all;
}

bool read_plain_path(std::string_view jq, PlainPath& path) {
  PlainChoice choice;
  if (!read_plain_choice(jq, choice) || choice.size() != 1 || choice[0].index() != 0) return false;
  path = std::get<PlainPath>(std::move(choice[0]));
  return true;
}

bool read_plain_choice(std::string_view jq, PlainChoice& choice) {
  using Kind = JqToken::Kind;
  choice.clear();
  std::size_t at = 0;
  for (JqToken token = next_jq_token(jq, at);; token = next_jq_token(jq, at)) {
    if (token.kind == Kind::string) {
      if (!token.inner.empty() || token.text.find('\\') != std::string_view::npos) return false;
      choice.emplace_back(std::string(token.text.substr(1, token.text.size() - 2)));
      token = next_jq_token(jq, at);
    } else {
      PlainPath path;
      if (token.kind == Kind::variable) {
        if (token.text != "context" && token.text != "decision") return false;
        path.root = token.text == "context" ? PlainPath::Root::context : PlainPath::Root::decision;
        token = next_jq_token(jq, at);
      }
      for (; token.kind == Kind::field; token = next_jq_token(jq, at)) path.names.emplace_back(token.text);
      if (path.names.empty()) return false;
      choice.emplace_back(std::move(path));
    }
    if (token.kind == Kind::end) return true;
    if (!token.is("//")) return false;
  }
}

const Shape* shape_at(const PlainPath& path) noexcept {
  const Shape* shape = path.root == PlainPath::Root::request   ? &request_shape()
                       : path.root == PlainPath::Root::context ? &context_shape()
                                                               : &decision_shape();
  for (const std::string& name : path.names) {
    if (shape->type != Type::object) return nullptr;
    shape = shape->member(name);
    if (shape == nullptr) return nullptr;
  }
  return shape;
}

}  // namespace mappings
