#include "mappings/engine/schema_walk.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>
#include <set>

namespace mappings {

namespace {

// std::regex recurses once a character.
constexpr std::size_t longest_for_pattern = 2000;

std::string kind_in_words(const std::string& type) {
  static const std::map<std::string, std::string> words = {
      {"string", "a text"},         {"number", "a number"},  {"integer", "a whole number"},
      {"boolean", "true or false"}, {"object", "a mapping"}, {"array", "a list"},
      {"null", "nothing"}};
  auto found = words.find(type);
  return found == words.end() ? type : found->second;
}

std::string type_of(const Json& value) {
  return value.is_integer() ? "integer" : std::string(value.type_name());
}

std::string type_of(const YamlNode& node) {
  return node.is_mapping() ? "object" : node.is_sequence() ? "array" : type_of(node.to_json());
}

std::vector<std::string> texts(const Json& list) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < list.size(); ++i)
    all.push_back(list.at(i).is_string() ? *list.at(i).as_string() : list.at(i).dump());
  return all;
}

std::string join(const std::vector<std::string>& words, const std::string& last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? last : ", ") + words[i];
  return text;
}

// One sign is near to every other one.
std::string near_word(const std::string& word, const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), word) != known.end()) return word;
  return word.size() < 2 ? "" : nearest(word, known);
}

bool matches(const std::string& pattern, const std::string& text) {
  return text.size() <= longest_for_pattern && std::regex_search(text, std::regex(pattern));
}

// Schemas say in `examples` and `description` what a value should be: nobody should have to read a pattern.
std::string hint_from(const Json& schema) {
  Json examples = schema.get("examples");
  if (examples.size() > 0) return "for example: " + join(texts(examples), " or ");
  std::string description = schema.get("description").string_or("");
  if (!description.empty()) return description;
  std::string pattern = schema.get("pattern").string_or("");
  return pattern.empty() ? "" : "it must match " + pattern;
}

class Walker {
 public:
  explicit Walker(const Json& root) : root_(root) {}

  // `name` is what messages call the node: "'urgency'", "an item of 'queues'", "the file".
  void check(const Json& given, const YamlNode& node, const std::string& name, Diagnostics& out) {
    Json schema = resolve(given);
    if (schema.is_bool()) {
      if (!*schema.as_bool()) out.error(node.where, "wrong-value", name + " cannot stand here");
      return;
    }
    if (!check_type(schema, node, name, out)) return;
    check_choices(schema, node, name, out);
    if (node.is_mapping()) {
      check_members(schema, node, name, out);
    } else if (node.is_sequence()) {
      check_items(schema, node, name, out);
    } else {
      check_scalar(schema, node, name, out);
    }
    check_combinations(schema, node, name, out);
  }

 private:
  Json resolve(Json schema) const {
    for (int i = 0; i < 32 && schema.has("$ref"); ++i) {
      std::string pointer = schema.get("$ref").string_or("");
      Json target = root_;
      std::size_t at = pointer.find('/');
      while (at != std::string::npos) {
        std::size_t next = pointer.find('/', at + 1);
        target = target.get(pointer.substr(at + 1, next == std::string::npos ? next : next - at - 1));
        at = next;
      }
      schema = target;
    }
    return schema;
  }

  bool fits(const Json& schema, const YamlNode& node) {
    Diagnostics scratch;
    check(schema, node, "", scratch);
    return !scratch.has_errors();
  }

  static std::vector<std::string> types_of(const Json& schema) {
    Json type = schema.get("type");
    if (type.is_string()) return {*type.as_string()};
    return texts(type);
  }

  bool check_type(const Json& schema, const YamlNode& node, const std::string& name, Diagnostics& out) {
    std::vector<std::string> wanted = types_of(schema);
    if (wanted.empty()) return true;
    std::string is = type_of(node);
    for (const std::string& type : wanted)
      if (type == is || (type == "number" && is == "integer")) return true;
    wrong_type(wanted, is, node, name, out);
    return false;
  }

  static void wrong_type(const std::vector<std::string>& wanted, const std::string& is, const YamlNode& node,
                         const std::string& name, Diagnostics& out) {
    auto wants = [&](const char* type) {
      return std::find(wanted.begin(), wanted.end(), type) != wanted.end();
    };
    std::string lower = node.scalar;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    std::string hint;
    if (is == "null")
      hint = "give it a value, or remove the line";
    else if (wants("string") && node.is_scalar())
      hint = "quote it: \"" + node.scalar + "\"";
    else if (wants("boolean") && (lower == "yes" || lower == "on" || lower == "true"))
      hint = "write true";
    else if (wants("boolean") && (lower == "no" || lower == "off" || lower == "false"))
      hint = "write false";
    else if ((wants("integer") || wants("number")) && node.quoted && !node.scalar.empty() &&
             node.scalar.find_first_not_of("0123456789.-") == std::string::npos)
      hint = "write it without quotes";
    else if (wants("array"))
      hint = "a list has a line '- item' for each item, or is [a, b]";
    std::vector<std::string> words;
    for (const std::string& type : wanted) words.push_back(kind_in_words(type));
    std::string are = is == "boolean"                       ? "true or false"
                      : is == "integer" && !wants("number") ? "a number"
                                                            : kind_in_words(is);
    out.error(node.where, "wrong-type", name + " must be " + join(words, " or ") + ", not " + are, hint);
  }

  static void check_choices(const Json& schema, const YamlNode& node, const std::string& name,
                            Diagnostics& out) {
    bool fixed = schema.has("const");
    if (!fixed && !schema.has("enum")) return;
    Json choices = fixed ? Json::array({schema.get("const")}) : schema.get("enum");
    Json value = node.to_json();
    for (std::size_t i = 0; i < choices.size(); ++i)
      if (choices.at(i) == value) return;
    std::vector<std::string> words = texts(choices);
    std::string near = node.is_scalar() ? near_word(node.scalar, words) : "";
    out.error(node.where, "wrong-value",
              name + " must be " + (words.size() > 1 ? "one of " : "") + join(words, " or "),
              near.empty()          ? ""
              : near == node.scalar ? "write it " + std::string(node.quoted ? "without" : "in") + " quotes"
                                    : "did you mean " + near + "?");
  }

  void check_scalar(const Json& schema, const YamlNode& node, const std::string& name, Diagnostics& out) {
    Json value = node.to_json();
    if (auto text = value.as_string()) {
      auto points = std::count_if(text->begin(), text->end(), [](char c) { return (c & 0xC0) != 0x80; });
      if (points < schema.get("minLength").as_number().value_or(0))
        out.error(node.where, "wrong-value",
                  points == 0
                      ? name + " must not be empty"
                      : name + " must have at least " + schema.get("minLength").dump() + " characters");
      if (schema.has("maxLength") && points > schema.get("maxLength").as_number().value_or(0))
        out.error(node.where, "wrong-value",
                  name + " may have at most " + schema.get("maxLength").dump() + " characters");
      if (schema.has("pattern") && !matches(schema.get("pattern").string_or(""), *text))
        out.error(node.where, "wrong-value",
                  text->size() > longest_for_pattern ? name + " is too long"
                                                     : name + " does not have the right form",
                  hint_from(schema));
    }
    if (auto number = value.as_number()) {
      if (schema.has("minimum") && *number < *schema.get("minimum").as_number())
        out.error(node.where, "wrong-value", name + " must be at least " + schema.get("minimum").dump());
      if (schema.has("maximum") && *number > *schema.get("maximum").as_number())
        out.error(node.where, "wrong-value", name + " must be at most " + schema.get("maximum").dump());
    }
  }

  static void check_size(const Json& schema, const char* least, const char* most, std::size_t size,
                         const YamlNode& node, const std::string& name, const std::string& thing,
                         Diagnostics& out) {
    auto count = static_cast<double>(size);
    if (schema.has(least) && count < *schema.get(least).as_number())
      out.error(node.where, "wrong-value",
                size == 0 ? name + " must not be empty"
                          : name + " needs at least " + schema.get(least).dump() + ' ' + thing);
    if (schema.has(most) && count > *schema.get(most).as_number())
      out.error(node.where, "wrong-value",
                name + " may have at most " + schema.get(most).dump() + ' ' + thing);
  }

  void check_items(const Json& schema, const YamlNode& node, const std::string& name, Diagnostics& out) {
    check_size(schema, "minItems", "maxItems", node.items.size(), node, name, "items", out);
    Json each = schema.get("items");
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      Json one = each.is_array() ? each.at(i) : each;
      if (!one.is_null()) check(one, node.items[i], "an item of " + name, out);
    }
    if (schema.has("contains") &&
        std::none_of(node.items.begin(), node.items.end(),
                     [&](const YamlNode& item) { return fits(schema.get("contains"), item); }))
      out.error(node.where, "wrong-value", "no item of " + name + " is what one must be", hint_from(schema));
  }

  void check_members(const Json& schema, const YamlNode& node, const std::string& name, Diagnostics& out) {
    check_size(schema, "minProperties", "maxProperties", node.members.size(), node, name, "keys", out);
    Json properties = schema.get("properties"), patterns = schema.get("patternProperties");
    Json rest = schema.get("additionalProperties");
    for (std::size_t i = 0; i < node.members.size(); ++i) {
      const auto& [key, value] = node.members[i];
      if (key.size() > longest_for_pattern) {
        out.error(node.key_marks[i], "wrong-value", "this key is too long");
        continue;
      }
      if (schema.has("propertyNames")) check_key(schema.get("propertyNames"), key, node.key_marks[i], out);
      std::string called = "'" + key + "'";
      bool known = properties.has(key);
      if (known) check(properties.get(key), value, called, out);
      for (const std::string& pattern : patterns.keys()) {
        if (!matches(pattern, key)) continue;
        known = true;
        check(patterns.get(pattern), value, called, out);
      }
      if (known || !schema.has("additionalProperties")) continue;
      if (rest.is_bool() && !*rest.as_bool())
        unknown_key(key, properties.keys(), node.key_marks[i], out);
      else
        check(rest, value, called, out);
    }
    for (const std::string& key : texts(schema.get("required")))
      if (node.find(key) == nullptr)
        out.error(node.where, "missing-key", "the key '" + key + "' is missing in " + name,
                  resolve(properties.get(key)).get("description").string_or(""));
  }

  void check_key(const Json& given, const std::string& key, const SourceMark& where, Diagnostics& out) {
    Json schema = resolve(given);
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.where = where;
    node.scalar = key;
    node.quoted = true;
    if (fits(schema, node)) return;
    if (schema.has("enum"))
      unknown_key(key, texts(schema.get("enum")), where, out);
    else
      out.error(where, "wrong-key", "'" + key + "' is not a name that can stand here", hint_from(schema));
  }

  static void unknown_key(const std::string& key, const std::vector<std::string>& known,
                          const SourceMark& where, Diagnostics& out) {
    std::string near = near_word(key, known);
    out.error(where, "unknown-key", "there is no key '" + key + "' here",
              !near.empty()   ? "did you mean " + near + "?"
              : known.empty() ? ""
                              : "known keys: " + join(known, ", "));
  }

  void check_combinations(const Json& schema, const YamlNode& node, const std::string& name,
                          Diagnostics& out) {
    Json all = schema.get("allOf");
    for (std::size_t i = 0; i < all.size(); ++i) check(all.at(i), node, name, out);
    if (schema.has("anyOf")) check_branches(schema, schema.get("anyOf"), false, node, name, out);
    if (schema.has("oneOf")) check_branches(schema, schema.get("oneOf"), true, node, name, out);
    if (schema.has("not") && fits(schema.get("not"), node))
      out.error(node.where, "wrong-value", name + " must not be written like this", hint_from(schema));
    if (schema.has("if")) {
      const char* branch = fits(schema.get("if"), node) ? "then" : "else";
      if (schema.has(branch)) check(schema.get(branch), node, name, out);
    }
  }

  void check_branches(const Json& schema, const Json& branches, bool only_one, const YamlNode& node,
                      const std::string& name, Diagnostics& out) {
    std::vector<Diagnostics> failures;
    std::size_t fitting = 0;
    for (std::size_t i = 0; i < branches.size(); ++i) {
      Diagnostics one;
      check(branches.at(i), node, name, one);
      if (!one.has_errors()) ++fitting;
      failures.push_back(std::move(one));
    }
    if (fitting == 1 || (fitting > 1 && !only_one)) return;
    if (fitting > 1)
      return out.error(node.where, "wrong-value", name + " fits more than one of its forms",
                       hint_from(schema));

    std::vector<std::string> types, missing;
    const Diagnostics* nearest_branch = nullptr;
    bool only_missing = node.is_mapping();
    for (std::size_t i = 0; i < failures.size(); ++i) {
      const auto& errors = failures[i].all();
      bool of_another_kind =
          errors.size() == 1 && errors[0].code == "wrong-type" && is_at(errors[0].where, node);
      for (const auto& error : errors)
        only_missing = only_missing && error.code == "missing-key" && is_at(error.where, node);
      for (const std::string& key : texts(resolve(branches.at(i)).get("required")))
        if (node.find(key) == nullptr) missing.push_back("'" + key + "'");
      if (of_another_kind) {
        for (const std::string& type : types_of(resolve(branches.at(i)))) types.push_back(type);
      } else if (nearest_branch == nullptr || errors.size() < nearest_branch->all().size()) {
        nearest_branch = &failures[i];
      }
    }
    if (nearest_branch == nullptr) return wrong_type(types, type_of(node), node, name, out);
    if (only_missing && failures.size() > 1)
      return out.error(node.where, "missing-key",
                       "one of the keys " + join(missing, " or ") + " is missing in " + name);
    out.add(*nearest_branch);
  }

  static bool is_at(const SourceMark& where, const YamlNode& node) {
    return where.line == node.where.line && where.column == node.where.column;
  }

  const Json& root_;
};

}  // namespace

void walk_schema(const Json& schema, const YamlNode& tree, Diagnostics& diagnostics) {
  Diagnostics found;
  Walker(schema).check(schema, tree, "the file", found);
  std::set<std::string> said;  // two branches of a schema may say the same
  for (const Diagnostic& d : found.all())
    if (said.insert(d.where.to_string() + '\n' + d.code + '\n' + d.message).second)
      diagnostics.error(d.where, d.code, d.message, d.hint);
}

}  // namespace mappings
