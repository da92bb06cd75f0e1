#include "bridge/queue/quota_shield.h"

#include <algorithm>
#include <utility>

#include "bridge/ops/log.h"
#include "mappings/engine/json.h"

namespace bridge {

using connectors::Outcome;
using connectors::Result;
using connectors::Verdict;
using mappings::Json;

namespace {

// So many calls are written down before they are made: one write to the store for all of them.
constexpr std::int64_t most_kept_ahead = 200;

std::string to_text(const CallBudget::Spent& spent) {
  return Json::object({{"dayEnds", to_iso(spent.day_ends)},
                       {"used", spent.used},
                       {"decisions", spent.decisions},
                       {"limitSaid", spent.limit_said ? Json(*spent.limit_said) : Json()}})
      .dump();
}

std::optional<CallBudget::Spent> from_text(const std::string& text) {
  const Json json = Json::parse(text);
  const auto ends = from_iso(json.get("dayEnds").string_or(""));
  const auto used = json.get("used").as_integer();
  if (!ends || !used) return std::nullopt;
  CallBudget::Spent spent;
  spent.day_ends = *ends;
  spent.used = *used;
  spent.decisions = json.get("decisions").as_integer().value_or(0);
  spent.limit_said = json.get("limitSaid").as_integer();
  return spent;
}

std::string budget_of(const std::string& queue) {
  return "budget:queue:" + queue;
}

class ShieldedApi final : public RemoteQueueApi {
 public:
  ShieldedApi(RemoteQueueApi& api, QuotaShield& shield, Purpose purpose)
      : api_(api), shield_(shield), purpose_(purpose) {}

  Result<std::vector<RemoteRequest>> pending(std::int64_t start_id, int take) override {
    return ask<Result<std::vector<RemoteRequest>>>([&] { return api_.pending(start_id, take); });
  }
  Result<RemoteRequest> read(std::int64_t id) override {
    return ask<Result<RemoteRequest>>([&] { return api_.read(id); });
  }
  Result<RemoteChanges> changes(std::optional<std::int64_t> since) override {
    return ask<Result<RemoteChanges>>([&] { return api_.changes(since); });
  }
  Result<Json> get(const std::string& path, const std::string& query) override {
    return ask<Result<Json>>([&] { return api_.get(path, query); });
  }
  Result<std::string> tenant_name() override {
    return ask<Result<std::string>>([&] { return api_.tenant_name(); });
  }
  Outcome approve(std::int64_t id, const std::string& email) override {
    return write([&] { return api_.approve(id, email); });
  }
  Outcome deny(std::int64_t id, const std::string& email, const std::string& reason) override {
    return write([&] { return api_.deny(id, email, reason); });
  }

 private:
  template <class Answer, class Make>
  Answer ask(Make make) {
    Answer answer;
    if (auto refused = shield_.take(purpose_)) {
      answer.outcome = std::move(*refused);
      return answer;
    }
    answer = make();
    shield_.ended(answer.outcome);
    return answer;
  }
  template <class Make>
  Outcome write(Make make) {
    if (auto refused = shield_.take(purpose_)) return std::move(*refused);
    Outcome outcome = make();
    shield_.ended(outcome);
    return outcome;
  }

  RemoteQueueApi& api_;
  QuotaShield& shield_;
  const Purpose purpose_;
};

}  // namespace

bool has_budget(const std::string& queue, Store& store) {
  return store.value(budget_of(queue)).has_value();
}

QuotaShield::QuotaShield(const std::string& queue, const CallBudget::Settings& settings, Store& store,
                         const Clock& clock)
    : name_(budget_of(queue)), store_(store), clock_(clock), budget_(settings, clock.now()) {
  try {
    if (const auto text = store_.value(name_))
      if (const auto spent = from_text(*text)) budget_.restore(*spent, clock_.now());
  } catch (const mappings::JsonError&) {
    log(Level::warning, "budget_unreadable", {{"name", name_}});
  }
  kept_ = budget_.spent();
}

QuotaShield::~QuotaShield() {
  try {
    keep(0);
  } catch (const std::exception& e) {
    log(Level::warning, "budget_not_kept", {{"name", name_}, {"why", e.what()}});
  }
}

void QuotaShield::keep(std::int64_t ahead) {
  CallBudget::Spent spent = budget_.spent();
  spent.used += ahead;
  store_.set_value(name_, to_text(spent), clock_.now());
  kept_ = spent;
}

std::optional<Outcome> QuotaShield::take(Purpose purpose) {
  const Time now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (budget_.take(purpose, now)) {
    const auto spent = budget_.spent();
    if (spent.used > kept_.used || spent.day_ends != kept_.day_ends)
      keep(std::clamp<std::int64_t>(budget_.figures(now).limit / 500, 1, most_kept_ahead));
    return std::nullopt;
  }
  const Time until = budget_.closed_until(purpose, now).value_or(now);
  const auto figures = budget_.figures(now);
  Outcome outcome;
  outcome.verdict = Verdict::retry;
  outcome.reason = "quota";
  const std::string day =
      std::to_string(figures.used) + " of " + std::to_string(figures.limit) + " calls of the day are used";
  if (figures.used >= figures.limit)
    outcome.detail = day + "; decisions wait, and go on at " + to_iso(until);
  else if (until < figures.day_ends)
    outcome.detail = "the tenant asked for a pause; the next call is made at " + to_iso(until);
  else
    outcome.detail = day + ", the rest is kept for decisions" +
                     (purpose == Purpose::mirror ? " and polls" : "") + "; go on at " + to_iso(until);
  outcome.after = std::chrono::ceil<std::chrono::milliseconds>(until - now);
  outcome.whole_desk = true;
  return outcome;
}

void QuotaShield::heard(const RateSaid& said) {
  const std::lock_guard lock(mutex_);
  budget_.heard(said, clock_.now());
}

void QuotaShield::ended(const Outcome& outcome) {
  if (outcome.reason != "rate_limited") return;
  const std::lock_guard lock(mutex_);
  budget_.refused(outcome.after, clock_.now());
}

void QuotaShield::reopen() {
  const std::lock_guard lock(mutex_);
  budget_.reopen();
}

std::optional<Time> QuotaShield::closed_until(Purpose purpose) {
  const std::lock_guard lock(mutex_);
  return budget_.closed_until(purpose, clock_.now());
}

std::chrono::milliseconds QuotaShield::interval(Time last_traffic, double cost) {
  const std::lock_guard lock(mutex_);
  return budget_.interval(clock_.now(), last_traffic, cost);
}

CallBudget::Figures QuotaShield::figures() {
  const std::lock_guard lock(mutex_);
  return budget_.figures(clock_.now());
}

std::unique_ptr<RemoteQueueApi> shielded(RemoteQueueApi& api, QuotaShield& shield, Purpose purpose) {
  return std::make_unique<ShieldedApi>(api, shield, purpose);
}

}  // namespace bridge
