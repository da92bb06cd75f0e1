// One Countersign drains another, and both die: each at a fault point of its own in the same round. Neither
// loses a request, opens a second ticket or takes a second decision, whoever was struck first and where.

#include <iostream>
#include <random>
#include <set>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/acceptance/crash_site.h"

namespace {

using acceptance::CrashSite;
using acceptance::Json;

// Where a bridge beside a remote queue passes in each round.
const std::vector<std::string> bridge_places{"page_read",
                                             "page_stored",
                                             "effect_claimed",
                                             "ticket_call_answered",
                                             "ticket_recorded",
                                             "ticket_read",
                                             "decision_recorded",
                                             "write_claimed",
                                             "write_answered",
                                             "write_recorded",
                                             "tell_answered",
                                             "tell_recorded",
                                             "remote_decision_recorded"};

class Choice {
 public:
  Choice() : random_(acceptance::seed()) {}
  // A place, or a pass of any place.
  std::string for_bridge() {
    return below(3) == 0 ? std::to_string(1 + below(40)) : bridge_places.at(below(bridge_places.size()));
  }
  // Before or after a decision is kept, or in the middle of any call: behind what it did, before its answer.
  std::string for_tenant() {
    switch (below(6)) {
      case 0:
        return "request_stored:" + std::to_string(1 + below(3));
      case 1:
        return "queue_decided:" + std::to_string(1 + below(3));
      case 2:
        return std::to_string(1 + below(6));
      default:
        return "call_answered:" + std::to_string(1 + below(60));
    }
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }
  std::mt19937 random_;
};

Json queue_status(const acceptance::Bridge& bridge) {
  const auto told = bridge.command({"status", "--json"});
  CPPUNIT_ASSERT_EQUAL_MESSAGE("status: " + told.err, 0, told.code);
  return Json::parse(told.out);
}

// What the tenant counted for a route since its start, of answers with that status.
double counted(const acceptance::Bridge& tenant, const std::string& route, const std::string& status) {
  const std::string text = tenant.metrics();
  const std::string line =
      "countersign_http_requests_total{route=\"" + route + "\",status=\"" + status + "\"} ";
  const auto at = text.find(line);
  return at == std::string::npos ? 0 : std::stod(text.substr(at + line.size()));
}

// The tenant's own decision is seen by the list of changes, not by a comparison; the budget follows what the
// tenant allows; the tenant is the one that was pinned.
void assert_polite(CrashSite& site) {
  auto scene = site.scene();
  const std::size_t logged = acceptance::log_size(site.bridge());
  const double before = counted(site.tenant(), "/auditlog/delta", "200");
  site.bridge().start();
  scene.add(acceptance::Plan::queue_denies_with_a_ticket);
  site.finish(scene);
  scene.verify(site.bridge(), &site.tenant());
  // For a mark, at the comparison of the start, and for the decision.
  CPPUNIT_ASSERT_MESSAGE("the changes were asked for; see " + site.tenant().log(),
                         counted(site.tenant(), "/auditlog/delta", "200") >= before + 3);
  CPPUNIT_ASSERT_EQUAL_MESSAGE("calls that the tenant refused; see " + site.tenant().log(), 0.0,
                               counted(site.tenant(), "/requests", "429"));
  CPPUNIT_ASSERT_MESSAGE("the list of changes was answered each time; see " + site.bridge().log(),
                         site.bridge().log_text().find("no_list_of_changes", logged) == std::string::npos);
  CPPUNIT_ASSERT_EQUAL_MESSAGE("ready", 200, site.bridge().site().call("GET", "/readyz").status);
  acceptance::eventually(
      "status tells of the queue; see " + site.bridge().log(), acceptance::scene_limit(),
      [&] { return queue_status(site.bridge()).dump().find("Contoso Ltd") != std::string::npos; });
  const std::string status = queue_status(site.bridge()).dump();
  CPPUNIT_ASSERT_MESSAGE(
      "the budget is what the tenant said: " + status,
      status.find("\"limit\":" + std::to_string(CrashSite::tenant_quota)) != std::string::npos);
  site.bridge().stop();
}

void crash_both(const std::string& name, bool https) {
  CrashSite site(name, {.remote = true, .https = https, .reconcile = "5m"});
  Choice choice;
  const int rounds = acceptance::long_run() ? 80 : 5;
  std::cout << "\n  " << rounds << " rounds (COUNTERSIGN_SEED=" << acceptance::seed()
            << ")\n  struck:" << std::flush;
  int bridges = 0, tenants = 0;
  for (int n = 0; n < rounds; ++n) {
    const std::string at = choice.for_bridge(), tenant_at = choice.for_tenant();
    const std::size_t logged = acceptance::log_size(site.tenant());
    const std::string struck =
        site.run_once({{"COUNTERSIGN_CRASH_AT", at}}, {{"COUNTERSIGN_CRASH_AT", tenant_at}});
    const std::string tenant_struck = acceptance::struck_since(site.tenant(), logged);
    std::cout << ' ' << (struck.empty() ? "-" : struck) << '/'
              << (tenant_struck.empty() ? "-" : tenant_struck) << std::flush;
    bridges += struck.empty() ? 0 : 1;
    tenants += tenant_struck.empty() ? 0 : 1;
  }
  std::cout << std::endl;
  CPPUNIT_ASSERT_MESSAGE(
      "the bridge was killed only " + std::to_string(bridges) + " times; see " + site.bridge().log(),
      bridges * 2 > rounds);
  CPPUNIT_ASSERT_MESSAGE(
      "the tenant was killed only " + std::to_string(tenants) + " times; see " + site.tenant().log(),
      tenants * 2 > rounds);
  assert_polite(site);
}

}  // namespace

class CrashPairTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CrashPairTest);
  CPPUNIT_TEST(nothing_is_lost_or_doubled_wherever_bridge_and_tenant_are_killed);
  CPPUNIT_TEST(nothing_is_lost_or_doubled_wherever_they_are_killed_over_https);
  CPPUNIT_TEST(the_key_of_another_tenant_stops_the_queue_and_the_right_one_lets_it_go_on);
  CPPUNIT_TEST_SUITE_END();

 public:
  void nothing_is_lost_or_doubled_wherever_bridge_and_tenant_are_killed() { crash_both("crash_pair", false); }
  void nothing_is_lost_or_doubled_wherever_they_are_killed_over_https() {
    crash_both("crash_pair_https", true);
  }
  void the_key_of_another_tenant_stops_the_queue_and_the_right_one_lets_it_go_on() {
    CrashSite site("crash_pair_pin", {.remote = true});
    auto first = site.scene();
    first.add(acceptance::Plan::desk_approves);
    site.bridge().start();
    site.finish(first);
    site.bridge().stop();
    site.give_key(site.other_key());
    CPPUNIT_ASSERT_EQUAL(
        201,
        site.tenant().site(site.other_key()).call("POST", "/requests", acceptance::request_body(99)).status);
    site.bridge().start({}, "/healthz");
    acceptance::eventually("the bridge says why it stopped; see " + site.bridge().log(),
                           acceptance::scene_limit(), [&] {
                             const auto ready = site.bridge().site().call("GET", "/readyz");
                             return ready.status == 503 && ready.text.find("Fabrikam") != std::string::npos;
                           });
    CPPUNIT_ASSERT_EQUAL_MESSAGE("requests, the other tenant's among them", std::size_t{1},
                                 site.bridge().list().size());
    site.bridge().stop();
    site.give_key(site.key());
    site.bridge().start();
    CPPUNIT_ASSERT_EQUAL_MESSAGE("nothing was lost meanwhile", std::size_t{1}, site.bridge().list().size());
    first.verify(site.bridge(), &site.tenant());
    assert_polite(site);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrashPairTest);
