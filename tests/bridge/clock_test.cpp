#include "bridge/ops/clock.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

class ClockTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ClockTest);
  CPPUNIT_TEST(writes_times_with_all_their_digits);
  CPPUNIT_TEST(reads_what_it_writes);
  CPPUNIT_TEST_SUITE_END();

 public:
  void writes_times_with_all_their_digits() {
    const struct {
      std::int64_t micros;
      const char* iso;
    } cases[] = {{0, "1970-01-01T00:00:00.000Z"},
                 {1'001'999, "1970-01-01T00:00:01.001Z"},
                 {-1, "1969-12-31T23:59:59.999Z"},
                 {1'709'210'096'780'000, "2024-02-29T12:34:56.780Z"},
                 {253'402'300'799'999'999, "9999-12-31T23:59:59.999Z"}};
    for (const auto& one : cases) {
      const bridge::Time time = bridge::from_micros(one.micros);
      CPPUNIT_ASSERT_EQUAL(std::string(one.iso), bridge::to_iso(time));
      CPPUNIT_ASSERT_EQUAL(std::string(one.iso, 19), bridge::to_api_time(time));
    }
  }

  void reads_what_it_writes() {
    for (std::int64_t micros = 0; micros < 4'000'000'000'000'000; micros += 99'999'999'937'000) {
      const bridge::Time time = bridge::from_micros(micros);
      CPPUNIT_ASSERT(bridge::from_iso(bridge::to_iso(time)) == time);
    }
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ClockTest);
