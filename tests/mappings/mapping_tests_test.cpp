#include "mappings/engine/mapping_tests.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using mappings::Diagnostics;
using mappings::Mapping;

namespace {

const std::filesystem::path source = SOURCE_DIR;

std::vector<mappings::MappingTestResult> results_of(const std::filesystem::path& file,
                                                    Diagnostics& diagnostics) {
  auto mapping = Mapping::load(file, diagnostics);
  CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), mapping != nullptr);
  return run_mapping_tests(*mapping, file, diagnostics);
}

}  // namespace

class MappingTestsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MappingTestsTest);
  CPPUNIT_TEST(the_shipped_mappings_pass_their_own_tests);
  CPPUNIT_TEST(what_does_not_hold_is_told_with_its_line);
  CPPUNIT_TEST(a_mapping_without_tests_is_warned_about);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_shipped_mappings_pass_their_own_tests() {
    int mappings_seen = 0;
    for (const char* name : {"servicenow/elevation", "servicenow/minimal", "request_tracker/elevation",
                             "request_tracker/minimal"}) {
      Diagnostics diagnostics;
      const auto results = results_of(source / "mappings" / (std::string(name) + ".yaml"), diagnostics);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string(), diagnostics.to_text());
      CPPUNIT_ASSERT_MESSAGE(name, results.size() >= 7);
      for (const auto& result : results)
        CPPUNIT_ASSERT_EQUAL_MESSAGE(result.where.to_string() + " " + result.name, std::string(),
                                     result.message + result.expected + result.got);
      ++mappings_seen;
    }
    CPPUNIT_ASSERT_EQUAL(4, mappings_seen);
  }

  void what_does_not_hold_is_told_with_its_line() {
    Diagnostics diagnostics;
    std::string told;
    for (const auto& result : results_of(source / "tests/mappings/fixtures/rendering.yaml", diagnostics))
      told += std::to_string(result.where.line) +
              (result.passed ? " passed " + result.name
                             : " " + result.message + " (" + result.expected + "; " + result.got + ")") +
              "\n";
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.to_text());
    CPPUNIT_ASSERT_EQUAL(
        std::string("1 passed this holds\n"
                    "7 cut is different (\"abc\"; \"abcd\")\n"
                    "8 number has another type: quotes make a text, a bare 3 is a number (\"3\"; 3)\n"
                    "9 plain does not contain the text (contains \"Nothing\"; \"Access Requests\")\n"
                    "9 plain contains what it must not (lacks \"Requests\"; \"Access Requests\")\n"
                    "9 plain does not match (matches ^R; \"Access Requests\")\n"
                    "9 plain has 15 characters (length {\"max\":3}; \"Access Requests\")\n"
                    "10 mail is not there (\"e\"; absent)\n"
                    "11 phone should be there (present; absent)\n"
                    "12 yes should not be there (absent; true)\n"
                    "13 CustomFields.Computer is different (\"PC-2\"; \"PC-1\")\n"
                    "13 CustomFields.Colour is not there (\"red\"; absent)\n"
                    "14 no_such_field is not there (\"x\"; absent)\n"
                    "17 the request should be refused (missing-value; it was rendered)\n"
                    "18 passed this is refused, as it should be\n"
                    "21 cut: .reason gives nothing [missing-value] (; )\n"
                    "21 custom_fields[0].value: .reason gives nothing [missing-value] (; )\n"
                    "24 the request is not one that the API knows: id must be a whole number (; )\n"
                    "25 passed this changes the code with the word\n"
                    "32 comment is different (\"Denied by Bob.\"; \"Denied by Bob. Reason: because\")\n"
                    "35 no_such_field is not there ({}; absent)\n"),
        told);
  }

  void a_mapping_without_tests_is_warned_about() {
    Diagnostics diagnostics;
    CPPUNIT_ASSERT(results_of(source / "tests/mappings/fixtures/refusals.yaml", diagnostics).empty());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, diagnostics.all().size());
    CPPUNIT_ASSERT_EQUAL(std::string("no-tests"), diagnostics.all()[0].code);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, diagnostics.errors());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MappingTestsTest);
