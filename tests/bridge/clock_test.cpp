#include "bridge/ops/clock.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

class ClockTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ClockTest);
  CPPUNIT_TEST(writes_times_with_all_their_digits);
  CPPUNIT_TEST(reads_what_it_writes);
  CPPUNIT_TEST(reads_what_others_write);
  CPPUNIT_TEST(refuses_signs_and_blanks_in_place_of_digits);
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

  void reads_what_others_write() {
    const std::pair<const char*, std::int64_t> cases[] = {
        {"2024-02-29T12:34:56", 1'709'210'096'000'000},
        {"2024-02-29 12:34:56", 1'709'210'096'000'000},
        {"2024-02-29T12:34:56Z", 1'709'210'096'000'000},
        {"2024-02-29T12:34:56+00:00", 1'709'210'096'000'000},
        {"2024-02-29T12:34:56.5", 1'709'210'096'500'000},
        {"2024-02-29T12:34:56.1234567Z", 1'709'210'096'123'456},
        {"2016-12-31T23:59:60Z", 1'483'228'800'000'000},
        {"1969-12-31T23:59:59.999Z", -1'000}};
    for (const auto& [text, micros] : cases)
      CPPUNIT_ASSERT_MESSAGE(text, bridge::from_iso(text) == bridge::from_micros(micros));
  }

  void refuses_signs_and_blanks_in_place_of_digits() {
    for (const char* text :
         {"2026-01-+1T10:00:00Z", "2026-01- 1T10:00:00Z", "2026-01-01T-0:00:00Z", "2026-01-01T10:00: 0Z",
          "+202-01-01T10:00:00Z", "2026-1-01T10:00:00Z", "2026-01-01T10:00:0", "2026-01-01", "",
          "2026-02-30T10:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T10:60:00Z", "2026-01-01T10:00:61Z",
          "2026-01-01X10:00:00Z", "2026-01-01T10:00:00+02:00", "2026-01-01T10:00:00Z "})
      CPPUNIT_ASSERT_MESSAGE(text, !bridge::from_iso(text));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ClockTest);
