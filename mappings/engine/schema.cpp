#include "mappings/engine/schema.h"

#include <cstdlib>
#include <embedded/schemas.h>
#include <stdexcept>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <valijson/adapters/poco_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "mappings/engine/schema_walk.h"

namespace mappings {

namespace {

constexpr std::string_view ending = ".schema.json";

Poco::Dynamic::Var to_poco(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::null:
      return {};
    case Json::Kind::boolean:
      return *value.as_bool();
    case Json::Kind::number:
      if (auto whole = value.as_integer()) return static_cast<Poco::Int64>(*whole);
      return *value.as_number();
    case Json::Kind::string:
      return *value.as_string();
    case Json::Kind::array: {
      Poco::JSON::Array::Ptr list = new Poco::JSON::Array;
      for (std::size_t i = 0; i < value.size(); ++i) list->add(to_poco(value.at(i)));
      return list;
    }
    case Json::Kind::object: {
      Poco::JSON::Object::Ptr object = new Poco::JSON::Object;
      for (const std::string& key : value.keys()) object->set(key, to_poco(value.get(key)));
      return object;
    }
  }
  return {};
}

// valijson names a place as "<root>", "[key]", "[0]" ...
const YamlNode& node_at(const YamlNode& tree, const std::vector<std::string>& path) {
  const YamlNode* node = &tree;
  for (const std::string& step : path) {
    if (step.size() < 2 || step.front() != '[') continue;
    std::string name = step.substr(1, step.size() - 2);
    const YamlNode* next = node->find(name);
    if (node->is_sequence()) {
      std::size_t index = std::strtoul(name.c_str(), nullptr, 10);
      if (index < node->items.size()) next = &node->items[index];
    }
    if (next == nullptr) break;
    node = next;
  }
  return *node;
}

void ask_valijson(const Json& schema_json, const YamlNode& tree, Diagnostics& diagnostics) {
  using Adapter = valijson::adapters::PocoJsonAdapter;
  valijson::Schema schema;
  Poco::Dynamic::Var schema_value = to_poco(schema_json), value = to_poco(tree.to_json());
  valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(Adapter(schema_value), schema);
  valijson::ValidationResults results;
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  if (validator.validate(schema, Adapter(value), &results)) return;
  valijson::ValidationResults::Error deepest, error;
  while (results.popError(error))
    if (error.context.size() >= deepest.context.size()) deepest = error;
  diagnostics.error(node_at(tree, deepest.context).where, "wrong-value", "this does not fit the schema",
                    deepest.description);
}

}  // namespace

bool check_schema(std::string_view schema, const YamlNode& tree, Diagnostics& diagnostics) {
  return check_schema_text(schema_text(schema), tree, diagnostics);
}

bool check_schema_text(std::string_view schema_text, const YamlNode& tree, Diagnostics& diagnostics) {
  Json schema_json = Json::parse(schema_text);
  schema_json.erase("$id");  // references are local, whatever the schema's public address
  Diagnostics found;
  walk_schema(schema_json, tree, found);
  if (!found.has_errors()) ask_valijson(schema_json, tree, found);
  diagnostics.add(found);
  return !found.has_errors();
}

std::vector<std::string> schema_names() {
  std::vector<std::string> names;
  for (std::string_view file : embedded::schemas_names())
    if (file.ends_with(ending)) names.emplace_back(file.substr(0, file.size() - ending.size()));
  return names;
}

std::string_view schema_text(std::string_view schema) {
  std::string_view text = embedded::schemas(std::string(schema) + std::string(ending));
  if (text.empty()) throw std::out_of_range("no schema for " + std::string(schema));
  return text;
}

}  // namespace mappings
