// `countersign status`: one look at both sides, from the store: works beside a running bridge and without
// one.

#include <iostream>
#include <set>

#include "bridge/app/commands.h"
#include "bridge/app/table.h"
#include "bridge/hooks/subscription.h"
#include "bridge/ops/clock.h"
#include "bridge/store/store.h"

namespace bridge {

using mappings::Json;
using workflows::State;

namespace {

// A bridge that runs writes its status line at least this often.
constexpr std::chrono::seconds fresh{15};

struct Counts {
  std::int64_t opening = 0, waiting = 0, writing = 0, parked = 0, settled = 0;
  std::int64_t pending() const { return opening + waiting + writing + parked; }
  void add(State state, std::int64_t n) {
    if (workflows::is_parked(state)) {
      parked += n;
    } else if (workflows::is_awaiting(state)) {
      waiting += n;
    } else if (workflows::is_final(state)) {
      settled += n;
    } else if (state == State::opening) {
      opening += n;
    } else {
      writing += n;
    }
  }
};

std::int64_t seconds_since(Time then, Time now) {
  return std::chrono::floor<std::chrono::seconds>(now - then).count();
}

std::string age(const Json& at, Time now) {
  auto time = from_iso(at.string_or(""));
  return time ? human_duration(seconds_since(*time, now)) + " ago" : "never";
}

const std::vector<State> due_states = {State::opening, State::writing, State::telling, State::recalling};

}  // namespace

int status(const CommonOptions& common) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  auto store = open_store(config->store, OpenMode::look);
  const Time now = SystemClock().now();
  const auto lines = store->values("status:");
  auto line = [&](const std::string& name) {
    auto found = lines.find("status:" + name);
    return found == lines.end() ? Json::object() : Json::parse(found->second);
  };
  const Json bridge = line("bridge");
  const auto heard = from_iso(bridge.get("at").string_or(""));
  const bool running = heard && now - *heard < fresh;

  std::map<std::string, Counts> queues, desks;
  for (const auto& count : store->counts()) {
    queues[count.queue].add(count.state, count.count);
    desks[count.desk].add(count.state, count.count);
  }
  std::int64_t parked = 0;
  for (const auto& [name, counts] : queues) parked += counts.parked;

  Json queue_rows = Json::array(), desk_rows = Json::array();
  Table queue_table({"QUEUE", "STATE", "PENDING", "SETTLED", "LAST SEEN", "CALLS TODAY"});
  std::vector<std::string> why;
  for (const QueueConfig& queue : config->queues) {
    const Counts& c = queues[queue.name];
    const Json side = line("queue:" + queue.name);
    std::string state = !running ? "stopped" : side.get("state").string_or("in step");
    const std::string seen = queue.remote ? age(side.get("lastPoll"), now) : "hosted";
    const Json calls = side.get("calls");
    const std::string used = calls.is_object()
                                 ? human_count(calls.get("used").as_integer().value_or(0)) + " of " +
                                       human_count(calls.get("limit").as_integer().value_or(0))
                                 : "";
    queue_table.add({queue.name, state, human_count(c.pending()), human_count(c.settled), seen, used});
    if (const std::string reason = side.get("why").string_or(""); running && !reason.empty())
      why.push_back("queue " + queue.name + " is " + state + ": " + reason);
    if (const std::string trouble = side.get("mirrorTrouble").string_or(""); running && !trouble.empty())
      why.push_back("queue " + queue.name + ": " + trouble);
    queue_rows.push_back(Json::object({{"queue", queue.name},
                                       {"kind", queue.remote ? "remote" : "hosted"},
                                       {"state", state},
                                       {"pending", c.pending()},
                                       {"settled", c.settled},
                                       {"parked", c.parked},
                                       {"side", side}}));
  }
  Table desk_table({"DESK", "STATE", "OPENING", "WAITING", "WRITING", "PARKED", "LAG", "LAST ANSWER"});
  for (const DeskConfig& desk : config->desks) {
    const Counts& c = desks[desk.name];
    const Json side = line("desk:" + desk.name);
    std::string state = !running ? "stopped" : side.get("state").string_or("in step");
    const auto oldest = store->oldest(desk.name, due_states);
    const std::int64_t lag = oldest ? std::max<std::int64_t>(0, seconds_since(*oldest, now)) : 0;
    std::string answer = side.get("lastAnswer").string_or("");
    if (answer.empty()) {
      answer = "none yet";
    } else {
      answer += ", " + age(side.get("lastAt"), now);
    }
    if (auto until = from_iso(side.get("pausedUntil").string_or("")); until && *until > now)
      answer += ", next try in " + human_duration(seconds_since(now, *until) + 1);
    desk_table.add({desk.name, state, human_count(c.opening), human_count(c.waiting), human_count(c.writing),
                    human_count(c.parked), human_duration(lag), answer});
    desk_rows.push_back(Json::object({{"desk", desk.name},
                                      {"connector", desk.connector},
                                      {"state", state},
                                      {"opening", c.opening},
                                      {"waiting", c.waiting},
                                      {"writing", c.writing},
                                      {"parked", c.parked},
                                      {"settled", c.settled},
                                      {"lagSeconds", lag},
                                      {"side", side}}));
  }
  Json paused_hooks = Json::array();
  const std::string hook_state = hook_state_name("");
  std::set<std::string> hooks;  // a state outlives the subscription that left the file
  for (const HookConfig& hook : config->hooks) hooks.insert(hook.name);
  for (const WebhookRow& row : store->hooks().webhooks()) hooks.insert(row.id);
  for (const auto& [name, state] : store->values(hook_state))
    if (const std::string hook = name.substr(hook_state.size());
        hooks.contains(hook) && !Json::parse(state).get("pausedAt").is_null())
      paused_hooks.push_back(hook);
  Json sink_rows = Json::array();
  Table sink_table({"SINK", "STATE", "BEHIND", "LAST EVENT", "LAST ERROR"});
  for (const SiemConfig& sink : config->siem) {
    const Json side = line("siem:" + sink.name);
    const auto since = from_iso(side.get("behindSince").string_or(""));
    const std::int64_t lag = since ? std::max<std::int64_t>(0, seconds_since(*since, now)) : 0;
    const std::string state = !running ? "stopped" : side.get("state").string_or("in step");
    std::string error = side.get("failures").as_integer().value_or(0) > 0
                            ? side.get("lastError").string_or("")
                            : side.get("remark").string_or("");
    if (auto until = from_iso(side.get("nextTry").string_or("")); until && *until > now)
      error += ", next try in " + human_duration(seconds_since(now, *until) + 1);
    sink_table.add({sink.name, state, human_duration(lag), age(side.get("lastArrivedAt"), now), error});
    sink_rows.push_back(
        Json::object({{"sink", sink.name}, {"state", state}, {"lagSeconds", lag}, {"side", side}}));
  }
  if (common.json) {
    std::cout << Json::object({{"running", running},
                               {"bridge", bridge},
                               {"queues", queue_rows},
                               {"desks", desk_rows},
                               {"parked", parked},
                               {"pausedHooks", paused_hooks},
                               {"sinks", sink_rows}})
                     .dump(true)
              << '\n';
    return running ? exit_ok : exit_no;
  }
  if (!running)
    std::cout << "The bridge is not running" << (heard ? ": last heard of " + age(bridge.get("at"), now) : "")
              << ".\n";
  queue_table.print(std::cout);
  desk_table.print(std::cout);
  if (!sink_table.empty()) sink_table.print(std::cout);
  for (const std::string& line : why) std::cout << line << '\n';
  if (parked > 0)
    std::cout << parked << (parked == 1 ? " request is" : " requests are")
              << " parked: countersign requests list --state parked\n";
  if (paused_hooks.size() > 0)
    std::cout << paused_hooks.size() << (paused_hooks.size() == 1 ? " webhook is" : " webhooks are")
              << " paused: countersign hooks list\n";
  return running ? exit_ok : exit_no;
}

}  // namespace bridge
