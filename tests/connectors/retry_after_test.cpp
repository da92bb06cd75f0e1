#include "connectors/engine/retry_after.h"

#include <cppunit/extensions/HelperMacros.h>

#include "connectors/engine/webhook_signature.h"
#include "mappings/engine/text.h"

using mappings::Json;

class RetryAfterTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RetryAfterTest);
  CPPUNIT_TEST(reads_seconds_dates_and_points_in_time);
  CPPUNIT_TEST(reads_dates_as_http_writes_them);
  CPPUNIT_TEST(signs_as_the_published_vectors_say);
  CPPUNIT_TEST_SUITE_END();

 public:
  void reads_seconds_dates_and_points_in_time() {
    const std::string date = "Sat, 31 Jan 2026 10:00:00 GMT";  // 1769853600
    struct Case {
      std::string name;
      Json value;
      std::string date;
      long wanted_ms;  // -1: nothing
    };
    const std::vector<Case> cases = {
        {"seconds", "30", date, 30000},
        {"a number", 30, date, 30000},
        {"none", Json(), date, -1},
        {"words", "soon", date, -1},
        {"negative", "-5", date, -1},
        {"an hour at most", "86400", date, 3600000},
        {"absurd", "1000000000", date, 3600000},
        {"absurd beyond numbers", "99999999999999999999", date, -1},
        {"a point in time", "1769853660", date, 60000},
        {"a point in time, past", "1769853000", date, 0},
        {"a point in time, without a clock", "1769853660", "", 3600000},
        {"a date", "Sat, 31 Jan 2026 10:00:45 GMT", date, 45000},
        {"a date, past", "Sat, 31 Jan 2026 09:00:45 GMT", date, 0},
        {"a date, without a clock", "Sat, 31 Jan 2026 10:00:45 GMT", "", -1},
    };
    for (const Case& c : cases) {
      const auto given = connectors::parse_retry_after(c.value, c.date);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(c.name, c.wanted_ms, given ? static_cast<long>(given->count()) : -1L);
    }
  }

  void reads_dates_as_http_writes_them() {
    CPPUNIT_ASSERT_EQUAL(std::int64_t{784111777},
                         *connectors::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"));
    for (const char* bad : {"", "Sun, 06 Nov 1994", "Sun, 31 Feb 1994 08:49:37 GMT",
                            "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT"})
      CPPUNIT_ASSERT_MESSAGE(bad, !connectors::parse_http_date(bad));
  }

  void signs_as_the_published_vectors_say() {
    // RFC 4231, test cases 2 and 6, and no key at all, in turn: none may be left of the one before.
    const std::string long_key(131, '\xaa');
    for (int round = 0; round < 2; ++round) {
      CPPUNIT_ASSERT_EQUAL(std::string("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
                           mappings::hex(connectors::hmac_sha256("Jefe", "what do ya want for nothing?")));
      CPPUNIT_ASSERT_EQUAL(std::string("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
                           mappings::hex(connectors::hmac_sha256("", "")));
      CPPUNIT_ASSERT_EQUAL(std::string("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
                           mappings::hex(connectors::hmac_sha256(
                               long_key, "Test Using Larger Than Block-Size Key - Hash Key First")));
    }
    // RFC 4648, section 10.
    CPPUNIT_ASSERT_EQUAL(std::string("Zm9vYmFy"), connectors::base64("foobar"));
    CPPUNIT_ASSERT_EQUAL(std::string("Zm9vYg=="), connectors::base64("foob"));
    CPPUNIT_ASSERT_EQUAL(std::string(), connectors::base64(""));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RetryAfterTest);
