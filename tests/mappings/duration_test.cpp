#include "mappings/engine/duration.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using mappings::format_duration;
using mappings::parse_duration;

class DurationTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DurationTest);
  CPPUNIT_TEST(reads_one_number_with_one_unit);
  CPPUNIT_TEST(refuses_everything_else);
  CPPUNIT_TEST(writes_the_shortest_exact_spelling);
  CPPUNIT_TEST_SUITE_END();

 public:
  void reads_one_number_with_one_unit() {
    const std::pair<const char*, std::int64_t> cases[] = {{"0", 0},
                                                          {"0s", 0},
                                                          {"250ms", 250},
                                                          {"10s", 10'000},
                                                          {"5m", 300'000},
                                                          {"8h", 28'800'000},
                                                          {"3d", 259'200'000},
                                                          {"007s", 7'000},
                                                          {"36500d", 3'153'600'000'000},
                                                          {"3153600000000ms", 3'153'600'000'000}};
    for (const auto& [text, expected] : cases) {
      auto value = parse_duration(text);
      CPPUNIT_ASSERT_MESSAGE(text, value.has_value());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, expected, static_cast<std::int64_t>(value->count()));
    }
  }

  void refuses_everything_else() {
    for (const char* text :
         {"", "10", "s", "-1s", "+1s", "1.5h", "1 s", " 1s", "1s ", "1S", "1h30m", "1w",
          "99999999999999999999s", "9223372036854775807d", "36501d", "876001h", "3153600000001ms"})
      CPPUNIT_ASSERT_MESSAGE(text, !parse_duration(text).has_value());
  }

  void writes_the_shortest_exact_spelling() {
    const std::pair<std::int64_t, const char*> cases[] = {
        {0, "0"},          {90'000, "90s"},     {60'000, "1m"},     {1'001, "1001ms"},
        {7'200'000, "2h"}, {172'800'000, "2d"}, {5'400'000, "90m"}, {-10'000, "-10s"}};
    for (const auto& [value, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(expected, std::string(expected),
                                   format_duration(std::chrono::milliseconds(value)));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DurationTest);
