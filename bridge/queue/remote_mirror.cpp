#include "bridge/queue/remote_mirror.h"

#include <algorithm>

#include "bridge/drain/backoff.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "bridge/ops/time_json.h"

namespace bridge {

using connectors::Outcome;
using mappings::Json;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds day = std::chrono::hours(24);
constexpr milliseconds base_wait{5'000}, longest_wait = std::chrono::hours(1);
constexpr milliseconds longest_sleep = std::chrono::minutes(1);
constexpr int least_page = 25;
constexpr int page_of_computers = 500, page_with_software = 100;

// The tenant has no such list, or does not let this key have it.
bool is_for_good(const Outcome& outcome) {
  return outcome.reason == "not_found" || outcome.reason == "forbidden";
}

bool is_ours(const std::string& reason) {
  return reason == "quota" || reason == "wrong_tenant" || reason == "stopped";
}

}  // namespace

RemoteMirror::RemoteMirror(const QueueConfig& config, Store& store, const Clock& clock, QuotaShield& shield,
                           std::unique_ptr<RemoteQueueApi> api, MayRead may_read)
    : config_(config),
      clock_(clock),
      api_(std::move(api)),
      spare_(shielded(*api_, shield, Purpose::mirror)),
      lists_(config, store, *spare_),
      may_read_(std::move(may_read)),
      started_(clock.now()) {
  const MirrorConfig& mirror = config.mirror;
  const Mirror::Rows rows = store.mirror().rows(config.name);
  const auto add = [&](bool wanted, const char* kind, milliseconds every, auto step, int page,
                       std::int64_t held) {
    if (!wanted) return;
    Part part;
    part.kind = kind;
    part.every = every;
    part.step = step;
    part.page = page;
    part.rows = held;
    parts_.push_back(std::move(part));
  };
  add(mirror.auditlog, "auditlog", mirror.every, &MirrorLists::read_auditlog, 1000, rows.entries);
  add(mirror.events, "events", mirror.every, &MirrorLists::read_events, 1000, rows.events);
  add(mirror.inventory, "inventory", day, &MirrorLists::read_inventory,
      mirror.software ? page_with_software : page_of_computers, rows.computers);
  if (mirror.inventory)
    if (const auto last = from_iso(store.value(mirror_mark(config.name, "inventory")).value_or(""))) {
      part("inventory").success = *last;
      part("inventory").due = *last + day;
    }
}

RemoteMirror::~RemoteMirror() {
  stop();
}

RemoteMirror::Part& RemoteMirror::part(std::string_view kind) {
  return *std::find_if(parts_.begin(), parts_.end(), [&](const Part& one) { return one.kind == kind; });
}

void RemoteMirror::start() {
  if (!parts_.empty()) thread_ = std::thread([this] { work(); });
}

void RemoteMirror::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void RemoteMirror::resume() {
  {
    const std::lock_guard lock(mutex_);
    const Time now = clock_.now();
    for (Part& part : parts_)
      if (part.stopped || part.faults > 0) part.due = now;
    now_ = true;
  }
  changed_.notify_all();
}

void RemoteMirror::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    now_ = false;
    lock.unlock();
    bool well = false;
    try {
      well = round();
    } catch (const std::exception& e) {
      log(Level::error, "mirror_failed", {{"queue", config_.name}, {"why", e.what()}});
    }
    const Time due = next_due().value_or(Time{});
    lock.lock();
    const auto wait = std::chrono::ceil<milliseconds>(due - clock_.now());
    const milliseconds least{well ? 0 : 1000};
    changed_.wait_for(lock, std::clamp(wait, least, longest_sleep), [this] { return stopping_ || now_; });
  }
}

std::optional<Time> RemoteMirror::next_due() const {
  const std::lock_guard lock(mutex_);
  std::optional<Time> first;
  for (const Part& part : parts_) first = std::min(first.value_or(part.due), part.due);
  return first;
}

bool RemoteMirror::round() {
  const Time now = clock_.now();
  bool well = true;
  for (Part& part : parts_) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return well;
      if (part.due > now) continue;
    }
    MirrorStep step;
    try {
      step.outcome = may_read_();
      if (step.outcome.done()) step = (lists_.*part.step)(now, part.page);
    } catch (const std::exception& e) {
      step = {};
      step.outcome.verdict = connectors::Verdict::retry;
      step.outcome.reason = "store";
      step.outcome.detail = e.what();
    }
    settle(part, step, now);
    well = well && step.outcome.done();
  }
  return well;
}

void RemoteMirror::settle(Part& part, const MirrorStep& step, Time now) {
  const Outcome& outcome = step.outcome;
  const std::string reason = outcome.done() ? "ok" : outcome.reason;
  metrics().queue_calls_total.at(config_.name, connectors::to_string(outcome.verdict), reason).add();
  auto& seconds = metrics().queue_call_seconds.at(config_.name);
  for (const auto& call : outcome.calls) seconds.observe(call.took);

  const std::lock_guard lock(mutex_);
  const bool said = part.reason == reason;
  part.rows += step.rows;
  part.reason = reason;
  part.detail = outcome.detail;
  part.stopped = is_for_good(outcome);
  if (outcome.done()) {
    part.faults = 0;
    if (!step.more) part.success = now;
    part.due = step.more ? now : now + part.every;
    return;
  }
  ++part.faults;
  if (reason == "too_large") part.page = std::max(least_page, part.page / 2);
  part.due =
      now +
      (part.stopped ? day : retry_wait(part.faults, base_wait, longest_wait, outcome.after, random_number()));
  if (reason == "stopped" || (said && (is_ours(reason) || part.stopped))) return;
  log(Level::warning, part.stopped ? "mirror_stopped" : "mirror_unanswered",
      {{"queue", config_.name}, {"kind", part.kind}, {"reason", reason}, {"detail", outcome.detail}});
}

std::string RemoteMirror::status() const {
  const std::lock_guard lock(mutex_);
  Json all = Json::object();
  for (const Part& part : parts_) {
    const bool well = part.reason == "ok";
    all.set(part.kind, Json::object({{"state", part.stopped ? "stopped"
                                               : well       ? "in step"
                                                            : "retrying"},
                                     {"why", well ? Json() : Json(part.reason + ": " + part.detail)},
                                     {"rows", part.rows},
                                     {"lastSuccess", time_or_null(part.success)}}));
  }
  return all.dump();
}

std::string RemoteMirror::trouble() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const Part& part : parts_)
    if (part.stopped)
      text += (text.empty() ? "" : "; ") + part.kind + " is not mirrored: " + part.reason +
              (part.detail.empty() ? "" : ", " + part.detail);
  return text;
}

void RemoteMirror::measure(Metrics& all) const {
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  for (const Part& part : parts_) {
    all.mirror_rows.at(config_.name, part.kind).set(static_cast<double>(part.rows));
    all.mirror_stopped.at(config_.name, part.kind).set(part.stopped ? 1 : 0);
    const Time last = part.success == Time{} ? started_ : part.success;
    all.mirror_last_success_seconds.at(config_.name, part.kind)
        .set(std::chrono::duration<double>(now - last).count());
  }
}

}  // namespace bridge
