// Webhooks while the bridge is killed and the receiver is unwell: each change of each request arrives, in its
// order, signed; each event, too.

#include <iostream>
#include <random>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/acceptance/crash_site.h"
#include "tests/acceptance/hook_scene.h"

namespace {

using acceptance::Bridge;
using acceptance::Environment;
using acceptance::HookScene;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr const char* new_secret = "whsec_the-new-secret-of-the-test";
constexpr const char* old_secret = "whsec_the-old-secret-of-the-test";

// A bridge with one subscription to everything, and its receiver. Each scene has a new store.
class HookSite {
 public:
  explicit HookSite(const std::string& name)
      : folder_(acceptance::fresh_folder(name)),
        receiver_({new_secret, old_secret}, acceptance::seed()),
        bridge_(folder_, "bridge",
                "queues:\n  - {name: acme, kind: hosted, quota: {calls_a_day: off}}\n"
                "hooks:\n  allow: [127.0.0.1]\n  subscriptions:\n"
                "    - {name: siem, queue: acme, url: \"" +
                    receiver_.url() +
                    "\", events: [requests, auditlog, events], timeout: 1s,\n"
                    "       secrets: [{file: new.secret}, {file: old.secret}]}\n") {
    acceptance::secret_file(folder_ / "new.secret", new_secret);
    acceptance::secret_file(folder_ / "old.secret", old_secret);
    key_ = bridge_.make_key("acme");
  }

  HookScene scene() { return HookScene(bridge_, key_, receiver_); }

  // What a killed bridge had on its way is read before the next one says anything.
  void start(const Environment& environment = {}) {
    acceptance::eventually("the receiver has read what was sent", acceptance::scene_limit(),
                           [&] { return receiver_.is_idle(); });
    bridge_.start(environment);
  }
  void finish(HookScene& scene) {
    acceptance::eventually("all is said and told; see " + bridge_.log(), acceptance::scene_limit(), [&] {
      if (!bridge_.running()) start();
      return scene.step();
    });
  }

  Bridge& bridge() { return bridge_; }
  tests::HookReceiver& receiver() { return receiver_; }

 private:
  const std::filesystem::path folder_;
  tests::HookReceiver receiver_;
  Bridge bridge_;
  std::string key_;
};

}  // namespace

class HookCrashTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HookCrashTest);
  CPPUNIT_TEST(every_change_is_told_in_order_wherever_the_bridge_is_killed);
  CPPUNIT_TEST(every_change_is_told_in_order_when_killed_at_random_and_the_receiver_fails);
  CPPUNIT_TEST_SUITE_END();

 public:
  void every_change_is_told_in_order_wherever_the_bridge_is_killed() {
    HookSite site("hook_crash_points");
    HookScene scene = site.scene();
    site.start();
    for (const std::string place : {"hook_claimed", "hook_answered", "hook_recorded", "hook_put_off",
                                    "event_answered", "event_recorded", "request_stored", "queue_decided"}) {
      site.bridge().kill();
      const std::size_t logged = acceptance::log_size(site.bridge());
      scene.add_requests(4);
      scene.add_events(2);
      site.receiver().set_faults(place == "hook_put_off" ? 50 : 0);
      // The third pass: not only what is first in line.
      site.start({{"COUNTERSIGN_CRASH_AT", place + (place.starts_with("event") ? ":2" : ":3")}});
      acceptance::eventually("killed at " + place + "; see " + site.bridge().log(), acceptance::scene_limit(),
                             [&] {
                               scene.step();
                               return !site.bridge().running();
                             });
      site.receiver().set_faults(0);
      CPPUNIT_ASSERT_EQUAL_MESSAGE("killed there; see " + site.bridge().log(), place,
                                   acceptance::struck_since(site.bridge(), logged));
      site.finish(scene);
    }
    scene.verify();
  }

  void every_change_is_told_in_order_when_killed_at_random_and_the_receiver_fails() {
    HookSite site("hook_crash_random");
    std::mt19937 random(acceptance::seed());
    const int requests = acceptance::long_run() ? 400 : 40, kills = acceptance::long_run() ? 25 : 5;
    std::cout << "\n  " << requests << " requests, " << kills
              << " kills (COUNTERSIGN_SEED=" << acceptance::seed() << ")" << std::endl;
    HookScene scene = site.scene();
    site.receiver().set_faults(20);
    for (int n = 0; n < kills; ++n) {
      scene.add_requests(requests / kills);
      scene.add_events(requests / kills / 2);
      site.start();
      const auto until = Steady::now() + std::chrono::milliseconds(50 + random() % 1500);
      while (Steady::now() < until) scene.step();
      site.bridge().kill();
    }
    site.start();
    // Well again after a while, or the waits between tries would be what is tested.
    site.receiver().set_faults(5);
    site.finish(scene);
    scene.verify();
    const auto arrivals = site.receiver().arrivals();
    const auto repeated =
        std::count_if(arrivals.begin(), arrivals.end(), [](const auto& one) { return one.attempt > 1; });
    std::cout << "  " << arrivals.size() << " arrivals, " << repeated << " of them tried again" << std::endl;
    CPPUNIT_ASSERT_MESSAGE("something was tried again", repeated > 0);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HookCrashTest);
