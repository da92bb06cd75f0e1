#include "bridge/directory/scim_filter.h"

#include <algorithm>

#include "bridge/ops/clock.h"
#include "bridge/store/folded.h"
#include "mappings/engine/json_names.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;
using mappings::Json;
using mappings::member_of;

namespace {
using Operator = ScimFilter::Operator;
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

bool ScimFilter::is_as_wanted(const Json& value) const {
  const Operator how = operator_ == Operator::ne ? Operator::eq : operator_;
  return fits(how, value, value_, path_, plus_is_blank_);
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
  const bool differs = operator_ == Operator::ne;
  if (path_.schema.empty() && path_.sub.empty() && !value_.is_null()) {
    // A plain value is compared where it stands: a group has thousands of members.
    const Json plain = resource.get(path_.name);
    if (plain.is_string() || plain.is_bool() || plain.is_number()) return is_as_wanted(plain) != differs;
  }
  const auto values = scim_values(resource, path_);
  if (value_.is_null()) return values.empty() == (operator_ == Operator::eq);
  return std::any_of(values.begin(), values.end(), [&](const Json& value) { return is_as_wanted(value); }) !=
         differs;
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
