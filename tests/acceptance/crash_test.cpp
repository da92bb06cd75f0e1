// kill -9 at every point between an effect, its call and its record, and at random times under load: never a
// lost request, never a second ticket, never a wrong or second decision. Which points were struck is said at
// the end of a run.

#include <algorithm>
#include <iostream>
#include <random>
#include <thread>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/acceptance/crash_site.h"

namespace {

using acceptance::CrashScene;
using acceptance::CrashSite;
using acceptance::Json;
using acceptance::Plan;
using acceptance::scene_limit;
using Steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

// Each place at its first pass, and each pass of a run; a sample of both, by the seed, in a short run.
void crash_at_every_point(const std::string& name, bool remote, const std::vector<std::string>& points) {
  CrashSite site(name, {.remote = remote});
  const auto count_file = site.folder() / "passes";
  site.run_once({{"COUNTERSIGN_CRASH_COUNT", count_file.string()}});
  const int passes = std::stoi("0" + tests::read_file(count_file));
  CPPUNIT_ASSERT_MESSAGE("passes were counted in " + count_file.string(), passes > 20);

  std::vector<std::string> at(points.begin(), points.end());
  for (int k = 1; k <= passes; ++k) at.push_back(std::to_string(k));
  const std::size_t stride = acceptance::long_run() ? 1 : 6;
  std::cout << "\n  " << points.size() << " places, " << passes << " passes; each " << stride
            << ". of them (COUNTERSIGN_SEED=" << acceptance::seed() << ")\n  struck:" << std::flush;
  // How many passes a run has depends on how long it takes: behind three misses there are no more.
  int misses = 0;
  std::size_t killed = 0;
  for (std::size_t n = acceptance::seed() % stride; n < at.size() && misses < 3; n += stride) {
    const std::string struck = site.run_once({{"COUNTERSIGN_CRASH_AT", at[n]}});
    std::cout << ' ' << (struck.empty() ? "-" : struck) << std::flush;
    if (n < points.size())
      CPPUNIT_ASSERT_EQUAL_MESSAGE("killed there; see " + site.bridge().log(), at[n], struck);
    misses = struck.empty() ? misses + 1 : 0;
    killed += struck.empty() ? 0 : 1;
  }
  std::cout << std::endl;
  CPPUNIT_ASSERT_MESSAGE("killed only " + std::to_string(killed) + " times; see " + site.bridge().log(),
                         killed >= (points.size() + 12) / stride);
}

void crash_under_load(const std::string& name, bool remote) {
  CrashSite site(name, {.remote = remote});
  std::mt19937 random(acceptance::seed());
  const int requests = acceptance::long_run() ? 300 : 30, kills = acceptance::long_run() ? 20 : 4;
  std::cout << "\n  " << requests << " requests, " << kills
            << " kills (COUNTERSIGN_SEED=" << acceptance::seed() << ")" << std::endl;
  CrashScene scene = site.scene();
  for (int n = 0; n < requests; ++n) {
    const int choice = static_cast<int>(random() % 8);
    scene.add(choice < 4   ? Plan::desk_approves
              : choice < 7 ? Plan::desk_denies
                           : Plan::queue_denies_with_a_ticket);
  }
  site.desk().set_faults(Json::object(
      {{"lose_answers", 0.1}, {"errors_5xx", 0.05}, {"seed", static_cast<std::int64_t>(random() % 1000)}}));
  for (int n = 0; n < kills; ++n) {
    site.bridge().start();
    const auto until = Steady::now() + std::chrono::milliseconds(50 + random() % 1200);
    while (Steady::now() < until) scene.step();
    site.bridge().kill();
    if (n % 2 == 1 && remote) {
      // The remote queue dies as well, in the middle of whatever it does.
      site.tenant().kill();
      site.tenant().start();
    }
  }
  site.bridge().start();
  site.finish(scene);
  scene.verify(site.bridge(), remote ? &site.tenant() : nullptr);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(
      "surplus tickets at the desk; see " + site.desk().log(), std::int64_t{0},
      site.desk().state().get("duplicates").get("surplus_tickets").as_integer().value());
}

// The bridge dies with a ticket opened that it has not noted, the queue decides meanwhile, and it dies again
// while it looks for that ticket.
void crash_at_recall(const std::string& place) {
  CrashSite site("crash_" + place, {});
  CrashScene scene = site.scene();
  scene.add(Plan::queue_denies_with_a_ticket);
  site.bridge().start({{"COUNTERSIGN_CRASH_AT", "ticket_call_answered"}});
  acceptance::eventually("killed with the ticket opened; see " + site.bridge().log(), scene_limit(), [&] {
    scene.step();
    return !site.bridge().running();
  });
  site.desk().set_faults(Json::object({{"errors_5xx", 1}}));
  const std::size_t logged = acceptance::log_size(site.bridge());
  site.bridge().start({{"COUNTERSIGN_CRASH_AT", place}});
  scene.step();
  site.desk().set_faults(Json::object({{"errors_5xx", 0}}));
  site.finish(scene);
  scene.verify(site.bridge());
  CPPUNIT_ASSERT_EQUAL_MESSAGE("killed there; see " + site.bridge().log(), place,
                               acceptance::struck_since(site.bridge(), logged));
}

void crash_at_reminder(const std::string& place) {
  CrashSite site("crash_" + place,
                 {.workflow = "workflow: crash\ndecide: {by: anyone}\nremind_after: 100ms\n"});
  CrashScene scene = site.scene();
  scene.add(Plan::desk_approves_when_reminded);
  const std::size_t logged = acceptance::log_size(site.bridge());
  site.bridge().start({{"COUNTERSIGN_CRASH_AT", place}});
  site.finish(scene);
  scene.verify(site.bridge());
  CPPUNIT_ASSERT_EQUAL_MESSAGE("killed there; see " + site.bridge().log(), place,
                               acceptance::struck_since(site.bridge(), logged));
}

}  // namespace

class CrashTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CrashTest);
  CPPUNIT_TEST(nothing_is_lost_or_doubled_wherever_the_bridge_is_killed);
  CPPUNIT_TEST(nothing_is_lost_or_doubled_wherever_it_is_killed_beside_a_remote_queue);
  CPPUNIT_TEST(a_ticket_that_was_never_noted_is_told_of_a_decision_wherever_its_search_is_killed);
  CPPUNIT_TEST(the_desk_is_reminded_once_wherever_the_bridge_is_killed);
  CPPUNIT_TEST(nothing_is_lost_or_doubled_when_killed_at_random_under_load);
  CPPUNIT_TEST(nothing_is_lost_or_doubled_when_killed_at_random_beside_a_remote_queue);
  CPPUNIT_TEST_SUITE_END();

 public:
  void nothing_is_lost_or_doubled_wherever_the_bridge_is_killed() {
    crash_at_every_point("crash_hosted", false,
                         {"request_stored", "queue_decided", "effect_claimed", "ticket_call_answered",
                          "ticket_recorded", "tell_answered", "tell_recorded", "ticket_read",
                          "decision_recorded", "page_handled", "watermark_moved"});
  }
  void nothing_is_lost_or_doubled_wherever_it_is_killed_beside_a_remote_queue() {
    crash_at_every_point(
        "crash_remote", true,
        {"page_read", "page_stored", "effect_claimed", "ticket_call_answered", "ticket_recorded",
         "ticket_read", "decision_recorded", "write_claimed", "write_answered", "write_recorded",
         "remote_decision_recorded", "tell_answered", "tell_recorded", "page_handled", "watermark_moved"});
  }
  void a_ticket_that_was_never_noted_is_told_of_a_decision_wherever_its_search_is_killed() {
    for (const char* place : {"recall_answered", "recall_recorded"}) crash_at_recall(place);
  }
  void the_desk_is_reminded_once_wherever_the_bridge_is_killed() {
    for (const char* place : {"timer_recorded", "note_answered"}) crash_at_reminder(place);
  }
  void nothing_is_lost_or_doubled_when_killed_at_random_under_load() {
    crash_under_load("crash_load", false);
  }
  void nothing_is_lost_or_doubled_when_killed_at_random_beside_a_remote_queue() {
    crash_under_load("crash_load_remote", true);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrashTest);
