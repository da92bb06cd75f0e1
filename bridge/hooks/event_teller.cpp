#include "bridge/hooks/event_teller.h"

#include <utility>

#include "bridge/ops/fault_point.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"

namespace bridge {

using mappings::Json;

namespace {

constexpr const char* new_event = "events.created";
constexpr int events_at_a_time = 100;

}  // namespace

const std::string event_cursor_prefix = "hook:cursor:";

EventTeller::EventTeller(const HookConfig& config, Store& store, const Clock& clock, const HookBodies& bodies,
                         Send send, Paused paused)
    : config_(config),
      store_(store),
      clock_(clock),
      bodies_(bodies),
      send_(std::move(send)),
      paused_(std::move(paused)) {}

std::string EventTeller::cursor() const {
  return event_cursor_prefix + config_.name;
}

void EventTeller::begin_from_now() {
  const bool begun = !store_.value(cursor()).value_or("").empty();
  if (begun == wanted()) return;
  if (!wanted()) return store_.set_value(cursor(), "", clock_.now());
  EventQuery newest;
  newest.last = 1;
  const auto last = store_.events().page(config_.queue, newest);
  store_.set_value(cursor(), std::to_string(last.empty() ? 0 : last.front().id), clock_.now());
}

bool EventTeller::wanted() const {
  return wants(config_.events, new_event);
}

bool EventTeller::begin() {
  const std::lock_guard lock(mutex_);
  if (telling_ || clock_.now() < next_) return false;
  telling_ = true;
  return true;
}

void EventTeller::resume() {
  const std::lock_guard lock(mutex_);
  next_ = {};
}

void EventTeller::tell() noexcept {
  try {
    tell_some();
  } catch (const std::exception& e) {
    log(Level::error, "hook_events_failed", {{"subscription", config_.name}, {"why", e.what()}});
  }
  const std::lock_guard lock(mutex_);
  telling_ = false;
}

void EventTeller::tell_some() {
  const std::string kept = store_.value(cursor()).value_or("");
  if (kept.empty()) return;
  EventQuery behind;
  behind.start_id = std::stoll(kept) + 1;
  behind.take = events_at_a_time;
  for (const auto& event : store_.events().page(config_.queue, behind)) {
    if (paused_()) return;
    std::string why;
    if (bodies_.takes(Json::parse(event.body), why)) {
      HookCall call;
      call.event = new_event;
      call.id = config_.name + '/' + config_.queue + "/events/" + std::to_string(event.id);
      call.attempt = attempts_ + 1;
      call.now = clock_.now();
      call.body = event.body;
      if (attempts_ == 0) failing_since_ = call.now;
      const HookAnswer answer = send_(call, failing_since_);
      if (answer.outcome.reason == "stopped") return;
      if (!answer.outcome.done()) {
        const std::lock_guard lock(mutex_);
        next_ = call.now + wait_before_next(++attempts_, answer);
        return;
      }
    } else {
      metrics().hook_deliveries_total.at(config_.name, "left_out").add();
    }
    attempts_ = 0;
    store_.set_value(cursor(), std::to_string(event.id), clock_.now());
    fault_point("event_recorded");
  }
}

}  // namespace bridge
