#include "tests/support/hook_bench.h"

#include <cppunit/TestAssert.h>

#include "tests/support/key_ring.h"

namespace tests {

using bridge::HookConfig;
using bridge::Hooks;
using connectors::HttpRequest;
using connectors::HttpResult;
using mappings::Json;
using namespace std::chrono_literals;

HttpResult HookReceivers::operator()(const HttpRequest& request) {
  if (before_answer) before_answer();
  const std::lock_guard lock(mutex_);
  seen.push_back(request);
  const auto host = request.url.substr(0, request.url.find('/', 8));
  const auto found = status.find(host);
  HttpResult result;
  const int answer = found == status.end() ? 200 : found->second;
  if (answer == 0) {
    result.reason = "refused_connection";
    return result;
  }
  result.delivery = connectors::Delivery::answered;
  result.answer.status = answer;
  result.answer.body = body;
  return result;
}

std::string HookReceivers::events(const std::string& host) const {
  std::string text;
  for (const HttpRequest& request : seen)
    if (request.url.starts_with(host + '/'))
      text += (text.empty() ? "" : ", ") + header_of(request, "X-Countersign-Event") + ' ' +
              Json::parse(request.body).get("id").dump();
  return text;
}

HookBench::HookBench(std::vector<HookConfig> subscriptions) {
  config.hooks = std::move(subscriptions);
  config.public_url = "https://bridge.test";
  load_rules();
  restart();
}

HookBench::~HookBench() {
  ledger->announce_to(nullptr);
}

void HookBench::load_rules() {
  mappings::Diagnostics diagnostics;
  std::map<std::string, bridge::HookRule, std::less<>> rules_of;
  for (const HookConfig& hook : config.hooks) {
    bridge::HookRule rule{nullptr, hook.when, {}};
    if (!hook.mapping.empty())
      rule.mapping = mappings::Mapping::load(std::string(SOURCE_DIR) + "/mappings/" + hook.mapping + ".yaml",
                                             diagnostics);
    rules_of.emplace(hook.name, rule);
  }
  const auto now = rules->current();
  rules->replace(std::make_shared<bridge::RuleSet>(
      now->desks(), std::vector<bridge::RouteConfig>{{"acme", "", now->desks().begin()->first, {}}},
      diagnostics, rules_of));
  CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.to_text());
}

void HookBench::restart() {
  ledger->announce_to(nullptr);
  hooks.reset();
  store->release_leases();
  hooks = std::make_unique<Hooks>(config, *store, *rules, clock, pepper(),
                                  [this](const HttpRequest& request) { return receivers(request); });
  ledger->announce_to(hooks.get());
}

void HookBench::decide(std::int64_t id, bool approve) {
  queue->decide({"acme", id}, approve, "bob@acme.test", approve ? "" : "not now",
                bridge::actor_named("test"));
}

void HookBench::pass(std::chrono::minutes span) {
  for (auto i = 0min; i < span; i += 1min) {
    clock.advance(1min);
    hooks->run_due();
  }
}

Json HookBench::shown(const std::string& id) {
  return hooks->show("acme", id);
}

HookConfig subscription(const std::string& name) {
  HookConfig hook;
  hook.name = name;
  hook.queue = "acme";
  hook.url = bridge::Secret("https://" + name + ".test/in?token=hunter2");
  hook.events = {"requests"};
  hook.secrets = {bridge::Secret("0123456789abcdef")};
  return hook;
}

std::string header_of(const HttpRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.headers)
    if (key == name) return value;
  return {};
}

}  // namespace tests
