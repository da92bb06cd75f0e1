#include "tests/support/schema_table.h"

#include <cppunit/TestAssert.h>

namespace tests {

using mappings::Json;

namespace {
class Table {
 public:
  explicit Table(const Json& schema) : schema_(schema) { rows(schema, ""); }
  std::string text() const { return "| key | type | default | meaning |\n|---|---|---|---|\n" + text_; }

 private:
  // What a property refers to; the property's own words go before those of the definition.
  Json definition(const Json& property) const {
    const std::string ref = property.get("$ref").string_or("");
    return ref.empty() ? property
                       : schema_.get("definitions").get(ref.substr(std::string("#/definitions/").size()));
  }

  static std::string joined(const Json& words, const char* between) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
      text += (i == 0 ? "" : between) + words.at(i).string_or(words.at(i).dump());
    return text;
  }

  std::string type_of(const Json& property) const {
    const Json shape = definition(property);
    if (shape.has("title")) return shape.get("title").string_or("");
    if (shape.has("enum")) return joined(shape.get("enum"), ", ");
    if (shape.has("anyOf")) {
      std::string text;
      for (std::size_t i = 0; i < shape.get("anyOf").size(); ++i)
        text += (i == 0 ? "" : " or ") + type_of(shape.get("anyOf").at(i));
      return text;
    }
    if (shape.get("type").is_array()) return joined(shape.get("type"), " or ");
    const std::string type = shape.get("type").string_or("");
    if (type == "array") return "list of " + type_of(shape.get("items"));
    return type == "object" ? "mapping" : type;
  }

  // Text that Markdown shows as it is.
  static std::string cell(const std::string& words) {
    std::string text;
    for (char c : words) text += c == '<' ? "&lt;" : c == '|' ? "\\|" : std::string(1, c);
    return text;
  }

  static bool is_required(const Json& object, const std::string& name) {
    const Json required = object.get("required");
    for (std::size_t i = 0; i < required.size(); ++i)
      if (required.at(i).string_or("") == name) return true;
    return false;
  }

  void rows(const Json& object, const std::string& prefix) {
    const Json properties = object.get("properties");
    for (const std::string& name : properties.keys()) {
      const Json property = properties.get(name);
      const std::string key = prefix + name;
      const std::string meaning = property.get("description").string_or("");
      CPPUNIT_ASSERT_MESSAGE("no description of " + key, !meaning.empty());
      std::string otherwise = is_required(object, name) ? "required" : "";
      if (property.has("default"))
        otherwise = '`' + property.get("default").string_or(property.get("default").dump()) + '`';
      text_ += "| `" + key + "` | " + type_of(property) + " | " + otherwise + " | " + cell(meaning) + " |\n";
      if (property.has("properties")) rows(property, key + '.');
      if (property.get("items").has("properties")) rows(property.get("items"), key + "[].");
    }
  }

  const Json& schema_;
  std::string text_;
};
}  // namespace

std::string schema_table(const Json& schema) {
  return Table(schema).text();
}

}  // namespace tests
