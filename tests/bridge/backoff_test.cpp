#include "bridge/drain/backoff.h"

#include <string>

#include <cppunit/extensions/HelperMacros.h>

using namespace std::chrono_literals;
using bridge::full_jitter;
using bridge::retry_wait;

class BackoffTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(BackoffTest);
  CPPUNIT_TEST(waits_fill_the_whole_range_and_never_leave_it);
  CPPUNIT_TEST(the_range_doubles_until_the_cap);
  CPPUNIT_TEST(a_server_is_obeyed_for_an_hour_at_most);
  CPPUNIT_TEST(polls_spread_by_a_tenth);
  CPPUNIT_TEST_SUITE_END();

 public:
  // The shortest and longest of many waits, with a counter for random numbers.
  static std::pair<std::chrono::milliseconds, std::chrono::milliseconds> range(int failures) {
    auto shortest = std::chrono::milliseconds::max();
    auto longest = std::chrono::milliseconds::min();
    for (std::uint64_t random = 0; random < 2000; ++random) {
      const auto wait = full_jitter(failures, 1s, 60s, random);
      shortest = std::min(shortest, wait);
      longest = std::max(longest, wait);
    }
    return {shortest, longest};
  }

  void waits_fill_the_whole_range_and_never_leave_it() {
    const auto [shortest, longest] = range(1);
    CPPUNIT_ASSERT(shortest >= 0ms && shortest < 50ms);
    CPPUNIT_ASSERT(longest <= 1000ms && longest > 950ms);
  }

  void the_range_doubles_until_the_cap() {
    struct Case {
      int failures;
      std::chrono::milliseconds ceiling;
    };
    for (const Case& one :
         {Case{0, 1s}, Case{1, 1s}, Case{2, 2s}, Case{5, 16s}, Case{7, 60s}, Case{1000, 60s}}) {
      const auto longest = range(one.failures).second;
      const std::string name = std::to_string(one.failures);
      CPPUNIT_ASSERT_MESSAGE(name, longest <= one.ceiling);
      CPPUNIT_ASSERT_MESSAGE(name, longest > one.ceiling * 9 / 10);
    }
    CPPUNIT_ASSERT(full_jitter(3, 0ms, 0ms, 7) == 0ms);
  }

  void a_server_is_obeyed_for_an_hour_at_most() {
    for (std::uint64_t random = 0; random < 100; ++random) {
      const auto wait = retry_wait(9, 1s, 60s, 30s, random);
      CPPUNIT_ASSERT(wait >= 30s && wait <= 31s);
      CPPUNIT_ASSERT(retry_wait(1, 1s, 60s, 48h, random) == 1h);
      CPPUNIT_ASSERT(retry_wait(1, 1s, 60s, -5s, random) <= 1s);
      CPPUNIT_ASSERT(retry_wait(1, 1s, 60s, std::nullopt, random) == full_jitter(1, 1s, 60s, random));
    }
  }

  void polls_spread_by_a_tenth() {
    for (std::uint64_t random = 0; random < 500; ++random) {
      const auto wait = bridge::spread(10s, random);
      CPPUNIT_ASSERT(wait >= 9s && wait <= 11s);
    }
    CPPUNIT_ASSERT(bridge::spread(10s, 1) != bridge::spread(10s, 2));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BackoffTest);
