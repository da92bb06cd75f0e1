#include "connectors/engine/desk_settings.h"

#include <algorithm>

#include "connectors/engine/http_url.h"
#include "mappings/engine/duration.h"

namespace connectors {

using mappings::Json;

namespace {

// What is wrong with the value, or empty. May change it to the form that expressions see.
std::string problem_of(const Setting& setting, Json& value) {
  const auto text = value.as_string();
  if (setting.type == "boolean") return value.is_bool() ? "" : "must be true or false";
  if (setting.type == "integer") return value.is_integer() ? "" : "must be a whole number";
  if (setting.type == "list") {
    if (!value.is_array()) return "must be a list of texts";
    for (std::size_t i = 0; i < value.size(); ++i)
      if (!value.at(i).is_string()) return "must be a list of texts: put quotes around " + value.at(i).dump();
    return "";
  }
  if (!text)
    return setting.type == "secret" ? "must be a text" : "must be a text: put quotes around " + value.dump();
  if (setting.type == "choice" &&
      std::find(setting.choices.begin(), setting.choices.end(), *text) == setting.choices.end()) {
    std::string all;
    for (const auto& choice : setting.choices) all += (all.empty() ? "" : ", ") + choice;
    return "must be one of " + all;
  }
  if (setting.type == "duration") {
    const auto span = mappings::parse_duration(*text);
    if (!span) return "must be a duration such as 10s or 5m";
    value = Json(static_cast<double>(span->count()) / 1000);
  }
  if (setting.type == "url") {
    const bool scheme = text->rfind("https://", 0) == 0 || text->rfind("http://", 0) == 0;
    const auto host = text->find("//") + 2;
    if (!scheme || host >= text->size() || (*text)[host] == '/')
      return "must be a URL that begins with https:// or http://";
    if (text->find_first_of("@?# \t\r\n") != std::string::npos)
      return "must be a plain URL: no user, query or fragment";
    if (std::string why; !parse_http_url(*text, why)) return "is no URL: " + why;
    std::string trimmed = *text;
    while (trimmed.back() == '/') trimmed.pop_back();
    value = Json(trimmed);
  }
  return "";
}

}  // namespace

std::optional<DeskSettings> check_settings(const Manifest& manifest, const std::string& json,
                                           const mappings::SourceMark& where,
                                           mappings::Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.errors();
  Json given;
  try {
    given = json.empty() ? Json::object() : Json::parse(json);
  } catch (const mappings::JsonError&) {
    // Its text could quote a secret.
  }
  if (!given.is_object()) {
    diagnostics.error(where, "bad-settings", "the settings of a desk are a list of name: value");
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (const Setting& setting : manifest.settings()) names.push_back(setting.name);
  for (const std::string& name : given.keys()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::string near = mappings::nearest(name, names);
    diagnostics.error(where, "unknown-setting", manifest.name() + " has no setting " + name,
                      near.empty() ? "" : "did you mean " + near + "?");
  }
  DeskSettings result{Json::object(), Json::object(), {}};
  for (const Setting& setting : manifest.settings()) {
    Json value = given.get(setting.name);
    if (value.is_null() && !setting.default_json.empty()) value = Json::parse(setting.default_json);
    if (value.is_null()) {
      if (setting.required)
        diagnostics.error(where, "missing-setting", manifest.name() + " needs the setting " + setting.name,
                          setting.help);
    } else if (const std::string problem = problem_of(setting, value); !problem.empty()) {
      diagnostics.error(where, "bad-setting", setting.name + " " + problem, setting.help);
    }
    result.all.set(setting.name, value);
    if (setting.type != "secret") {
      result.open.set(setting.name, value);
    } else if (value.is_string() && !value.string_or("").empty()) {
      result.secrets.push_back(value.string_or(""));
    }
  }
  if (diagnostics.errors() > errors) return std::nullopt;
  return result;
}

}  // namespace connectors
