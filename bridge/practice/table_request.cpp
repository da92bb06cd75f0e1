#include "bridge/practice/table_request.h"

#include <algorithm>
#include <cctype>

#include "connectors/engine/http_exchange.h"
#include "mappings/engine/json.h"
#include "mappings/engine/text.h"

namespace bridge {

using connectors::percent_encode;
using mappings::trimmed;

namespace {

std::string media_type(std::string_view text) {
  return mappings::lower_case(trimmed(text.substr(0, text.find(';'))));
}

std::string scalar_text(const mappings::Json& value) {
  if (value.is_null()) return {};
  if (const auto text = value.as_string()) return *text;
  // A reference may be written in the shape in which it is read.
  if (value.is_object() && value.get("value").is_string()) return *value.get("value").as_string();
  return value.dump();
}

}  // namespace

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    if (const auto part = trimmed(text.substr(from, comma - from)); !part.empty()) parts.emplace_back(part);
    from = comma + 1;
  }
  return parts;
}

std::optional<std::string> query_parameter(const Incoming& request, std::string_view name) {
  for (const auto& [key, value] : request.query)
    if (key == name) return value;
  return std::nullopt;
}

bool split_table_path(std::string_view path, bool& v1, std::string& table, std::string& sys_id) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 1; from <= path.size();) {
    const std::size_t slash = std::min(path.find('/', from), path.size());
    parts.push_back(path.substr(from, slash - from));
    from = slash + 1;
  }
  if (parts.size() >= 3 && (parts[2] == "v1" || parts[2] == "v2")) {
    v1 = parts[2] == "v1";
    parts.erase(parts.begin() + 2);
  }
  if (parts.size() < 4 || parts.size() > 5 || parts[0] != "api" || parts[1] != "now" || parts[2] != "table" ||
      parts[3].empty())
    return false;
  table = parts[3];
  sys_id = parts.size() == 5 ? parts[4] : std::string_view();
  return parts.size() == 4 || !sys_id.empty();
}

void check_accept(const Incoming& request) {
  const auto accept = request.header("Accept");
  if (!accept || trimmed(*accept).empty()) throw TableRefusal(400, "Accept header is required");
  for (const auto& part : split_list(*accept)) {
    const std::string type = media_type(part);
    if (type == "application/json" || type == "application/*" || type == "*/*") return;
  }
  throw TableRefusal(406, "Requested response media type is not supported",
                     "The practice desk answers application/json only");
}

FieldValues read_fields(const Incoming& request) {
  const auto type = request.header("Content-Type");
  if (!type || trimmed(*type).empty()) throw TableRefusal(400, "Content-Type header is required");
  if (media_type(*type) != "application/json")
    throw TableRefusal(415, "Unsupported request media type",
                       "The practice desk reads application/json only");
  FieldValues fields;
  if (trimmed(request.body).empty()) return fields;
  mappings::Json body;
  try {
    body = mappings::Json::parse(request.body);
  } catch (const mappings::JsonError& error) {
    throw TableRefusal(400, "Exception while reading request",
                       std::string("The payload is not valid JSON: ") + error.what());
  }
  if (body.is_array()) body = body.at(0);  // one record a call: the rest of a list is ignored
  if (!body.is_object())
    throw TableRefusal(400, "Exception while reading request", "The payload is no JSON object");
  for (const auto& key : body.keys()) fields.emplace_back(key, scalar_text(body.get(key)));
  return fields;
}

std::string base_url(const Incoming& request) {
  const std::string host = request.header("Host").value_or("localhost");
  const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == ':' || c == '[' ||
           c == ']';
  });
  return "http://" + (plain && !host.empty() ? host : std::string("localhost"));
}

std::string page_links(const Incoming& request, std::size_t total, std::size_t limit, std::size_t offset) {
  std::string start = "<" + base_url(request) + request.path + "?";
  for (const auto& [name, value] : request.query) {
    if (name == "sysparm_offset" || name == "sysparm_limit") continue;
    start += percent_encode(name) + '=' + percent_encode(value) + '&';
  }
  start += "sysparm_limit=" + std::to_string(limit) + "&sysparm_offset=";
  const auto link = [&](std::size_t at, std::string_view rel) {
    return start + std::to_string(at) + ">;rel=\"" + std::string(rel) + "\"";
  };
  std::string links = link(0, "first");
  if (offset > 0) links += "," + link(offset > limit ? offset - limit : 0, "prev");
  if (total > limit && offset < total - limit) links += "," + link(offset + limit, "next");
  return links + "," + link(total == 0 ? 0 : (total - 1) / limit * limit, "last");
}

}  // namespace bridge
