#include "bridge/hooks/hook_standing.h"

#include <algorithm>
#include <utility>

#include "bridge/drain/step_trail.h"
#include "bridge/hooks/hook_settings.h"
#include "bridge/ops/time_json.h"

namespace bridge {

using mappings::Json;

namespace {

constexpr std::size_t attempts_kept = 50;

}  // namespace

std::string hook_state_name(const std::string& subscription) {
  return "hook:state:" + subscription;
}

std::string resumed_hook_state(Time now) {
  return Json::object({{"pausedAt", nullptr}, {"resumedAt", to_iso(now)}}).dump();
}

HookStanding::HookStanding(const HookConfig& config, Store& store, const Clock& clock)
    : config_(config), store_(store), clock_(clock) {
  if (const auto text = store.value(hook_state_name(config.name))) {
    const Json state = Json::parse(*text);
    paused_at_ = from_iso(state.get("pausedAt").string_or(""));
    paused_because_ = state.get("pausedBecause").string_or("");
    resumed_at_ = from_iso(state.get("resumedAt").string_or("")).value_or(Time{});
  }
}

bool HookStanding::paused() const {
  std::lock_guard lock(mutex_);
  return paused_at_.has_value();
}

bool HookStanding::resumed_elsewhere() const {
  const auto text = store_.value(hook_state_name(config_.name));
  return text && Json::parse(*text).get("pausedAt").is_null();
}

bool HookStanding::note(const HookCall& call, const HookAnswer& answer, bool counts) {
  const Time now = counts ? clock_.now() : call.now;
  const bool done = answer.outcome.done();
  std::lock_guard lock(mutex_);
  last_answer_ = answer_text(answer.outcome);
  last_try_ = now;
  if (counts && done) {
    last_done_ = now;
    failures_ = 0;
    failing_since_ = {};
  }
  const bool first = counts && !done && ++failures_ == 1;
  if (first) failing_since_ = now;
  attempts_.push_front({now, call.id, call.event, last_answer_, call.attempt, done});
  if (attempts_.size() > attempts_kept) attempts_.pop_back();
  return first;
}

std::string HookStanding::enough(const HookAnswer& answer, Time since) const {
  const Time now = clock_.now();
  std::lock_guard lock(mutex_);
  if (paused_at_) return "";
  if (answer.gone) return "the receiver answered 410 Gone";
  const std::string last = "; last: " + last_answer_;
  if (now - std::max(since, resumed_at_) >= config_.retry_for)
    return "a delivery has failed for longer than retry_for" + last;
  if (failures_ >= most_failures && now - failing_since_ >= failing_for)
    return std::to_string(failures_) + " failures in a row" + last;
  return "";
}

TrailEntry HookStanding::retry_entry(const HookCall& call, const HookAnswer& answer) const {
  return entry("webhook.retried", call.id + ": " + answer_text(answer.outcome));
}

TrailEntry HookStanding::entry(const char* action, std::string detail) const {
  return hook_entry(clock_.now(), action, actor_named("countersign"), nullptr, &config_, std::move(detail));
}

bool HookStanding::pause(const std::string& why) {
  const Time now = clock_.now();
  Time resumed;
  {
    std::lock_guard lock(mutex_);
    // Several deliveries may fail at the same time: one of them pauses it.
    if (paused_at_ || std::exchange(pausing_, true)) return false;
    resumed = resumed_at_;
  }
  // Kept before it is known here: resumed_elsewhere() must not take an older word for a resume.
  try {
    store_.set_value(
        hook_state_name(config_.name),
        Json::object(
            {{"pausedAt", to_iso(now)}, {"pausedBecause", why}, {"resumedAt", time_or_null(resumed)}})
            .dump(),
        now, {entry("webhook.paused", why)});
  } catch (...) {
    std::lock_guard lock(mutex_);
    pausing_ = false;
    throw;
  }
  std::lock_guard lock(mutex_);
  pausing_ = false;
  paused_at_ = now;
  paused_because_ = why;
  return true;
}

void HookStanding::resume(const std::vector<TrailEntry>& trail) {
  const Time now = clock_.now();
  store_.set_value(hook_state_name(config_.name), resumed_hook_state(now), now, trail);
  std::lock_guard lock(mutex_);
  paused_at_.reset();
  paused_because_.clear();
  resumed_at_ = now;
  failures_ = 0;
  failing_since_ = {};
}

void HookStanding::take_over(const HookStanding& before) {
  std::scoped_lock lock(mutex_, before.mutex_);
  paused_at_ = before.paused_at_;
  paused_because_ = before.paused_because_;
  resumed_at_ = before.resumed_at_;
}

Json HookStanding::describe(std::int64_t pending, std::optional<Time> oldest) const {
  std::lock_guard lock(mutex_);
  return Json::object({{"state", paused_at_      ? "paused"
                                 : failures_ > 0 ? "failing"
                                                 : "active"},
                       {"pausedAt", time_or_null(paused_at_)},
                       {"pausedBecause", paused_at_ ? Json(paused_because_) : Json()},
                       {"pending", pending},
                       {"oldestPending", time_or_null(oldest)},
                       {"failures", failures_},
                       {"lastAnswer", last_answer_.empty() ? Json() : Json(last_answer_)},
                       {"lastTry", time_or_null(last_try_)},
                       {"lastDelivered", time_or_null(last_done_)}});
}

Json HookStanding::attempts() const {
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
