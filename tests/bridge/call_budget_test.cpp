#include "bridge/queue/call_budget.h"

#include <random>

#include <cppunit/extensions/HelperMacros.h>

using namespace std::chrono_literals;
using bridge::CallBudget;
using bridge::Purpose;
using bridge::Time;

namespace {

// A Wednesday's midnight, UTC.
const Time midnight{std::chrono::seconds(1'763'510'400)};

CallBudget::Settings small_day(std::int64_t calls = 100, int reserve = 10) {
  CallBudget::Settings settings;
  settings.calls_a_day = calls;
  settings.reserve_percent = reserve;
  return settings;
}

int take_all(CallBudget& budget, Purpose purpose, Time now) {
  int taken = 0;
  while (budget.take(purpose, now)) ++taken;
  return taken;
}

}  // namespace

class CallBudgetTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CallBudgetTest);
  CPPUNIT_TEST(polls_leave_the_reserve_and_decisions_take_it);
  CPPUNIT_TEST(a_mirror_leaves_what_polling_at_rest_needs);
  CPPUNIT_TEST(the_day_turns_when_the_settings_say);
  CPPUNIT_TEST(polls_are_quick_after_traffic_and_slow_in_silence);
  CPPUNIT_TEST(a_day_with_few_calls_left_is_polled_more_slowly_than_at_rest);
  CPPUNIT_TEST(what_the_tenant_says_corrects_the_count);
  CPPUNIT_TEST(a_limit_per_minute_is_not_taken_for_a_day);
  CPPUNIT_TEST(a_refusal_holds_everything_for_as_long_as_it_says_but_not_for_ever);
  CPPUNIT_TEST(the_count_survives_a_restart_but_not_the_day);
  CPPUNIT_TEST(the_forecast_follows_the_pace);
  CPPUNIT_TEST(over_random_days_the_budget_is_never_passed_and_decisions_go_first);
  CPPUNIT_TEST_SUITE_END();

 public:
  void polls_leave_the_reserve_and_decisions_take_it() {
    CallBudget budget(small_day(), midnight);
    CPPUNIT_ASSERT_EQUAL(90, take_all(budget, Purpose::poll, midnight + 1h));
    CPPUNIT_ASSERT(budget.closed_until(Purpose::poll, midnight + 1h) == midnight + 24h);
    CPPUNIT_ASSERT(!budget.closed_until(Purpose::decision, midnight + 1h));
    CPPUNIT_ASSERT_EQUAL(10, take_all(budget, Purpose::decision, midnight + 2h));
    CPPUNIT_ASSERT(budget.closed_until(Purpose::decision, midnight + 2h) == midnight + 24h);
    const auto figures = budget.figures(midnight + 2h);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, figures.used);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, figures.decisions);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, figures.reserve);
    CPPUNIT_ASSERT(budget.take(Purpose::poll, midnight + 24h));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, budget.figures(midnight + 24h).used);
  }

  void a_mirror_leaves_what_polling_at_rest_needs() {
    auto settings = small_day(20'000, 10);
    settings.rest = 10s;
    CallBudget budget(settings, midnight);
    // At noon polls at rest still need 4,320 calls; 18,000 may be made without the reserve.
    CPPUNIT_ASSERT_EQUAL(18'000 - 4'320, take_all(budget, Purpose::mirror, midnight + 12h));
    CPPUNIT_ASSERT(budget.take(Purpose::poll, midnight + 12h));
  }

  void the_day_turns_when_the_settings_say() {
    auto settings = small_day();
    settings.day_starts = 5h + 30min;
    CallBudget budget(settings, midnight + 2h);
    take_all(budget, Purpose::decision, midnight + 2h);
    CPPUNIT_ASSERT(!budget.take(Purpose::decision, midnight + 5h + 29min));
    CPPUNIT_ASSERT(budget.take(Purpose::decision, midnight + 5h + 30min));
    CPPUNIT_ASSERT(budget.figures(midnight + 6h).day_ends == midnight + 29h + 30min);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("after days of silence", std::int64_t{0},
                                 budget.figures(midnight + 100h).used);
  }

  void polls_are_quick_after_traffic_and_slow_in_silence() {
    struct Case {
      const char* name;
      std::chrono::milliseconds silence, expected;
    };
    const Case cases[] = {
        {"something came just now", 0s, 2s},     {"a little ago", 20s, 2s},
        {"a tenth of the silence", 50s, 5s},     {"it is quiet", 100s, 10s},
        {"it has been quiet for long", 2h, 10s},
    };
    CallBudget budget(CallBudget::Settings{}, midnight);
    for (const Case& one : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, one.expected.count(),
                                   budget.interval(midnight + 3h, midnight + 3h - one.silence, 2).count());
    auto swapped = CallBudget::Settings{};
    swapped.rest = 500ms;
    CPPUNIT_ASSERT_MESSAGE("rest below quick: rest counts",
                           CallBudget(swapped, midnight).interval(midnight, midnight, 1) == 500ms);
  }

  void a_day_with_few_calls_left_is_polled_more_slowly_than_at_rest() {
    CallBudget budget(small_day(1000), midnight);
    // 900 calls for 86,400 seconds: even busy days are polled about once in half a minute at first.
    const auto first = budget.interval(midnight, midnight, 1);
    CPPUNIT_ASSERT_MESSAGE(std::to_string(first.count()), first > 20s && first < 60s);
    const auto dear = budget.interval(midnight, midnight, 4);
    CPPUNIT_ASSERT_MESSAGE("polls of four calls are a quarter as many", dear > first * 3);
    for (int i = 0; i < 890; ++i) budget.take(Purpose::poll, midnight);
    CPPUNIT_ASSERT(budget.interval(midnight + 1h, midnight + 1h, 1) > 10min);
    take_all(budget, Purpose::poll, midnight + 1h);
    CPPUNIT_ASSERT_MESSAGE("none left: until the day turns",
                           budget.interval(midnight + 2h, midnight + 2h, 1) == 22h);
  }

  void what_the_tenant_says_corrects_the_count() {
    CallBudget budget(small_day(100'000), midnight);
    const Time noon = midnight + 12h;
    budget.take(Purpose::poll, noon);
    budget.heard({5000, 4000, 12h}, noon);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("others use the same tenant", std::int64_t{1000}, budget.figures(noon).used);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{5000}, budget.figures(noon).limit);
    budget.heard({5000, 4010, 12h}, noon + 1s);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("an answer that was overtaken", std::int64_t{1000},
                                 budget.figures(noon).used);
    budget.heard({5000, 4999, 20h}, noon + 1min);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("its day began anew", std::int64_t{1}, budget.figures(noon).used);
    CPPUNIT_ASSERT(budget.figures(noon).day_ends == noon + 1min + 20h);
    budget.heard({500'000, 400'000, 20h}, noon + 1min);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("our own limit stands", std::int64_t{100'000}, budget.figures(noon).limit);
    budget.heard({}, noon + 2min);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{100'000}, budget.figures(noon).used);
  }

  void a_limit_per_minute_is_not_taken_for_a_day() {
    CallBudget budget(small_day(100'000), midnight);
    budget.heard({60, 12, 20s}, midnight + 1h);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{100'000}, budget.figures(midnight + 1h).limit);
    CPPUNIT_ASSERT(!budget.closed_until(Purpose::poll, midnight + 1h));
    budget.heard({60, 0, 20s}, midnight + 1h);
    CPPUNIT_ASSERT(budget.closed_until(Purpose::decision, midnight + 1h) == midnight + 1h + 20s);
    CPPUNIT_ASSERT(!budget.closed_until(Purpose::decision, midnight + 1h + 20s));
  }

  void a_refusal_holds_everything_for_as_long_as_it_says_but_not_for_ever() {
    CallBudget budget(small_day(), midnight);
    budget.refused(30s, midnight);
    CPPUNIT_ASSERT(!budget.take(Purpose::decision, midnight + 29s));
    CPPUNIT_ASSERT(budget.take(Purpose::decision, midnight + 30s));
    budget.refused(72h, midnight + 1min);
    CPPUNIT_ASSERT_MESSAGE("asked again every hour",
                           budget.closed_until(Purpose::decision, midnight + 2min) == midnight + 61min);
    budget.reopen();
    CPPUNIT_ASSERT(budget.take(Purpose::decision, midnight + 2min));
    budget.refused(std::nullopt, midnight + 2min);
    CPPUNIT_ASSERT_MESSAGE("it did not say how long", budget.take(Purpose::poll, midnight + 2min));
  }

  void the_count_survives_a_restart_but_not_the_day() {
    CallBudget before(small_day(), midnight);
    take_all(before, Purpose::poll, midnight + 1h);
    CallBudget same_day(small_day(), midnight + 2h);
    same_day.restore(before.spent(), midnight + 2h);
    CPPUNIT_ASSERT(!same_day.take(Purpose::poll, midnight + 2h));
    CPPUNIT_ASSERT_EQUAL(10, take_all(same_day, Purpose::decision, midnight + 2h));
    CallBudget next_day(small_day(), midnight + 25h);
    next_day.restore(same_day.spent(), midnight + 25h);
    CPPUNIT_ASSERT_EQUAL(90, take_all(next_day, Purpose::poll, midnight + 25h));
  }

  void the_forecast_follows_the_pace() {
    CallBudget budget(CallBudget::Settings{}, midnight);
    Time now = midnight;
    for (; now < midnight + 6h; now += 10s) budget.take(Purpose::poll, now);
    const double steady = budget.figures(now).forecast;
    CPPUNIT_ASSERT_MESSAGE(std::to_string(steady), steady > 8300 && steady < 8900);
    for (; now < midnight + 8h; now += 1s) budget.take(Purpose::poll, now);
    CPPUNIT_ASSERT(budget.figures(now).forecast > 50'000);
    CPPUNIT_ASSERT_MESSAGE("silence brings it down", budget.figures(now + 4h).forecast < 10'500);
  }

  void over_random_days_the_budget_is_never_passed_and_decisions_go_first() {
    for (unsigned seed = 1; seed <= 60; ++seed) {
      std::mt19937 random(seed);
      auto pick = [&](int from, int to) { return std::uniform_int_distribution<int>(from, to)(random); };
      CallBudget::Settings settings;
      settings.calls_a_day = pick(20, 8000);
      settings.reserve_percent = pick(0, 40);
      settings.rest = std::chrono::milliseconds(pick(1, 120) * 1000);
      settings.quick = std::chrono::milliseconds(pick(1, 10) * 1000);
      settings.day_starts = std::chrono::minutes(pick(0, 1439));
      const std::int64_t reserve = settings.calls_a_day * settings.reserve_percent / 100;
      const std::string name = "seed " + std::to_string(seed);

      Time now = midnight + std::chrono::minutes(pick(0, 1439));
      auto budget = std::make_unique<CallBudget>(settings, now);
      std::int64_t today = 0, refused_decisions = 0;
      Time day = now - 24h, traffic = now;
      Time next_poll = now;
      const Time end = now + 72h;
      while (now < end) {
        const Time this_day = std::chrono::floor<std::chrono::days>(now - settings.day_starts);
        if (this_day != day) today = 0, day = this_day;
        if (now >= next_poll) {
          const int cost = pick(1, 3);
          for (int i = 0; i < cost; ++i)
            if (budget->take(Purpose::poll, now)) {
              ++today;
              CPPUNIT_ASSERT_MESSAGE(name + ": a poll took from the reserve",
                                     today <= settings.calls_a_day - reserve);
            }
          if (pick(0, 3) == 0) traffic = now;
          next_poll = now + budget->interval(now, traffic, cost);
          CPPUNIT_ASSERT_MESSAGE(name + ": faster than allowed",
                                 next_poll - now >= std::min(settings.quick, settings.rest));
        }
        if (pick(0, 400) == 0)
          for (int burst = pick(1, 40); burst > 0; --burst) {
            const bool had = today < settings.calls_a_day;
            const bool taken = budget->take(Purpose::decision, now);
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name + ": a decision waits only when nothing is left", had, taken);
            taken ? ++today : ++refused_decisions;
            traffic = now;
          }
        CPPUNIT_ASSERT_MESSAGE(name, today <= settings.calls_a_day);
        if (pick(0, 5000) == 0) {
          const auto kept = budget->spent();
          budget = std::make_unique<CallBudget>(settings, now);
          budget->restore(kept, now);
        }
        now += std::chrono::seconds(pick(1, 20));
      }
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CallBudgetTest);
