// What a reload says of a configuration that it does not take whole.

#include "bridge/app/restart_needed.h"

#include <functional>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using bridge::Config;
using bridge::Secret;
using namespace std::chrono_literals;

namespace {

Config sample() {
  Config config;
  config.public_url = "https://bridge.acme.test";
  bridge::QueueConfig queue;
  queue.name = "acme";
  queue.remote = true;
  queue.key = Secret("key");
  config.queues = {queue};
  bridge::DeskConfig desk;
  desk.name = "snow";
  config.desks = {desk};
  bridge::HookConfig hook;
  hook.name = "siem";
  config.hooks = {hook};
  return config;
}

struct Change {
  const char* name;
  std::function<void(Config&)> make;
};

}  // namespace

class RestartNeededTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RestartNeededTest);
  CPPUNIT_TEST(whatever_a_reload_does_not_take_needs_a_restart);
  CPPUNIT_TEST(what_a_reload_takes_needs_none);
  CPPUNIT_TEST_SUITE_END();

 public:
  void whatever_a_reload_does_not_take_needs_a_restart() {
    const Change changes[] = {
        {"listen", [](Config& c) { c.port = 9090; }},
        {"public_url", [](Config& c) { c.public_url = "https://other.acme.test"; }},
        {"store", [](Config& c) { c.store = "sqlite:other.db"; }},
        {"log.level", [](Config& c) { c.log_level = "debug"; }},
        {"http.workers", [](Config& c) { c.http_workers = 8; }},
        {"http.request_deadline", [](Config& c) { c.request_deadline = 5s; }},
        {"http.max_connections", [](Config& c) { c.max_connections = 50; }},
        {"http.bulk_body", [](Config& c) { c.bulk_body = 2048; }},
        {"tls", [](Config& c) { c.tls.emplace(); }},
        {"tls.ca", [](Config& c) { c.ca_file = "ca.pem"; }},
        {"access.token_lifetime", [](Config& c) { c.access.token_lifetime = 1h; }},
        {"another queue", [](Config& c) { c.queues[0].name = "contoso"; }},
        {"url", [](Config& c) { c.queues[0].url = "https://dc1api.example.test"; }},
        {"key", [](Config& c) { c.queues[0].key = Secret("other"); }},
        {"webhook_secret", [](Config& c) { c.queues[0].webhook_secret = Secret("other"); }},
        {"poll", [](Config& c) { c.queues[0].poll = 1s; }},
        {"poll_quick", [](Config& c) { c.queues[0].poll_quick = 1s; }},
        {"reconcile", [](Config& c) { c.queues[0].reconcile = 1s; }},
        {"calls_a_day", [](Config& c) { c.queues[0].calls_a_day = 1; }},
        {"decision_reserve", [](Config& c) { c.queues[0].decision_reserve = 20; }},
        {"day_starts", [](Config& c) { c.queues[0].day_starts = 60min; }},
        {"mirror", [](Config& c) { c.queues[0].mirror.software = true; }},
        {"approver_email", [](Config& c) { c.queues[0].approver_email = "ann@acme.test"; }},
        {"approvers", [](Config& c) { c.queues[0].approvers = {"ann@acme.test"}; }},
        {"quota", [](Config& c) { c.queues[0].quota.calls_a_day = 1; }},
        {"another desk", [](Config& c) { c.desks[0].name = "rt"; }},
        {"one more desk", [](Config& c) { c.desks.push_back(c.desks[0]); }},
        {"a desk's poll", [](Config& c) { c.desks[0].poll = 1s; }},
        {"a desk's reconcile", [](Config& c) { c.desks[0].reconcile = 1s; }},
        {"a desk's in_flight", [](Config& c) { c.desks[0].in_flight = 1; }},
        {"hooks.allow", [](Config& c) { c.hooks_allow = {"10.0.0.0/8"}; }},
        {"a webhook's url", [](Config& c) { c.hooks[0].url = Secret("https://siem.test/"); }},
    };
    for (const Change& one : changes) CPPUNIT_ASSERT_MESSAGE(one.name, needs_restart_after(one));
  }

  void what_a_reload_takes_needs_none() {
    const Change changes[] = {
        {"nothing", [](Config&) {}},
        {"a public_url that the bridge filled in", [](Config& c) { c.public_url.clear(); }},
        {"access.lockout", [](Config& c) { c.access.lockout.lock *= 2; }},
        {"routes",
         [](Config& c) {
           c.routes.push_back({"acme", "", "snow", {}});
         }},
        {"a desk's settings", [](Config& c) { c.desks[0].settings = Secret("{\"url\":\"x\"}"); }},
        {"a desk's mapping", [](Config& c) { c.desks[0].mapping = "servicenow/minimal"; }},
        {"a webhook's condition", [](Config& c) { c.hooks[0].when = ".id > 1"; }},
        {"a sink", [](Config& c) { c.siem.emplace_back(); }},
    };
    for (const Change& one : changes) CPPUNIT_ASSERT_MESSAGE(one.name, !needs_restart_after(one));
  }

 private:
  static bool needs_restart_after(const Change& change) {
    Config fresh = sample();
    change.make(fresh);
    return bridge::needs_restart(sample(), fresh);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RestartNeededTest);
