#include "bridge/drain/step_trail.h"

#include "mappings/engine/json.h"
#include "mappings/engine/text.h"

namespace bridge {

using workflows::Event;

namespace {
// What people write may be long: the timeline has it whole.
constexpr std::size_t longest = 500;

std::string shortened(std::string text) {
  if (text.size() <= longest) return text;
  return mappings::cut_text(text, longest) + "…";
}

void add_member(std::string& object, std::string_view name, const std::string& value) {
  if (value.empty()) return;
  object += object.empty() ? "{\"" : ",\"";
  object.append(name).append("\":");
  mappings::append_quoted(object, shortened(value));
}

std::string closed(std::string object) {
  return object.empty() ? "{}" : std::move(object) + '}';
}

std::string object_of(const Lifecycle& lifecycle) {
  std::string object;
  add_member(object, "state", std::string(workflows::to_string(lifecycle.state)));
  add_member(object, "outcome", lifecycle.outcome);
  add_member(object, "parkReason", lifecycle.park_reason);
  return closed(std::move(object));
}

std::string object_of(const Decision& decision, const std::string& outcome) {
  std::string object;
  add_member(object, "outcome", outcome);
  add_member(object, "by", decision.by);
  add_member(object, "byEmail", decision.by_email);
  add_member(object, "reason", decision.reason);
  return closed(std::move(object));
}

std::string word_of(const Decision& decision) {
  return decision.approve ? "approved" : "denied";
}

// Where it was read: "desk snow, ticket INC0010023, transaction/47".
std::string source_of(const Decision& decision, const Lifecycle& lifecycle) {
  std::string text = decision.from;
  const auto& ticket = lifecycle.ticket;
  const std::string& number = ticket.number.empty() ? ticket.id : ticket.number;
  if (!number.empty()) text += (text.empty() ? "ticket " : ", ticket ") + number;
  if (!decision.record.empty()) text += ", " + decision.record;
  return shortened(std::move(text));
}

TrailEntry entry_of(const RequestRef& ref, const Actor& actor, Time now, std::string action) {
  TrailEntry entry;
  entry.at = now;
  entry.actor = actor;
  entry.action = std::move(action);
  entry.queue = ref.queue;
  if (ref.id != 0) entry.object = "request " + ref.key();
  return entry;
}
}  // namespace

Actor actor_named(std::string_view name) {
  Actor actor;
  actor.name = name;
  return actor;
}

std::optional<TrailEntry> trail_of(Event event, const RequestRef& ref, const Lifecycle& before,
                                   const Lifecycle& after, const Actor& actor, Time now) {
  const auto decided = [&](const std::string& outcome) {
    TrailEntry entry = entry_of(ref, actor, now, "request." + outcome);
    const Decision& decision = *after.decision;
    // Who calls the API says for whom.
    if (entry.actor.on_behalf_of.empty() && event == Event::queue_decided)
      entry.actor.on_behalf_of = decision.by.empty() ? decision.by_email : decision.by;
    entry.old_value = object_of(before);
    entry.new_value = object_of(decision, outcome);
    entry.detail = source_of(decision, after);
    return entry;
  };
  switch (event) {
    case Event::decision_reached:
    case Event::queue_decided:
      if (!after.decision) return std::nullopt;
      return decided(word_of(*after.decision));
    case Event::deadline_reached:
      if (!after.decision) return std::nullopt;
      return decided("expired");
    case Event::write_lost: {
      if (!after.decision) return std::nullopt;
      TrailEntry entry = decided("decision_lost");
      if (before.decision) entry.old_value = object_of(*before.decision, word_of(*before.decision));
      entry.new_value = object_of(*after.decision, after.outcome);
      return entry;
    }
    case Event::withdrawn: {
      TrailEntry entry = entry_of(ref, actor, now, "request.withdrawn");
      entry.old_value = object_of(before);
      entry.new_value = object_of(after);
      return entry;
    }
    case Event::failed:
    case Event::ticket_gone: {
      if (!workflows::is_parked(after.state)) return std::nullopt;
      TrailEntry entry = entry_of(ref, actor, now, "request.parked");
      entry.old_value = object_of(before);
      entry.new_value = object_of(after);
      entry.detail = shortened(after.park_detail);
      return entry;
    }
    case Event::resumed: {
      TrailEntry entry = entry_of(ref, actor, now, "request.resumed");
      entry.old_value = object_of(before);
      entry.new_value = object_of(after);
      return entry;
    }
    default:
      return std::nullopt;
  }
}

TrailEntry trail_of_parked(const std::string& queue, const std::string& reason, const std::string& detail,
                           Time now) {
  TrailEntry entry = entry_of({queue, 0}, actor_named("countersign"), now, "request.parked");
  Lifecycle parked;
  parked.state = workflows::State::parked_opening;
  parked.park_reason = reason;
  entry.new_value = object_of(parked);
  entry.detail = shortened(detail);
  return entry;
}

TrailEntry trail_of_retry(const RequestRef& ref, std::string_view who, const std::string& effect,
                          const std::string& why, Time now) {
  TrailEntry entry = entry_of(ref, actor_named("countersign"), now, "request.retried");
  entry.detail = shortened(effect + " at " + std::string(who) + ": " + why);
  return entry;
}

TrailEntry trail_of_refused(const RequestRef& ref, std::string_view what, const Decision& decision,
                            const Actor& actor, const std::string& why, Time now) {
  TrailEntry entry = entry_of(ref, actor, now, "request." + std::string(what));
  entry.new_value = object_of(decision, word_of(decision));
  entry.detail = shortened(why);
  return entry;
}

}  // namespace bridge
