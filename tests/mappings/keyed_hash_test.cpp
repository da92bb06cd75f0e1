#include "mappings/engine/keyed_hash.h"

#include <string>
#include <utility>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

class JsonKeyedHashTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(JsonKeyedHashTest);
  CPPUNIT_TEST(is_siphash_1_3);
  CPPUNIT_TEST(another_key_gives_another_hash);
  CPPUNIT_TEST_SUITE_END();

 public:
  // With the key 0, 0; the figures are those of another program.
  void is_siphash_1_3() {
    const std::pair<std::string, std::uint64_t> cases[] = {{"a", 4644417185603328019u},
                                                           {"status", 5124950028226411233u},
                                                           {"12345678", 3785724242978802311u},
                                                           {"approvedByEmail!", 16417567593506543132u}};
    for (const auto& [text, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, expected, mappings::keyed_hash(text, {}));
  }

  void another_key_gives_another_hash() {
    CPPUNIT_ASSERT(mappings::keyed_hash("status", {1, 2}) != mappings::keyed_hash("status", {1, 3}));
    CPPUNIT_ASSERT_EQUAL(mappings::keyed_hash("status"), mappings::keyed_hash(std::string("status")));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(JsonKeyedHashTest);
