#include "bridge/app/drain.h"

#include "bridge/ops/error.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "bridge/ops/time_json.h"
#include "bridge/queue/remote_hint.h"

namespace bridge {

using mappings::Json;
using workflows::State;

namespace {

int width_of(const RuleSet& rules, const DeskConfig& config) {
  if (config.in_flight) return *config.in_flight;
  const Desk* desk = rules.desk(config.name);
  return desk != nullptr && desk->client ? desk->client->in_flight() : 4;
}

// As Lane wants it, also when a connector gives its desk much time.
std::chrono::seconds lease_of(const RuleSet& rules, const DeskConfig& config) {
  const std::chrono::seconds usual = Lane::Settings{}.lease;
  const Desk* desk = rules.desk(config.name);
  if (desk == nullptr || !desk->client) return usual;
  return std::max(usual, std::chrono::ceil<std::chrono::seconds>(2 * desk->client->longest_verb()));
}

void observe_desk(const std::string& desk, const connectors::Outcome& outcome) {
  metrics()
      .desk_calls_total
      .at(desk, connectors::to_string(outcome.verdict), outcome.reason.empty() ? "ok" : outcome.reason)
      .add();
  auto& seconds = metrics().desk_call_seconds.at(desk);
  for (const auto& call : outcome.calls) seconds.observe(call.took);
  if (outcome.found) metrics().duplicates_avoided_total.at(desk).add();
}

std::string name_behind(std::string_view prefix, const std::string& lane) {
  return lane.starts_with(prefix) ? lane.substr(prefix.size()) : std::string();
}

double seconds_since(Time then, Time now) {
  return std::chrono::duration<double>(now - then).count();
}

}  // namespace

struct Drain::DeskSide {
  DeskWorker worker;
  Lane lane;
  DeskWatch watch;
  std::atomic<std::int64_t> last_poll{0};  // microseconds; 0: never

  DeskSide(const Config& config, const DeskConfig& desk, const RuleSet& rules, Ledger& ledger)
      : worker(desk.name, {.public_url = config.public_url}, ledger, observe_desk),
        lane(desk_lane(desk.name), {.width = width_of(rules, desk), .lease = lease_of(rules, desk)},
             ledger.store(), ledger.clock(),
             [this](const DueEffect& effect) { worker.perform(effect, lane); }),
        watch(desk.name, {desk.poll, desk.reconcile}, ledger, lane, observe_desk,
              [this](const std::string&, Time at) { last_poll = to_micros(at); }) {}
};

struct Drain::QueueSide {
  QuotaShield shield;
  RemoteQueue queue;
  RemoteMirror mirror;

  QueueSide(const QueueConfig& config, Ledger& ledger, connectors::HttpClient& http)
      : shield(config.name, budget_of(config), ledger.store(), ledger.clock()),
        queue(config, ledger, shield, api_of(config, http)),
        mirror(config, ledger.store(), ledger.clock(), shield, api_of(config, http),
               [this] { return queue.same_tenant(); }) {}

  std::unique_ptr<RemoteQueueApi> api_of(const QueueConfig& config, connectors::HttpClient& http) {
    return make_remote_queue_api(config.url, config.key, http,
                                 [this](const RateSaid& said) { shield.heard(said); });
  }

  static CallBudget::Settings budget_of(const QueueConfig& config) {
    CallBudget::Settings settings;
    settings.calls_a_day = config.calls_a_day;
    settings.reserve_percent = config.decision_reserve;
    settings.day_starts = config.day_starts;
    settings.rest = config.poll;
    settings.quick = config.poll_quick;
    return settings;
  }
};

Drain::Drain(const Config& config, Store& store, const Rules& rules, const Clock& clock,
             connectors::HttpClient& http)
    : config_(config),
      store_(store),
      rules_(rules),
      clock_(clock),
      http_(http),
      ledger_(store, rules, clock,
              {[this](const std::string& queue) {
                 const QueueConfig* found = config_.queue(queue);
                 if (found != nullptr) return !found->remote;
                 // Taken out of the configuration: what a tenant elsewhere is to hear waits until it is back.
                 return !has_budget(queue, store_);
               },
               [this](const std::string& lane) { wake(lane); },
               [this](const std::string& lane) { return lane_of_desk(lane); },
               [this](const Record& before, const Change& change) { moved(before, change); }}),
      started_(clock.now()),
      timers_(ledger_) {
  clock_side_ = std::make_unique<Lane>(clock_lane, Lane::Settings{.width = 1}, store, clock,
                                       [this](const DueEffect& effect) { timers_.perform(effect); });
  const auto current = rules.current();
  for (const DeskConfig& desk : config.desks)
    desks_.emplace(desk.name, std::make_unique<DeskSide>(config, desk, *current, ledger_));
  for (const QueueConfig& queue : config.queues)
    if (queue.remote) queues_.emplace(queue.name, std::make_unique<QueueSide>(queue, ledger_, http));
}

Drain::~Drain() {
  stop();
}

void Drain::start() {
  running_ = true;
  clock_side_->start();
  for (auto& [name, desk] : desks_) {
    desk->lane.start();
    desk->watch.start();
  }
  for (auto& [name, queue] : queues_) {
    queue->queue.start();
    queue->mirror.start();
  }
}

void Drain::stop() {
  if (!running_) return;
  running_ = false;
  http_.stop();
  for (auto& [name, queue] : queues_) {
    queue->mirror.stop();
    queue->queue.stop();
  }
  for (auto& [name, desk] : desks_) desk->watch.stop();
  for (auto& [name, desk] : desks_) desk->lane.stop();
  clock_side_->stop();
}

bool Drain::hint(const std::string& name, const std::vector<std::pair<std::string, std::string>>& headers,
                 std::string_view body, std::string& refused) {
  auto found = desks_.find(name);
  const auto rules = rules_.current();
  const Desk* desk = rules->desk(name);
  if (found == desks_.end() || desk == nullptr || !desk->client)
    throw Error(ErrorCode::not_found, "no desk is called " + name);
  const auto hint = desk->client->hint(headers, body, refused);
  if (!hint) {
    if (refused.empty()) refused = "nothing in it names a ticket";
    return false;
  }
  found->second->watch.hint(*hint);
  return true;
}

void Drain::hint_queue(const std::string& name, std::string_view body) {
  auto found = queues_.find(name);
  if (found == queues_.end()) throw Error(ErrorCode::not_found, "no remote queue is called " + name);
  found->second->queue.hint(hinted_ids(body));
}

void Drain::resume_lanes() {
  for (auto& [name, desk] : desks_) desk->lane.resume();
  for (auto& [name, queue] : queues_) {
    queue->queue.resume();
    queue->mirror.resume();
  }
}

Lane* Drain::lane_of_desk(const std::string& lane) {
  const auto desk = desks_.find(name_behind("desk:", lane));
  return desk == desks_.end() ? nullptr : &desk->second->lane;
}

void Drain::wake(const std::string& lane) {
  if (lane == clock_lane) {
    clock_side_->wake();
  } else if (Lane* const desk = lane_of_desk(lane)) {
    desk->wake();
  } else if (auto queue = queues_.find(name_behind("queue:", lane)); queue != queues_.end()) {
    queue->second->queue.wake();
  }
}

void Drain::moved(const Record& before, const Change& change) {
  const Lifecycle& now = change.lifecycle;
  if (workflows::is_parked(now.state) && !workflows::is_parked(before.lifecycle.state))
    metrics().parked_total.at(now.desk, now.park_reason).add();
  if (before.lifecycle.outcome.empty() && !now.outcome.empty())
    metrics().decisions_total.at(now.desk, now.outcome).add();
}

void Drain::measure(Metrics& all) {
  const Time now = clock_.now();
  all.requests.zero();
  for (const auto& count : store_.counts())
    all.requests.at(count.queue, workflows::to_string(count.state)).set(static_cast<double>(count.count));
  auto age = [&](const std::string& desk, const std::vector<State>& states) {
    auto oldest = store_.oldest(desk, states);
    return oldest ? std::max(0.0, seconds_since(*oldest, now)) : 0.0;
  };
  for (auto& [name, desk] : desks_) {
    all.oldest_pending_without_ticket_seconds.at(name).set(
        age(name, {State::opening, State::parked_opening}));
    all.oldest_decision_not_written_back_seconds.at(name).set(
        age(name, {State::writing, State::parked_writing}));
    const auto polled = desk->last_poll.load();
    all.last_successful_poll_seconds.at("desk", name)
        .set(seconds_since(polled == 0 ? started_ : from_micros(polled), now));
    all.desk_paused.at(name).set(desk->lane.paused() ? 1 : 0);
  }
  for (auto& [name, queue] : queues_) {
    const Time polled = queue->queue.last_poll();
    all.last_successful_poll_seconds.at("queue", name)
        .set(seconds_since(polled == Time{} ? started_ : polled, now));
    queue->queue.measure(all);
    queue->mirror.measure(all);
  }
}

std::map<std::string, std::string> Drain::status() {
  std::map<std::string, std::string> lines;
  for (auto& [name, desk] : desks_) {
    const auto health = desk->lane.health();
    const auto polled = desk->last_poll.load();
    const bool paused = desk->lane.paused();
    lines["desk:" + name] =
        Json::object({{"state", paused || health.faults > 0 ? "retrying" : "in step"},
                      {"lastAnswer", health.last_answer},
                      {"lastAt", time_or_null(health.last_at)},
                      {"lastPoll", polled == 0 ? Json() : Json(to_iso(from_micros(polled)))},
                      {"pausedUntil", paused ? Json(to_iso(health.paused_until)) : Json()},
                      {"busy", health.busy}})
            .dump();
  }
  for (auto& [name, queue] : queues_) {
    Json side = Json::parse(queue->queue.status());
    side.set("mirror", Json::parse(queue->mirror.status()));
    if (const std::string why = queue->mirror.trouble(); !why.empty()) side.set("mirrorTrouble", why);
    lines["queue:" + name] = side.dump();
  }
  return lines;
}

std::vector<std::string> Drain::unready() const {
  if (!running_) return {"the drain is not running"};
  std::vector<std::string> reasons;
  for (const auto& [name, queue] : queues_)
    if (std::string why = queue->queue.trouble(); !why.empty()) reasons.push_back(std::move(why));
  return reasons;
}

}  // namespace bridge
