#include <array>
#include <cctype>
#include <utility>

#include "mappings/engine/plain_node.h"

namespace mappings {

namespace {

using Kind = PlainNode::Kind;

// So that no tree is too deep to walk.
constexpr std::size_t longest = 6000;  // bytes
constexpr int deepest = 200;           // terms and pipes inside each other

constexpr std::array<std::pair<std::string_view, Kind>, 12> words{{
    {"null", Kind::null},
    {"false", Kind::boolean},
    {"type", Kind::type},
    {"tostring", Kind::tostring},
    {"not", Kind::negate},
    {"snq", Kind::snq},
    {"length", Kind::length},
    {"to_entries", Kind::to_entries},
    {"ascii_downcase", Kind::ascii_downcase},
    {"add", Kind::add},
    {"empty", Kind::empty},
    {"values", Kind::values},
}};
// What stands in their brackets is one value each.
constexpr std::array<std::pair<std::string_view, Kind>, 6> functions{{
    {"join", Kind::join},
    {"split", Kind::split},
    {"startswith", Kind::startswith},
    {"contains", Kind::contains},
    {"default", Kind::fallback},
    {"select", Kind::select},
}};

bool begins_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

PlainNode of(Kind kind) {
  PlainNode node;
  node.kind = kind;
  node.many = kind >= Kind::each;
  return node;
}
PlainNode of(Kind kind, PlainNode part) {
  PlainNode node = of(kind);
  node.many = node.many || (kind >= Kind::pipe && part.many);
  node.parts.push_back(std::move(part));
  return node;
}
PlainNode of(Kind kind, PlainNode left, PlainNode right) {
  PlainNode node = of(kind, std::move(left));
  node.many = node.many || (kind >= Kind::pipe && right.many);
  node.parts.push_back(std::move(right));
  return node;
}

// By jq's grammar, from the loosest binding to the tightest. Reads nothing that it does not know for sure:
// then `ok_` is false, and what was read does not matter.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::optional<PlainNode> whole() {
    PlainNode node = one(pipe());
    skip_space();
    if (!ok_ || !rest_.empty()) return std::nullopt;
    return node;
  }
  std::size_t slots() const { return slots_; }

 private:
  void skip_space() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front())) != 0)
      rest_.remove_prefix(1);
  }
  bool take(std::string_view sign) {
    skip_space();
    if (!rest_.starts_with(sign)) return false;
    if (!sign.empty() && begins_name(sign.back()) && rest_.size() > sign.size() &&
        (begins_name(rest_[sign.size()]) || is_digit(rest_[sign.size()]) || rest_[sign.size()] == ':'))
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
  PlainNode fail() {
    ok_ = false;
    return {};
  }
  // Where several values would mean several of what holds them.
  PlainNode one(PlainNode node) {
    if (node.many) return fail();
    return node;
  }

  PlainNode pipe() {
    if (++depth_ > deepest) return fail();
    may_bind_ = true;
    PlainNode left = comma();
    if (ok_ && take_operator("|")) left = of(Kind::pipe, std::move(left), pipe());
    --depth_;
    return left;
  }
  PlainNode comma() {
    PlainNode left = otherwise();
    while (ok_ && take(",")) left = of(Kind::comma, std::move(left), otherwise());
    return left;
  }
  PlainNode otherwise() {
    PlainNode left = either();
    if (ok_ && take_operator("//")) return of(Kind::otherwise, one(std::move(left)), one(otherwise()));
    return left;
  }
  PlainNode either() {
    PlainNode left = both();
    while (ok_ && take("or")) left = of(Kind::either, one(std::move(left)), one(both()));
    return left;
  }
  PlainNode both() {
    PlainNode left = comparison();
    while (ok_ && take("and")) left = of(Kind::both, one(std::move(left)), one(comparison()));
    return left;
  }
  PlainNode comparison() {
    PlainNode left = plus();
    if (ok_ && take_operator("==")) return of(Kind::equal, one(std::move(left)), one(plus()));
    if (ok_ && take_operator("!=")) return of(Kind::unequal, one(std::move(left)), one(plus()));
    return left;
  }
  PlainNode plus() {
    PlainNode left = term();
    while (ok_ && take_operator("+")) left = of(Kind::plus, one(std::move(left)), one(term()));
    return left;
  }

  PlainNode term() {
    skip_space();
    if (!ok_ || rest_.empty()) return fail();
    // `term as $name | ...` reaches to the end of the brackets: read where nothing stands before it.
    const bool may_bind = std::exchange(may_bind_, false);
    if (++depth_ > deepest) return fail();
    PlainNode node = behind(begin_of_term());
    --depth_;
    if (ok_ && may_bind && take("as")) return bind(std::move(node));
    return node;
  }
  PlainNode begin_of_term() {
    if (take("(")) {
      PlainNode node = pipe();
      return take(")") ? node : fail();
    }
    if (take("[")) return list();
    if (take("{")) return object();
    switch (rest_.front()) {
      case '"':
        return text();
      case '$':
        rest_.remove_prefix(1);
        return variable();
      case '.':
        if (rest_.size() == 1 || !begins_name(rest_[1])) rest_.remove_prefix(1);
        return of(Kind::input);
      default:
        return is_digit(rest_.front()) ? integer() : word();
    }
  }
  // .name, [at], [] and []? behind a term.
  PlainNode behind(PlainNode node) {
    while (ok_ && !rest_.empty()) {
      if (rest_.size() > 1 && rest_.front() == '.' && begins_name(rest_[1])) {
        rest_.remove_prefix(1);
        PlainNode field = of(Kind::field, one(std::move(node)));
        field.text = name();
        node = std::move(field);
      } else if (rest_.front() == '[') {
        rest_.remove_prefix(1);
        if (take("]"))
          node = of(rest_.starts_with("?") ? Kind::each_if_any : Kind::each, one(std::move(node)));
        else
          node = of(Kind::element, one(std::move(node)), one(place()));
        if (node.kind == Kind::each_if_any) rest_.remove_prefix(1);
      } else {
        break;
      }
    }
    return node;
  }
  // Behind "[": the place, and "]".
  PlainNode place() {
    const bool from_end = take("-");
    PlainNode at = from_end ? integer() : pipe();
    if (from_end) at.number = -at.number;
    return take("]") ? at : fail();
  }
  PlainNode bind(PlainNode value) {
    skip_space();
    if (!rest_.starts_with("$")) return fail();
    rest_.remove_prefix(1);
    const std::size_t slot = slots_++;
    const std::string called = name();
    if (!ok_ || !take_operator("|")) return fail();
    names_.emplace_back(called, slot);
    PlainNode node = of(Kind::bind, std::move(value), pipe());
    node.slot = slot;
    names_.pop_back();
    return node;
  }

  PlainNode variable() {
    PlainNode node = of(Kind::variable);
    node.text = name();
    for (const auto& [called, slot] : names_)
      if (called == node.text) {
        node.kind = Kind::local;
        node.slot = slot;  // of the innermost: the last one found
      }
    return node;
  }
  std::string name() {
    std::size_t size = 0;
    while (size < rest_.size() && (begins_name(rest_[size]) || (size > 0 && is_digit(rest_[size])))) ++size;
    const std::string found(rest_.substr(0, size));
    if (found.empty() || found.starts_with("__")) ok_ = false;
    rest_.remove_prefix(size);
    return found;
  }
  PlainNode integer() {
    PlainNode node = of(Kind::number);
    int digits = 0;
    for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1)) {
      node.number = node.number * 10 + (rest_.front() - '0');
      if (++digits > 15) return fail();
    }
    if (digits == 0 || (!rest_.empty() && (rest_.front() == '.' || begins_name(rest_.front()))))
      return fail();
    return node;
  }
  PlainNode word() {
    if (take("if")) return condition();
    if (take("try")) return attempt();
    if (take("true")) {
      PlainNode node = of(Kind::boolean);
      node.number = 1;
      return node;
    }
    for (const auto& [called, kind] : functions)
      if (take(called)) return of(kind, one(argument("(", ")")));
    if (take("IN")) return of(Kind::one_of, argument("(", ")"));
    if (take("map"))
      return of(Kind::list, of(Kind::pipe, of(Kind::each, of(Kind::input)), argument("(", ")")));
    if (take("any")) {
      PlainNode of_these = argument("(", ";");
      return of(Kind::any, std::move(of_these), one(argument("", ")")));
    }
    for (const auto& [called, kind] : words)
      if (take(called)) {
        skip_space();
        return rest_.starts_with("(") ? fail() : of(kind);
      }
    return fail();
  }
  PlainNode argument(std::string_view opens, std::string_view closes) {
    if (!ok_ || !take(opens)) return fail();
    PlainNode node = pipe();
    return ok_ && take(closes) ? node : fail();
  }
  // Whatever would be caught is jq's to evaluate: what is tried counts only where it does not fail.
  PlainNode attempt() {
    if (!take("[")) return fail();
    PlainNode tried = list();
    if (!ok_ || !take("catch") || !take("{")) return fail();
    object();
    return rest_.starts_with(".") || rest_.starts_with("[") ? fail() : tried;
  }
  PlainNode text() {
    static constexpr std::string_view letters = "nt\"\\/", meanings = "\n\t\"\\/";
    PlainNode node = of(Kind::text);
    node.texts.emplace_back();
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() != '\\') {
        node.texts.back().push_back(rest_.front());
        rest_.remove_prefix(1);
        continue;
      }
      if (const auto at = rest_.size() > 1 ? letters.find(rest_[1]) : std::string_view::npos;
          at != std::string_view::npos) {
        node.texts.back().push_back(meanings[at]);
        rest_.remove_prefix(2);
        continue;
      }
      node.parts.push_back(one(argument("\\(", ")")));
      if (!ok_) return fail();
      node.texts.emplace_back();
    }
    if (!rest_.starts_with("\"")) return fail();
    rest_.remove_prefix(1);
    return node;
  }
  // Behind "[".
  PlainNode list() {
    if (take("]")) return of(Kind::list);
    PlainNode inner = pipe();
    return ok_ && take("]") ? of(Kind::list, std::move(inner)) : fail();
  }
  // Behind "if", or "elif".
  PlainNode condition() {
    PlainNode when = one(pipe());
    if (!ok_ || !take("then")) return fail();
    PlainNode node = of(Kind::condition, std::move(when), pipe());
    if (ok_ && take("elif")) {
      node.parts.push_back(condition());
    } else {
      if (!ok_ || !take("else")) return fail();
      node.parts.push_back(pipe());
      if (!ok_ || !take("end")) return fail();
    }
    node.many = node.parts[1].many || node.parts[2].many;
    return node;
  }
  // {"name": term, name: term, (name): term, name}: a pipe or an operator behind a value is not read.
  PlainNode object() {
    PlainNode node = of(Kind::object);
    if (take("}")) return node;
    do {
      skip_space();
      if (rest_.empty()) return fail();
      may_bind_ = false;
      std::string called;
      if (begins_name(rest_.front())) {
        PlainNode key = of(Kind::text);
        called = name();
        key.texts.push_back(called);
        node.parts.push_back(std::move(key));
      } else if (rest_.front() == '"' || rest_.front() == '(') {
        node.parts.push_back(one(term()));
      } else {
        return fail();
      }
      if (ok_ && take(":")) {
        node.parts.push_back(one(term()));
      } else {
        if (!ok_ || called.empty()) return fail();
        PlainNode value = of(Kind::field, of(Kind::input));
        value.text = called;
        node.parts.push_back(std::move(value));
      }
    } while (ok_ && take(","));
    return ok_ && take("}") ? node : fail();
  }

  std::string_view rest_;
  bool ok_ = true;
  bool may_bind_ = false;
  int depth_ = 0;
  std::size_t slots_ = 0;
  std::vector<std::pair<std::string, std::size_t>> names_;
};

}  // namespace

std::optional<PlainNode> read_plain(std::string_view jq, std::size_t& slots) {
  if (jq.size() > longest) return std::nullopt;
  Reader reader(jq);
  auto node = reader.whole();
  slots = reader.slots();
  return node;
}

}  // namespace mappings
