#include "mappings/engine/text.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

class TextTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TextTest);
  CPPUNIT_TEST(compares_only_ascii_without_case);
  CPPUNIT_TEST(trims_blanks_at_both_ends_only);
  CPPUNIT_TEST_SUITE_END();

 public:
  void compares_only_ascii_without_case() {
    CPPUNIT_ASSERT(mappings::equal_ignoring_case("Content-TYPE", "content-type"));
    CPPUNIT_ASSERT(!mappings::equal_ignoring_case("content-type", "content-types"));
    CPPUNIT_ASSERT(!mappings::equal_ignoring_case("\xc3\x84", "\xc3\xa4"));
    CPPUNIT_ASSERT(!mappings::equal_ignoring_case("[", "{"));
    CPPUNIT_ASSERT_EQUAL(std::string("a-z\xc3\x84"), mappings::lower_case("A-Z\xc3\x84"));
  }

  void trims_blanks_at_both_ends_only() {
    CPPUNIT_ASSERT_EQUAL(std::string_view("a b"), mappings::trimmed(" \ta b\r\n"));
    CPPUNIT_ASSERT_EQUAL(std::string_view("a\n"), mappings::trimmed("\ta\n", mappings::http_blanks));
    CPPUNIT_ASSERT_EQUAL(std::string_view(), mappings::trimmed(" \t"));
    CPPUNIT_ASSERT_EQUAL(std::string_view(), mappings::trimmed(""));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TextTest);
