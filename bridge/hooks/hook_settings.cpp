#include "bridge/hooks/hook_settings.h"

#include <algorithm>

#include "bridge/hooks/hook_call.h"
#include "bridge/hooks/signature.h"
#include "bridge/ops/error.h"
#include "connectors/engine/http_url.h"

namespace bridge {

using mappings::Json;

namespace {

constexpr std::size_t shortest_secret = 16, longest_secret = 256, most_names = 100;

const std::vector<std::string>& known_events() {
  static const std::vector<std::string> all = {
      "requests",           "requests.created",  "requests.approved", "requests.denied",
      "requests.withdrawn", "requests.expired",  "requests.changed",  "auditlog",
      "auditlog.created",   "auditlog.approved", "auditlog.denied",   "auditlog.withdrawn",
      "auditlog.expired",   "auditlog.changed",  "auditlog.used",     "events"};
  return all;
}

template <class Take>
void each_text(const Json& given, const char* key, std::vector<std::string>& problems, const Take& take) {
  const Json list = given.get(key);
  if (!list.is_array()) return problems.push_back(std::string(key) + " must be a list of texts");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto text = list.at(i).as_string();
    if (!text) return problems.push_back(std::string(key) + " must be a list of texts");
    take(*text);
  }
}

void take_url(HookConfig& hook, const Json& given, const AddressGuard& guard,
              std::vector<std::string>& problems) {
  const std::string text = given.get("url").string_or("");
  std::string problem;
  const auto url = connectors::parse_http_url(text, problem);
  if (!url) return problems.push_back("url cannot be used: " + problem);
  if (!url->tls && !guard.names(url->host))
    problems.emplace_back("url must be https:// (hooks.allow of the configuration can name the host)");
  // An address that stands in the URL is judged here already; a name is judged at each connect.
  if (const std::string why = guard.refuse(url->host, url->host); !why.empty() && why != not_an_address)
    problems.push_back("url leads to " + why + " (hooks.allow of the configuration can name it)");
  hook.url = Secret(text);
}

void take_secrets(HookConfig& hook, const Json& given, std::vector<std::string>& problems) {
  hook.secrets.clear();
  each_text(given, "secrets", problems, [&](const std::string& text) {
    if (text.size() < shortest_secret || text.size() > longest_secret)
      problems.emplace_back("a secret has 16 to 256 characters");
    hook.secrets.emplace_back(text);
  });
  if (hook.secrets.empty() || hook.secrets.size() > 2)
    problems.emplace_back("secrets are one or two, the newer first");
}

}  // namespace

HookConfig change_hook(HookConfig hook, const Json& given, const AddressGuard& guard, Secret& fresh) {
  if (!given.is_object()) throw Error(ErrorCode::invalid_request, "The body must be a JSON object");
  std::vector<std::string> problems;
  for (const std::string& key : given.keys())
    if (key != "url" && key != "events" && key != "settingsNames" && key != "secrets" &&
        key != "rotateSecret")
      problems.push_back("there is no " + key + " here");
  if (given.has("url") || hook.url.empty()) take_url(hook, given, guard, problems);
  if (given.has("events")) {
    hook.events.clear();
    each_text(given, "events", problems, [&](const std::string& event) {
      if (std::find(known_events().begin(), known_events().end(), event) == known_events().end())
        problems.push_back("there is no event " + event);
      hook.events.push_back(event);
    });
  }
  if (hook.events.empty()) hook.events = {"requests"};
  if (given.has("settingsNames")) {
    hook.settings_names.clear();
    if (!given.get("settingsNames").is_null())
      each_text(given, "settingsNames", problems,
                [&](const std::string& name) { hook.settings_names.push_back(name); });
    if (hook.settings_names.size() > most_names) problems.emplace_back("settingsNames are at most 100");
  }
  const auto rotate = given.has("rotateSecret") ? given.get("rotateSecret").as_bool() : false;
  if (!rotate) problems.emplace_back("rotateSecret must be true or false");
  if (given.has("secrets")) take_secrets(hook, given, problems);
  if (problems.empty() && (hook.secrets.empty() || *rotate)) {
    fresh = generate_hook_secret();
    hook.secrets.insert(hook.secrets.begin(), fresh);
    if (hook.secrets.size() > 2) hook.secrets.resize(2);
  }
  if (problems.empty()) return hook;
  std::string text;
  for (const std::string& problem : problems) text += (text.empty() ? "" : "; ") + problem;
  throw Error(ErrorCode::invalid_request, text);
}

std::string hook_to_text(const HookConfig& hook, const Pepper& pepper) {
  const auto texts = [](const auto& from, const auto& text) {
    Json list = Json::array();
    for (const auto& one : from) list.push_back(text(one));
    return list;
  };
  const auto same = [](const std::string& text) { return Json(text); };
  const Json settings =
      Json::object({{"url", hook.url.reveal()},
                    {"events", texts(hook.events, same)},
                    {"settingsNames", texts(hook.settings_names, same)},
                    {"secrets", texts(hook.secrets, [](const Secret& s) { return Json(s.reveal()); })}});
  return seal(pepper, "webhook " + hook.name, settings.dump());
}

HookConfig hook_from_row(const WebhookRow& row, const Pepper& pepper) {
  const Json settings =
      Json::parse(is_sealed(row.settings) ? unseal(pepper, "webhook " + row.id, row.settings) : row.settings);
  HookConfig hook;
  hook.name = row.id;
  hook.queue = row.queue;
  hook.url = Secret(settings.get("url").string_or(""));
  const auto each = [&](const char* key, const auto& take) {
    const Json list = settings.get(key);
    for (std::size_t i = 0; i < list.size(); ++i) take(list.at(i).string_or(""));
  };
  each("events", [&](const std::string& text) { hook.events.push_back(text); });
  each("settingsNames", [&](const std::string& text) { hook.settings_names.push_back(text); });
  each("secrets", [&](const std::string& text) { hook.secrets.emplace_back(text); });
  return hook;
}

Json show_hook(const HookConfig& hook) {
  Json events = Json::array(), names = Json::array();
  for (const std::string& event : hook.events) events.push_back(event);
  for (const std::string& name : hook.settings_names) names.push_back(name);
  return Json::object({{"id", hook.name},
                       // The path of many a receiver is its password.
                       {"url", shown_url(hook.url.reveal()) + "/…"},
                       {"events", events},
                       {"settingsNames", names},
                       {"mapping", hook.mapping.empty() ? Json() : Json(hook.mapping)},
                       {"secrets", static_cast<int>(hook.secrets.size())}});
}

TrailEntry hook_entry(Time at, const char* action, const Actor& who, const HookConfig* before,
                      const HookConfig* after, std::string detail) {
  const auto text = [](const HookConfig* hook) { return hook == nullptr ? "" : show_hook(*hook).dump(); };
  const HookConfig& hook = after != nullptr ? *after : *before;
  return {at, who, action, hook.queue, "webhook " + hook.name, text(before), text(after), std::move(detail)};
}

}  // namespace bridge
