#include "bridge/hooks/subscription.h"

#include <algorithm>

#include "bridge/drain/backoff.h"
#include "bridge/drain/steps.h"
#include "bridge/ops/fault_point.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "bridge/queue/auditlog_entry.h"

namespace bridge {

using connectors::Outcome;
using mappings::Json;

namespace {

constexpr std::chrono::milliseconds base_wait{2'000}, longest_wait{600'000};
constexpr std::chrono::milliseconds look_for_ticket_again{500};
constexpr std::size_t attempts_kept = 50;
constexpr const char* new_event = "events.created";
constexpr int events_at_a_time = 100;
// Deliveries of different requests at the same time.
constexpr int width = 4;

Json time_or_null(Time time) {
  return time == Time{} ? Json() : Json(to_iso(time));
}

std::string answer_text(const Outcome& outcome) {
  if (!outcome.calls.empty() && outcome.calls.back().status != 0) {
    const auto& call = outcome.calls.back();
    std::string text = std::to_string(call.status) + " in " + std::to_string(call.took.count()) + " ms";
    if (!outcome.done() && call.status < 300) text += ": " + outcome.detail;
    return text;
  }
  return outcome.reason + (outcome.detail.empty() ? "" : ": " + outcome.detail);
}

Outcome failed(std::string reason, std::string detail) {
  Outcome outcome;
  outcome.verdict = connectors::Verdict::rejected;
  outcome.reason = std::move(reason);
  outcome.detail = std::move(detail);
  return outcome;
}

std::optional<mappings::Outcome> outcome_of(const std::string& event) {
  for (auto outcome : {mappings::Outcome::approved, mappings::Outcome::denied, mappings::Outcome::withdrawn,
                       mappings::Outcome::expired})
    if (event == "requests." + std::string(mappings::to_string(outcome))) return outcome;
  return std::nullopt;
}

}  // namespace

std::string hook_state_name(const std::string& subscription) {
  return "hook:state:" + subscription;
}

std::string resumed_hook_state(Time now) {
  return Json::object({{"pausedAt", nullptr}, {"resumedAt", to_iso(now)}}).dump();
}

Subscription::Subscription(HookConfig config, bool of_file, Time created, Parts parts)
    : config_(std::move(config)),
      of_file_(of_file),
      created_(created),
      parts_(std::move(parts)),
      lane_(
          hook_lane(config_.name),
          {.width = width,
           // Slack may be called twice.
           .lease = std::chrono::ceil<std::chrono::seconds>(2 * config_.timeout) + std::chrono::seconds(60)},
          parts_.store, parts_.clock, [this](const DueEffect& effect) { perform(effect); }) {
  if (const auto text = parts_.store.value(hook_state_name(config_.name))) {
    const Json state = Json::parse(*text);
    paused_at_ = from_iso(state.get("pausedAt").string_or(""));
    paused_because_ = state.get("pausedBecause").string_or("");
    resumed_at_ = from_iso(state.get("resumedAt").string_or("")).value_or(Time{});
  }
  lane_.hold(paused_at_.has_value());
  mark_events();
}

Subscription::~Subscription() {
  stop();
}

void Subscription::start() {
  lane_.start();
}

void Subscription::stop() {
  lane_.stop();
}

bool Subscription::paused() const {
  std::lock_guard lock(mutex_);
  return paused_at_.has_value();
}

bool Subscription::takes(const Json& object, std::string& why) const {
  if (!config_.settings_names.empty()) {
    const auto name = object.get("settingsName").as_string();
    if (!name || std::find(config_.settings_names.begin(), config_.settings_names.end(), *name) ==
                     config_.settings_names.end())
      return false;
  }
  return !of_file_ || parts_.rules.current()->hook_takes(config_.name, object, why);
}

Subscription::Composed Subscription::compose(const DueEffect& effect, const Delivery& delivery,
                                             std::string& body, std::string& why) {
  const bool entry = delivery.event.starts_with("auditlog.") && delivery.event != "auditlog.used";
  const std::string text = entry ? auditlog_entry(effect.record, delivery) : delivery.object;
  const Json object = Json::parse(text);
  if (!takes(object, why)) {
    if (!why.empty())
      log(Level::warning, "hook_condition_failed", {{"subscription", config_.name}, {"why", why}});
    return Composed::nothing;
  }
  if (config_.mapping.empty()) {
    body = text;
    return Composed::body;
  }
  const Record& record = effect.record;
  const auto outcome = outcome_of(delivery.event);
  // A message that links to its ticket is worth a short wait.
  if (!outcome && !record.lifecycle.desk.empty() && record.lifecycle.ticket.id.empty() &&
      record.lifecycle.outcome.empty() && parts_.clock.now() < delivery.at + config_.wait_for_ticket)
    return Composed::later;
  const auto rules = parts_.rules.current();
  const HookRule* rule = rules->hook(config_.name);
  if (rule == nullptr || !rule->mapping) {
    why = "the mapping " + config_.mapping + " is not loaded";
    return Composed::failed;
  }
  const connectors::Ticket& ticket = record.lifecycle.ticket;
  const auto or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  const Json context =
      Json::object({{"queue", record.ref.queue},
                    {"desk", record.lifecycle.desk},
                    {"key", record.ref.key()},
                    {"link", parts_.public_url + "/requests/" + std::to_string(record.ref.id)},
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
    return Composed::failed;
  }
  if (rendered.fields.size() == 0) return Composed::nothing;
  body = rendered.fields.dump();
  return Composed::body;
}

std::string Subscription::auditlog_entry(const Record& record, const Delivery& delivery) const {
  AuditlogQuery one;
  one.start_id = record.ref.id;
  one.take = 1;
  AuditlogRecord entry;
  parts_.store.auditlog(record.ref.queue, one, [&](const AuditlogRecord& found) { entry = found; });
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

HookAnswer Subscription::send(const HookCall& call, const RequestRef* ref, bool message) {
  if (!config_.uses_slack_api()) return post_to_url(config_, call, parts_.exchange);
  std::string known;
  if (ref != nullptr && message) known = parts_.store.hooks().hook_message(*ref, lane_.name()).value_or("");
  const std::string before = known;
  HookAnswer answer = post_to_slack(config_, call, known, parts_.exchange);
  if (answer.outcome.done() && ref != nullptr && known != before)
    parts_.store.hooks().set_hook_message(*ref, lane_.name(), known);
  return answer;
}

void Subscription::perform(const DueEffect& effect) {
  const RequestRef& ref = effect.record.ref;
  HookStore& hooks = parts_.store.hooks();
  const Time now = parts_.clock.now();
  if (paused()) return hooks.put_off(effect.id, ref, now, false);
  fault_point("hook_claimed");
  const Delivery delivery = read_delivery(effect.payload);
  HookCall call;
  call.event = delivery.event;
  call.id = delivery_id(config_.name, ref, effect.slot);
  call.attempt = effect.attempts + 1;
  call.now = now;
  std::string why;
  HookAnswer answer;
  switch (compose(effect, delivery, call.body, why)) {
    case Composed::nothing:
      metrics().hook_deliveries_total.at(config_.name, "left_out").add();
      return parts_.store.finish(effect.id, ref, {});
    case Composed::later:
      return hooks.put_off(effect.id, ref, now + look_for_ticket_again, false);
    case Composed::failed:
      answer.outcome = failed("mapping", why);
      break;
    case Composed::body:
      answer = send(call, &ref, true);
      break;
  }
  if (answer.outcome.reason == "stopped") return;  // its lease is released at the next start
  fault_point("hook_answered");
  record(call, answer);
  if (answer.outcome.done()) {
    AuditRow row;
    row.at = parts_.clock.now();
    row.what = "delivered";
    row.text = call.event + ": " + answer_text(answer.outcome) +
               (call.attempt > 1 ? ", attempt " + std::to_string(call.attempt) : "");
    row.actor = "webhook " + config_.name;
    parts_.store.finish(effect.id, ref, {row});
    return fault_point("hook_recorded");
  }
  const auto wait = retry_wait(call.attempt, base_wait, longest_wait, answer.outcome.after, random_number());
  hooks.put_off(effect.id, ref, parts_.clock.now() + wait, true);
  fault_point("hook_put_off");
  metrics().retries_total.at(lane_.name(), answer.outcome.reason).add();
  fail(answer, delivery.at);
}

void Subscription::record(const HookCall& call, const HookAnswer& answer) {
  const Outcome& outcome = answer.outcome;
  if (outcome.reason != "mapping") lane_.report(outcome);
  metrics().hook_deliveries_total.at(config_.name, outcome.done() ? "delivered" : "failed").add();
  const Time now = parts_.clock.now();
  log(outcome.done() ? Level::debug : Level::warning, outcome.done() ? "hook_delivered" : "hook_failed",
      {{"subscription", config_.name},
       {"delivery", call.id},
       {"attempt", call.attempt},
       {"answer", answer_text(outcome)}});
  std::lock_guard lock(mutex_);
  last_answer_ = answer_text(outcome);
  last_try_ = now;
  if (outcome.done()) {
    last_done_ = now;
    failures_ = 0;
    failing_since_ = {};
  } else if (++failures_ == 1) {
    failing_since_ = now;
  }
  attempts_.push_front({now, call.id, call.event, last_answer_, call.attempt, outcome.done()});
  if (attempts_.size() > attempts_kept) attempts_.pop_back();
}

bool Subscription::fail(const HookAnswer& answer, Time since) {
  const Time now = parts_.clock.now();
  std::string why;
  {
    std::lock_guard lock(mutex_);
    if (paused_at_) return true;
    const std::string last = "; last: " + last_answer_;
    if (answer.gone)
      why = "the receiver answered 410 Gone";
    else if (now - std::max(since, resumed_at_) >= config_.retry_for)
      why = "a delivery has failed for longer than retry_for" + last;
    else if (failures_ >= most_failures && now - failing_since_ >= failing_for)
      why = std::to_string(failures_) + " failures in a row" + last;
  }
  if (why.empty()) return false;
  pause(why);
  return true;
}

void Subscription::pause(const std::string& why) {
  const Time now = parts_.clock.now();
  Time resumed;
  {
    std::lock_guard lock(mutex_);
    if (paused_at_) return;
    resumed = resumed_at_;
  }
  // Kept before it is known here: look() must not take an older word for a resume.
  parts_.store.set_value(
      hook_state_name(config_.name),
      Json::object({{"pausedAt", to_iso(now)}, {"pausedBecause", why}, {"resumedAt", time_or_null(resumed)}})
          .dump(),
      now);
  {
    std::lock_guard lock(mutex_);
    paused_at_ = now;
    paused_because_ = why;
  }
  lane_.hold(true);
  log(Level::error, "hook_paused", {{"subscription", config_.name}, {"why", why}});
}

void Subscription::resume() {
  {
    std::lock_guard lock(mutex_);
    paused_at_.reset();
    paused_because_.clear();
    resumed_at_ = parts_.clock.now();
    failures_ = 0;
    failing_since_ = {};
    next_event_ = {};
  }
  const Time now = parts_.clock.now();
  parts_.store.set_value(hook_state_name(config_.name), resumed_hook_state(now), now);
  lane_.resume();
  lane_.hold(false);
  log(Level::info, "hook_resumed", {{"subscription", config_.name}});
}

void Subscription::look() {
  if (paused()) {
    const auto text = parts_.store.value(hook_state_name(config_.name));
    if (text && Json::parse(*text).get("pausedAt").is_null()) resume();
    return;
  }
  if (!wants(config_.events, new_event)) return;
  {
    std::lock_guard lock(mutex_);
    if (telling_events_ || parts_.clock.now() < next_event_) return;
    telling_events_ = true;
  }
  if (lane_.paused()) {
    std::lock_guard lock(mutex_);
    telling_events_ = false;
    return;
  }
  lane_.post([this] {
    try {
      tell_events();
    } catch (const std::exception& e) {
      log(Level::error, "hook_events_failed", {{"subscription", config_.name}, {"why", e.what()}});
    }
    std::lock_guard lock(mutex_);
    telling_events_ = false;
  });
}

// Before anybody can be told that the subscription is there: what happened before it is not told, all that
// comes after it is.
void Subscription::mark_events() {
  if (!wants(config_.events, new_event) || parts_.store.value(cursor_name())) return;
  EventQuery newest;
  newest.last = 1;
  const auto last = parts_.store.events().page(config_.queue, newest);
  parts_.store.set_value(cursor_name(), std::to_string(last.empty() ? 0 : last.front().id),
                         parts_.clock.now());
}

void Subscription::tell_events() {
  const auto kept = parts_.store.value(cursor_name());
  if (!kept) return;
  EventQuery behind;
  behind.start_id = std::stoll(*kept) + 1;
  behind.take = events_at_a_time;
  for (const auto& event : parts_.store.events().page(config_.queue, behind)) {
    if (paused()) return;
    std::string why;
    if (takes(Json::parse(event.body), why)) {
      HookCall call;
      call.event = new_event;
      call.id = config_.name + '/' + config_.queue + "/events/" + std::to_string(event.id);
      call.attempt = event_attempts_ + 1;
      call.now = parts_.clock.now();
      call.body = event.body;
      const HookAnswer answer = post_to_url(config_, call, parts_.exchange);
      if (answer.outcome.reason == "stopped") return;
      fault_point("event_answered");
      record(call, answer);
      if (!answer.outcome.done()) {
        if (event_attempts_++ == 0) event_failing_since_ = call.now;
        {
          std::lock_guard lock(mutex_);
          next_event_ = call.now + retry_wait(event_attempts_, base_wait, longest_wait, answer.outcome.after,
                                              random_number());
        }
        fail(answer, event_failing_since_);
        return;
      }
    } else {
      metrics().hook_deliveries_total.at(config_.name, "left_out").add();
    }
    event_attempts_ = 0;
    parts_.store.set_value(cursor_name(), std::to_string(event.id), parts_.clock.now());
    fault_point("event_recorded");
  }
}

HookAnswer Subscription::test(const std::string& object) {
  HookCall call;
  call.event = "webhooks.test";
  call.now = parts_.clock.now();
  call.id = config_.name + "/test/" + std::to_string(to_micros(call.now));
  call.body = object;
  HookAnswer answer;
  if (!config_.mapping.empty()) {
    DueEffect effect;
    effect.record.ref = {config_.queue, Json::parse(object).get("id").as_integer().value_or(0)};
    std::string why;
    switch (compose(effect, {"requests.created", call.now, std::nullopt, object}, call.body, why)) {
      case Composed::body:
        break;
      case Composed::nothing:
        why = why.empty() ? "its scope leaves this object out" : why;
        [[fallthrough]];
      default:
        answer.outcome = failed("mapping", why);
        return answer;
    }
  }
  answer = send(call, nullptr, false);
  std::lock_guard lock(mutex_);
  last_answer_ = answer_text(answer.outcome);
  last_try_ = call.now;
  attempts_.push_front({call.now, call.id, call.event, last_answer_, 1, answer.outcome.done()});
  if (attempts_.size() > attempts_kept) attempts_.pop_back();
  return answer;
}

Json Subscription::describe() const {
  const std::int64_t pending = parts_.store.hooks().count_deliveries(lane_.name());
  const auto oldest = parts_.store.hooks().open_deliveries(lane_.name(), 1);
  std::lock_guard lock(mutex_);
  return Json::object(
      {{"state", paused_at_      ? "paused"
                 : failures_ > 0 ? "failing"
                                 : "active"},
       {"pausedAt", paused_at_ ? Json(to_iso(*paused_at_)) : Json()},
       {"pausedBecause", paused_at_ ? Json(paused_because_) : Json()},
       {"pending", pending},
       {"oldestPending", oldest.empty() ? Json() : time_or_null(read_delivery(oldest[0].payload).at)},
       {"failures", failures_},
       {"lastAnswer", last_answer_.empty() ? Json() : Json(last_answer_)},
       {"lastTry", time_or_null(last_try_)},
       {"lastDelivered", time_or_null(last_done_)}});
}

Json Subscription::attempts() const {
  std::lock_guard lock(mutex_);
  Json rows = Json::array();
  for (const Attempt& attempt : attempts_)
    rows.push_back(Json::object({{"at", to_iso(attempt.at)},
                                 {"delivery", attempt.id},
                                 {"event", attempt.event},
                                 {"attempt", attempt.number},
                                 {"delivered", attempt.done},
                                 {"answer", attempt.answer}}));
  return rows;
}

}  // namespace bridge
