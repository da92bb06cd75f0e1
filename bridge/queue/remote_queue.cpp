#include "bridge/queue/remote_queue.h"

#include "bridge/drain/backoff.h"
#include "bridge/drain/desk_worker.h"
#include "bridge/ops/fault_point.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "bridge/queue/remote_write.h"

namespace bridge {

using mappings::Json;
using workflows::Event;

namespace {

RemoteSync::Settings sync_settings(const QueueConfig& config) {
  RemoteSync::Settings settings;
  settings.queue = config.name;
  settings.poll = config.poll;
  settings.reconcile = config.reconcile;
  return settings;
}

constexpr Lane::Settings lane_settings{.width = 8};
constexpr int most_attempts = 50;
constexpr std::chrono::milliseconds base_wait{500}, longest_wait{60'000};

}  // namespace

RemoteQueue::RemoteQueue(const QueueConfig& config, Ledger& ledger, std::unique_ptr<RemoteQueueApi> api)
    : config_(config),
      ledger_(ledger),
      api_(std::move(api)),
      lane_(queue_lane(config.name), lane_settings, ledger.store(), ledger.clock(),
            [this](const DueEffect& effect) { perform(effect); }),
      sync_(sync_settings(config), *api_, ledger.store(), *this) {}

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
  lane_.resume();
  {
    std::lock_guard lock(mutex_);
    poll_now_ = true;
  }
  changed_.notify_all();
}

void RemoteQueue::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    poll_now_ = false;
    lock.unlock();
    try {
      poll_once();
    } catch (const std::exception& e) {
      log(Level::error, "queue_poll_failed", {{"queue", config_.name}, {"why", e.what()}});
    }
    const auto wait = sync_.wait(random_number());
    lock.lock();
    changed_.wait_for(lock, wait, [this] { return stopping_ || poll_now_; });
  }
}

bool RemoteQueue::poll_once() {
  const auto round = sync_.round(ledger_.clock().now());
  observe(round.outcome);
  for (const RequestRef& ref : round.disputed) log(Level::warning, "pending_again", {{"request", ref.key()}});
  if (!round.outcome.done()) {
    log(Level::warning, "queue_unanswered",
        {{"queue", config_.name}, {"reason", round.outcome.reason}, {"detail", round.outcome.detail}});
    return false;
  }
  last_poll_ = to_micros(ledger_.clock().now());
  if (round.whole) pending_ = round.pending;
  return true;
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
  facts.actor = "queue " + config_.name;
  ledger_.feed(held, Event::queue_decided, facts);
  fault_point("remote_decision_recorded");
}

void RemoteQueue::gone(const Record& held, Gone how) {
  Facts facts;
  facts.actor = "queue " + config_.name;
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
    const WriteBack result = write_back(*api_, ref, *effect.record.lifecycle.decision, config_.approver_email,
                                        effect.attempts > 0, ledger_.clock().now());
    fault_point("write_answered");
    observe(result.outcome);
    Facts facts;
    facts.finished = effect.id;
    facts.actor = "queue " + config_.name;
    if (!result.outcome.calls.empty()) facts.audit.push_back(row("call", describe(result.outcome.calls)));
    if (result.name_not_taken)
      facts.audit.push_back(row("name_not_taken", "the queue's portal does not know " +
                                                      effect.record.lifecycle.decision->by_email +
                                                      ": the decision stands there without a name"));
    const auto feed = [&](Event event) {
      ledger_.feed_later(effect.record, event, facts, lane_, [] { fault_point("write_recorded"); });
    };
    switch (result.what) {
      case WriteBack::What::accepted:
        return feed(Event::write_accepted);
      case WriteBack::What::lost:
        facts.decision = result.stands;
        return feed(Event::write_lost);
      case WriteBack::What::withdrawn:
      case WriteBack::What::expired:
        return feed(Event::withdrawn);
      case WriteBack::What::open: {
        const auto& outcome = result.outcome;
        const std::string why = outcome.reason + (outcome.detail.empty() ? "" : ": " + outcome.detail);
        if (outcome.reason == "stopped") return;
        const bool park = !outcome.whole_desk && (outcome.verdict == connectors::Verdict::rejected ||
                                                  effect.attempts + 1 >= most_attempts);
        if (park) {
          facts.park_reason = outcome.reason;
          facts.park_detail = outcome.detail;
          ledger_.feed(effect.record, Event::failed, facts);
          return;
        }
        const auto wait =
            retry_wait(effect.attempts + 1, base_wait, longest_wait, outcome.after, random_number());
        ledger_.store().postpone(effect.id, ledger_.clock().now() + wait, ref,
                                 row("retry", describe(outcome.calls) + "; " + why + "; attempt " +
                                                  std::to_string(effect.attempts + 1) + ", next in " +
                                                  std::to_string(wait.count()) + " ms"));
      }
    }
    fault_point("write_recorded");
  } catch (const std::exception& e) {
    log(Level::error, "write_failed", {{"request", ref.key()}, {"why", e.what()}});
  }
}

void RemoteQueue::observe(const connectors::Outcome& outcome) {
  if (outcome.reason != "stopped") lane_.report(outcome);
  metrics()
      .queue_calls_total
      .at(config_.name, connectors::to_string(outcome.verdict),
          outcome.reason.empty() ? "ok" : outcome.reason)
      .add();
  auto& seconds = metrics().queue_call_seconds.at(config_.name);
  for (const auto& call : outcome.calls) seconds.observe(call.took);
}

std::string RemoteQueue::status() const {
  const auto health = lane_.health();
  const std::int64_t polled = last_poll_;
  return Json::object({{"state", health.faults > 0 ? "retrying" : "in step"},
                       {"lastAnswer", health.last_answer},
                       {"lastAt", health.last_at == Time{} ? Json() : Json(to_iso(health.last_at))},
                       {"lastPoll", polled == 0 ? Json() : Json(to_iso(from_micros(polled)))},
                       {"pendingThere", pending_.load()}})
      .dump();
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
