#include "bridge/queue/remote_mirror.h"

#include <algorithm>

#include "bridge/drain/backoff.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "bridge/queue/mirrored.h"

namespace bridge {

using connectors::Outcome;
using connectors::Verdict;
using mappings::Json;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds day = std::chrono::hours(24);
constexpr milliseconds base_wait{5'000}, longest_wait = std::chrono::hours(1);
constexpr milliseconds longest_sleep = std::chrono::minutes(1);
constexpr int pages_at_once = 20;
constexpr int least_page = 25;
constexpr int page_of_computers = 500, page_with_software = 100;

std::string name_of(const QueueConfig& config, const std::string& kind) {
  return "mirror:queue:" + config.name + ':' + kind;
}

void not_an_answer(const std::string& detail, Outcome& outcome) {
  outcome.verdict = Verdict::retry;
  outcome.reason = "not_an_answer";
  outcome.detail = detail;
}

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
      store_(store),
      clock_(clock),
      api_(std::move(api)),
      spare_(shielded(*api_, shield, Purpose::mirror)),
      may_read_(std::move(may_read)),
      days_("days=" + std::to_string(config.mirror.history_days)),
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
  add(mirror.auditlog, "auditlog", mirror.every, &RemoteMirror::read_auditlog, 1000, rows.entries);
  add(mirror.events, "events", mirror.every, &RemoteMirror::read_events, 1000, rows.events);
  add(mirror.inventory, "inventory", day, &RemoteMirror::read_inventory,
      mirror.software ? page_with_software : page_of_computers, rows.computers);
  if (mirror.inventory)
    if (const auto last = from_iso(store.value(name_of(config, "inventory")).value_or(""))) {
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
    Step step;
    step.outcome = may_read_();
    if (step.outcome.done()) {
      step.outcome = {};
      step = (this->*part.step)(now);
    }
    settle(part, step, now);
    well = well && step.outcome.done();
  }
  return well;
}

void RemoteMirror::settle(Part& part, const Step& step, Time now) {
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

std::optional<Json> RemoteMirror::ask(const std::string& path, const std::string& query, Step& step) {
  auto answer = spare_->get(path, query);
  auto calls = std::move(step.outcome.calls);
  calls.insert(calls.end(), answer.outcome.calls.begin(), answer.outcome.calls.end());
  step.outcome = std::move(answer.outcome);
  step.outcome.calls = std::move(calls);
  return std::move(answer.value);
}

// A list by ids, ascending from `from`.
std::optional<Json> RemoteMirror::ask_page(const std::string& path, const std::string& query,
                                           std::int64_t from, int take, Step& step) {
  auto page = ask(path,
                  "startid=" + std::to_string(from) + "&take=" + std::to_string(take) +
                      (query.empty() ? "" : '&' + query),
                  step);
  if (!page) return std::nullopt;
  bool good = page->is_array();
  std::int64_t least = std::max<std::int64_t>(from, 1);
  for (std::size_t i = 0; good && i < page->size(); ++i) {
    const auto id = page->at(i).get("id").as_integer();
    good = id && *id >= least;
    if (good) least = *id + 1;
  }
  if (good) return page;
  // Pages are followed by id: one that does not go on would be followed for ever.
  not_an_answer(path + " is no list in the order of ids, or ignores startid", step.outcome);
  return std::nullopt;
}

void RemoteMirror::keep_mark(const Mark& mark, Time now) {
  if (mark_ && mark_->ticks == mark.ticks && mark_->next == mark.next) return;
  store_.set_value(name_of(config_, "auditlog"),
                   Json::object({{"ticks", mark.ticks}, {"next", Json(mark.next)}}).dump(), now);
  mark_ = mark;
}

RemoteMirror::Step RemoteMirror::read_auditlog(Time now) {
  if (!mark_)
    if (const auto kept = store_.value(name_of(config_, "auditlog")); kept && !kept->empty()) {
      const Json json = Json::parse(*kept);
      mark_ = Mark{json.get("ticks").string_or("0"), json.get("next").as_integer()};
    }
  if (mark_) return mark_->next ? read_history(now) : read_changes(now);
  // The mark is older than the history, so that no change falls between the two.
  Step step;
  const auto answer = ask("/auditlog/delta", "", step);
  if (!answer) return step;
  const auto ticks = answer->get("timeNow").as_number();
  if (!ticks || !(*ticks >= 0 && *ticks < 9e18)) {
    not_an_answer("the list of changes has no timeNow", step.outcome);
    return step;
  }
  keep_mark({std::to_string(mark_from(*ticks)), 0}, now);
  step.more = true;
  return step;
}

RemoteMirror::Step RemoteMirror::read_history(Time now) {
  Step step;
  Mark mark = *mark_;
  for (int i = 0; i < pages_at_once; ++i) {
    const auto page = ask_page("/auditlog", days_ + "&wantscandetails=1", mark.next.value_or(0),
                               part("auditlog").page, step);
    if (!page) return step;
    std::vector<MirroredEntry> entries;
    for (std::size_t at = 0; at < page->size(); ++at)
      if (auto entry = mirrored_entry(page->at(at), now)) entries.push_back(std::move(*entry));
    step.rows += store_.mirror().put_entries(config_.name, entries, now);
    if (entries.empty()) {
      mark.next.reset();
      keep_mark(mark, now);
      break;
    }
    mark.next = entries.back().id + 1;
    keep_mark(mark, now);
  }
  // What changed while the history was read is due at once.
  step.more = true;
  return step;
}

RemoteMirror::Step RemoteMirror::read_changes(Time now) {
  Step step;
  const auto answer = ask("/auditlog/delta", "deltaTime=" + mark_->ticks + "&wantscandetails=1", step);
  if (!answer) {
    // More changed than one answer holds, and it cannot be cut: the history is read again, by pages.
    if (step.outcome.reason == "too_large") {
      store_.set_value(name_of(config_, "auditlog"), "", now);
      mark_.reset();
    }
    return step;
  }
  const Json list = answer->get("entries");
  const auto ticks = answer->get("timeNow").as_number();
  if (!list.is_array() || !ticks || !(*ticks >= 0 && *ticks < 9e18)) {
    not_an_answer("the list of changes has no entries or no timeNow", step.outcome);
    return step;
  }
  std::vector<MirroredEntry> entries;
  for (std::size_t at = 0; at < list.size(); ++at)
    if (auto entry = mirrored_entry(list.at(at), now)) entries.push_back(std::move(*entry));
  step.rows = store_.mirror().put_entries(config_.name, entries, now);
  keep_mark({std::to_string(mark_from(*ticks)), std::nullopt}, now);
  return step;
}

RemoteMirror::Step RemoteMirror::read_events(Time now) {
  Step step;
  for (int i = 0; i < pages_at_once; ++i) {
    const std::int64_t from = store_.mirror().last_event(config_.name) + 1;
    const auto page = ask_page("/events", days_, from, part("events").page, step);
    if (!page) return step;
    std::vector<MirroredEvent> events;
    for (std::size_t at = 0; at < page->size(); ++at)
      if (auto event = mirrored_event(page->at(at), now)) events.push_back(std::move(*event));
    if (events.empty()) return step;
    step.rows += store_.mirror().add_events(config_.name, events);
  }
  step.more = true;
  return step;
}

RemoteMirror::Step RemoteMirror::read_inventory(Time now) {
  Step step;
  std::string wants = config_.mirror.software ? "wantsoftware=1" : "";
  if (config_.mirror.groups) wants += wants.empty() ? "wantgroups=1" : "&wantgroups=1";
  for (int i = 0; i < pages_at_once; ++i) {
    const auto page = ask_page("/inventory", wants, next_computer_, part("inventory").page, step);
    if (!page) return step;
    std::vector<MirroredComputer> computers;
    for (std::size_t at = 0; at < page->size(); ++at)
      if (auto computer = mirrored_computer(page->at(at))) computers.push_back(std::move(*computer));
    if (computers.empty()) {
      step.rows -= store_.mirror().keep_computers(config_.name, computers_);
      store_.set_value(name_of(config_, "inventory"), to_iso(now), now);
      computers_.clear();
      next_computer_ = 0;
      return step;
    }
    step.rows += store_.mirror().put_computers(config_.name, computers);
    for (const MirroredComputer& computer : computers) computers_.push_back(computer.id);
    next_computer_ = computers_.back() + 1;
  }
  step.more = true;
  return step;
}

std::string RemoteMirror::status() const {
  const std::lock_guard lock(mutex_);
  Json all = Json::object();
  for (const Part& part : parts_) {
    const bool well = part.reason == "ok";
    all.set(part.kind,
            Json::object({{"state", part.stopped ? "stopped"
                                    : well       ? "in step"
                                                 : "retrying"},
                          {"why", well ? Json() : Json(part.reason + ": " + part.detail)},
                          {"rows", part.rows},
                          {"lastSuccess", part.success == Time{} ? Json() : Json(to_iso(part.success))}}));
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
