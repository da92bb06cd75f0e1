#include "mappings/engine/plain_expression.h"

#include <algorithm>
#include <string>
#include <vector>

#include "mappings/engine/plain_node.h"

namespace mappings {

namespace {

using Node = PlainNode;
using Kind = PlainNode::Kind;

bool is_truthy(const Json& value) {
  return !value.is_null() && value.as_bool().value_or(true);
}

std::string text_of(const Json& value) {
  return value.is_string() ? std::string(value.text()) : value.dump();
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// As the prelude's; nothing where that fails.
std::optional<Json> snq(const Json& value) {
  if (!value.is_string() && !value.is_number()) return std::nullopt;
  const std::string text = text_of(value);
  std::string small, quoted;
  for (char c : text) {
    if (c == '\n' || c == '\r' || c == '\0') return std::nullopt;
    small.push_back(lower(c));
    quoted.append(c == '^' ? 2 : 1, c);
  }
  if (small.find("javascript:") != std::string::npos) return std::nullopt;
  return Json(quoted);
}

// Objects and texts; other sums are left to jq.
std::optional<Json> sum(Json left, const Json& right) {
  if (left.is_object() && right.is_object()) {
    right.each_member([&](std::string_view name, const Json& value) { left.set(name, value); });
    return left;
  }
  if (left.is_string() && right.is_string()) return Json(std::string(left.text()).append(right.text()));
  return std::nullopt;
}

std::optional<Json> length_of(const Json& value) {
  if (value.is_null()) return Json(0);
  if (value.is_array() || value.is_object()) return Json(static_cast<std::int64_t>(value.size()));
  if (!value.is_string()) return std::nullopt;
  const std::string_view text = value.text();
  return Json(static_cast<std::int64_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; })));
}

std::optional<Json> entries_of(const Json& value) {
  if (!value.is_object()) return std::nullopt;
  Json list = Json::array();
  value.each_member([&](std::string_view name, const Json& member) {
    list.push_back(Json::object({{"key", name}, {"value", member}}));
  });
  return list;
}

std::optional<Json> in_small_letters(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  std::string text(value.text());
  std::transform(text.begin(), text.end(), text.begin(), lower);
  return Json(text);
}

std::optional<Json> total_of(const Json& list) {
  if (!list.is_array()) return std::nullopt;
  std::optional<Json> total = list.at(0);
  for (std::size_t i = 1; i < list.size() && total; ++i) total = sum(std::move(*total), list.at(i));
  return total;
}

std::optional<Json> joined(const Json& list, const Json& between) {
  if (!list.is_array() || !between.is_string()) return std::nullopt;
  std::string text;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Json item = list.at(i);
    if (item.is_array() || item.is_object()) return std::nullopt;
    if (i > 0) text += between.text();
    if (!item.is_null()) text += text_of(item);
  }
  return Json(text);
}

std::optional<Json> split(const Json& value, const Json& between) {
  if (!value.is_string() || between.text().empty()) return std::nullopt;
  Json list = Json::array();
  std::string_view rest = value.text();
  if (rest.empty()) return list;
  for (;;) {
    const std::size_t end = rest.find(between.text());
    list.push_back(Json(rest.substr(0, end)));
    if (end == std::string_view::npos) return list;
    rest.remove_prefix(end + between.text().size());
  }
}

std::optional<Json> element(const Json& whole, const Json& at) {
  if (at.is_string() && (whole.is_object() || whole.is_null())) return whole.get(at.text());
  const auto number = at.as_integer();
  if (!number || (!whole.is_array() && !whole.is_null())) return std::nullopt;
  const auto size = static_cast<std::int64_t>(whole.size());
  const std::int64_t place = *number < 0 ? size + *number : *number;
  return place < 0 || place >= size ? Json() : whole.at(static_cast<std::size_t>(place));
}

std::optional<Json> of_texts(Kind kind, const Json& whole, const Json& part) {
  if (!whole.is_string() || !part.is_string()) return std::nullopt;
  if (kind == Kind::startswith) return Json(whole.text().starts_with(part.text()));
  return Json(whole.text().find(part.text()) != std::string_view::npos);
}

// One evaluation.
class Run {
 public:
  Run(const Json& variables, std::size_t slots) : variables_(variables), locals_(slots) {}

  // The value of a node that gives one.
  std::optional<Json> one(const Node& node, const Json& input) {
    switch (node.kind) {
      case Kind::input:
        return input;
      case Kind::variable:
        return variables_.get(node.text);
      case Kind::local:
        return locals_[node.slot];
      case Kind::null:
        return Json();
      case Kind::boolean:
        return Json(node.number != 0);
      case Kind::number:
        return Json(node.number);
      case Kind::type:
        return Json(input.type_name());
      case Kind::tostring:
        return Json(text_of(input));
      case Kind::negate:
        return Json(!is_truthy(input));
      case Kind::snq:
        return snq(input);
      case Kind::length:
        return length_of(input);
      case Kind::to_entries:
        return entries_of(input);
      case Kind::ascii_downcase:
        return in_small_letters(input);
      case Kind::add:
        return total_of(input);
      case Kind::text:
        return text(node, input);
      case Kind::object:
        return object(node, input);
      case Kind::list:
        return list(node, input);
      case Kind::any:
      case Kind::one_of:
        return among(node, input);
      default:
        break;
    }
    auto first = one(node.parts[0], input);
    if (!first) return std::nullopt;
    switch (node.kind) {
      case Kind::field:
        if (!first->is_object() && !first->is_null()) return std::nullopt;
        return first->get(node.text);
      case Kind::pipe:
        return one(node.parts[1], *first);
      case Kind::bind:
        locals_[node.slot] = std::move(*first);
        return one(node.parts[1], input);
      case Kind::condition:
        return one(node.parts[is_truthy(*first) ? 1 : 2], input);
      case Kind::otherwise:
        return is_truthy(*first) ? first : one(node.parts[1], input);
      case Kind::both:
        if (!is_truthy(*first)) return Json(false);
        break;
      case Kind::either:
        if (is_truthy(*first)) return Json(true);
        break;
      case Kind::fallback:
        if (!input.is_null() && !(input.is_string() && input.text().empty())) return input;
        return first;
      case Kind::join:
        return joined(input, *first);
      case Kind::split:
        return split(input, *first);
      case Kind::startswith:
      case Kind::contains:
        return of_texts(node.kind, input, *first);
      default:
        break;
    }
    const auto second = one(node.parts[1], input);
    if (!second) return std::nullopt;
    switch (node.kind) {
      case Kind::element:
        return element(*first, *second);
      case Kind::plus:
        return sum(std::move(*first), *second);
      case Kind::equal:
        return Json(*first == *second);
      case Kind::unequal:
        return Json(!(*first == *second));
      default:
        return Json(is_truthy(*second));
    }
  }

 private:
  enum class End { all, enough, unknown };

  // Calls `take` (which gives an End) with each value, until it has enough.
  template <class Take>
  End each(const Node& node, const Json& input, Take& take) {
    const Sink sink{&take, [](void* to, const Json& value) { return (*static_cast<Take*>(to))(value); }};
    return each(node, input, sink);
  }
  struct Sink {
    void* to;
    End (*call)(void* to, const Json& value);
    End operator()(const Json& value) const { return call(to, value); }
  };
  End each(const Node& node, const Json& input, const Sink& sink) {
    if (!node.many) {
      const auto value = one(node, input);
      return value ? sink(*value) : End::unknown;
    }
    switch (node.kind) {
      case Kind::empty:
        return End::all;
      case Kind::values:
        return input.is_null() ? End::all : sink(input);
      case Kind::comma: {
        const End end = each(node.parts[0], input, sink);
        return end == End::all ? each(node.parts[1], input, sink) : end;
      }
      case Kind::pipe: {
        auto next = [&](const Json& value) { return each(node.parts[1], value, sink); };
        return each(node.parts[0], input, next);
      }
      case Kind::bind: {
        auto next = [&](const Json& value) {
          locals_[node.slot] = value;
          return each(node.parts[1], input, sink);
        };
        return each(node.parts[0], input, next);
      }
      default:
        break;
    }
    const auto first = one(node.parts[0], input);
    if (!first) return End::unknown;
    if (node.kind == Kind::select) return is_truthy(*first) ? sink(input) : End::all;
    if (node.kind == Kind::condition) return each(node.parts[is_truthy(*first) ? 1 : 2], input, sink);
    return elements(*first, node.kind == Kind::each_if_any, sink);
  }
  static End elements(const Json& whole, bool if_any, const Sink& sink) {
    End end = End::all;
    if (whole.is_object()) {
      whole.each_member([&](std::string_view, const Json& value) {
        if (end == End::all) end = sink(value);
      });
      return end;
    }
    if (!whole.is_array()) return if_any ? End::all : End::unknown;
    for (std::size_t i = 0, size = whole.size(); i < size && end == End::all; ++i) end = sink(whole.at(i));
    return end;
  }

  std::optional<Json> list(const Node& node, const Json& input) {
    Json items = Json::array();
    if (node.parts.empty()) return items;
    auto take = [&](const Json& value) {
      items.push_back(value);
      return End::all;
    };
    if (each(node.parts[0], input, take) == End::unknown) return std::nullopt;
    return items;
  }
  // any(these; condition), or whether `input` is among them.
  std::optional<Json> among(const Node& node, const Json& input) {
    auto take = [&](const Json& value) {
      if (node.kind == Kind::one_of) return value == input ? End::enough : End::all;
      const auto holds = one(node.parts[1], value);
      return !holds ? End::unknown : is_truthy(*holds) ? End::enough : End::all;
    };
    const End end = each(node.parts[0], input, take);
    if (end == End::unknown) return std::nullopt;
    return Json(end == End::enough);
  }
  std::optional<Json> text(const Node& node, const Json& input) {
    if (node.parts.empty()) return Json(node.texts[0]);
    std::string all = node.texts[0];
    for (std::size_t i = 0; i < node.parts.size(); ++i) {
      const auto part = one(node.parts[i], input);
      if (!part) return std::nullopt;
      if (part->is_string())
        all += part->text();
      else
        all += part->dump();
      all += node.texts[i + 1];
    }
    return Json(all);
  }
  std::optional<Json> object(const Node& node, const Json& input) {
    Json made = Json::object();
    for (std::size_t i = 0; i < node.parts.size(); i += 2) {
      const Node& key = node.parts[i];
      auto value = one(node.parts[i + 1], input);
      if (!value) return std::nullopt;
      if (key.kind == Kind::text && key.parts.empty()) {
        made.set(key.texts[0], std::move(*value));
        continue;
      }
      const auto name = one(key, input);
      if (!name || !name->is_string()) return std::nullopt;
      made.set(name->text(), std::move(*value));
    }
    return made;
  }

  const Json& variables_;
  std::vector<Json> locals_;
};

}  // namespace

std::optional<PlainExpression> PlainExpression::read(std::string_view jq) {
  std::size_t slots = 0;
  auto node = read_plain(jq, slots);
  if (!node) return std::nullopt;
  return PlainExpression(std::make_shared<const PlainNode>(std::move(*node)), slots);
}

std::optional<Json> PlainExpression::run(const Json& input, const Json& variables) const {
  return Run(variables, slots_).one(*root_, input);
}

}  // namespace mappings
