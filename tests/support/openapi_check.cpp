#include "tests/support/openapi_check.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace tests {

using mappings::Json;

namespace {
using Keys = std::set<std::string>;

const Keys methods = {"get", "put", "post", "delete", "options", "head", "patch", "trace"};
const Keys document_keys = {"openapi", "info",       "jsonSchemaDialect", "servers", "paths",
                            "tags",    "components", "security",          "webhooks"};
const Keys component_keys = {"schemas", "responses",       "parameters", "examples", "requestBodies",
                             "headers", "securitySchemes", "links",      "callbacks"};
const Keys operation_keys = {"tags",       "summary",     "description",  "operationId",
                             "parameters", "requestBody", "responses",    "deprecated",
                             "security",   "servers",     "externalDocs", "callbacks"};
const Keys parameter_keys = {"name",   "in",      "description", "required", "deprecated", "style",
                             "schema", "example", "examples",    "content",  "explode"};
const Keys response_keys = {"description", "headers", "content", "links"};
const Keys body_keys = {"description", "content", "required"};
const Keys media_keys = {"schema", "example", "examples", "encoding"};
const Keys header_keys = {"description", "required", "deprecated", "schema", "example", "content"};
const Keys schema_keys = {"type",      "description", "properties", "required", "additionalProperties",
                          "items",     "enum",        "default",    "minimum",  "maximum",
                          "minLength", "maxLength",   "format",     "example",  "examples",
                          "pattern",   "minItems",    "maxItems",   "oneOf"};

std::string type_of(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::null:
      return "null";
    case Json::Kind::boolean:
      return "boolean";
    case Json::Kind::number:
      // Ticks are whole and larger than what is_integer() vouches for.
      return std::trunc(*value.as_number()) == *value.as_number() ? "integer" : "number";
    case Json::Kind::string:
      return "string";
    case Json::Kind::array:
      return "array";
    case Json::Kind::object:
      return "object";
  }
  return "";
}

bool contains(const Json& list, const Json& wanted) {
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list.at(i) == wanted) return true;
  return false;
}

bool is_of_type(const Json& value, const Json& type) {
  const std::string is = type_of(value);
  const auto fits = [&is](const Json& one) {
    return one == Json(is) || (is == "integer" && one == Json("number"));
  };
  if (!type.is_array()) return fits(type);
  for (std::size_t i = 0; i < type.size(); ++i)
    if (fits(type.at(i))) return true;
  return false;
}

class Check {
 public:
  explicit Check(const Json& document) : document_(document) {}

  std::vector<std::string> run() {
    known(document_, document_keys, "#");
    if (!document_.get("openapi").string_or("").starts_with("3.1.")) wrong("#", "openapi is not 3.1");
    for (const char* key : {"title", "version"})
      if (!document_.get("info").get(key).is_string()) wrong("#/info", std::string("no ") + key);
    const Json tags = document_.get("tags");
    for (std::size_t i = 0; i < tags.size(); ++i) tags_.insert(tags.at(i).get("name").string_or(""));
    references(document_, "#", false);
    const Json components = document_.get("components");
    known(components, component_keys, "#/components");
    each(components, "schemas", "#/components",
         [this](const Json& one, const std::string& at) { schema(one, at); });
    each(components, "parameters", "#/components",
         [this](const Json& one, const std::string& at) { parameter(one, at); });
    each(components, "responses", "#/components",
         [this](const Json& one, const std::string& at) { response(one, at); });
    each(components, "headers", "#/components", [this](const Json& one, const std::string& at) {
      known(one, header_keys, at);
      schema(one.get("schema"), at);
    });
    each(document_, "paths", "#", [this](const Json& item, const std::string& at) { path(item, at); });
    return problems_;
  }

 private:
  void wrong(const std::string& at, const std::string& what) { problems_.push_back(at + ": " + what); }

  template <class What>
  static void each(const Json& of, const char* key, const std::string& at, What what) {
    const Json all = of.get(key);
    for (const std::string& name : all.keys()) what(all.get(name), at + '/' + key + '/' + name);
  }

  void known(const Json& object, const Keys& keys, const std::string& at) {
    for (const std::string& key : object.keys())
      if (!keys.contains(key) && !key.starts_with("x-")) wrong(at, "there is no key " + key + " here");
  }

  // A null outside an example is a slip: in a flow mapping a comma ends an unquoted text.
  void references(const Json& value, const std::string& at, bool example) {
    if (value.is_null() && !example) wrong(at, "is null");
    const std::string to = value.is_object() ? value.get("$ref").string_or("") : "";
    if (!to.empty() && resolved(value, document_).is_null()) wrong(at, "leads nowhere: " + to);
    for (const std::string& key : value.is_object() ? value.keys() : std::vector<std::string>())
      references(value.get(key), at + '/' + key,
                 example || key == "example" || key == "examples" || key == "enum");
    if (value.is_array())
      for (std::size_t i = 0; i < value.size(); ++i)
        references(value.at(i), at + '/' + std::to_string(i), example);
  }

  void path(const Json& item, const std::string& at) {
    const std::string name = at.substr(std::string("#/paths/").size());
    if (!name.starts_with('/')) wrong(at, "does not begin with /");
    Keys in_path;
    for (auto open = name.find('{'); open != std::string::npos; open = name.find('{', open + 1))
      in_path.insert(name.substr(open + 1, name.find('}', open) - open - 1));
    for (const std::string& method : item.keys()) {
      if (!methods.contains(method)) wrong(at, "there is no method " + method);
      operation(item.get(method), in_path, at + ' ' + method);
    }
  }

  void operation(const Json& one, const Keys& in_path, const std::string& at) {
    known(one, operation_keys, at);
    const std::string id = one.get("operationId").string_or("");
    if (id.empty() || !ids_.insert(id).second) wrong(at, "no operationId, or one that another has: " + id);
    if (one.get("summary").string_or("").empty()) wrong(at, "no summary");
    const Json tags = one.get("tags");
    if (tags.size() == 0) wrong(at, "no tag");
    for (std::size_t i = 0; i < tags.size(); ++i)
      if (!tags_.contains(tags.at(i).string_or(""))) wrong(at, "a tag that the document does not have");
    parameters(one.get("parameters"), in_path, at);
    if (one.has("requestBody")) {
      known(one.get("requestBody"), body_keys, at + " body");
      content(one.get("requestBody"), at + " body");
    }
    if (one.get("responses").size() == 0) wrong(at, "no responses");
    each(one, "responses", at, [this](const Json& answer, const std::string& where) {
      const std::string status = where.substr(where.rfind('/') + 1);
      if (status.size() != 3 || status < "100" || status > "599") wrong(where, "is no status");
      response(resolved(answer, document_), where);
    });
    const bool open = one.get("security").is_array() && one.get("security").size() == 0;
    for (const char* status : {"401", "429", "500", "503"})
      if (!open && !one.get("responses").has(status))
        wrong(at, std::string("a call with a key can get ") + status);
  }

  void parameters(const Json& all, const Keys& in_path, const std::string& at) {
    std::set<std::pair<std::string, std::string>> seen;
    Keys found;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Json one = resolved(all.at(i), document_);
      parameter(one, at + " parameter " + std::to_string(i));
      const std::string name = one.get("name").string_or("");
      if (!seen.emplace(one.get("in").string_or(""), name).second) wrong(at, "two parameters " + name);
      if (one.get("in") == Json("path")) found.insert(name);
    }
    for (const auto& [in, name] : seen)
      if (in == "query" && !seen.contains({"header", name})) wrong(at, "no header form of " + name);
    if (found != in_path) wrong(at, "the path's parameters are not those in its braces");
  }

  void parameter(const Json& one, const std::string& at) {
    known(one, parameter_keys, at);
    for (const char* key : {"name", "in", "description"})
      if (one.get(key).string_or("").empty()) wrong(at, std::string("no ") + key);
    if (one.get("in") == Json("path") && one.get("required") != Json(true)) wrong(at, "is not required");
    schema(one.get("schema"), at);
    if (one.has("example")) example(one.get("example"), one.get("schema"), at);
  }

  void response(const Json& one, const std::string& at) {
    known(one, response_keys, at);
    if (one.get("description").string_or("").empty()) wrong(at, "no description");
    content(one, at);
  }

  void content(const Json& holder, const std::string& at) {
    each(holder, "content", at, [this](const Json& media, const std::string& where) {
      known(media, media_keys, where);
      schema(media.get("schema"), where);
      if (media.has("example")) example(media.get("example"), media.get("schema"), where);
    });
  }

  void schema(const Json& one, const std::string& at) {
    if (one.has("$ref")) {
      if (one.size() != 1) wrong(at, "a reference with something beside it");
      return;
    }
    known(one, schema_keys, at);
    if (one.has("example")) example(one.get("example"), one, at);
    if (one.has("default")) example(one.get("default"), one, at + " default");
    const Json properties = one.get("properties");
    for (const std::string& key : properties.keys()) schema(properties.get(key), at + '/' + key);
    const Json required = one.get("required");
    for (std::size_t i = 0; i < required.size(); ++i)
      if (!properties.has(required.at(i).string_or(""))) wrong(at, "requires what it does not have");
    if (one.has("items")) schema(one.get("items"), at + "/items");
    for (std::size_t i = 0; i < one.get("oneOf").size(); ++i) schema(one.get("oneOf").at(i), at + "/oneOf");
  }

  void example(const Json& value, const Json& shape, const std::string& at) {
    if (const std::string why = misfit(value, shape, document_); !why.empty())
      wrong(at, "the example does not fit: " + why);
  }

  const Json& document_;
  Keys tags_;
  Keys ids_;
  std::vector<std::string> problems_;
};
}  // namespace

Json resolved(const Json& value, const Json& document) {
  const std::string to = value.is_object() ? value.get("$ref").string_or("") : "";
  if (!to.starts_with("#/")) return to.empty() ? value : Json();
  Json at = document;
  for (std::size_t from = 2; from <= to.size();) {
    const auto end = std::min(to.find('/', from), to.size());
    at = at.get(to.substr(from, end - from));
    from = end + 1;
  }
  return at;
}

std::vector<std::string> openapi_problems(const Json& document) {
  return Check(document).run();
}

std::string misfit(const Json& value, const Json& given, const Json& document) {
  const Json schema = resolved(given, document);
  if (const Json any = schema.get("oneOf"); any.is_array()) {
    std::string why;
    for (std::size_t i = 0; i < any.size(); ++i)
      if (why = misfit(value, any.at(i), document); why.empty()) return {};
    return why;
  }
  if (schema.has("type") && !is_of_type(value, schema.get("type")))
    return type_of(value) + " where there should be " + schema.get("type").dump();
  if (schema.has("enum") && !contains(schema.get("enum"), value))
    return value.dump() + " is none of the words";
  if (value.is_number() &&
      ((schema.has("minimum") && *value.as_number() < *schema.get("minimum").as_number()) ||
       (schema.has("maximum") && *value.as_number() > *schema.get("maximum").as_number())))
    return value.dump() + " is out of bounds";
  if (value.is_array() && schema.has("items"))
    for (std::size_t i = 0; i < value.size(); ++i)
      if (const auto why = misfit(value.at(i), schema.get("items"), document); !why.empty())
        return '[' + std::to_string(i) + "] " + why;
  if (!value.is_object()) return {};
  const Json properties = schema.get("properties");
  for (const std::string& key : value.keys()) {
    if (!properties.has(key)) {
      if (schema.get("additionalProperties") == Json(false)) return "there is no " + key;
      continue;
    }
    if (const auto why = misfit(value.get(key), properties.get(key), document); !why.empty())
      return key + ": " + why;
  }
  const Json required = schema.get("required");
  for (std::size_t i = 0; i < required.size(); ++i)
    if (!value.has(required.at(i).string_or(""))) return required.at(i).string_or("") + " is missing";
  return {};
}

}  // namespace tests
