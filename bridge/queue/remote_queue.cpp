#include "bridge/queue/remote_queue.h"

#include "bridge/drain/backoff.h"
#include "bridge/drain/desk_worker.h"
#include "bridge/ops/fault_point.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "bridge/ops/time_json.h"
#include "bridge/queue/remote_write.h"

namespace bridge {

using mappings::Json;
using workflows::Event;

namespace {

RemoteSync::Settings sync_settings(const QueueConfig& config) {
  RemoteSync::Settings settings;
  settings.queue = config.name;
  settings.reconcile = config.reconcile;
  return settings;
}

constexpr Lane::Settings lane_settings{.width = 8};
constexpr int most_attempts = 50;
constexpr std::chrono::milliseconds base_wait{500}, longest_wait{60'000}, longest_poll_wait{300'000};
// When no poll may be made any more, how often that is looked at: without a call.
constexpr std::chrono::minutes look_again{15};
constexpr std::size_t most_hinted = 100;
constexpr double cost_memory = 0.8;

// Our own stop, not an answer of the queue: a poll that waits holds no decision back.
bool is_shield(const connectors::Outcome& outcome) {
  return outcome.reason == "quota";
}

}  // namespace

RemoteQueue::RemoteQueue(const QueueConfig& config, Ledger& ledger, QuotaShield& shield,
                         std::unique_ptr<RemoteQueueApi> api)
    : config_(config),
      ledger_(ledger),
      shield_(shield),
      api_(std::move(api)),
      polls_(shielded(*api_, shield, Purpose::poll)),
      decisions_(shielded(*api_, shield, Purpose::decision)),
      pin_(config.name, config.tenant, ledger.store()),
      lane_(queue_lane(config.name), lane_settings, ledger.store(), ledger.clock(),
            [this](const DueEffect& effect) { perform(effect); }),
      sync_(sync_settings(config), *polls_, ledger.store(), *this),
      last_traffic_(to_micros(ledger.clock().now())) {}

RemoteQueue::~RemoteQueue() {
  stop();
}

void RemoteQueue::start() {
  lane_.start();
  thread_ = std::thread([this] { work(); });
}

void RemoteQueue::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  lane_.stop();
}

void RemoteQueue::resume() {
  pin_.doubt();
  shield_.reopen();
  lane_.resume();
  {
    std::lock_guard lock(mutex_);
    poll_now_ = true;
  }
  changed_.notify_all();
}

void RemoteQueue::hint(const std::vector<std::int64_t>& ids) {
  something_happened();
  {
    std::lock_guard lock(mutex_);
    for (const std::int64_t id : ids)
      if (hinted_.size() < most_hinted) hinted_.push_back(id);
  }
  changed_.notify_all();
}

void RemoteQueue::something_happened() {
  last_traffic_ = to_micros(ledger_.clock().now());
}

void RemoteQueue::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    poll_now_ = false;
    const auto hinted = std::exchange(hinted_, {});
    lock.unlock();
    const auto began = std::chrono::steady_clock::now();
    try {
      poll_once(hinted);
    } catch (const std::exception& e) {
      log(Level::error, "queue_poll_failed", {{"queue", config_.name}, {"why", e.what()}});
    }
    const auto random = random_number();
    lock.lock();
    while (!stopping_ && !poll_now_) {
      const std::int64_t traffic = last_traffic_;
      lock.unlock();
      const auto due = began + wait(random);
      lock.lock();
      if (traffic != last_traffic_) continue;  // a hint: nobody waited for its word
      if (stopping_ || poll_now_ || changed_.wait_until(lock, due) == std::cv_status::timeout) break;
    }
  }
}

std::chrono::milliseconds RemoteQueue::wait(std::uint64_t random) const {
  {
    const std::lock_guard lock(mutex_);
    if (faults_ > 0) return retry_wait(faults_, config_.poll, longest_poll_wait, after_, random);
  }
  auto wait = shield_.interval(from_micros(last_traffic_), cost_);
  if (wait > look_again && shield_.closed_until(Purpose::poll)) wait = look_again;
  return wait + full_jitter(1, wait / 10, wait / 10, random);
}

bool RemoteQueue::poll_once(const std::vector<std::int64_t>& hinted) {
  const Time now = ledger_.clock().now();
  auto outcome = pin_.check(*polls_, now);
  RemoteSync::Round round;
  if (outcome.done()) {
    if (!outcome.calls.empty()) observe(outcome, true);
    round = sync_.round(now, hinted);
    outcome = round.outcome;
    cost_ = cost_ * cost_memory + (1 - cost_memory) * static_cast<double>(outcome.calls.size());
    if (round.arrived + round.decided + round.gone > 0) something_happened();
  }
  observe(outcome, !is_shield(outcome));
  for (const RequestRef& ref : round.disputed) log(Level::warning, "pending_again", {{"request", ref.key()}});
  if (round.lost_changes)
    log(Level::info, "no_list_of_changes",
        {{"queue", config_.name}, {"detail", "/auditlog/delta was not answered: requests are read singly"}});
  remember(outcome);
  if (!outcome.done()) return false;
  last_poll_ = to_micros(ledger_.clock().now());
  if (round.whole) pending_ = round.pending;
  return true;
}

// What the next wait depends on; and a stop of our own is said once.
void RemoteQueue::remember(const connectors::Outcome& outcome) {
  const std::lock_guard lock(mutex_);
  faults_ = outcome.done() ? 0 : faults_ + 1;
  after_ = outcome.after;
  const std::string reason = outcome.done() ? "ok" : outcome.reason;
  const bool ours = reason == "quota" || reason == "wrong_tenant";
  if (!outcome.done() && reason != "stopped" && !(ours && reason == poll_reason_))
    log(Level::warning, "queue_unanswered",
        {{"queue", config_.name}, {"reason", reason}, {"detail", outcome.detail}});
  poll_reason_ = reason;
  poll_detail_ = outcome.detail;
}

void RemoteQueue::arrived(const std::string& queue, std::vector<RemoteRequest> requests) {
  std::vector<NewRequest> rows;
  rows.reserve(requests.size());
  for (RemoteRequest& request : requests) {
    NewRequest row = ledger_.begin(queue, Json::parse(request.body), "queue " + queue);
    row.id = request.id;
    row.status_code = request.status_code;
    row.scan_results = std::move(request.scan_results);
    row.body = [text = std::move(request.body)](std::int64_t) { return text; };
    rows.push_back(std::move(row));
  }
  fault_point("page_read");
  ledger_.submit_unknown(rows);
  fault_point("page_stored");
}

void RemoteQueue::decided(const Record& held, const Decision& decision) {
  Facts facts;
  facts.decision = decision;
  facts.actor = actor_named("queue " + config_.name);
  ledger_.feed(held, Event::queue_decided, facts);
  fault_point("remote_decision_recorded");
}

void RemoteQueue::gone(const Record& held, Gone how) {
  Facts facts;
  facts.actor = actor_named("queue " + config_.name);
  if (how == Gone::expired) facts.audit.push_back(row("expired", "nobody decided in time over there"));
  ledger_.feed(held, Event::withdrawn, facts);
}

void RemoteQueue::perform(const DueEffect& effect) {
  const RequestRef& ref = effect.record.ref;
  try {
    if (!effect.record.lifecycle.decision) {
      ledger_.store().finish(effect.id, ref, {row("dropped", "nothing to write: there is no decision")});
      return;
    }
    fault_point("write_claimed");
    const WriteBack result = write(effect);
    fault_point("write_answered");
    observe(result.outcome, true);
    something_happened();
    settle(effect, result);
  } catch (const std::exception& e) {
    log(Level::error, "write_failed", {{"request", ref.key()}, {"why", e.what()}});
  }
}

WriteBack RemoteQueue::write(const DueEffect& effect) {
  const Time now = ledger_.clock().now();
  WriteBack stopped;
  stopped.outcome = pin_.check(*decisions_, now);
  if (!stopped.outcome.done()) return stopped;
  return write_back(*decisions_, effect.record.ref, *effect.record.lifecycle.decision, config_.approver_email,
                    effect.attempts > 0, now);
}

void RemoteQueue::settle(const DueEffect& effect, const WriteBack& result) {
  Facts facts;
  facts.finished = effect.id;
  facts.actor = actor_named("queue " + config_.name);
  if (!result.outcome.calls.empty()) facts.audit.push_back(row("call", describe(result.outcome.calls)));
  const auto feed = [&](Event event) {
    ledger_.feed_later(effect.record, event, facts, lane_, [](bool) { fault_point("write_recorded"); });
  };
  switch (result.what) {
    case WriteBack::What::accepted:
      if (result.name_not_taken) note_lost_name(effect, facts);
      return feed(Event::write_accepted);
    case WriteBack::What::lost:
      facts.decision = result.stands;
      return feed(Event::write_lost);
    case WriteBack::What::withdrawn:
    case WriteBack::What::expired:
      return feed(Event::withdrawn);
    case WriteBack::What::open:
      break;
  }
  const auto& outcome = result.outcome;
  if (outcome.reason == "stopped") return;
  const bool park = !outcome.whole_desk && (outcome.verdict == connectors::Verdict::rejected ||
                                            (effect.attempts + 1 >= most_attempts && !lane_.paused()));
  if (park) {
    facts.park_reason = outcome.reason;
    facts.park_detail = outcome.detail;
    ledger_.feed(effect.record, Event::failed, facts);
    return;
  }
  const std::string why = outcome.reason + (outcome.detail.empty() ? "" : ": " + outcome.detail);
  const std::string calls = outcome.calls.empty() ? "" : describe(outcome.calls) + "; ";
  const auto wait = retry_wait(effect.attempts + 1, base_wait, longest_wait, outcome.after, random_number());
  const RequestRef& ref = effect.record.ref;
  const AuditRow audit = row("retry", calls + why + "; attempt " + std::to_string(effect.attempts + 1) +
                                          ", next in " + std::to_string(wait.count()) + " ms");
  ledger_.store().postpone(effect.id, audit.at + wait, ref, audit,
                           {trail_of_retry(ref, audit.actor, effect.kind, audit.text, audit.at)});
  fault_point("write_recorded");
}

void RemoteQueue::note_lost_name(const DueEffect& effect, Facts& facts) const {
  const Lifecycle& lifecycle = effect.record.lifecycle;
  Decision sent = *lifecycle.decision;
  if (sent.by_email.empty()) sent.by_email = config_.approver_email;
  metrics().names_not_taken_total.at(config_.name).add();
  facts.audit.push_back(row("name_not_taken", "the queue's portal does not know " + sent.by_email +
                                                  ": the decision stands there without a name"));
  if (!lifecycle.ticket.id.empty())
    facts.effects.push_back(make_note(lifecycle.desk, "note:name_not_taken",
                                      mappings::to_string(mappings::Note::name_not_taken), &sent,
                                      ledger_.clock().now()));
}

void RemoteQueue::observe(const connectors::Outcome& outcome, bool tell_lane) {
  if (outcome.reason != "stopped" && tell_lane) lane_.report(outcome);
  if (outcome.reason == "auth") pin_.doubt();
  metrics()
      .queue_calls_total
      .at(config_.name, connectors::to_string(outcome.verdict),
          outcome.reason.empty() ? "ok" : outcome.reason)
      .add();
  auto& seconds = metrics().queue_call_seconds.at(config_.name);
  for (const auto& call : outcome.calls) seconds.observe(call.took);
}

connectors::Outcome RemoteQueue::same_tenant() {
  return pin_.check(*polls_, ledger_.clock().now());
}

std::string RemoteQueue::status() const {
  const auto health = lane_.health();
  const std::int64_t polled = last_poll_;
  const auto figures = shield_.figures();
  std::string state = "in step", why = pin_.trouble();
  {
    const std::lock_guard lock(mutex_);
    if (!why.empty()) {
      state = "stopped";
    } else if (poll_reason_ == "quota") {
      state = shield_.closed_until(Purpose::decision) ? "paused" : "decisions only";
      why = poll_detail_;
    } else if (health.faults > 0 || faults_ > 0) {
      state = "retrying";
      why = poll_detail_;
    }
  }
  const auto calls = Json::object({{"used", figures.used},
                                   {"forDecisions", figures.decisions},
                                   {"limit", figures.limit},
                                   {"reserve", figures.reserve},
                                   {"forecast", static_cast<std::int64_t>(figures.forecast)},
                                   {"dayEnds", to_iso(figures.day_ends)}});
  return Json::object({{"state", state},
                       {"why", why.empty() ? Json() : Json(why)},
                       {"tenant", pin_.name().empty() ? Json() : Json(pin_.name())},
                       {"lastAnswer", health.last_answer},
                       {"lastAt", time_or_null(health.last_at)},
                       {"lastPoll", polled == 0 ? Json() : Json(to_iso(from_micros(polled)))},
                       {"pendingThere", pending_.load()},
                       {"calls", calls}})
      .dump();
}

std::string RemoteQueue::trouble() const {
  const std::string why = pin_.trouble();
  return why.empty() ? "" : "queue " + config_.name + " is stopped: " + why;
}

void RemoteQueue::measure(Metrics& all) const {
  const auto figures = shield_.figures();
  all.queue_budget_used.at(config_.name).set(static_cast<double>(figures.used));
  all.queue_budget_limit.at(config_.name).set(static_cast<double>(figures.limit));
  all.queue_budget_reserve.at(config_.name).set(static_cast<double>(figures.reserve));
  all.queue_budget_forecast.at(config_.name).set(figures.forecast);
  all.queue_poll_interval_seconds.at(config_.name).set(std::chrono::duration<double>(wait(0)).count());
  all.queue_stopped.at(config_.name, "quota").set(shield_.closed_until(Purpose::poll) ? 1 : 0);
  all.queue_stopped.at(config_.name, "wrong_tenant").set(pin_.trouble().empty() ? 0 : 1);
}

AuditRow RemoteQueue::row(std::string what, std::string text) const {
  AuditRow audit;
  audit.at = ledger_.clock().now();
  audit.what = std::move(what);
  audit.text = std::move(text);
  audit.actor = "queue " + config_.name;
  return audit;
}

}  // namespace bridge
