#include "bridge/directory/scim_filter.h"

#include <algorithm>
#include <charconv>

#include "bridge/directory/scim_error.h"
#include "bridge/ops/clock.h"
#include "bridge/store/folded.h"
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

bool is_time(const ScimPath& path) {
  return path.name == "meta" && (path.sub == "created" || path.sub == "lastModified");
}

// What machines make compares letter by letter.
bool is_exact(const ScimPath& path) {
  return path.schema.empty() && path.sub.empty() && (path.name == "id" || path.name == "externalId");
}

bool holds(Operator how, int order) {
  switch (how) {
    case Operator::gt:
      return order > 0;
    case Operator::ge:
      return order >= 0;
    case Operator::lt:
      return order < 0;
    case Operator::le:
      return order <= 0;
    default:
      return order == 0;
  }
}

template <class Value>
int compared(const Value& a, const Value& b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

bool fits(Operator how, const std::string& have, const std::string& wanted) {
  switch (how) {
    case Operator::co:
      return have.find(wanted) != std::string::npos;
    case Operator::sw:
      return have.starts_with(wanted);
    case Operator::ew:
      return have.ends_with(wanted);
    default:
      return holds(how, compared(have, wanted));
  }
}

bool is_true(const Json& value) {
  return value.as_bool().value_or(equal_ignoring_case(value.text(), "true"));
}
bool is_boolean_word(const Json& value) {
  return value.is_bool() || equal_ignoring_case(value.text(), "true") ||
         equal_ignoring_case(value.text(), "false");
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// As folded() has it, without its copies where there is nothing but ASCII.
bool is_same_name(std::string_view a, std::string_view b) {
  if (is_ascii(a) && is_ascii(b)) return equal_ignoring_case(a, b);
  return folded(a) == folded(b);
}

bool fits(Operator how, const Json& have, const Json& wanted, const ScimPath& path, bool plus_is_blank) {
  if (have.is_bool())
    return how == Operator::eq && is_boolean_word(wanted) && is_true(have) == is_true(wanted);
  if (have.is_number())
    return wanted.is_number() && how != Operator::co && how != Operator::sw && how != Operator::ew &&
           holds(how, compared(*have.as_number(), *wanted.as_number()));
  if (!have.is_string() || !wanted.is_string()) return false;
  if (is_time(path)) {
    const auto one = from_iso(have.text());
    const auto other = from_iso(wanted.text());
    if (one && other && how != Operator::co && how != Operator::sw && how != Operator::ew)
      return holds(how, compared(*one, *other));
  }
  if (how == Operator::eq && !plus_is_blank)
    return is_exact(path) ? have.text() == wanted.text() : is_same_name(have.text(), wanted.text());
  std::string a = is_exact(path) ? std::string(have.text()) : folded(have.text());
  std::string b = is_exact(path) ? std::string(wanted.text()) : folded(wanted.text());
  if (plus_is_blank)
    for (std::string* text : {&a, &b}) std::replace(text->begin(), text->end(), '+', ' ');
  return fits(how, a, b);
}

bool is_something(const Json& value) {
  if (value.is_string()) return !value.text().empty();
  if (value.is_array() || value.is_object()) return value.size() > 0;
  return !value.is_null();
}

Json container(const Json& resource, const ScimPath& path) {
  return path.schema.empty() ? resource : member_of(resource, path.schema);
}

std::vector<Json> elements(const Json& value) {
  if (value.is_null()) return {};
  if (!value.is_array()) return {value};
  std::vector<Json> all;
  for (std::size_t i = 0; i < value.size(); ++i) all.push_back(value.at(i));
  return all;
}
}  // namespace

std::vector<Json> scim_values(const Json& resource, const ScimPath& path) {
  const Json from = container(resource, path);
  if (path.name.empty()) return elements(from);
  std::vector<Json> all;
  for (const Json& element : elements(member_of(from, path.name))) {
    Json value = element;
    if (!path.sub.empty())
      value = member_of(element, path.sub);
    else if (element.is_object() && element.has("value"))
      value = element.get("value");
    if (!value.is_null()) all.push_back(std::move(value));
  }
  return all;
}

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

bool ScimFilter::compares(const Json& value) const {
  const Operator how = operator_ == Operator::ne ? Operator::eq : operator_;
  return fits(how, value, value_, path_, plus_is_blank_) != (operator_ == Operator::ne);
}

bool ScimFilter::matches(const Json& resource) const {
  const auto part_matches = [&](const ScimFilter& part) { return part.matches(resource); };
  switch (kind_) {
    case Kind::all:
      return std::all_of(parts_.begin(), parts_.end(), part_matches);
    case Kind::any:
      return std::any_of(parts_.begin(), parts_.end(), part_matches);
    case Kind::none:
      return !part_matches(parts_.front());
    case Kind::element: {
      const auto all = elements(member_of(container(resource, path_), path_.name));
      return std::any_of(all.begin(), all.end(),
                         [&](const Json& element) { return parts_.front().matches(element); });
    }
    case Kind::present: {
      const auto values = scim_values(resource, path_);
      return std::any_of(values.begin(), values.end(), is_something);
    }
    case Kind::compare:
      break;
  }
  if (path_.schema.empty() && path_.sub.empty() && !value_.is_null()) {
    // A plain value is compared where it stands: a group has thousands of members.
    const Json plain = resource.get(path_.name);
    if (plain.is_string() || plain.is_bool() || plain.is_number()) return compares(plain);
  }
  const auto values = scim_values(resource, path_);
  if (value_.is_null()) return values.empty() == (operator_ == Operator::eq);
  const Operator how = operator_ == Operator::ne ? Operator::eq : operator_;
  const bool some = std::any_of(values.begin(), values.end(), [&](const Json& value) {
    return fits(how, value, value_, path_, plus_is_blank_);
  });
  return some != (operator_ == Operator::ne);
}

std::optional<std::string> ScimFilter::required_text(std::string_view attribute) const {
  if (kind_ == Kind::all)
    for (const ScimFilter& part : parts_)
      if (auto text = part.required_text(attribute)) return text;
  if (kind_ != Kind::compare || operator_ != Operator::eq || !value_.is_string() ||
      path_ != ScimPath{"", std::string(attribute), ""})
    return std::nullopt;
  if (plus_is_blank_ && value_.text().find_first_of(" +") != std::string_view::npos) return std::nullopt;
  return value_.as_string();
}

Json ScimFilter::as_element() const {
  if (kind_ == Kind::compare && operator_ == Operator::eq && path_.schema.empty() && path_.sub.empty())
    return Json::object({{path_.name, value_}});
  if (kind_ != Kind::all || parts_.empty()) return {};
  Json element = Json::object();
  for (const ScimFilter& part : parts_) {
    const Json members = part.as_element();
    if (!members.is_object()) return {};
    for (const std::string& key : members.keys()) element.set(key, members.get(key));
  }
  return element;
}

}  // namespace bridge
