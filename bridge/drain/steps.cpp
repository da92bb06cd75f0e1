#include "bridge/drain/steps.h"

#include "mappings/engine/json_splice.h"
#include "mappings/engine/mapping.h"

namespace bridge {

using mappings::Json;
using workflows::Effect;
using workflows::Event;
using workflows::State;

namespace {

// Lower is sooner: what a person waits for goes before new tickets.
constexpr int urgent = 1, ordinary = 5;

Json or_null(const std::string& value) {
  return value.empty() ? Json() : Json(value);
}

std::string changed(const std::string& text, const Json& members) {
  if (auto spliced = mappings::with_members(text, members)) return *spliced;
  Json body = Json::parse(text);
  members.each_member([&](std::string_view name, const Json& value) { body.set(name, value); });
  return body.dump();
}

std::string describe(const Decision& decision) {
  std::string text = decision.approve ? "approved" : "denied";
  const std::string& who = decision.by.empty() ? decision.by_email : decision.by;
  if (!who.empty()) text += " by " + who;
  if (!decision.reason.empty()) text += ": " + decision.reason;
  return text;
}

class Builder {
 public:
  Builder(const Record& record, const Facts& facts, const StepContext& context)
      : record_(record), facts_(facts), context_(context) {
    change_.ref = record.ref;
    change_.from_version = record.lifecycle.version;
    change_.lifecycle = record.lifecycle;
    change_.lifecycle.version = record.lifecycle.version + 1;
    change_.at = context.now;
    change_.finished = facts.finished;
    change_.audit = facts.audit;
    change_.effects = facts.effects;
  }

  bool run(Event event) {
    auto step = workflows::advance(change_.lifecycle.state, event);
    if (!step.accepted) return false;
    take_facts(event);
    enter(step.next);
    for (Effect effect : step.effects) add(effect);
    // What was parked may have been done in part: a comment, but not the status.
    if (event == Event::resumed && main_) main_->attempts = 1;
    audit(event);
    if (auto entry = trail_of(event, record_.ref, record_.lifecycle, lifecycle(), facts_.actor, context_.now))
      change_.trail.push_back(std::move(*entry));
    // The hosted queue's record lies in the same database: reaching a decision and writing it is one
    // transaction.
    if (context_.hosted && step.next == State::writing) {
      write_into_queue();
      main_.reset();
      return run(Event::write_accepted);
    }
    // Without a desk there is no ticket to look for, and none to tell.
    if (lifecycle().desk.empty() && (step.next == State::recalling || step.next == State::telling)) {
      main_.reset();
      return run(step.next == State::recalling ? Event::ticket_absent : Event::ticket_told);
    }
    return true;
  }

  Change finish() {
    const State now = change_.lifecycle.state;
    if (main_) change_.effects.push_back(*main_);
    change_.drop_main = !main_ && now != record_.lifecycle.state;
    return std::move(change_);
  }

 private:
  Lifecycle& lifecycle() { return change_.lifecycle; }

  void take_facts(Event event) {
    if (facts_.ticket && !facts_.ticket->id.empty()) lifecycle().ticket = *facts_.ticket;
    switch (event) {
      case Event::decision_reached:
        lifecycle().decision = facts_.decision;
        break;
      case Event::deadline_reached:
        lifecycle().decision = facts_.decision;
        lifecycle().outcome = "expired";
        break;
      case Event::queue_decided:
      case Event::write_lost:
        lifecycle().decision = facts_.decision;
        lifecycle().outcome = facts_.decision && facts_.decision->approve ? "approved" : "denied";
        if (facts_.decision) write_into_queue();
        break;
      case Event::write_accepted:
        if (lifecycle().outcome.empty())
          lifecycle().outcome = lifecycle().decision && lifecycle().decision->approve ? "approved" : "denied";
        if (!change_.body && lifecycle().decision) write_into_queue();
        break;
      case Event::withdrawn:
        lifecycle().outcome = "withdrawn";
        set_status(6);
        break;
      case Event::ticket_gone:
        if (workflows::is_awaiting(lifecycle().state) || lifecycle().state == State::opening)
          lifecycle().ticket = {};
        break;
      default:
        break;
    }
    if (event == Event::failed || event == Event::ticket_gone) {
      lifecycle().park_reason = facts_.park_reason;
      lifecycle().park_detail = facts_.park_detail;
    } else {
      lifecycle().park_reason.clear();
      lifecycle().park_detail.clear();
    }
  }

  void write_into_queue() {
    const Decision& decision = *lifecycle().decision;
    change_.body = decided_body(record_.body, decision);
    change_.status_code = decided_status(decision);
  }

  void set_status(int code) {
    change_.body = changed(record_.body, Json::object({{"status", "Expired"}, {"statusCode", code}}));
    change_.status_code = code;
  }

  void enter(State next) {
    if (next != lifecycle().state) lifecycle().since = context_.now;
    lifecycle().state = next;
  }

  void main_effect(Effect effect, std::string lane, int priority) {
    NewEffect row;
    row.kind = std::string(workflows::to_string(effect));
    row.lane = std::move(lane);
    row.priority = priority;
    row.not_before = context_.now;
    main_ = std::move(row);
  }

  void timer(const char* slot, std::optional<std::chrono::milliseconds> after) {
    if (!after) return;
    NewEffect row;
    row.slot = row.kind = slot;
    row.lane = clock_lane;
    row.not_before = context_.now + *after;
    change_.effects.push_back(std::move(row));
  }

  void note(mappings::Note which) {
    const auto name = mappings::to_string(which);
    change_.effects.push_back(
        make_note(lifecycle().desk, "note:" + std::string(name), name, nullptr, context_.now));
  }

  void add(Effect effect) {
    switch (effect) {
      case Effect::open_ticket:
        return main_effect(effect, desk_lane(lifecycle().desk), ordinary);
      case Effect::recall_ticket:
      case Effect::tell_ticket:
        return main_effect(effect, desk_lane(lifecycle().desk), urgent);
      case Effect::write_back:
        return main_effect(effect, queue_lane(record_.ref.queue), urgent);
      case Effect::comment_reminder:
        return note(mappings::Note::reminder);
      case Effect::comment_escalation:
        return note(mappings::Note::escalation);
      case Effect::stop_clock:
        change_.drop_timers = true;
        return;
      case Effect::start_clock:
        if (context_.workflow == nullptr) return;
        timer("remind", context_.workflow->remind_after());
        timer("escalate", context_.workflow->escalate_after());
        timer("deadline", context_.workflow->deadline());
        return;
    }
  }

  void audit(Event event) {
    AuditRow row;
    row.at = context_.now;
    row.what = std::string(workflows::to_string(event));
    row.actor = facts_.actor.text();
    const auto& decision = lifecycle().decision;
    switch (event) {
      case Event::ticket_opened:
        row.text = lifecycle().ticket.number.empty() ? lifecycle().ticket.id : lifecycle().ticket.number;
        break;
      case Event::decision_reached:
      case Event::queue_decided:
      case Event::deadline_reached:
      case Event::write_lost:
        if (decision) {
          row.text = describe(*decision);
          row.data = to_json(*decision).dump();
        }
        break;
      case Event::write_accepted:
        row.text = lifecycle().outcome +
                   (decision && !decision->by_email.empty() ? " as " + decision->by_email : "");
        break;
      case Event::failed:
      case Event::ticket_gone:
        row.text = facts_.park_reason + (facts_.park_detail.empty() ? "" : ": " + facts_.park_detail);
        break;
      case Event::ticket_told:
        row.text = lifecycle().outcome;
        break;
      default:
        break;
    }
    change_.audit.push_back(std::move(row));
  }

  const Record& record_;
  const Facts& facts_;
  const StepContext& context_;
  Change change_;
  std::optional<NewEffect> main_;
};

}  // namespace

std::optional<Change> make_change(const Record& record, Event event, const Facts& facts,
                                  const StepContext& context) {
  Builder builder(record, facts, context);
  if (!builder.run(event)) return std::nullopt;
  return builder.finish();
}

NewRequest first_step(const std::string& queue, const std::string& desk, const std::string& trouble, Time now,
                      const std::string& actor) {
  NewRequest request;
  request.queue = queue;
  request.received = now;
  request.lifecycle.desk = desk;
  request.lifecycle.since = now;
  request.lifecycle.state = workflows::begin().next;
  request.audit.push_back({0, now, "received", desk.empty() ? "" : "for desk " + desk, actor, ""});
  if (desk.empty() && trouble == no_desk_wanted) {
    request.lifecycle.state = State::waiting;
    return request;
  }
  if (desk.empty()) {
    request.lifecycle.state = State::parked_opening;
    request.lifecycle.park_reason = "no_route";
    request.lifecycle.park_detail = trouble;
    request.audit.push_back(
        {0, now, "parked", "no_route: " + request.lifecycle.park_detail, "countersign", ""});
    request.trail.push_back(trail_of_parked(queue, "no_route", trouble, now));
    return request;
  }
  NewEffect open;
  open.kind = std::string(workflows::to_string(Effect::open_ticket));
  open.lane = desk_lane(desk);
  open.priority = ordinary;
  open.not_before = now;
  request.effects.push_back(std::move(open));
  return request;
}

int decided_status(const Decision& decision) noexcept {
  return decision.approve ? 0 : 3;
}

std::string decided_body(const std::string& text, const Decision& decision) {
  const std::string& name = decision.by.empty() ? decision.by_email : decision.by;
  Json changes =
      Json::object({{"status", decision.approve ? "Open" : "Denied"},
                    {"statusCode", decided_status(decision)},
                    {decision.approve ? "approvedBy" : "deniedBy", or_null(name)},
                    {decision.approve ? "approvedByEmail" : "deniedByEmail", or_null(decision.by_email)}});
  if (!decision.approve) changes.set("deniedReason", or_null(decision.reason));
  return changed(text, changes);
}

std::string desk_lane(const std::string& desk) {
  return "desk:" + desk;
}
std::string queue_lane(const std::string& queue) {
  return "queue:" + queue;
}

NewEffect make_note(const std::string& desk, const std::string& slot, std::string_view note,
                    const Decision* decision, Time now) {
  NewEffect row;
  row.slot = slot;
  row.kind = "note";
  row.lane = desk_lane(desk);
  row.priority = ordinary;
  row.not_before = now;
  Json payload = Json::object({{"note", note}});
  if (decision != nullptr) payload.set("decision", to_json(*decision));
  row.payload = payload.dump();
  return row;
}

Json to_json(const Decision& decision) {
  return Json::object({{"verdict", decision.approve ? "approved" : "denied"},
                       {"by", or_null(decision.by)},
                       {"byEmail", or_null(decision.by_email)},
                       {"reason", or_null(decision.reason)},
                       {"at", to_iso(decision.at)},
                       {"from", or_null(decision.from)},
                       {"record", or_null(decision.record)}});
}

std::optional<Decision> decision_from(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  Decision decision;
  decision.approve = json.get("verdict").string_or("") == "approved";
  decision.by = json.get("by").string_or("");
  decision.by_email = json.get("byEmail").string_or("");
  decision.reason = json.get("reason").string_or("");
  decision.at = from_iso(json.get("at").string_or("")).value_or(Time{});
  decision.from = json.get("from").string_or("");
  decision.record = json.get("record").string_or("");
  return decision;
}

}  // namespace bridge
