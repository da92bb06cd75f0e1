#pragma once

// Webhooks that go out, without threads and sockets: real store and ledger, receivers made of a function. The
// test says when deliveries are tried.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bridge/hooks/hooks.h"
#include "tests/support/drain_bench.h"

namespace tests {

// What arrived, and what each host answers: 0 is no connection.
struct HookReceivers {
  std::vector<connectors::HttpRequest> seen;
  std::map<std::string, int> status;
  std::string body = "{}";
  // While a delivery is out; on the thread that makes it.
  std::function<void()> before_answer;

  connectors::HttpResult operator()(const connectors::HttpRequest& request);
  // "requests.created 1, requests.approved 1": events and requests, in order, of one host.
  std::string events(const std::string& host = "https://siem.test") const;

 private:
  std::mutex mutex_;  // of what several deliveries touch at the same time
};

struct HookBench : DrainBench {
  explicit HookBench(std::vector<bridge::HookConfig> subscriptions);
  ~HookBench();

  // Conditions and mappings of config.hooks as it is now.
  void load_rules();
  void restart();
  void decide(std::int64_t id, bool approve = true);
  // Minute by minute, trying what is due.
  void pass(std::chrono::minutes span);
  mappings::Json shown(const std::string& id = "siem");

  HookReceivers receivers;
  std::unique_ptr<bridge::Hooks> hooks;
};

// Of queue "acme", to https://<name>.test, of all that happens to requests.
bridge::HookConfig subscription(const std::string& name = "siem");

// Empty when the request has no such header.
std::string header_of(const connectors::HttpRequest& request, const std::string& name);

}  // namespace tests
