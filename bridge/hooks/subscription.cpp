#include "bridge/hooks/subscription.h"

#include "bridge/ops/fault_point.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"

namespace bridge {

using connectors::Outcome;
using mappings::Json;

namespace {

constexpr std::chrono::milliseconds look_for_ticket_again{500};
// Deliveries of different requests at the same time.
constexpr int width = 4;

Outcome unmapped(std::string why) {
  Outcome outcome;
  outcome.verdict = connectors::Verdict::rejected;
  outcome.reason = "mapping";
  outcome.detail = std::move(why);
  return outcome;
}

}  // namespace

Subscription::Subscription(HookConfig config, bool of_file, Time created, Parts parts)
    : config_(std::move(config)),
      of_file_(of_file),
      created_(created),
      parts_(std::move(parts)),
      bodies_(config_, of_file, parts_.store, parts_.rules, parts_.clock, parts_.public_url),
      standing_(config_, parts_.store, parts_.clock),
      events_(
          config_, parts_.store, parts_.clock, bodies_,
          [this](const HookCall& call, Time since) { return send_event(call, since); },
          [this] { return paused(); }),
      lane_(
          hook_lane(config_.name),
          {.width = width,
           // Slack may be called twice.
           .lease = std::chrono::ceil<std::chrono::seconds>(4 * config_.timeout) + std::chrono::seconds(60)},
          parts_.store, parts_.clock, [this](const DueEffect& effect) { perform(effect); }) {
  lane_.hold(paused());
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

void Subscription::take_over(const Subscription& before) {
  standing_.take_over(before.standing_);
  lane_.hold(paused());
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
  HookBody body = bodies_.compose(effect, delivery);
  call.body = std::move(body.text);
  HookAnswer answer;
  switch (body.what) {
    case HookBody::What::nothing:
      metrics().hook_deliveries_total.at(config_.name, "left_out").add();
      return parts_.store.finish(effect.id, ref, {});
    case HookBody::What::later:
      return hooks.put_off(effect.id, ref, now + look_for_ticket_again, false);
    case HookBody::What::failed:
      answer.outcome = unmapped(body.why);
      break;
    case HookBody::What::text:
      answer = send(call, &ref, true);
      break;
  }
  if (answer.outcome.reason == "stopped") return;  // its lease is released at the next start
  fault_point("hook_answered");
  const auto trail = record(call, answer);
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
  hooks.put_off(effect.id, ref, parts_.clock.now() + wait_before_next(call.attempt, answer), true, trail);
  fault_point("hook_put_off");
  metrics().retries_total.at(lane_.name(), answer.outcome.reason).add();
  pause_if_enough(answer, delivery.at);
}

std::vector<TrailEntry> Subscription::record(const HookCall& call, const HookAnswer& answer) {
  const Outcome& outcome = answer.outcome;
  if (outcome.reason != "mapping") lane_.report(outcome);
  metrics().hook_deliveries_total.at(config_.name, outcome.done() ? "delivered" : "failed").add();
  log(outcome.done() ? Level::debug : Level::warning, outcome.done() ? "hook_delivered" : "hook_failed",
      {{"subscription", config_.name},
       {"delivery", call.id},
       {"attempt", call.attempt},
       {"answer", answer_text(outcome)}});
  if (!standing_.note(call, answer, true)) return {};
  return {standing_.retry_entry(call, answer)};
}

void Subscription::pause_if_enough(const HookAnswer& answer, Time since) {
  const std::string why = standing_.enough(answer, since);
  if (why.empty() || !standing_.pause(why)) return;
  lane_.hold(true);
  log(Level::error, "hook_paused", {{"subscription", config_.name}, {"why", why}});
}

void Subscription::resume(const std::vector<TrailEntry>& trail) {
  standing_.resume(trail);
  events_.resume();
  lane_.resume();
  lane_.hold(false);
  log(Level::info, "hook_resumed", {{"subscription", config_.name}});
}

void Subscription::look() {
  if (paused()) {
    if (standing_.resumed_elsewhere()) resume();
    return;
  }
  if (!events_.wanted() || lane_.paused() || !events_.begin()) return;
  lane_.post([this] { events_.tell(); });
}

HookAnswer Subscription::send_event(const HookCall& call, Time since) {
  HookAnswer answer = post_to_url(config_, call, parts_.exchange);
  if (answer.outcome.reason == "stopped") return answer;
  fault_point("event_answered");
  const auto trail = record(call, answer);
  if (answer.outcome.done()) return answer;
  if (!trail.empty()) parts_.store.trail().add(trail);
  pause_if_enough(answer, since);
  return answer;
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
    HookBody body = bodies_.compose(effect, {"requests.created", call.now, std::nullopt, object});
    if (body.what != HookBody::What::text) {
      const bool left_out = body.what == HookBody::What::nothing && body.why.empty();
      answer.outcome = unmapped(left_out ? "its scope leaves this object out" : body.why);
      return answer;
    }
    call.body = std::move(body.text);
  }
  answer = send(call, nullptr, false);
  standing_.note(call, answer, false);
  return answer;
}

Json Subscription::describe() const {
  const auto oldest = parts_.store.hooks().open_deliveries(lane_.name(), 1);
  return standing_.describe(
      parts_.store.hooks().count_deliveries(lane_.name()),
      oldest.empty() ? std::nullopt : std::optional(read_delivery(oldest[0].payload).at));
}

}  // namespace bridge
