// `countersign hooks list | test | resume`: from the store, beside a running bridge or without one.

#include <iostream>

#include "bridge/app/commands.h"
#include "bridge/app/open_access.h"
#include "bridge/app/operator.h"
#include "bridge/app/table.h"
#include "bridge/hooks/hook_settings.h"
#include "bridge/hooks/hooks.h"
#include "bridge/ops/error.h"

namespace bridge {

using mappings::Json;

namespace {

std::vector<HookConfig> all_hooks(const Config& config, Store& store) {
  std::vector<HookConfig> all = config.hooks;
  const auto rows = store.hooks().webhooks();
  if (rows.empty()) return all;
  const auto pepper = open_pepper(config, store, SystemClock().now());
  for (const WebhookRow& row : rows) all.push_back(hook_from_row(row, *pepper));
  return all;
}

HookConfig find_hook(const Config& config, Store& store, const std::string& name) {
  std::vector<std::string> names;
  for (HookConfig& hook : all_hooks(config, store)) {
    if (hook.name == name) return std::move(hook);
    names.push_back(hook.name);
  }
  const std::string near = mappings::nearest(name, names);
  throw Error(ErrorCode::not_found,
              "no webhook is called " + name + (near.empty() ? "" : "; did you mean " + near + "?"));
}

Json parsed(const std::optional<std::string>& text) {
  return text ? Json::parse(*text) : Json::object();
}

}  // namespace

int hooks_list(const CommonOptions& common) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  auto store = open_store(config->store, OpenMode::look);
  const Time now = SystemClock().now();
  Json rows = Json::array();
  Table table({"WEBHOOK", "QUEUE", "TO", "STATE", "PENDING", "OLDEST", "LAST ANSWER"});
  for (const HookConfig& hook : all_hooks(*config, *store)) {
    const std::string lane = hook_lane(hook.name);
    const Json kept = parsed(store->value(hook_state_name(hook.name)));
    const Json told = parsed(store->value("status:" + lane));
    const std::int64_t pending = store->hooks().count_deliveries(lane);
    const auto oldest = store->hooks().open_deliveries(lane, 1);
    const bool paused = !kept.get("pausedAt").is_null();
    const std::string state = paused ? "paused" : told.get("state").string_or("active");
    const std::string because = paused ? kept.get("pausedBecause").string_or("") : "";
    std::string age = "-";
    if (!oldest.empty())
      age = human_duration(
          std::chrono::floor<std::chrono::seconds>(now - read_delivery(oldest[0].payload).at).count());
    const std::string answer = paused ? because : told.get("lastAnswer").string_or("none yet");
    table.add(
        {hook.name, hook.queue, shown_url(hook.url.reveal()), state, human_count(pending), age, answer});
    Json row = show_hook(hook);
    row.set("queue", hook.queue);
    row.set("state", state);
    row.set("pausedBecause", paused ? Json(because) : Json());
    row.set("pending", pending);
    row.set("lastAnswer", told.get("lastAnswer"));
    rows.push_back(std::move(row));
  }
  if (common.json)
    std::cout << rows.dump(true) << '\n';
  else if (table.empty())
    std::cout << "no webhooks: add hooks.subscriptions to the configuration, or POST /webhooks\n";
  else
    table.print(std::cout);
  return exit_ok;
}

int hooks_test(const CommonOptions& common, const std::string& name) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  auto store = open_store(config->store, OpenMode::look);
  HookConfig hook = find_hook(*config, *store, name);
  if (config->public_url.empty())
    config->public_url = "http://" + config->address + ':' + std::to_string(config->port);
  auto http = make_hook_client(*config);
  mappings::Diagnostics diagnostics;
  const Rules rules(RuleSet::load(*config, *http, diagnostics));
  if (diagnostics.has_errors()) throw Error(ErrorCode::config_invalid, diagnostics.to_text());
  const SystemClock clock;
  const bool of_file = !hook.where.file.empty();
  const std::string queue = hook.queue;
  Subscription subscription(
      std::move(hook), of_file, {},
      {*store, rules, clock, [&](const connectors::HttpRequest& request) { return http->exchange(request); },
       config->public_url});
  const HookAnswer answer = subscription.test(test_object(*store, queue));
  const auto& outcome = answer.outcome;
  const std::string said = subscription.describe().get("lastAnswer").string_or(outcome.reason);
  if (common.json)
    std::cout << Json::object({{"webhook", name},
                               {"delivered", outcome.done()},
                               {"answer", outcome.calls.empty() ? outcome.detail : said},
                               {"reason", outcome.done() ? Json() : Json(outcome.reason)}})
                     .dump(true)
              << '\n';
  else if (outcome.done())
    std::cout << name << " took the test: " << said << '\n';
  else
    std::cerr << name << " did not take the test: " << (outcome.calls.empty() ? outcome.detail : said)
              << "\ndocs/operating.md says what to do about " << outcome.reason << '\n';
  return outcome.done() ? exit_ok : exit_no;
}

int hooks_resume(const CommonOptions& common, const std::string& name) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  auto store = open_store(config->store, OpenMode::beside);
  const HookConfig hook = find_hook(*config, *store, name);
  const bool paused = !parsed(store->value(hook_state_name(name))).get("pausedAt").is_null();
  const Time now = SystemClock().now();
  if (paused)
    store->set_value(hook_state_name(name), resumed_hook_state(now), now,
                     {hook_entry(now, "webhook.resumed", operator_actor(), nullptr, &hook)});
  const std::int64_t pending = store->hooks().count_deliveries(hook_lane(name));
  if (common.json)
    std::cout << Json::object({{"webhook", name}, {"resumed", paused}, {"pending", pending}}).dump(true)
              << '\n';
  else
    std::cout << name << (paused ? " goes on; " : " is not paused; ") << pending << " pending\n";
  return exit_ok;
}

}  // namespace bridge
