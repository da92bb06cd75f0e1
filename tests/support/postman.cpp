#include "tests/support/postman.h"

#include <algorithm>
#include <vector>

#include "tests/support/openapi_check.h"

namespace tests {

using mappings::Json;

namespace {
struct Operation {
  std::string path, method;
  Json about;
};

// Whoever makes something comes first, whoever removes it last.
int turn_of(const Operation& one) {
  const bool whole = one.path.find('{') == std::string::npos;
  if (one.method == "post" && whole) return 0;
  if (one.method == "get") return 1;
  if (one.method == "put") return 2;
  return one.method == "post" ? 3 : 4;
}

// Which variable of the collection an {id} is.
std::string id_variable(const std::string& path) {
  if (path.starts_with("/events")) return "eventId";
  return path.starts_with("/webhooks") ? "webhookId" : "requestId";
}

// Calls for a person: not the page itself, and not what only machines with a secret can say.
bool is_for_people(const Operation& one) {
  const bool open = one.about.has("security");
  return !one.path.starts_with("/docs") && !(open && one.method != "get");
}

Json text_lines(const std::vector<std::string>& lines) {
  Json list = Json::array();
  for (const std::string& line : lines) list.push_back(line);
  return list;
}

Json variable(const std::string& key, const std::string& value) {
  return Json::object({{"key", key}, {"value", value}});
}

class Item {
 public:
  Item(const Operation& operation, const Json& document) : operation_(operation), document_(document) {}

  Json make() const {
    Json request = Json::object();
    if (operation_.about.has("security")) request.set("auth", Json::object({{"type", "noauth"}}));
    std::string method = operation_.method;
    for (char& c : method) c = static_cast<char>(c - 'a' + 'A');
    request.set("method", method);
    const Json content = operation_.about.get("requestBody").get("content").get("application/json");
    Json headers = Json::array();
    if (content.has("example"))
      headers.push_back(Json::object({{"key", "Content-Type"}, {"value", "application/json"}}));
    request.set("header", headers);
    if (content.has("example"))
      request.set("body", Json::object({{"mode", "raw"},
                                        {"raw", content.get("example").dump(true)},
                                        {"options", Json::parse(R"({"raw":{"language":"json"}})")}}));
    request.set("url", url());
    request.set("description", words());
    return Json::object({{"name", operation_.about.get("summary")},
                         {"event", Json::array({Json::object({{"listen", "test"}, {"script", script()}})})},
                         {"request", request},
                         {"response", Json::array()}});
  }

 private:
  std::string words() const {
    std::string text = operation_.about.get("description").string_or("");
    if (operation_.about.get("x-countersign-extension").as_bool().value_or(false))
      text += std::string(text.empty() ? "" : "\n") + "Countersign's own: the original API does not have it.";
    return text;
  }

  Json url() const {
    std::string raw = "{{baseUrl}}";
    Json path = Json::array(), query = Json::array(), variables = Json::array();
    const std::string& pattern = operation_.path;
    for (std::size_t from = 1; from <= pattern.size();) {
      const auto end = std::min(pattern.find('/', from), pattern.size());
      std::string part = pattern.substr(from, end - from);
      if (part.starts_with('{')) part = ':' + part.substr(1, part.size() - 2);
      path.push_back(part);
      raw += '/' + part;
      from = end + 1;
    }
    const Json all = operation_.about.get("parameters");
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Json one = resolved(all.at(i), document_);
      const std::string in = one.get("in").string_or(""), name = one.get("name").string_or("");
      const Json example = one.has("example") ? one.get("example") : one.get("schema").get("default");
      const std::string value = example.is_null() ? "" : example.string_or(example.dump());
      const Json about = one.get("description");
      if (in == "path") {
        const std::string given = name == "id" ? "{{" + id_variable(pattern) + "}}" : value;
        variables.push_back(Json::object({{"key", name}, {"value", given}, {"description", about}}));
      } else if (in == "query") {
        query.push_back(
            Json::object({{"key", name}, {"value", value}, {"description", about}, {"disabled", true}}));
      }
    }
    Json url = Json::object({{"raw", raw}, {"host", Json::array({"{{baseUrl}}"})}, {"path", path}});
    if (query.size() > 0) url.set("query", query);
    if (variables.size() > 0) url.set("variable", variables);
    return url;
  }

  Json script() const {
    std::string statuses;
    for (const std::string& status : operation_.about.get("responses").keys())
      statuses += (statuses.empty() ? "" : ", ") + status;
    std::vector<std::string> lines = {
        "pm.test('answers as described', () => pm.expect(pm.response.code).to.be.oneOf([" + statuses +
        "]));"};
    const bool makes = turn_of(operation_) == 0;
    if (makes)
      lines.push_back("if (pm.response.code === 201) pm.collectionVariables.set('" +
                      id_variable(operation_.path) + "', pm.response.json().id);");
    return Json::object({{"type", "text/javascript"}, {"exec", text_lines(lines)}});
  }

  const Operation& operation_;
  const Json& document_;
};

std::vector<Operation> operations_of(const Json& document, const std::string& tag) {
  std::vector<Operation> all;
  const Json paths = document.get("paths");
  for (const std::string& path : paths.keys())
    for (const std::string& method : paths.get(path).keys()) {
      Operation one{path, method, paths.get(path).get(method)};
      if (one.about.get("tags").at(0).string_or("") == tag && is_for_people(one))
        all.push_back(std::move(one));
    }
  std::stable_sort(all.begin(), all.end(),
                   [](const Operation& a, const Operation& b) { return turn_of(a) < turn_of(b); });
  return all;
}
}  // namespace

Json postman_collection(const Json& document) {
  Json folders = Json::array();
  const Json tags = document.get("tags");
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const Json tag = tags.at(i);
    Json items = Json::array();
    for (const Operation& one : operations_of(document, tag.get("name").string_or("")))
      items.push_back(Item(one, document).make());
    folders.push_back(
        Json::object({{"name", tag.get("name")}, {"description", tag.get("description")}, {"item", items}}));
  }
  return Json::object(
      {{"info",
        Json::object(
            {{"name", "Countersign"},
             {"description",
              "Generated from the OpenAPI document. Set the variables baseUrl and apikey of the collection."},
             {"schema", "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}})},
       {"auth", Json::parse(R"({"type":"apikey","apikey":[{"key":"key","value":"apikey"},)"
                            R"({"key":"value","value":"{{apikey}}"},{"key":"in","value":"header"}]})")},
       {"variable",
        Json::array({variable("baseUrl", "http://127.0.0.1:8080"), variable("apikey", ""),
                     variable("requestId", "1"), variable("eventId", "1"), variable("webhookId", "none")})},
       {"item", folders}});
}

}  // namespace tests
