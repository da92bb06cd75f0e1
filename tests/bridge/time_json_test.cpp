#include "bridge/ops/time_json.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using bridge::Time;
using bridge::time_or_null;

class TimeJsonTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TimeJsonTest);
  CPPUNIT_TEST(what_expired_in_1970_is_no_null);
  CPPUNIT_TEST(a_time_that_never_was_is_null);
  CPPUNIT_TEST_SUITE_END();

 public:
  void what_expired_in_1970_is_no_null() {
    CPPUNIT_ASSERT_EQUAL(std::string("1970-01-01T00:00:00.000Z"),
                         time_or_null(std::optional(Time{})).string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("1970-01-01T00:00:01.000Z"),
                         time_or_null(bridge::from_micros(1'000'000)).string_or(""));
  }

  void a_time_that_never_was_is_null() {
    CPPUNIT_ASSERT(time_or_null(std::optional<Time>()).is_null());
    CPPUNIT_ASSERT(time_or_null(Time{}).is_null());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TimeJsonTest);
