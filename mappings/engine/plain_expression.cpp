#include "mappings/engine/plain_expression.h"

#include <cctype>
#include <string>
#include <vector>

namespace mappings {

namespace {

constexpr std::size_t longest = 1000;  // bytes; so that no tree is too deep to walk

bool begins_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool is_truthy(const Json& value) {
  return !value.is_null() && value.as_bool().value_or(true);
}

const char* type_of(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::null:
      return "null";
    case Json::Kind::boolean:
      return "boolean";
    case Json::Kind::number:
      return "number";
    case Json::Kind::string:
      return "string";
    case Json::Kind::array:
      return "array";
    case Json::Kind::object:
      return "object";
  }
  return "";
}

std::string text_of(const Json& value) {
  const auto text = value.as_string();
  return text ? *text : value.dump();
}

// As the prelude's; nothing where that fails.
std::optional<Json> snq(const Json& value) {
  if (!value.is_string() && !value.is_number()) return std::nullopt;
  const std::string text = text_of(value);
  std::string lower, quoted;
  for (char c : text) {
    if (c == '\n' || c == '\r' || c == '\0') return std::nullopt;
    lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    quoted.append(c == '^' ? 2 : 1, c);
  }
  if (lower.find("javascript:") != std::string::npos) return std::nullopt;
  return Json(quoted);
}

// Objects and texts; other sums are left to jq.
std::optional<Json> sum(Json left, const Json& right) {
  if (left.is_object() && right.is_object()) {
    for (const std::string& name : right.keys()) left.set(name, right.get(name));
    return left;
  }
  if (left.is_string() && right.is_string()) return Json(*left.as_string() + *right.as_string());
  return std::nullopt;
}

}  // namespace

// No Json in here: its count is not for several threads.
struct PlainExpression::Node {
  enum class Kind {
    input,     // .
    variable,  // $text
    field,     // parts[0].text
    null,
    boolean,  // number
    number,
    text,       // texts[0]\(parts[0])texts[1]...
    object,     // {(parts[0]): parts[1], (parts[2]): parts[3] ...}
    condition,  // if parts[0] then parts[1] else parts[2] end
    equal,
    unequal,
    both,
    either,
    otherwise,  // parts[0] // parts[1]
    plus,
    pipe,
    type,
    tostring,
    negate,
    snq
  };
  Kind kind = Kind::null;
  std::string text;
  double number = 0;
  std::vector<std::string> texts;
  std::vector<Node> parts;

  std::optional<Json> run(const Json& input, const Json& variables) const {
    switch (kind) {
      case Kind::input:
        return input;
      case Kind::variable:
        return variables.get(text);
      case Kind::null:
        return Json();
      case Kind::boolean:
        return Json(number != 0);
      case Kind::number:
        return Json(number);
      case Kind::type:
        return Json(type_of(input));
      case Kind::tostring:
        return Json(text_of(input));
      case Kind::negate:
        return Json(!is_truthy(input));
      case Kind::snq:
        return mappings::snq(input);
      case Kind::text:
        return join(input, variables);
      case Kind::object:
        return make(input, variables);
      default:
        break;
    }
    auto left = parts[0].run(input, variables);
    if (!left) return std::nullopt;
    switch (kind) {
      case Kind::field:
        if (!left->is_object() && !left->is_null()) return std::nullopt;
        return left->get(text);
      case Kind::pipe:
        return parts[1].run(*left, variables);
      case Kind::condition:
        return parts[is_truthy(*left) ? 1 : 2].run(input, variables);
      case Kind::otherwise:
        return is_truthy(*left) ? left : parts[1].run(input, variables);
      case Kind::both:
        if (!is_truthy(*left)) return Json(false);
        break;
      case Kind::either:
        if (is_truthy(*left)) return Json(true);
        break;
      default:
        break;
    }
    const auto right = parts[1].run(input, variables);
    if (!right) return std::nullopt;
    if (kind == Kind::plus) return sum(std::move(*left), *right);
    if (kind == Kind::equal) return Json(*left == *right);
    if (kind == Kind::unequal) return Json(!(*left == *right));
    return Json(is_truthy(*right));
  }

 private:
  std::optional<Json> join(const Json& input, const Json& variables) const {
    std::string joined = texts[0];
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto part = parts[i].run(input, variables);
      if (!part) return std::nullopt;
      joined += text_of(*part) + texts[i + 1];
    }
    return Json(joined);
  }
  std::optional<Json> make(const Json& input, const Json& variables) const {
    Json object = Json::object();
    for (std::size_t i = 0; i < parts.size(); i += 2) {
      const auto name = parts[i].run(input, variables);
      auto value = parts[i + 1].run(input, variables);
      if (!name || !name->is_string() || !value) return std::nullopt;
      object.set(*name->as_string(), std::move(*value));
    }
    return object;
  }
};

// By jq's grammar, from the loosest binding to the tightest. Reads nothing that it does not know for sure:
// then `ok_` is false, and what was read does not matter.
class PlainExpression::Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::optional<Node> whole() {
    Node node = pipe();
    skip_space();
    if (!ok_ || !rest_.empty()) return std::nullopt;
    return node;
  }

 private:
  using Kind = Node::Kind;
  void skip_space() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front())) != 0)
      rest_.remove_prefix(1);
  }
  bool take(std::string_view sign) {
    skip_space();
    if (!rest_.starts_with(sign)) return false;
    if (begins_name(sign.back()) && rest_.size() > sign.size() &&
        (begins_name(rest_[sign.size()]) ||
         std::isdigit(static_cast<unsigned char>(rest_[sign.size()])) != 0 || rest_[sign.size()] == ':'))
      return false;
    rest_.remove_prefix(sign.size());
    return true;
  }
  // A sign that is no part of a longer one: "|" of "|=" or "//" of "///".
  bool take_operator(std::string_view sign) {
    skip_space();
    if (!rest_.starts_with(sign)) return false;
    if (rest_.size() > sign.size() &&
        std::string_view("=/|").find(rest_[sign.size()]) != std::string_view::npos)
      return false;
    rest_.remove_prefix(sign.size());
    return true;
  }
  Node fail() {
    ok_ = false;
    return {};
  }
  static Node of(Kind kind) {
    Node node;
    node.kind = kind;
    return node;
  }
  static Node of(Kind kind, Node left, Node right) {
    Node node = of(kind);
    node.parts.push_back(std::move(left));
    node.parts.push_back(std::move(right));
    return node;
  }

  Node pipe() {
    Node left = otherwise();
    if (ok_ && take_operator("|")) left = of(Kind::pipe, std::move(left), pipe());
    return left;
  }
  Node otherwise() {
    Node left = either();
    if (ok_ && take_operator("//")) return of(Kind::otherwise, std::move(left), otherwise());
    return left;
  }
  Node either() {
    Node left = both();
    while (ok_ && take("or")) left = of(Kind::either, std::move(left), both());
    return left;
  }
  Node both() {
    Node left = comparison();
    while (ok_ && take("and")) left = of(Kind::both, std::move(left), comparison());
    return left;
  }
  Node comparison() {
    Node left = plus();
    if (ok_ && take_operator("==")) return of(Kind::equal, std::move(left), plus());
    if (ok_ && take_operator("!=")) return of(Kind::unequal, std::move(left), plus());
    return left;
  }
  Node plus() {
    Node left = term();
    while (ok_ && take_operator("+")) left = of(Kind::plus, std::move(left), term());
    return left;
  }
  Node term() {
    skip_space();
    if (!ok_ || rest_.empty()) return fail();
    Node node;
    if (take("(")) {
      node = pipe();
      if (!take(")")) return fail();
    } else if (rest_.front() == '"') {
      node = text();
    } else if (take("{")) {
      node = object();
    } else if (rest_.front() == '$') {
      rest_.remove_prefix(1);
      node = of(Kind::variable);
      node.text = name();
    } else if (rest_.front() == '.') {
      node = of(Kind::input);
      if (rest_.size() == 1 || !begins_name(rest_[1])) {
        rest_.remove_prefix(1);
        return node;
      }
    } else if (std::isdigit(static_cast<unsigned char>(rest_.front())) != 0) {
      return integer();
    } else {
      return word();
    }
    while (ok_ && rest_.size() > 1 && rest_.front() == '.' && begins_name(rest_[1])) {
      rest_.remove_prefix(1);
      Node field = of(Kind::field);
      field.text = name();
      field.parts.push_back(std::move(node));
      node = std::move(field);
    }
    return node;
  }
  std::string name() {
    std::size_t size = 0;
    while (size < rest_.size() && (begins_name(rest_[size]) ||
                                   (size > 0 && std::isdigit(static_cast<unsigned char>(rest_[size])) != 0)))
      ++size;
    const std::string found(rest_.substr(0, size));
    if (found.empty() || found.starts_with("__")) ok_ = false;
    rest_.remove_prefix(size);
    return found;
  }
  Node integer() {
    Node node = of(Kind::number);
    int digits = 0;
    for (; !rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_.front())) != 0;
         rest_.remove_prefix(1)) {
      node.number = node.number * 10 + (rest_.front() - '0');
      if (++digits > 15) return fail();
    }
    if (!rest_.empty() && (rest_.front() == '.' || begins_name(rest_.front()))) return fail();
    return node;
  }
  Node word() {
    if (take("null")) return of(Kind::null);
    if (take("false")) return of(Kind::boolean);
    if (take("type")) return of(Kind::type);
    if (take("tostring")) return of(Kind::tostring);
    if (take("not")) return of(Kind::negate);
    if (take("snq")) return of(Kind::snq);
    if (take("if")) return condition();
    if (!take("true")) return fail();
    Node node = of(Kind::boolean);
    node.number = 1;
    return node;
  }
  Node text() {
    Node node = of(Kind::text);
    node.texts.emplace_back();
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != '"') {
      if (!rest_.starts_with("\\")) {
        node.texts.back().push_back(rest_.front());
        rest_.remove_prefix(1);
        continue;
      }
      if (rest_.starts_with("\\n")) {
        node.texts.back().push_back('\n');
        rest_.remove_prefix(2);
        continue;
      }
      if (!take("\\(")) return fail();
      node.parts.push_back(pipe());
      if (!ok_ || !take(")")) return fail();
      node.texts.emplace_back();
    }
    if (!rest_.starts_with("\"")) return fail();
    rest_.remove_prefix(1);
    return node;
  }
  // Behind "if", or "elif".
  Node condition() {
    Node node = of(Kind::condition);
    node.parts.push_back(pipe());
    if (!ok_ || !take("then")) return fail();
    node.parts.push_back(pipe());
    if (ok_ && take("elif")) {
      node.parts.push_back(condition());
      return node;
    }
    if (!ok_ || !take("else")) return fail();
    node.parts.push_back(pipe());
    if (!ok_ || !take("end")) return fail();
    return node;
  }
  // {"name": term, name: term, (name): term}: a pipe or an operator behind a value is not read.
  Node object() {
    Node node = of(Kind::object);
    if (take("}")) return node;
    do {
      skip_space();
      if (rest_.empty()) return fail();
      if (begins_name(rest_.front())) {
        Node key = of(Kind::text);
        key.texts.push_back(name());
        node.parts.push_back(std::move(key));
      } else if (rest_.front() == '"' || rest_.front() == '(') {
        node.parts.push_back(term());
      } else {
        return fail();
      }
      if (!ok_ || !take(":")) return fail();
      node.parts.push_back(term());
    } while (ok_ && take(","));
    if (!ok_ || !take("}")) return fail();
    return node;
  }

  std::string_view rest_;
  bool ok_ = true;
};

std::optional<PlainExpression> PlainExpression::read(std::string_view jq) {
  if (jq.size() > longest) return std::nullopt;
  auto node = Reader(jq).whole();
  if (!node) return std::nullopt;
  return PlainExpression(std::make_shared<const Node>(std::move(*node)));
}

std::optional<Json> PlainExpression::run(const Json& input, const Json& variables) const {
  return root_->run(input, variables);
}

}  // namespace mappings
