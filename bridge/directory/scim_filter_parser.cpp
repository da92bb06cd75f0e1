// The grammar of filters and of paths.

#include <algorithm>
#include <charconv>

#include "bridge/directory/scim_error.h"
#include "bridge/directory/scim_filter.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;
using mappings::Json;

namespace {
constexpr std::size_t longest = 8192;
constexpr int deepest = 20;
constexpr int most_terms = 200;

using Operator = ScimFilter::Operator;
constexpr std::pair<std::string_view, Operator> operators[] = {
    {"eq", Operator::eq}, {"ne", Operator::ne}, {"co", Operator::co},
    {"sw", Operator::sw}, {"ew", Operator::ew}, {"gt", Operator::gt},
    {"ge", Operator::ge}, {"lt", Operator::lt}, {"le", Operator::le}};
}  // namespace

// One reader for the whole grammar: `or` binds least, then `and`, then `not`.
class ScimFilterParser {
 public:
  ScimFilterParser(std::string_view text, const char* type) : text_(text), type_(type) {}

  ScimFilter whole() {
    if (text_.size() > longest) refuse("is longer than " + std::to_string(longest) + " bytes");
    ScimFilter filter = any(0);
    blanks();
    if (at_ < text_.size()) refuse("goes on where it should end");
    mark(filter);
    return filter;
  }

  ScimTarget target() {
    if (text_.size() > longest) refuse("is longer than " + std::to_string(longest) + " bytes");
    ScimTarget found;
    found.path = name(parse_attribute_path);
    if (at_ < text_.size() && text_[at_] == '[') {
      if (!found.path.sub.empty() || found.path.name.empty()) refuse("has brackets where none can stand");
      found.filter = bracketed(0);
      if (at_ < text_.size() && text_[at_] == '.') {
        const std::size_t start = ++at_;
        while (at_ < text_.size()) ++at_;
        const ScimPath sub = parse_scim_path(text_.substr(start), type_);
        if (!sub.sub.empty() || !sub.schema.empty()) refuse("goes too deep");
        found.path.sub = sub.name;
      }
    }
    if (at_ < text_.size()) refuse("goes on where it should end");
    return found;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    const bool filter = std::string_view(type_) == "invalidFilter";
    throw ScimError(400, type_,
                    std::string(filter ? "the filter " : "the path ") + what +
                        (at_ <= text_.size() && at_ > 0 ? ", at character " + std::to_string(at_ + 1) : ""));
  }

  // Some encode a filter as forms do: then a "+" between words is a blank.
  bool blank_here() const {
    return at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '+' || text_[at_] == '\t');
  }
  void blanks() {
    for (; blank_here(); ++at_) form_ = form_ || text_[at_] == '+';
  }
  bool take(char c) {
    blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string_view peek_word() {
    blanks();
    std::size_t end = at_;
    while (end < text_.size() && ((text_[end] | 32) >= 'a' && (text_[end] | 32) <= 'z')) ++end;
    return text_.substr(at_, end - at_);
  }
  bool take_word(std::string_view word) {
    if (!equal_ignoring_case(peek_word(), word)) return false;
    at_ += word.size();
    return true;
  }

  ScimFilter join(ScimFilter::Kind kind, std::vector<ScimFilter> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    ScimFilter filter;
    filter.kind_ = kind;
    filter.parts_ = std::move(parts);
    return filter;
  }

  ScimFilter any(int depth) {
    if (depth > deepest) refuse("has too many brackets in one another");
    std::vector<ScimFilter> parts;
    do parts.push_back(every(depth));
    while (take_word("or"));
    return join(ScimFilter::Kind::any, std::move(parts));
  }

  ScimFilter every(int depth) {
    std::vector<ScimFilter> parts;
    do parts.push_back(term(depth));
    while (take_word("and"));
    return join(ScimFilter::Kind::all, std::move(parts));
  }

  ScimFilter term(int depth) {
    if (++terms_ > most_terms) refuse("has more than " + std::to_string(most_terms) + " terms");
    const std::size_t start = at_;
    if (take_word("not")) {
      if (take('(')) return negated(depth);
      at_ = start;  // an attribute of that name
    }
    if (take('(')) return closed(any(depth + 1));
    ScimFilter filter;
    filter.path_ = name(in_brackets_ ? parse_scim_path : parse_attribute_path);
    if (at_ < text_.size() && text_[at_] == '[') {
      if (in_brackets_ || !filter.path_.sub.empty() || filter.path_.name.empty())
        refuse("has brackets where none can stand");
      filter.kind_ = ScimFilter::Kind::element;
      filter.parts_.push_back(bracketed(depth));
      return with_sub(std::move(filter));
    }
    return compared_with(std::move(filter));
  }

  ScimFilter negated(int depth) {
    ScimFilter filter;
    filter.kind_ = ScimFilter::Kind::none;
    filter.parts_.push_back(closed(any(depth + 1)));
    return filter;
  }

  ScimFilter closed(ScimFilter inside) {
    if (!take(')')) refuse("lacks a closing bracket");
    return inside;
  }

  ScimFilter bracketed(int depth) {
    ++at_;
    in_brackets_ = true;
    ScimFilter inside = any(depth + 1);
    in_brackets_ = false;
    if (!take(']')) refuse("lacks a closing bracket");
    return inside;
  }

  // `emails[type eq "work"].value co "x"`: of an element that matches, this member.
  ScimFilter with_sub(ScimFilter filter) {
    if (at_ >= text_.size() || text_[at_] != '.') return filter;
    ++at_;
    ScimFilter member;
    member.path_ = name(parse_scim_path);
    member = compared_with(std::move(member));
    std::vector<ScimFilter> both;
    both.push_back(std::move(filter.parts_.front()));
    both.push_back(std::move(member));
    filter.parts_.clear();
    filter.parts_.push_back(join(ScimFilter::Kind::all, std::move(both)));
    return filter;
  }

  ScimPath name(ScimPath (*parse)(std::string_view, const char*)) {
    blanks();
    const std::size_t start = at_;
    const auto ends = [](char c) {
      return c == ' ' || c == '+' || c == '\t' || c == '[' || c == ']' || c == '(' || c == ')' || c == '"';
    };
    while (at_ < text_.size() && !ends(text_[at_])) ++at_;
    if (at_ == start) refuse("lacks the name of an attribute");
    return parse(text_.substr(start, at_ - start), type_);
  }

  ScimFilter compared_with(ScimFilter filter) {
    const std::string_view word = peek_word();
    at_ += word.size();
    if (equal_ignoring_case(word, "pr")) {
      filter.kind_ = ScimFilter::Kind::present;
      return filter;
    }
    const auto* const known = std::find_if(std::begin(operators), std::end(operators), [&](const auto& row) {
      return equal_ignoring_case(row.first, word);
    });
    if (known == std::end(operators)) refuse("has no operator behind " + filter.path_.text());
    filter.kind_ = ScimFilter::Kind::compare;
    filter.operator_ = known->second;
    filter.value_ = value();
    const bool equality = filter.operator_ == Operator::eq || filter.operator_ == Operator::ne;
    if (!equality && (filter.value_.is_bool() || filter.value_.is_null()))
      refuse("compares true, false or null with another operator than eq and ne");
    if (filter.value_.is_number() && (filter.operator_ == Operator::co || filter.operator_ == Operator::sw ||
                                      filter.operator_ == Operator::ew))
      refuse("looks for a part of a number");
    return filter;
  }

  // JSON's literals; true and false in any case.
  Json value() {
    blanks();
    if (at_ >= text_.size()) refuse("lacks a value at its end");
    if (text_[at_] == '"') return quoted();
    const std::size_t start = at_;
    while (at_ < text_.size() && std::string_view(" +\t()[]\"").find(text_[at_]) == std::string_view::npos)
      ++at_;
    const std::string_view word = text_.substr(start, at_ - start);
    for (const bool truth : {true, false})
      if (equal_ignoring_case(word, truth ? "true" : "false")) return truth;
    if (equal_ignoring_case(word, "null")) return nullptr;
    double number = 0;
    const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (word.empty() || failed != std::errc() || end != word.data() + word.size())
      refuse("has a value that is no text in quotes, number, true, false or null");
    return number;
  }

  Json quoted() {
    const std::size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) refuse("has a text without its closing quote");
    ++at_;
    try {
      return Json::parse(text_.substr(start, at_ - start));
    } catch (const mappings::JsonError&) {
      refuse("has a text that is not written as in JSON");
    }
  }

  void mark(ScimFilter& filter) const {
    filter.plus_is_blank_ = form_;
    for (ScimFilter& part : filter.parts_) mark(part);
  }

  const std::string_view text_;
  const char* const type_;
  std::size_t at_ = 0;
  int terms_ = 0;
  bool in_brackets_ = false;
  bool form_ = false;
};

ScimFilter ScimFilter::parse(std::string_view text, const char* type) {
  return ScimFilterParser(text, type).whole();
}

ScimTarget parse_scim_target(std::string_view text) {
  return ScimFilterParser(text, "invalidPath").target();
}

}  // namespace bridge
