#include "mappings/engine/template_render.h"

#include <cmath>

#include "mappings/engine/expression_lint.h"
#include "mappings/engine/program.h"

namespace mappings {

namespace {

constexpr std::size_t max_result_bytes = 1u << 20;
constexpr int max_result_depth = 64;

// Copies a result out of a jq state: what jq gives may share parts with the compiled program, whose counts
// belong to whoever runs it next.
class Copier {
 public:
  // `where` is the expression that is being copied.
  Json copy(const Json& value, const SourceMark& where, int depth) {
    if (depth > max_result_depth) throw ExpressionError("gave a value deeper than 64 levels", where);
    switch (value.kind()) {
      case Json::Kind::null:
        return {};
      case Json::Kind::boolean:
        return *value.as_bool();
      case Json::Kind::number:
        spend(8, where);
        return finite(*value.as_number(), where);
      case Json::Kind::string:
        return checked(value.text(), where);
      case Json::Kind::array: {
        Json list = Json::array();
        std::size_t size = value.size();
        for (std::size_t i = 0; i < size; ++i) {
          spend(2, where);
          list.push_back(copy(value.at(i), where, depth + 1));
        }
        return list;
      }
      case Json::Kind::object: {
        Json object = Json::object();
        value.each_member([&](std::string_view key, const Json& member) {
          object.set(checked(key, where), copy(member, where, depth + 1));
        });
        return object;
      }
    }
    return {};
  }

  // What a result is inside a text.
  std::string as_text(const Json& value, const SourceMark& where) {
    switch (value.kind()) {
      case Json::Kind::string:
        return std::string(checked(value.text(), where));
      case Json::Kind::number:
        return Json(finite(*value.as_number(), where)).dump();
      case Json::Kind::boolean:
        return *value.as_bool() ? "true" : "false";
      case Json::Kind::null:
        throw ExpressionError("gave null where a text is needed", where);
      default:
        throw ExpressionError(
            std::string("gave ") + (value.is_array() ? "an array" : "an object") + " where a text is needed",
            where);
    }
  }

 private:
  void spend(std::size_t bytes, const SourceMark& where) {
    spent_ += bytes;
    if (spent_ > max_result_bytes) throw ExpressionError("gave more than 1 MB", where);
  }
  static double finite(double number, const SourceMark& where) {
    if (std::isnan(number)) throw ExpressionError("gave a number that is none (NaN)", where);
    if (std::isinf(number)) throw ExpressionError("gave an infinite number", where);
    return number;
  }
  std::string_view checked(std::string_view text, const SourceMark& where) {
    spend(text.size() + 2, where);
    if (text.find('\0') != std::string_view::npos)
      throw ExpressionError("gave a text with a NUL in it", where);
    return text;
  }

  std::size_t spent_ = 0;
};

// Puts the results of one run into the entry's tree.
class Renderer {
 public:
  Renderer(const TemplateEntry& entry, const Json& results, const std::vector<SourceMark>& starts)
      : first_(entry.first), starts_(starts) {
    for (std::size_t i = 0; i < entry.count; ++i)
      values_.push_back(value_of(results.at(i), starts[first_ + i]));
  }
  Renderer(const TemplateEntry& entry, std::vector<Json> values, const std::vector<SourceMark>& starts)
      : first_(entry.first), own_(true), starts_(starts), values_(std::move(values)) {}

  Json render(const TemplateNode& node) {
    switch (node.kind) {
      case TemplateNode::Kind::null:
        return {};
      case TemplateNode::Kind::boolean:
        return node.number != 0;
      case TemplateNode::Kind::number:
        return node.number;
      case TemplateNode::Kind::string:
        return node.string;
      case TemplateNode::Kind::expression:
        if (own_) return values_[node.expression - first_];
        return copier_.copy(values_[node.expression - first_], starts_[node.expression], 0);
      case TemplateNode::Kind::text:
        return join(node.text);
      case TemplateNode::Kind::sequence: {
        Json list = Json::array();
        for (const TemplateNode& item : node.items) list.push_back(render(item));
        return list;
      }
      case TemplateNode::Kind::mapping: {
        Json object = Json::object();
        for (std::size_t i = 0; i < node.members.size(); ++i) {
          const TemplateNode::Text& parts = node.members[i].first;
          if (node.fixed_keys) {
            object.set(parts.front().fixed, render(node.members[i].second));
            continue;
          }
          const std::string key = join(parts);
          if (object.has(key))
            throw ExpressionError("gave the key '" + key + "', which is there already", node.key_marks[i]);
          object.set(key, render(node.members[i].second));
        }
        return object;
      }
    }
    return {};
  }

 private:
  static Json value_of(const Json& result, const SourceMark& where) {
    if (!result.is_object()) return result.at(0);
    Json error = result.get("error");
    throw ExpressionError(error.is_string() ? without_values(*error.as_string())
                                            : "failed with " + without_values(error.dump()),
                          where);
  }

  std::string join(const TemplateNode::Text& parts) {
    std::string text;
    for (const TemplateNode::Part& part : parts)
      text += part.is_fixed ? part.fixed
                            : copier_.as_text(values_[part.expression - first_], starts_[part.expression]);
    return text;
  }

  std::size_t first_;
  bool own_ = false;
  const std::vector<SourceMark>& starts_;
  std::vector<Json> values_;
  Copier copier_;
};

}  // namespace

Json render_template(const TemplateEntry& entry, const Json& results, const std::vector<SourceMark>& starts) {
  return Renderer(entry, results, starts).render(entry.tree);
}

Json render_template(const TemplateEntry& entry, std::vector<Json> values,
                     const std::vector<SourceMark>& starts) {
  return Renderer(entry, std::move(values), starts).render(entry.tree);
}

}  // namespace mappings
