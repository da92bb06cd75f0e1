#include "bridge/api/openapi.h"

#include <stdexcept>

#include "embedded/openapi.h"
#include "mappings/engine/yaml_tree.h"

namespace bridge {

using mappings::Json;

namespace {
constexpr const char* frame = "api.yaml";
constexpr std::string_view parameter_prefix = "#/components/parameters/";

Json read(std::string_view name) {
  mappings::Diagnostics diagnostics;
  const auto tree = mappings::read_yaml_text(embedded::openapi(name), std::string(name), diagnostics);
  if (!tree) throw std::logic_error(diagnostics.to_text());
  return tree->to_json();
}

// Members of members are joined, anything else replaces what was there.
void add(Json& to, const Json& from) {
  for (const std::string& key : from.keys()) {
    Json value = from.get(key);
    if (Json there = to.get(key); there.is_object() && value.is_object()) {
      add(there, value);
      value = std::move(there);
    }
    to.set(key, std::move(value));
  }
}

Json pointer_to(const std::string& to) {
  return Json::object({{"$ref", to}});
}

Json with_quota_headers(Json response) {
  Json headers = response.get("headers");
  for (const char* name : {"Limit", "Remaining", "Reset"})
    headers.set(std::string("X-RateLimit-") + name,
                pointer_to(std::string("#/components/headers/RateLimit") + name));
  response.set("headers", std::move(headers));
  return response;
}

class Completion {
 public:
  explicit Completion(Json document) : document_(std::move(document)) {}

  Json complete() {
    components_ = document_.get("components");
    parameters_ = components_.get("parameters");
    common_responses();
    Json paths = document_.get("paths");
    for (const std::string& path : paths.keys()) {
      Json item = paths.get(path);
      for (const std::string& method : item.keys()) item.set(method, operation(item.get(method)));
      paths.set(path, std::move(item));
    }
    components_.set("parameters", std::move(parameters_));
    document_.set("components", std::move(components_));
    document_.set("paths", std::move(paths));
    return std::move(document_);
  }

 private:
  void common_responses() {
    Json responses = components_.get("responses");
    for (const char* name : {"BadRequest", "Forbidden", "NotFound", "QuotaUsedUp"})
      responses.set(name, with_quota_headers(responses.get(name)));
    components_.set("responses", std::move(responses));
  }

  Json operation(Json one) {
    one.set("parameters", with_header_forms(one.get("parameters")));
    if (one.get("parameters").size() == 0) one.erase("parameters");
    if (one.has("security")) return one;  // open: no key, no quota
    Json responses = one.get("responses");
    for (const std::string& status : responses.keys())
      if (const Json response = responses.get(status); !response.has("$ref"))
        responses.set(status, with_quota_headers(response));
    const std::pair<const char*, const char*> common[] = {{"401", "Unauthorized"},
                                                          {"403", "Forbidden"},
                                                          {"429", "QuotaUsedUp"},
                                                          {"500", "GeneralError"},
                                                          {"503", "Unavailable"}};
    for (const auto& [status, name] : common)
      if (!responses.has(status))
        responses.set(status, pointer_to(std::string("#/components/responses/") + name));
    one.set("responses", std::move(responses));
    return one;
  }

  // Every parameter of a query may be sent as a header of the same name.
  Json with_header_forms(const Json& given) {
    Json all = Json::array();
    Json headers = Json::array();
    for (std::size_t i = 0; i < given.size(); ++i) {
      Json parameter = given.at(i);
      all.push_back(parameter);
      const std::string to = parameter.get("$ref").string_or("");
      if (to.empty()) {
        if (parameter.get("in").string_or("") == "query") headers.push_back(as_header(parameter));
        continue;
      }
      const std::string name = to.substr(parameter_prefix.size());
      const Json meant = parameters_.get(name);
      if (meant.get("in").string_or("") != "query") continue;
      parameters_.set(name + "_header", as_header(meant));
      headers.push_back(pointer_to(to + "_header"));
    }
    for (std::size_t i = 0; i < headers.size(); ++i) all.push_back(headers.at(i));
    return all;
  }

  static Json as_header(Json parameter) {
    parameter.set("in", "header");
    parameter.set("description", "The same as in the query, which wins.");
    parameter.erase("x-uncertain");
    Json schema = parameter.get("schema");
    schema.erase("default");  // else the page would send it twice
    parameter.set("schema", std::move(schema));
    return parameter;
  }

  Json document_;
  Json components_;
  Json parameters_;
};
}  // namespace

Json openapi_document(std::string_view version) {
  Json document = read(frame);
  Json info = document.get("info");
  info.set("version", version);
  document.set("info", std::move(info));
  for (const std::string_view name : embedded::openapi_names())
    if (name != frame) add(document, read(name));
  return Completion(std::move(document)).complete();
}

}  // namespace bridge
