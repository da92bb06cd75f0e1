#include "bridge/hooks/hooks.h"

#include <algorithm>

#include "bridge/hooks/hook_settings.h"
#include "bridge/hooks/signature.h"
#include "bridge/ops/error.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "mappings/engine/request_shape.h"

namespace bridge {

using mappings::Json;

namespace {

constexpr std::chrono::seconds look_every{1};
constexpr std::size_t most_of_a_queue = 20;
constexpr int deliveries_shown = 100;

Json whole(const Subscription& subscription) {
  Json shown = show_hook(subscription.config());
  shown.set("source", subscription.of_file() ? "config" : "api");
  shown.set("created", subscription.of_file() ? Json() : Json(to_iso(subscription.created())));
  const Json state = subscription.describe();
  for (const std::string& key : state.keys()) shown.set(key, state.get(key));
  return shown;
}

Json with_secret(Json shown, const Secret& fresh) {
  if (!fresh.empty()) shown.set("secret", fresh.reveal());
  return shown;
}

}  // namespace

std::unique_ptr<connectors::HttpClient> make_hook_client(const Config& config) {
  connectors::HttpClient::Limits limits;
  limits.max_answer_bytes = 64u << 10;
  return std::make_unique<connectors::HttpClient>(
      connectors::TlsSettings{config.ca_file}, limits,
      [guard = AddressGuard(config.hooks_allow)](const std::string& host, const std::string& address) {
        return guard.refuse(host, address);
      });
}

std::string test_object(Store& store, const std::string& queue) {
  PageQuery newest;
  newest.last = 1;
  if (const std::string list = store.page(queue, newest); list.size() > 2)
    return list.substr(1, list.size() - 2);
  std::vector<std::string> problems;
  Json sample = mappings::complete_request(
      Json::object({{"id", 0},
                    {"type", "Run As Admin"},
                    {"status", "Pending approval"},
                    {"user", Json::object({{"fullName", "Test Example"}})},
                    {"reason", "A test of this webhook; nobody asks for anything"}}),
      problems);
  sample.set("scanResults", Json::array());
  return sample.dump();
}

Hooks::Hooks(const Config& config, Store& store, const Rules& rules, const Clock& clock,
             std::shared_ptr<const Pepper> pepper, Exchange exchange)
    : store_(store),
      pepper_(std::move(pepper)),
      guard_(config.hooks_allow),
      parts_{store, rules, clock, std::move(exchange), config.public_url} {
  auto all = std::make_shared<All>();
  for (const HookConfig& hook : config.hooks) all->emplace(hook.name, make(hook, true, {}));
  for (const WebhookRow& row : store.hooks().webhooks()) {
    HookConfig hook = hook_from_row(row, *pepper_);
    if (!is_sealed(row.settings))
      store.hooks().put_webhook({row.id, row.queue, hook_to_text(hook, *pepper_), row.created}, {});
    all->emplace(row.id, make(std::move(hook), false, row.created));
  }
  // One that left the file and comes again is not told what happened between.
  for (const auto& [name, cursor] : store.values(event_cursor_prefix))
    if (!cursor.empty() && !all->contains(name.substr(event_cursor_prefix.size())))
      store.set_value(name, "", clock.now());
  all_ = std::move(all);
}

Hooks::~Hooks() {
  stop();
}

Hooks::One Hooks::make(HookConfig config, bool of_file, Time created) const {
  auto one = std::make_shared<Subscription>(std::move(config), of_file, created, parts_);
  one->begin_events();
  return one;
}

void Hooks::start() {
  running_ = true;
  const auto set = all();
  for (const auto& [id, one] : *set) one->start();
  looker_ = std::thread([this] { keep_looking(); });
}

void Hooks::stop() {
  if (!running_) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  looker_.join();
  std::lock_guard lock(changing_);
  running_ = false;
  const auto set = all();
  for (const auto& [id, one] : *set) one->stop();
}

void Hooks::keep_looking() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    look();
    lock.lock();
    changed_.wait_for(lock, look_every, [this] { return stopping_; });
  }
}

void Hooks::look() {
  const auto set = all();
  for (const auto& [id, one] : *set) {
    try {
      one->look();
    } catch (const std::exception& e) {
      log(Level::error, "hook_not_looked_after", {{"subscription", id}, {"why", e.what()}});
    }
  }
}

void Hooks::tell_of(NewRequest& request) const {
  const auto set = all();
  for (const auto& [id, one] : *set)
    if (one->config().queue == request.queue) add_deliveries(id, one->config().events, request);
}

void Hooks::tell_of(const Record& before, Change& change) const {
  if (!change.body || *change.body == before.body) return;
  const auto set = all();
  for (const auto& [id, one] : *set)
    if (one->config().queue == change.ref.queue) add_deliveries(id, one->config().events, change);
}

void Hooks::tell_of(UseReport& report) const {
  const auto set = all();
  const bool any = std::any_of(set->begin(), set->end(), [&](const auto& one) {
    return one.second->config().queue == report.ref.queue;
  });
  if (!any) return;
  report.effects = [set, queue = report.ref.queue](const AuditlogRecord& entry, Time touched, bool status) {
    std::vector<NewEffect> effects;
    for (const auto& [id, one] : *set)
      if (one->config().queue == queue)
        add_deliveries(id, one->config().events, entry, touched, status, effects);
    return effects;
  };
}

void Hooks::wake(const std::string& lane) {
  const auto set = all();
  if (lane.empty())
    for (const auto& [id, one] : *set) one->lane().wake();
  if (!lane.starts_with(hook_lane_prefix)) return;
  if (const auto found = set->find(lane.substr(hook_lane_prefix.size())); found != set->end())
    found->second->lane().wake();
}

Hooks::One Hooks::find(const std::string& queue, const std::string& id) const {
  const auto set = all();
  const auto found = set->find(id);
  if (found == set->end() || found->second->config().queue != queue)
    throw Error(ErrorCode::not_found, "There is no webhook " + id);
  return found->second;
}

Hooks::One Hooks::of_api(const std::string& queue, const std::string& id) const {
  One one = find(queue, id);
  if (one->of_file())
    throw Error(ErrorCode::conflict, "The webhook " + id + " stands in the configuration: change it there");
  return one;
}

Hooks::One Hooks::replace(const std::string& id, One next) {
  One old;
  auto set = std::make_shared<All>(*all());
  if (const auto found = set->find(id); found != set->end()) {
    old = found->second;
    set->erase(found);
  }
  if (next) set->emplace(id, std::move(next));
  std::atomic_store(&all_, std::shared_ptr<const All>(std::move(set)));
  return old;
}

TrailEntry Hooks::entry(const char* action, const Actor& who, const HookConfig* before,
                        const HookConfig* after) const {
  return hook_entry(parts_.clock.now(), action, who, before, after);
}

Json Hooks::list(const std::string& queue) const {
  Json rows = Json::array();
  const auto set = all();
  for (const auto& [id, one] : *set)
    if (one->config().queue == queue) rows.push_back(whole(*one));
  return rows;
}

Json Hooks::show(const std::string& queue, const std::string& id) const {
  return whole(*find(queue, id));
}

Json Hooks::create(const std::string& queue, const Json& given, const Actor& who) {
  HookConfig hook;
  hook.name = generate_hook_id();
  hook.queue = queue;
  Secret fresh;
  hook = change_hook(std::move(hook), given, guard_, fresh);
  std::lock_guard lock(changing_);
  const auto set = all();
  const auto made = std::count_if(set->begin(), set->end(), [&](const auto& one) {
    return !one.second->of_file() && one.second->config().queue == queue;
  });
  if (static_cast<std::size_t>(made) >= most_of_a_queue)
    throw Error(ErrorCode::conflict, "A queue has at most 20 webhooks; delete one");
  const Time now = parts_.clock.now();
  store_.hooks().put_webhook({hook.name, queue, hook_to_text(hook, *pepper_), now},
                             {entry("webhook.created", who, nullptr, &hook)});
  const One one = make(hook, false, now);
  replace(hook.name, one);
  if (running_) one->start();
  log(Level::info, "hook_created", {{"subscription", hook.name}, {"queue", queue}});
  return with_secret(whole(*one), fresh);
}

Json Hooks::change(const std::string& queue, const std::string& id, const Json& given, const Actor& who) {
  std::lock_guard lock(changing_);
  const One old = of_api(queue, id);
  Secret fresh;
  const HookConfig hook = change_hook(old->config(), given, guard_, fresh);
  store_.hooks().put_webhook({id, queue, hook_to_text(hook, *pepper_), old->created()},
                             {entry("webhook.changed", who, &old->config(), &hook)});
  const One one = make(hook, false, old->created());
  replace(id, one);
  old->stop();
  // What the old one did while it ended: it may have paused, and it told of events.
  one->take_over(*old);
  if (running_) one->start();
  one->begin_events();
  // Another receiver is tried at once.
  if (one->paused() && hook.url != old->config().url)
    one->resume({entry("webhook.resumed", who, nullptr, &hook)});
  log(Level::info, "hook_changed", {{"subscription", id}, {"queue", queue}});
  return with_secret(whole(*one), fresh);
}

void Hooks::remove(const std::string& queue, const std::string& id, const Actor& who) {
  std::lock_guard lock(changing_);
  const One old = of_api(queue, id);
  replace(id, nullptr);
  try {
    store_.hooks().drop_webhook(id, old->lane().name(),
                                {entry("webhook.removed", who, &old->config(), nullptr)});
  } catch (...) {
    replace(id, old);
    throw;
  }
  old->stop();
  // A paused one that is gone is not to be shown any more.
  store_.set_value(hook_state_name(id), resumed_hook_state(parts_.clock.now()), parts_.clock.now());
  log(Level::info, "hook_removed", {{"subscription", id}, {"queue", queue}});
}

Json Hooks::test(const std::string& queue, const std::string& id) {
  const HookAnswer answer = find(queue, id)->test(test_object(store_, queue));
  const auto& calls = answer.outcome.calls;
  return Json::object(
      {{"delivered", answer.outcome.done()},
       {"status", calls.empty() || calls.back().status == 0 ? Json() : Json(calls.back().status)},
       {"milliseconds", calls.empty() ? std::int64_t{0} : calls.back().took.count()},
       {"reason", answer.outcome.done() ? Json() : Json(answer.outcome.reason)},
       {"detail", answer.outcome.done() ? Json() : Json(answer.outcome.detail)}});
}

Json Hooks::resume(const std::string& queue, const std::string& id, const Actor& who) {
  const One one = find(queue, id);
  one->resume({entry("webhook.resumed", who, nullptr, &one->config())});
  return whole(*one);
}

Json Hooks::deliveries(const std::string& queue, const std::string& id) const {
  const One one = find(queue, id);
  Json pending = Json::array();
  for (const OpenDelivery& open : store_.hooks().open_deliveries(one->lane().name(), deliveries_shown)) {
    const Delivery delivery = read_delivery(open.payload);
    pending.push_back(Json::object({{"delivery", delivery_id(id, open.ref, open.slot)},
                                    {"event", delivery.event},
                                    {"at", to_iso(delivery.at)},
                                    {"request", open.ref.id},
                                    {"attempts", open.attempts},
                                    {"nextTry", to_iso(open.not_before)}}));
  }
  return Json::object({{"pending", pending}, {"attempts", one->attempts()}});
}

void Hooks::measure(Metrics& metrics) const {
  metrics.hook_pending.zero();
  metrics.hook_oldest_pending_seconds.zero();
  metrics.hook_paused.zero();
  const auto set = all();
  for (const auto& [id, one] : *set) {
    const Json state = one->describe();
    metrics.hook_pending.at(id).set(state.get("pending").as_number().value_or(0));
    metrics.hook_paused.at(id).set(one->paused() ? 1 : 0);
    if (const auto oldest = from_iso(state.get("oldestPending").string_or("")))
      metrics.hook_oldest_pending_seconds.at(id).set(
          std::max(0.0, std::chrono::duration<double>(parts_.clock.now() - *oldest).count()));
  }
}

std::map<std::string, std::string> Hooks::status() const {
  std::map<std::string, std::string> lines;
  const auto set = all();
  for (const auto& [id, one] : *set) lines["hook:" + id] = one->describe().dump();
  return lines;
}

int Hooks::run_due() {
  int done = 0;
  const auto set = all();
  for (const auto& [id, one] : *set) done += one->lane().run_due();
  return done;
}

}  // namespace bridge
