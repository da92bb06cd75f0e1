#include "mappings/engine/text.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

class TextTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TextTest);
  CPPUNIT_TEST(compares_only_ascii_without_case);
  CPPUNIT_TEST(trims_blanks_at_both_ends_only);
  CPPUNIT_TEST(cuts_between_letters);
  CPPUNIT_TEST(reads_the_hexadecimal_digits_that_it_writes_and_no_others);
  CPPUNIT_TEST_SUITE_END();

 public:
  void compares_only_ascii_without_case() {
    CPPUNIT_ASSERT(mappings::equal_ignoring_case("Content-TYPE", "content-type"));
    CPPUNIT_ASSERT(!mappings::equal_ignoring_case("content-type", "content-types"));
    CPPUNIT_ASSERT(!mappings::equal_ignoring_case("\xc3\x84", "\xc3\xa4"));
    CPPUNIT_ASSERT(!mappings::equal_ignoring_case("[", "{"));
    CPPUNIT_ASSERT_EQUAL(std::string("a-z\xc3\x84"), mappings::lower_case("A-Z\xc3\x84"));
  }

  void reads_the_hexadecimal_digits_that_it_writes_and_no_others() {
    const std::string bytes("\x00\x7f\x80\xff", 4);
    CPPUNIT_ASSERT_EQUAL(std::string("007f80ff"), mappings::hex(bytes));
    CPPUNIT_ASSERT(mappings::from_hex("007f80ff") == bytes);
    CPPUNIT_ASSERT(mappings::from_hex("") == "");
    for (const char* text : {"f", "abc", "AB", "aB", "0g", "0x", " 0", "-1"})
      CPPUNIT_ASSERT_MESSAGE(text, !mappings::from_hex(text));
  }

  void trims_blanks_at_both_ends_only() {
    CPPUNIT_ASSERT_EQUAL(std::string_view("a b"), mappings::trimmed(" \ta b\r\n"));
    CPPUNIT_ASSERT_EQUAL(std::string_view("a\n"), mappings::trimmed("\ta\n", mappings::http_blanks));
    CPPUNIT_ASSERT_EQUAL(std::string_view(), mappings::trimmed(" \t"));
    CPPUNIT_ASSERT_EQUAL(std::string_view(), mappings::trimmed(""));
  }

  void cuts_between_letters() {
    const std::tuple<const char*, std::size_t, const char*> cases[] = {{"abc", 3, "abc"},
                                                                       {"abc", 2, "ab"},
                                                                       {"abc", 0, ""},
                                                                       {"a\xc3\xa4", 3, "a\xc3\xa4"},
                                                                       {"a\xc3\xa4", 2, "a"},
                                                                       {"\xf0\x9f\x98\x80", 3, ""},
                                                                       {"a\xc3", 9, "a\xef\xbf\xbd"},
                                                                       {"a\xc3", 3, "a"}};
    for (const auto& [text, most, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string(expected), mappings::cut_text(text, most));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TextTest);
