#include "bridge/api/quota.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "bridge/api/http_answer.h"
#include "bridge/ops/log.h"
#include "mappings/engine/json.h"

namespace bridge {

using mappings::Json;

namespace {
// A clock that is set back by less does not begin the day anew.
constexpr auto clock_slack = std::chrono::hours(1);

// What save() wrote; null where nothing can be made of it.
Json parsed(const std::optional<std::string>& text) {
  try {
    return text ? Json::parse(*text) : Json();
  } catch (const mappings::JsonError&) {
    return {};
  }
}

std::string value_name(const std::string& queue) {
  return "quota:" + queue;
}
}  // namespace

struct Quota::Tenant {
  Tenant(std::string name_of, Settings given) : name(std::move(name_of)), settings(std::move(given)) {}

  const std::string name;
  const Settings settings;
  // Hot: read and counted by every call.
  std::atomic<std::int64_t> used{0};
  std::atomic<std::int64_t> begin{0}, end{0};  // of the days that `used` is of, in microseconds
  std::atomic<bool> closed{false};

  std::mutex turning;  // guards what follows, and every change of begin, end and closed
  std::chrono::local_days day{};
  std::string written;

  bool stale(std::int64_t now) const noexcept {
    return now >= end || now < begin - std::chrono::microseconds(clock_slack).count();
  }

  void begin_day(std::chrono::local_days today) {
    day = today;
    used = 0;
    closed = false;
    begin = to_micros(settings.zone.start_of(today));
    end = to_micros(settings.zone.start_of(today + std::chrono::days(1)));
  }

  void turn(Time now) {
    const std::lock_guard lock(turning);
    if (stale(to_micros(now))) begin_day(settings.zone.day_of(now));
  }

  void close() {
    const std::lock_guard lock(turning);
    if (closed) return;
    // The day could have turned since the call was counted.
    if (used < settings.calls_a_day) return;
    end = to_micros(settings.zone.start_of(next_business_day()));
    closed = true;
    log(Level::warning, "quota_used_up",
        {{"queue", name}, {"calls_a_day", settings.calls_a_day}, {"opens", opens()}});
  }

  std::chrono::local_days next_business_day() const {
    const auto& open_on = settings.business_days;
    auto next = day + std::chrono::days(1);
    for (int tried = 0; tried < 7; ++tried, next += std::chrono::days(1))
      if (std::find(open_on.begin(), open_on.end(), std::chrono::weekday(next)) != open_on.end()) return next;
    return day + std::chrono::days(1);
  }

  std::string opens() const {
    return settings.zone.to_iso(from_micros(end)) + " (" + settings.zone.name() + ')';
  }

  std::string state() const {
    const auto date = std::chrono::sys_days(day.time_since_epoch());
    return Json::object({{"day", to_api_time(date).substr(0, 10)},
                         {"used", std::min(used.load(), settings.calls_a_day)},
                         {"closed", closed.load()}})
        .dump();
  }
};

Quota::Quota(const Clock& clock, const std::map<std::string, Settings>& queues) : clock_(clock) {
  for (const auto& [name, settings] : queues)
    if (settings.calls_a_day > 0) {
      tenants_.emplace(name, std::make_unique<Tenant>(name, settings));
      metrics().quota_refused_total.at(name);
    }
}

Quota::~Quota() = default;

std::optional<Quota::Charge> Quota::charge(std::string_view queue) {
  const auto found = tenants_.find(queue);
  if (found == tenants_.end()) return std::nullopt;
  Tenant& tenant = *found->second;
  const Time now = clock_.now();
  if (tenant.stale(to_micros(now))) tenant.turn(now);
  const std::int64_t before = tenant.used.fetch_add(1, std::memory_order_relaxed);
  Charge charge;
  charge.limit = tenant.settings.calls_a_day;
  charge.allowed = before < charge.limit;
  charge.remaining = charge.allowed ? charge.limit - before - 1 : 0;
  if (!charge.allowed && !tenant.closed) tenant.close();
  const auto left = from_micros(tenant.end) - now;
  charge.reset_s = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(left).count());
  if (!charge.allowed) {
    charge.opens = tenant.opens();
    metrics().quota_refused_total.at(tenant.name).add();
  }
  return charge;
}

void Quota::load(Store& store) {
  const Time now = clock_.now();
  for (const auto& [name, tenant] : tenants_) {
    const Json state = parsed(store.value(value_name(name)));
    const std::lock_guard lock(tenant->turning);
    const auto& zone = tenant->settings.zone;
    const auto today = zone.day_of(now);
    tenant->begin_day(today);
    const auto at = from_iso(state.get("day").string_or("") + "T00:00:00");
    if (!at) continue;
    const std::chrono::local_days day(std::chrono::floor<std::chrono::days>(*at).time_since_epoch());
    const std::int64_t used = state.get("used").as_integer().value_or(0);
    // A limit that was raised in the meantime opens the queue again.
    const bool closed = state.get("closed").as_bool().value_or(false) && used >= tenant->settings.calls_a_day;
    if (day != today && !closed) continue;
    tenant->begin_day(day);
    tenant->used = used;
    if (closed) tenant->end = to_micros(zone.start_of(tenant->next_business_day()));
    tenant->closed = closed;
    if (tenant->stale(to_micros(now))) tenant->begin_day(today);
    tenant->written = tenant->state();
  }
}

void Quota::save(Store& store) {
  for (const auto& [name, tenant] : tenants_) {
    std::string state;
    {
      const std::lock_guard lock(tenant->turning);
      if (tenant->end == 0) continue;
      state = tenant->state();
    }
    if (state == tenant->written) continue;
    store.set_value(value_name(name), state, clock_.now());
    tenant->written = state;
  }
}

void Quota::measure(Metrics& all) const {
  const std::int64_t now = to_micros(clock_.now());
  for (const auto& [name, tenant] : tenants_) {
    const bool stale = tenant->stale(now);
    const std::int64_t limit = tenant->settings.calls_a_day;
    all.quota_calls_a_day.at(name).set(static_cast<double>(limit));
    all.quota_calls_used.at(name).set(stale ? 0 : static_cast<double>(std::min(tenant->used.load(), limit)));
    all.quota_closed.at(name).set(!stale && tenant->closed ? 1 : 0);
  }
}

Reply quota_reply(const Quota::Charge& charge) {
  Reply reply =
      message_reply(429, "The quota of " + std::to_string(charge.limit) +
                             " calls a day is used up. Calls are answered again from " + charge.opens);
  reply.headers.emplace_back("Retry-After", std::to_string(charge.reset_s));
  return reply;
}

void append_quota(HeaderList& headers, const Quota::Charge& charge) {
  headers.emplace_back("X-RateLimit-Limit", std::to_string(charge.limit));
  headers.emplace_back("X-RateLimit-Remaining", std::to_string(charge.remaining));
  headers.emplace_back("X-RateLimit-Reset", std::to_string(charge.reset_s));
}

}  // namespace bridge
