#include "bridge/hooks/hook_body.h"

#include <algorithm>
#include <optional>

#include "bridge/drain/steps.h"
#include "bridge/ops/log.h"
#include "bridge/queue/auditlog_entry.h"

namespace bridge {

using mappings::Json;

namespace {

std::optional<mappings::Outcome> outcome_of(const std::string& event) {
  for (auto outcome : {mappings::Outcome::approved, mappings::Outcome::denied, mappings::Outcome::withdrawn,
                       mappings::Outcome::expired})
    if (event == "requests." + std::string(mappings::to_string(outcome))) return outcome;
  return std::nullopt;
}

}  // namespace

HookBodies::HookBodies(const HookConfig& config, bool of_file, Store& store, const Rules& rules,
                       const Clock& clock, const std::string& public_url)
    : config_(config),
      of_file_(of_file),
      store_(store),
      rules_(rules),
      clock_(clock),
      public_url_(public_url) {}

bool HookBodies::takes(const Json& object, std::string& why) const {
  if (!config_.settings_names.empty()) {
    const auto name = object.get("settingsName").as_string();
    if (!name || std::find(config_.settings_names.begin(), config_.settings_names.end(), *name) ==
                     config_.settings_names.end())
      return false;
  }
  if (!of_file_ || rules_.current()->hook_takes(config_.name, object, why)) return true;
  if (!why.empty())
    log(Level::warning, "hook_condition_failed", {{"subscription", config_.name}, {"why", why}});
  return false;
}

HookBody HookBodies::compose(const DueEffect& effect, const Delivery& delivery) const {
  using What = HookBody::What;
  std::string why;
  const bool entry = delivery.event.starts_with("auditlog.") && delivery.event != "auditlog.used";
  const std::string text = entry ? auditlog_entry(effect.record, delivery) : delivery.object;
  const Json object = Json::parse(text);
  if (!takes(object, why)) return {What::nothing, "", why};
  if (config_.mapping.empty()) return {What::text, text, ""};
  const Record& record = effect.record;
  const auto outcome = outcome_of(delivery.event);
  // A message that links to its ticket is worth a short wait.
  if (!outcome && !record.lifecycle.desk.empty() && record.lifecycle.ticket.id.empty() &&
      record.lifecycle.outcome.empty() && clock_.now() < delivery.at + config_.wait_for_ticket)
    return {What::later, "", ""};
  const auto rules = rules_.current();
  const HookRule* rule = rules->hook(config_.name);
  if (rule == nullptr || !rule->mapping) {
    why = "the mapping " + config_.mapping + " is not loaded";
    return {What::failed, "", why};
  }
  const connectors::Ticket& ticket = record.lifecycle.ticket;
  const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  const Json context = Json::object({{"queue", record.ref.queue},
                                     {"desk", record.lifecycle.desk},
                                     {"key", record.ref.key()},
                                     {"link", public_url_ + "/requests/" + std::to_string(record.ref.id)},
                                     {"ticket", or_null(ticket.number.empty() ? ticket.id : ticket.number)},
                                     {"ticketLink", or_null(ticket.link)}});
  const auto rendered =
      outcome ? rule->mapping->outcome(*outcome, object,
                                       delivery.decision ? to_json(*delivery.decision) : Json(), context)
              : rule->mapping->open(object, context);
  if (!rendered.ok()) {
    for (const auto& problem : rendered.problems.all())
      if (problem.severity == mappings::Severity::error && why.empty())
        why = problem.where.to_string() + ": " + problem.message;
    return {What::failed, "", why};
  }
  if (rendered.fields.size() == 0) return {What::nothing, "", why};
  return {What::text, rendered.fields.dump(), ""};
}

std::string HookBodies::auditlog_entry(const Record& record, const Delivery& delivery) const {
  AuditlogQuery one;
  one.start_id = record.ref.id;
  one.take = 1;
  AuditlogRecord entry;
  store_.auditlog(record.ref.queue, one, [&](const AuditlogRecord& found) { entry = found; });
  entry.body = delivery.object;
  entry.status_code =
      static_cast<int>(Json::parse(delivery.object).get("statusCode").as_integer().value_or(0));
  entry.decided.reset();
  if (delivery.decision) entry.decided = delivery.decision->at;
  entry.use = {};
  std::string text;
  append_auditlog_entry(text, entry, false);
  return text;
}

}  // namespace bridge
