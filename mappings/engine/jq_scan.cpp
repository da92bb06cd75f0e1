#include "mappings/engine/jq_scan.h"

#include <utility>

#include "mappings/engine/jq_tokens.h"

namespace mappings {

namespace {

using Kind = JqToken::Kind;

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  JqScan run(bool embedded) {
    result_.end = text_.size();
    scan(0, text_.size(), embedded);
    return std::move(result_);
  }

 private:
  struct Open {
    char bracket;
    std::size_t at;
  };

  static std::string quoted(char bracket) { return std::string("'") + bracket + '\''; }

  bool fail(std::size_t at, std::string why) {
    result_.problem = std::move(why);
    result_.problem_at = at;
    result_.end = at;
    return false;
  }

  // The code from `begin` to `end`: the whole text, or one \( ) of a string. False when something is wrong.
  bool scan(std::size_t begin, std::size_t end, bool embedded) {
    const std::string_view code = text_.substr(0, end);
    std::vector<Open> open;
    bool key_may_follow = false;
    for (std::size_t at = begin;;) {
      const JqToken token = next_jq_token(code, at);
      if (token.kind == Kind::end) break;
      if (embedded && open.empty() && token.is("}")) {
        result_.closed = true;
        result_.end = token.offset;
        return true;
      }
      result_.blank = false;
      const bool is_key = key_may_follow && !open.empty() && open.back().bracket == '{';
      key_may_follow = token.is("{") || token.is(",");
      if (!take(token, is_key, open)) return false;
    }
    if (open.empty()) return true;
    return fail(open.back().at, "a " + quoted(open.back().bracket) + " that is never closed");
  }

  bool take(const JqToken& token, bool is_key, std::vector<Open>& open) {
    if (token.kind == Kind::broken) return fail(token.offset, "a string without its closing quote");
    if (token.kind == Kind::variable || (token.kind == Kind::word && !is_key))
      result_.words.push_back({token.kind == Kind::variable ? JqWord::Kind::variable : JqWord::Kind::name,
                               std::string(token.text), token.offset});
    for (const auto& [offset, length] : token.inner)
      if (!scan(offset, offset + length, false)) return false;
    if (token.kind != Kind::mark) return true;
    if (token.text == "$") return fail(token.offset, "a '$' without a name");
    if (token.text == "(" || token.text == "[" || token.text == "{")
      open.push_back({token.text.front(), token.offset});
    if (token.text == ")" || token.text == "]" || token.text == "}") return close(token, open);
    return true;
  }

  bool close(const JqToken& token, std::vector<Open>& open) {
    const char given = token.text.front();
    if (open.empty()) return fail(token.offset, "a " + quoted(given) + " that was never opened");
    const char last = open.back().bracket;
    const char wanted = last == '(' ? ')' : last == '[' ? ']' : '}';
    if (given != wanted)
      return fail(token.offset,
                  "a " + quoted(given) + " where " + quoted(wanted) + " should close the " + quoted(last));
    open.pop_back();
    return true;
  }

  std::string_view text_;
  JqScan result_;
};

}  // namespace

JqScan scan_jq(std::string_view text) {
  return Scanner(text).run(false);
}

JqScan scan_embedded_jq(std::string_view text) {
  JqScan scan = Scanner(text).run(true);
  if (!scan.closed && scan.problem.empty()) {
    scan.problem = "a '${' without its closing '}'";
    scan.problem_at = 0;
  }
  return scan;
}

}  // namespace mappings
