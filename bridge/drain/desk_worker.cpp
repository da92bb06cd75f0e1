#include "bridge/drain/desk_worker.h"

#include "bridge/drain/backoff.h"
#include "bridge/ops/fault_point.h"
#include "bridge/ops/log.h"
#include "mappings/engine/json_splice.h"

namespace bridge {

using connectors::Verdict;
using mappings::Json;
using workflows::Event;

namespace {

std::string first_problem(const mappings::Rendered& rendered) {
  for (const auto& problem : rendered.problems.all())
    if (problem.severity == mappings::Severity::error)
      return problem.where.to_string() + ": " + problem.message;
  return "the mapping gave nothing";
}

mappings::Outcome outcome_of(const Lifecycle& lifecycle) {
  if (lifecycle.outcome == "approved") return mappings::Outcome::approved;
  if (lifecycle.outcome == "withdrawn") return mappings::Outcome::withdrawn;
  if (lifecycle.outcome == "expired") return mappings::Outcome::expired;
  return mappings::Outcome::denied;
}

Json decision_json(const std::optional<Decision>& decision) {
  return decision ? to_json(*decision) : Json::object();
}

// Once more with the fallback mapping when the first one cannot.
template <class Render>
mappings::Rendered render_with_fallback(const Desk& desk, Render render, std::string& fell_back) {
  mappings::Rendered rendered = render(*desk.mapping);
  if (rendered.ok() || !desk.fallback) return rendered;
  fell_back = first_problem(rendered);
  mappings::Rendered other = render(*desk.fallback);
  return other.ok() ? std::move(other) : std::move(rendered);
}

}  // namespace

std::string describe(const std::vector<connectors::Call>& calls) {
  std::string text;
  for (const connectors::Call& call : calls) {
    if (!text.empty()) text += "; ";
    text += call.method + ' ' + call.path + ' ';
    text += call.status == 0 ? "no answer" : std::to_string(call.status);
    text += " in " + std::to_string(call.took.count()) + " ms";
  }
  return text;
}

DeskWorker::DeskWorker(std::string desk, Settings settings, Ledger& ledger, Observe observe)
    : desk_(std::move(desk)), settings_(std::move(settings)), ledger_(ledger), observe_(std::move(observe)) {}

void DeskWorker::perform(const DueEffect& effect, Lane& lane) {
  try {
    const auto rules = ledger_.rules();
    const Desk* desk = rules->desk(desk_);
    if (desk == nullptr || !desk->client) {
      postpone(effect, "desk " + desk_ + " is not in the configuration", std::chrono::minutes(1));
      return;
    }
    fault_point("effect_claimed");
    if (effect.kind == "open_ticket") return open(effect, *desk, lane);
    if (effect.kind == "recall_ticket") return recall(effect, *desk, lane);
    if (effect.kind == "tell_ticket") return tell(effect, *desk, lane);
    if (effect.kind == "note") return note(effect, *desk, lane);
    log(Level::error, "unknown_effect", {{"kind", effect.kind}, {"request", effect.record.ref.key()}});
    ledger_.store().finish(effect.id, effect.record.ref, {row("dropped", "unknown effect " + effect.kind)});
  } catch (const std::exception& e) {
    // Its lease ends by itself; nothing is lost.
    log(Level::error, "effect_failed",
        {{"desk", desk_}, {"request", effect.record.ref.key()}, {"kind", effect.kind}, {"why", e.what()}});
  }
}

void DeskWorker::open(const DueEffect& effect, const Desk& desk, Lane& lane) {
  const Json request = Json::parse(effect.record.body);
  const Json where = context(effect, desk);
  std::string fell_back;
  auto rendered = render_with_fallback(
      desk, [&](const mappings::Mapping& m) { return m.open(request, where); }, fell_back);
  if (!rendered.ok()) return park(effect, "mapping", first_problem(rendered));

  auto result = desk.client->open(effect.record.ref.key(), rendered.fields);
  seen(result.outcome, lane);
  fault_point("ticket_call_answered");
  if (!result.outcome.done() || !result.value) return settle(effect, result.outcome, lane);
  Facts facts;
  facts.ticket = *result.value;
  facts.finished = effect.id;
  if (!fell_back.empty()) facts.audit.push_back(row("fallback_mapping", fell_back));
  facts.audit.push_back(row("call", describe(result.outcome.calls)));
  ledger_.feed_later(effect.record, Event::ticket_opened, facts, lane,
                     [](bool) { fault_point("ticket_recorded"); });
}

void DeskWorker::recall(const DueEffect& effect, const Desk& desk, Lane& lane) {
  auto result = desk.client->find(effect.record.ref.key());
  seen(result.outcome, lane);
  fault_point("recall_answered");
  if (!result.outcome.done() || !result.value) return settle(effect, result.outcome, lane);
  Facts facts;
  facts.finished = effect.id;
  facts.audit.push_back(row("call", describe(result.outcome.calls)));
  if (*result.value) facts.ticket = **result.value;
  ledger_.feed_later(effect.record, *result.value ? Event::ticket_opened : Event::ticket_absent, facts, lane,
                     [](bool) { fault_point("recall_recorded"); });
}

void DeskWorker::tell(const DueEffect& effect, const Desk& desk, Lane& lane) {
  const Lifecycle& lifecycle = effect.record.lifecycle;
  const mappings::Outcome ending = outcome_of(lifecycle);
  const Json where = context(effect, desk);
  std::string fell_back;
  auto rendered = render_with_fallback(
      desk,
      [&](const mappings::Mapping& m) {
        const auto& reads = m.outcome_reads(ending);
        const Json request =
            reads ? mappings::with_only(effect.record.body, *reads) : Json::parse(effect.record.body);
        return m.outcome(ending, request, decision_json(lifecycle.decision), where);
      },
      fell_back);
  if (!rendered.ok()) return park(effect, "mapping", first_problem(rendered));

  const auto outcome =
      desk.client->tell(lifecycle.ticket, effect.record.ref.key(), rendered.fields, rendered.comment,
                        effect.record.ref.key() + "/told", effect.attempts > 0);
  seen(outcome, lane);
  fault_point("tell_answered");
  if (!outcome.done()) return settle(effect, outcome, lane);
  Facts facts;
  facts.finished = effect.id;
  if (!fell_back.empty()) facts.audit.push_back(row("fallback_mapping", fell_back));
  facts.audit.push_back(row("call", describe(outcome.calls)));
  ledger_.feed_later(effect.record, Event::ticket_told, facts, lane,
                     [](bool) { fault_point("tell_recorded"); });
}

void DeskWorker::note(const DueEffect& effect, const Desk& desk, Lane& lane) {
  const RequestRef& ref = effect.record.ref;
  const Json payload = Json::parse(effect.payload);
  const std::string name = payload.get("note").string_or("");
  mappings::Note which = mappings::Note::reminder;
  for (auto candidate : {mappings::Note::reminder, mappings::Note::escalation, mappings::Note::late_decision,
                         mappings::Note::refused_decision, mappings::Note::name_not_taken})
    if (mappings::to_string(candidate) == name) which = candidate;
  auto rendered = desk.mapping->note(which, Json::parse(effect.record.body), payload.get("decision"),
                                     context(effect, desk));
  if (!rendered.ok()) {
    ledger_.store().finish(effect.id, ref, {row("note_failed", first_problem(rendered))});
    return;
  }
  const auto outcome = desk.client->comment(effect.record.lifecycle.ticket, rendered.comment,
                                            ref.key() + '/' + effect.slot, effect.attempts > 0);
  seen(outcome, lane);
  fault_point("note_answered");
  if (outcome.done()) {
    ledger_.store().finish(effect.id, ref, {row("note", name), row("call", describe(outcome.calls))});
  } else if (outcome.verdict == Verdict::rejected && !outcome.whole_desk) {
    ledger_.store().finish(effect.id, ref, {row("note_failed", outcome.reason + ": " + outcome.detail)});
  } else {
    postpone(effect, outcome.reason + ": " + outcome.detail, outcome.after);
  }
}

void DeskWorker::seen(const connectors::Outcome& outcome, Lane& lane) {
  if (outcome.reason != "stopped") lane.report(outcome);
  if (observe_) observe_(desk_, outcome);
}

void DeskWorker::settle(const DueEffect& effect, const connectors::Outcome& outcome, const Lane& lane) {
  if (outcome.reason == "stopped") return;  // its lease is released at the next start
  std::vector<AuditRow> audit;
  if (!outcome.calls.empty()) audit.push_back(row("call", describe(outcome.calls)));
  const std::string why = outcome.reason + (outcome.detail.empty() ? "" : ": " + outcome.detail);
  if (outcome.verdict == Verdict::rejected && !outcome.whole_desk) {
    if (effect.kind == "tell_ticket" && (outcome.reason == "not_found" || outcome.reason == "ticket_gone")) {
      Facts facts;
      facts.finished = effect.id;
      facts.park_reason = "ticket_gone";
      facts.park_detail = outcome.detail;
      facts.audit = std::move(audit);
      ledger_.feed(effect.record, Event::ticket_gone, facts);
      return;
    }
    return park(effect, outcome.reason, outcome.detail, std::move(audit));
  }
  // Of many outcomes only a row says that the desk is at fault: then the lane is paused.
  const bool well = !outcome.whole_desk && !lane.paused();
  if (well && effect.attempts + 1 >= settings_.most_attempts)
    return park(effect, outcome.reason, outcome.detail, std::move(audit));
  postpone(effect, describe(outcome.calls) + (outcome.calls.empty() ? "" : "; ") + why, outcome.after);
}

void DeskWorker::postpone(const DueEffect& effect, const std::string& why,
                          std::optional<std::chrono::milliseconds> after) {
  const auto wait =
      after ? std::min<std::chrono::milliseconds>(*after, std::chrono::hours(1))
            : full_jitter(effect.attempts + 1, settings_.base_wait, settings_.longest_wait, random_number());
  const Time next = ledger_.clock().now() + wait;
  const RequestRef& ref = effect.record.ref;
  const AuditRow audit = row("retry", why + "; attempt " + std::to_string(effect.attempts + 1) +
                                          ", next in " + std::to_string(wait.count()) + " ms");
  ledger_.store().postpone(effect.id, next, ref, audit,
                           {trail_of_retry(ref, audit.actor, effect.kind, audit.text, audit.at)});
}

void DeskWorker::park(const DueEffect& effect, const std::string& reason, const std::string& detail,
                      std::vector<AuditRow> audit) {
  Facts facts;
  facts.finished = effect.id;
  facts.park_reason = reason;
  facts.park_detail = detail;
  facts.audit = std::move(audit);
  log(Level::warning, "parked",
      {{"request", effect.record.ref.key()}, {"reason", reason}, {"detail", detail}});
  ledger_.feed(effect.record, Event::failed, facts);
}

Json DeskWorker::context(const DueEffect& effect, const Desk& desk) const {
  const RequestRef& ref = effect.record.ref;
  return Json::object({{"queue", ref.queue},
                       {"desk", desk.config.name},
                       {"key", ref.key()},
                       {"link", settings_.public_url + "/requests/" + std::to_string(ref.id)}});
}

AuditRow DeskWorker::row(std::string what, std::string text) const {
  AuditRow audit;
  audit.at = ledger_.clock().now();
  audit.what = std::move(what);
  audit.text = std::move(text);
  audit.actor = "desk " + desk_;
  return audit;
}

}  // namespace bridge
