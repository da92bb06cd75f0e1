#include "bridge/hooks/delivery.h"

#include <algorithm>

#include "bridge/drain/steps.h"
#include "bridge/ops/error.h"
#include "bridge/queue/auditlog_entry.h"

namespace bridge {

using mappings::Json;

namespace {
// `change` names the change among those of the request.
NewEffect delivery_effect(const std::string& subscription, const std::string& event,
                          const std::string& change, Time at) {
  NewEffect effect;
  effect.kind = deliver_kind;
  effect.lane = hook_lane(subscription);
  // One slot for each change: nothing takes the place of a delivery.
  effect.slot = effect.lane + '/' + event + '/' + change;
  effect.not_before = at;
  return effect;
}
}  // namespace

std::string write_delivery_head(const Delivery& delivery) {
  Json head = Json::object({{"event", delivery.event}, {"at", to_iso(delivery.at)}});
  if (delivery.decision) {
    head.set("decision", to_json(*delivery.decision));
    // To the microsecond: an auditlog entry tells how long the answer took.
    head.set("decided", to_micros(delivery.decision->at));
  }
  return head.dump() + '\n';
}

std::string write_delivery(const Delivery& delivery) {
  return write_delivery_head(delivery) + delivery.object;
}

Delivery read_delivery(std::string_view payload) {
  const auto line = payload.find('\n');
  if (line == std::string_view::npos) throw Error(ErrorCode::internal, "a delivery without an object");
  const Json head = Json::parse(payload.substr(0, line));
  Delivery delivery;
  delivery.event = head.get("event").string_or("");
  delivery.at = from_iso(head.get("at").string_or("")).value_or(Time{});
  delivery.decision = decision_from(head.get("decision"));
  const auto decided = head.get("decided").as_integer();
  if (delivery.decision && decided) delivery.decision->at = from_micros(*decided);
  delivery.object = payload.substr(line + 1);
  return delivery;
}

std::string change_word(const Lifecycle& lifecycle) {
  return lifecycle.outcome.empty() ? "changed" : lifecycle.outcome;
}

bool wants(const std::vector<std::string>& events, std::string_view event) {
  const std::string_view kind = event.substr(0, event.find('.'));
  return std::any_of(events.begin(), events.end(),
                     [&](const std::string& wanted) { return wanted == event || wanted == kind; });
}

std::string hook_lane(const std::string& subscription) {
  return std::string(hook_lane_prefix) + subscription;
}

std::string delivery_id(const std::string& subscription, const RequestRef& ref, const std::string& slot) {
  const std::string lane = hook_lane(subscription);
  const std::string what = slot.starts_with(lane) ? slot.substr(lane.size()) : '/' + slot;
  return subscription + '/' + ref.key() + what;
}

void add_deliveries(const std::string& subscription, const std::vector<std::string>& events,
                    NewRequest& request) {
  for (const char* event : {"requests.created", "auditlog.created"}) {
    if (!wants(events, event)) continue;
    NewEffect effect = delivery_effect(subscription, event, "0", request.received);
    effect.payload = write_delivery_head({event, request.received, std::nullopt, ""});
    effect.with_body = true;
    request.effects.push_back(std::move(effect));
  }
}

void add_deliveries(const std::string& subscription, const std::vector<std::string>& events, Change& change) {
  if (!change.body) return;
  for (const std::string& event :
       {"requests." + change_word(change.lifecycle), "auditlog." + change_word(change.lifecycle)}) {
    if (!wants(events, event)) continue;
    NewEffect effect =
        delivery_effect(subscription, event, std::to_string(change.from_version + 1), change.at);
    effect.payload = write_delivery({event, change.at, change.lifecycle.decision, *change.body});
    change.effects.push_back(std::move(effect));
  }
}

void add_deliveries(const std::string& subscription, const std::vector<std::string>& events,
                    const AuditlogRecord& entry, Time touched, bool status, std::vector<NewEffect>& effects) {
  // The time of a change is its own, and grows.
  const std::string change = "use-" + std::to_string(to_micros(touched));
  const auto add = [&](const char* event, const std::string& object) {
    NewEffect effect = delivery_effect(subscription, event, change, touched);
    effect.payload = write_delivery({event, touched, std::nullopt, object});
    effects.push_back(std::move(effect));
  };
  if (status && wants(events, "requests.changed")) add("requests.changed", entry.body);
  if (!wants(events, "auditlog.used")) return;
  std::string object;
  append_auditlog_entry(object, entry, false);
  add("auditlog.used", object);
}

}  // namespace bridge
