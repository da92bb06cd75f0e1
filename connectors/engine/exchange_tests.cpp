#include "connectors/engine/exchange_tests.h"

#include "connectors/engine/bound_desk.h"
#include "connectors/engine/recorded_desk.h"
#include "mappings/engine/schema.h"
#include "mappings/engine/yaml_tree.h"

namespace connectors {

using mappings::Json;

namespace {

Json shown(const Outcome& outcome) {
  Json calls = Json::array();
  for (const Call& call : outcome.calls) calls.push_back(call.method + " " + call.path);
  Json result = Json::object({{"outcome", to_string(outcome.verdict)},
                              {"reason", outcome.reason},
                              {"detail", outcome.detail},
                              {"whole_desk", outcome.whole_desk},
                              {"found", outcome.found},
                              {"calls", calls}});
  if (outcome.after) result.set("after", static_cast<double>(outcome.after->count()) / 1000);
  return result;
}

Json shown(const Ticket& ticket) {
  return Json::object({{"id", ticket.id}, {"number", ticket.number}, {"link", ticket.link}});
}

Json shown(const TicketState& state) {
  Json result = Json::object(
      {{"ticket", shown(state.ticket)}, {"key", state.key}, {"status", state.status}, {"gone", state.gone}});
  if (const auto& decision = state.decision)
    result.set("decision", Json::object({{"approve", decision->approve},
                                         {"by", decision->by},
                                         {"by_email", decision->by_email},
                                         {"reason", decision->reason},
                                         {"at", decision->at},
                                         {"record", decision->record}}));
  return result;
}

void add(Json& result, const Json& more) {
  for (const std::string& key : more.keys()) result.set(key, more.get(key));
}

Json perform(BoundDesk& desk, const std::string& verb, const Json& with) {
  const auto text = [&](const char* key) { return with.get(key).string_or(""); };
  const auto fields = [&] { return with.has("fields") ? with.get("fields") : Json::object(); };
  const Ticket ticket{text("id"), text("id"), ""};
  const bool repeat = with.get("repeat").as_bool().value_or(false);
  if (verb == "check") return shown(desk.check());
  if (verb == "tell")
    return shown(desk.tell(ticket, text("key"), fields(), text("comment"), text("mark"), repeat));
  if (verb == "comment") return shown(desk.comment(ticket, text("comment"), text("mark"), repeat));
  if (verb == "find") {
    const auto found = desk.find(text("key"));
    Json result = shown(found.outcome);
    if (found.value && *found.value) result.set("ticket", shown(**found.value));
    return result;
  }
  if (verb == "open") {
    const auto opened = desk.open(text("key"), fields());
    Json result = shown(opened.outcome);
    if (opened.value) result.set("ticket", shown(*opened.value));
    return result;
  }
  if (verb == "read") {
    const auto state = desk.read(text("id"), text("key"));
    Json result = shown(state.outcome);
    if (state.value) add(result, shown(*state.value));
    return result;
  }
  if (verb == "changes") {
    const auto changes = desk.changes(with.has("watermark") ? with.get("watermark").dump() : std::string());
    Json result = shown(changes.outcome);
    if (!changes.value) return result;
    Json rows = Json::array();
    for (const auto& row : changes.value->rows)
      rows.push_back(Json::object({{"ticket_id", row.ticket_id}, {"key", row.key}, {"seen", row.seen}}));
    result.set("rows", rows);
    result.set("more", changes.value->more);
    if (!changes.value->watermark.empty()) result.set("watermark", Json::parse(changes.value->watermark));
    return result;
  }
  std::vector<std::pair<std::string, std::string>> headers;
  for (const std::string& name : with.get("headers").keys())
    headers.emplace_back(name, with.get("headers").get(name).string_or(""));
  std::string refused;
  const auto hint = desk.hint(headers, text("body"), refused);
  Json result = Json::object({{"refused", refused}});
  if (hint) add(result, Json::object({{"ticket_id", hint->ticket_id}, {"key", hint->key}}));
  return result;
}

std::string run_one(const std::shared_ptr<const CompiledManifest>& manifest, const Json& file_settings,
                    const Json& test, const mappings::SourceMark& where) {
  Json settings = file_settings.is_object() ? file_settings : Json::object();
  add(settings, test.get("settings"));
  RecordedDesk recorded(test.has("exchanges") ? test.get("exchanges") : Json::array());
  mappings::Diagnostics problems;
  const auto desk = BoundDesk::bind(
      manifest, settings.dump(), [&](const HttpRequest& request) { return recorded.exchange(request); },
      where, problems);
  if (!desk) return "the settings are refused:\n" + problems.to_text();
  const Json action = test.get("do");
  const std::string verb = action.keys().empty() ? "" : action.keys().front();
  const Json given = perform(*desk, verb, action.get(verb));
  if (!recorded.problem().empty()) return recorded.problem();
  const std::string text = given.dump();
  for (const Setting& setting : manifest->settings()) {
    const std::string secret = setting.type == "secret" ? settings.get(setting.name).string_or("") : "";
    if (!secret.empty() && text.find(secret) != std::string::npos)
      return "the secret " + setting.name + " shows";
  }
  return difference(test.get("gives"), given, "");
}

}  // namespace

std::vector<ExchangeTest> run_exchange_tests(const std::shared_ptr<const Manifest>& manifest,
                                             const std::filesystem::path& file,
                                             mappings::Diagnostics& diagnostics) {
  const auto tree = mappings::read_yaml_file(file, diagnostics);
  if (!tree || !mappings::check_schema("exchanges", *tree, diagnostics)) return {};
  const auto compiled = std::dynamic_pointer_cast<const CompiledManifest>(manifest);
  const Json settings = tree->find("settings") ? tree->find("settings")->to_json() : Json::object();
  std::vector<ExchangeTest> results;
  for (const auto& node : tree->find("tests")->items) {
    ExchangeTest result{node.text("name"), node.where, {}};
    result.problem = run_one(compiled, settings, node.to_json(), node.where);
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace connectors
