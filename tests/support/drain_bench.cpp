#include "tests/support/drain_bench.h"

#include <atomic>
#include <stdexcept>
#include <thread>

#include "mappings/engine/request_shape.h"

namespace tests {

using namespace bridge;

namespace {
constexpr const char* rule_folder = SOURCE_DIR "/tests/bridge/fixtures/rules/test/";
}

DrainBench::DrainBench(bool fallback, bool remote) {
  QueueConfig queue_config;
  queue_config.name = "acme";
  queue_config.remote = remote;
  config.queues.push_back(queue_config);
  store = open_store("sqlite:" + (folder / "bench.db").string(), OpenMode::serve);

  mappings::Diagnostics diagnostics;
  Desk one;
  one.config.name = "snow";
  one.mapping = mappings::Mapping::load(std::string(rule_folder) + "simple.yaml", diagnostics);
  if (fallback)
    one.fallback = mappings::Mapping::load(std::string(rule_folder) + "fallback.yaml", diagnostics);
  one.workflow = workflows::Workflow::load(SOURCE_DIR "/workflows/standard.yaml", diagnostics);
  one.client = desk;
  std::map<std::string, Desk, std::less<>> desks;
  desks.emplace("snow", one);
  rules = std::make_unique<Rules>(std::make_shared<RuleSet>(
      std::move(desks), std::vector<RouteConfig>{{"acme", "", "snow", {}}}, diagnostics));
  if (diagnostics.has_errors()) throw std::runtime_error(diagnostics.to_text());

  ledger = std::make_unique<Ledger>(
      *store, *rules, clock,
      Ledger::Links{[this](const std::string& name) { return !config.queue(name)->remote; },
                    [](const std::string&) {},
                    [this](const std::string& name) { return name == lane->name() ? lane.get() : nullptr; }});
  queue = std::make_unique<HostedQueue>(config, *ledger);
  worker = std::make_unique<DeskWorker>("snow", DeskWorker::Settings{}, *ledger, DeskWorker::Observe{});
  timers = std::make_unique<Timers>(*ledger);
  lane = std::make_unique<Lane>("desk:snow", Lane::Settings{}, *store, clock,
                                [this](const DueEffect& effect) { worker->perform(effect, *lane); });
  clock_side = std::make_unique<Lane>(clock_lane, Lane::Settings{}, *store, clock,
                                      [this](const DueEffect& effect) { timers->perform(effect); });
  watch = std::make_unique<DeskWatch>("snow", DeskWatch::Settings{}, *ledger, *lane, DeskWatch::Observe{},
                                      DeskWatch::Polled{});
}

Record DrainBench::submit(const std::string& name, const std::string& idempotency_key) {
  mappings::Json user = mappings::Json::object({{"account", "ACME\\ann"}, {"email", "ann@acme.test"}});
  if (!name.empty()) user.set("fullName", name);
  const auto request = mappings::Json::object({{"type", "Run As Admin"}, {"user", user}});
  if (!config.queues.front().remote) return queue->submit("acme", request, idempotency_key, "test").record;
  // As its poll finds it.
  std::vector<std::string> problems;
  mappings::Json found = mappings::complete_request(request, problems);
  found.set("id", 1);
  NewRequest row = ledger->begin("acme", found, "queue acme");
  row.id = 1;
  row.body = [text = found.dump()](std::int64_t) { return text; };
  return ledger->submit_unknown({row}).at(0);
}

int DrainBench::work() {
  int done = 0;
  for (int more = 1; more > 0; done += more) more = lane->run_due() + clock_side->run_due();
  return done;
}

void DrainBench::beside(const std::function<void()>& round) {
  std::atomic<bool> done{false};
  std::thread thread([&] {
    round();
    done = true;
  });
  while (!done) {
    lane->run_due();
    std::this_thread::yield();
  }
  thread.join();
}

bool DrainBench::poll() {
  bool answered = false;
  beside([&] { answered = watch->poll_once(); });
  return answered;
}

void DrainBench::reconcile() {
  beside([&] { watch->reconcile_once(); });
}

Record DrainBench::record(std::int64_t id) {
  auto found = store->find({"acme", id});
  if (!found) throw std::runtime_error("request " + std::to_string(id) + " is not in the store");
  return *found;
}

std::string DrainBench::state(std::int64_t id) {
  return std::string(workflows::to_string(record(id).lifecycle.state));
}

mappings::Json DrainBench::body(std::int64_t id) {
  return mappings::Json::parse(record(id).body);
}

std::string DrainBench::timeline(std::int64_t id) {
  std::string text;
  for (const AuditRow& row : store->timeline({"acme", id})) text += (text.empty() ? "" : " ") + row.what;
  return text;
}

}  // namespace tests
