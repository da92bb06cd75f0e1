#include "mappings/engine/path_check.h"

#include <map>
#include <set>

#include "mappings/engine/jq_tokens.h"
#include "mappings/engine/request_paths.h"

namespace mappings {

namespace {

using Kind = JqToken::Kind;
using Type = RequestField::Type;

// Something that this reader does not follow: the whole expression goes unchecked.
struct Unfollowed {};

// What an expression gives: a known place of the request or of a variable, or null when nobody can tell.
using Place = const Shape*;

// Functions whose arguments are evaluated on what the function itself gets.
const std::set<std::string_view>& functions_on_input() {
  static const std::set<std::string_view> names = {
      "select", "default", "first",  "last",       "limit", "isempty",  "error",    "join",     "contains",
      "inside", "index",   "rindex", "startswith", "test",  "endswith", "ltrimstr", "rtrimstr", "split",
      "match",  "capture", "splits", "scan",       "has",   "in",       "range",    "strftime", "indices"};
  return names;
}

// Reads one expression by jq's grammar and follows which place each part gives.
class PathReader {
 public:
  PathReader(std::string_view jq, bool has_decision) : jq_(jq), has_decision_(has_decision) {}

  std::vector<PathProblem> run() {
    try {
      read_text(jq_, 0, &request_shape());
    } catch (const Unfollowed&) {
      problems_.clear();
    }
    return std::move(problems_);
  }

 private:
  // A part of the expression's own text: the whole, or an interpolation inside a string.
  void read_text(std::string_view text, std::size_t base, Place input) {
    if (++depth_ > 200) throw Unfollowed{};
    std::string_view outer_text = text_;
    const std::size_t outer_at = at_, outer_base = base_;
    const JqToken outer_token = token_;
    text_ = text, at_ = 0, base_ = base;
    advance();
    pipe(input);
    if (token_.kind != Kind::end) throw Unfollowed{};
    text_ = outer_text, at_ = outer_at, base_ = outer_base, token_ = outer_token;
    --depth_;
  }

  void advance() {
    token_ = next_jq_token(text_, at_);
    if (token_.kind == Kind::broken) throw Unfollowed{};
  }
  bool take(std::string_view mark) {
    if (!token_.is(mark)) return false;
    advance();
    return true;
  }
  void expect(std::string_view mark) {
    if (!take(mark)) throw Unfollowed{};
  }

  Place pipe(Place input) {
    if (++depth_ > 200) throw Unfollowed{};
    Place left = comma(input);
    while (take("|")) left = comma(left);
    --depth_;
    return left;
  }

  Place comma(Place input) {
    Place result = alternative(input);
    while (take(",")) {
      Place other = alternative(input);
      if (other != result) result = nullptr;
    }
    return result;
  }

  Place alternative(Place input) {
    Place result = assignment(input);
    while (take("//")) {
      Place other = assignment(input);
      if (other != result) result = nullptr;
    }
    return result;
  }

  // The left side of an assignment may name a field that is only now made.
  Place assignment(Place input) {
    const std::size_t before = problems_.size();
    Place result = operators(input);
    for (std::string_view mark : {"=", "|=", "+=", "-=", "*=", "/=", "%=", "//="}) {
      if (!take(mark)) continue;
      problems_.resize(before);
      operators(mark == "|=" ? nullptr : input);
      return nullptr;
    }
    return result;
  }

  // or, and, comparisons and arithmetic: what they give is never a place.
  Place operators(Place input) {
    Place result = postfix(input, true);
    for (;;) {
      bool more = false;
      for (std::string_view mark : {"or", "and", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%"})
        if (!more && take(mark)) more = true;
      if (!more) return result;
      postfix(input, true);
      result = nullptr;
    }
  }

  Place postfix(Place input, bool may_bind) {
    if (take("-")) {
      postfix(input, false);
      return nullptr;
    }
    const std::size_t start = base_ + token_.offset;
    Place result = term(input, start);
    for (;;) {
      if (token_.kind == Kind::field) {
        result = select(result, token_.text, start);
        advance();
      } else if (token_.kind == Kind::dot) {  // ."name" or .[ ... ] behind a term
        advance();
        if (token_.kind == Kind::string) {
          result = select_string(result, start);
        } else if (!token_.is("[")) {
          throw Unfollowed{};
        }
      } else if (take("[")) {
        result = subscript(result, input, start);
      } else if (take("?")) {
        continue;
      } else if (may_bind && take("as")) {
        return binding(input, result);
      } else {
        return result;
      }
    }
  }

  Place term(Place input, std::size_t start) {
    switch (token_.kind) {
      case Kind::dot:
        advance();
        return token_.kind == Kind::string ? select_string(input, start) : input;
      case Kind::field: {
        Place result = select(input, token_.text, start);
        advance();
        return result;
      }
      case Kind::dots:
      case Kind::number:
        advance();
        return nullptr;
      case Kind::format:
        advance();
        if (token_.kind == Kind::string) string(input);
        return nullptr;
      case Kind::string:
        string(input);
        return nullptr;
      case Kind::variable:
        return variable(start);
      case Kind::mark:
        return bracketed(input);
      case Kind::word:
        return word(input);
      case Kind::end:
      case Kind::broken:
        break;
    }
    throw Unfollowed{};
  }

  void string(Place input) {
    const JqToken whole = token_;
    const std::string_view text = text_;
    const std::size_t base = base_;
    for (const auto& [offset, length] : whole.inner)
      read_text(text.substr(offset, length), base + offset, input);
    advance();
  }

  Place variable(std::size_t start) {
    const std::string name(token_.text);
    advance();
    if (auto bound = bound_.find(name); bound != bound_.end()) return bound->second;
    if (name == "context") return &context_shape();
    if (name != "decision") return nullptr;
    if (!has_decision_)
      problems_.push_back(
          {start, "no-decision", "there is no $decision while the ticket is open",
           "use it in outcome, or in the notes late_decision, refused_decision and name_not_taken"});
    return has_decision_ ? &decision_shape() : nullptr;
  }

  Place bracketed(Place input) {
    if (take("(")) {
      Place result = pipe(input);
      expect(")");
      return result;
    }
    if (take("[")) {
      if (take("]")) return nullptr;
      pipe(input);
      expect("]");
      return nullptr;
    }
    expect("{");
    while (!take("}")) {
      member(input);
      if (!token_.is("}")) expect(",");
    }
    return nullptr;
  }

  // One member of an object that is built: name, "name", $name, @format "..", (expression), each with :
  // value.
  void member(Place input) {
    const JqToken key = token_;
    const std::size_t start = base_ + key.offset;
    if (take("(")) {
      pipe(input);
      expect(")");
      if (!token_.is(":")) throw Unfollowed{};
    } else if (key.kind == Kind::string) {
      string(input);
    } else if (key.kind == Kind::variable) {
      variable(start);
    } else if (key.kind == Kind::format) {
      advance();
      if (token_.kind == Kind::string) string(input);
    } else if (key.kind == Kind::word || key.kind == Kind::number) {
      advance();
    } else {
      throw Unfollowed{};
    }
    if (take(":")) {
      Place value = input;
      do value = postfix(value, false);
      while (take("|"));
    } else if (key.kind == Kind::word) {
      select(input, key.text, start);
    }
  }

  Place word(Place input) {
    const std::string name(token_.text);
    for (std::string_view unfollowed : {"def", "label", "import", "include", "break"})
      if (name == unfollowed) throw Unfollowed{};
    advance();
    if (name == "if") return condition(input);
    if (name == "try") {
      postfix(input, false);
      if (take("catch")) postfix(nullptr, false);
      return nullptr;
    }
    if (name == "reduce" || name == "foreach") return loop(input);
    return call(name, input);
  }

  Place condition(Place input) {
    pipe(input);
    expect("then");
    pipe(input);
    while (take("elif")) {
      pipe(input);
      expect("then");
      pipe(input);
    }
    if (take("else")) pipe(input);
    expect("end");
    return nullptr;
  }

  Place call(const std::string& name, Place input) {
    if (!take("(")) return nullptr;
    const bool on_input = functions_on_input().contains(name);
    Place last = nullptr;
    do last = pipe(on_input ? input : nullptr);
    while (take(";"));
    expect(")");
    if (name == "select") return input;
    return name == "first" || name == "last" || name == "limit" ? last : nullptr;
  }

  Place loop(Place input) {
    Place source = postfix(input, false);
    expect("as");
    const auto outer = bound_;
    pattern(source);
    expect("(");
    pipe(input);
    while (take(";")) pipe(nullptr);
    expect(")");
    bound_ = outer;
    return nullptr;
  }

  Place binding(Place input, Place source) {
    const auto outer = bound_;
    pattern(source);
    expect("|");
    Place result = pipe(input);
    bound_ = outer;
    return result;
  }

  // $name, or a pattern that takes a value apart: its names hold what nobody can tell.
  void pattern(Place source) {
    if (token_.kind == Kind::variable) {
      bound_[std::string(token_.text)] = source;
      advance();
      return;
    }
    int open = 0;
    do {
      if (token_.kind == Kind::variable) bound_[std::string(token_.text)] = nullptr;
      if (token_.kind == Kind::string || token_.kind == Kind::end || token_.is("(")) throw Unfollowed{};
      if (token_.is("[") || token_.is("{")) ++open;
      if (token_.is("]") || token_.is("}")) --open;
      advance();
    } while (open > 0);
    if (token_.is("?//")) throw Unfollowed{};
  }

  Place subscript(Place of, Place input, std::size_t start) {
    const bool items = of != nullptr && of->type == Type::array;
    if (take("]")) return items ? items_of(*of) : nullptr;
    if (token_.kind == Kind::string && token_.inner.empty()) {
      const JqToken name = token_;
      std::size_t ahead = at_;
      if (next_jq_token(text_, ahead).is("]")) {
        Place result = select_string(of, start);
        expect("]");
        return result;
      }
    }
    bool number = token_.kind == Kind::number;
    if (!token_.is(":")) pipe(input);
    if (take(":")) {
      number = false;
      if (!token_.is("]")) pipe(input);
    }
    expect("]");
    return items && number ? items_of(*of) : nullptr;
  }

  // The items of a list, as an object of its own.
  Place items_of(const Shape& list) {
    static const Shape items = [] {
      const Shape& scans = *request_shape().member("scanResults");
      return Shape{scans.name, scans.path + "[]", Type::object, scans.members};
    }();
    return list.path == ".scanResults" ? &items : nullptr;
  }

  Place select_string(Place of, std::size_t start) {
    const JqToken name = token_;
    if (!name.inner.empty() || name.text.find('\\') != std::string_view::npos) {
      string(of);
      return nullptr;
    }
    advance();
    return select(of, name.text.substr(1, name.text.size() - 2), start);
  }

  Place select(Place of, std::string_view name, std::size_t start) {
    if (of == nullptr) return nullptr;
    if (of->type == Type::object)
      if (const Shape* found = of->member(name)) return found;
    const std::string path = path_below(*of, name);
    problems_.push_back({start, "unknown-field",
                         path[0] == '$' ? "there is no " + path : "the request has no field " + path,
                         field_hint(*of, name)});
    return nullptr;
  }

  std::string_view jq_;
  bool has_decision_;
  std::string_view text_;
  std::size_t at_ = 0, base_ = 0;
  int depth_ = 0;
  JqToken token_;
  std::map<std::string, Place> bound_;
  std::vector<PathProblem> problems_;
};

}  // namespace

std::vector<PathProblem> check_paths(std::string_view jq, bool has_decision) {
  return PathReader(jq, has_decision).run();
}

}  // namespace mappings
