// One mistake a file: each fixture's name says what is wrong in it, this table says what must be told, and
// where.

#include <filesystem>
#include <map>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "mappings/engine/mapping.h"

namespace {

const std::filesystem::path fixtures = std::filesystem::path(SOURCE_DIR) / "tests/mappings/fixtures";

std::string told(const std::filesystem::path& file, bool& loaded) {
  mappings::Diagnostics diagnostics;
  loaded = mappings::Mapping::load(file, diagnostics) != nullptr;
  std::string all;
  for (const auto& d : diagnostics.all()) {
    CPPUNIT_ASSERT_EQUAL(file.string(), d.where.file);
    all += (all.empty() ? "" : ", ") + std::to_string(d.where.line) + ":" + std::to_string(d.where.column) +
           (d.severity == mappings::Severity::error ? " " : " warning ") + d.code;
  }
  return all;
}

}  // namespace

class MappingCheckTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MappingCheckTest);
  CPPUNIT_TEST(every_mistake_is_told_at_its_place);
  CPPUNIT_TEST(no_fixture_is_forgotten);
  CPPUNIT_TEST(a_missing_file_is_told);
  CPPUNIT_TEST(the_message_says_what_was_meant);
  CPPUNIT_TEST_SUITE_END();

  static const std::map<std::string, std::string>& table() {
    static const std::map<std::string, std::string> rows = {
        {"broken_jq", "4:30 expression-syntax, 5:24 unknown-function"},
        {"decision_in_reminder", "10:21 no-decision"},
        {"decision_in_ticket", "4:26 no-decision"},
        {"default_and_optional", "7:5 warning default-and-optional"},
        {"empty_expression", "4:27 empty-expression"},
        {"field_without_value", "4:3 wrong-type"},
        {"forbidden_environment", "4:26 forbidden-function"},
        {"forbidden_function", "4:37 forbidden-function"},
        {"from_is_a_group", "4:21 not-a-value"},
        {"from_is_a_list", "4:17 not-a-value"},
        {"from_is_jq", "4:21 bad-path"},
        {"from_without_dot", "4:29 bad-path"},
        {"lookup_gap", "6:5 warning lookup-gap"},
        {"lookup_never", "6:33 warning lookup-never"},
        {"missing_outcomes", "4:1 warning no-outcome"},
        {"name_of_another_file", "1:10 name-mismatch"},
        {"no_fields", "3:9 wrong-value"},
        {"no_outcome_at_all", "1:1 warning no-outcome"},
        {"no_ticket", "1:1 missing-key"},
        {"optional_is_a_word", "4:44 wrong-type"},
        {"refusals", ""},
        {"rendering", ""},
        {"truncate_is_text", "4:54 wrong-type"},
        {"truncate_is_zero", "4:54 wrong-value"},
        {"two_mistakes_are_both_told", "4:26 unknown-field, 5:16 unknown-field"},
        {"unbalanced_expression", "4:45 unclosed-expression"},
        {"unclosed_expression", "4:27 unclosed-expression"},
        {"unknown_context", "4:26 unknown-field"},
        {"unknown_decision", "6:41 unknown-field"},
        {"unknown_field", "5:16 unknown-field"},
        {"unknown_field_deep_in_tree", "6:27 unknown-field"},
        {"unknown_field_in_block", "6:55 unknown-field"},
        {"unknown_field_in_double_quotes", "4:37 unknown-field"},
        {"unknown_field_in_folded_text", "7:37 unknown-field"},
        {"unknown_field_in_from", "4:21 unknown-field"},
        {"unknown_form_key", "4:44 unknown-key"},
        {"unknown_note", "10:3 unknown-key"},
        {"unknown_outcome", "9:3 unknown-key"},
        {"unknown_root_key", "3:1 unknown-key"},
        {"unknown_variable", "4:26 unknown-variable"},
    };
    return rows;
  }

 public:
  void every_mistake_is_told_at_its_place() {
    for (const auto& [name, expected] : table()) {
      bool loaded = false;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, expected, told(fixtures / (name + ".yaml"), loaded));
      const bool only_warnings = expected.empty() || expected.find(" warning ") != std::string::npos;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, only_warnings, loaded);
    }
  }

  void no_fixture_is_forgotten() {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(fixtures)) {
      const std::string name = entry.path().filename().string();
      if (name.ends_with(".tests.yaml") || !name.ends_with(".yaml")) continue;
      ++files;
      CPPUNIT_ASSERT_MESSAGE(name, table().count(entry.path().stem().string()) == 1);
    }
    CPPUNIT_ASSERT_EQUAL(table().size(), files);
  }

  void a_missing_file_is_told() {
    mappings::Diagnostics diagnostics;
    CPPUNIT_ASSERT(!mappings::Mapping::load(fixtures / "nobody.yaml", diagnostics));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, diagnostics.errors());
  }

  void the_message_says_what_was_meant() {
    mappings::Diagnostics diagnostics;
    mappings::Mapping::load(fixtures / "unknown_field.yaml", diagnostics);
    CPPUNIT_ASSERT_EQUAL((fixtures / "unknown_field.yaml").string() +
                             ":5:16: error: the request has no field .user.fulName [unknown-field]\n"
                             "   5 |     value: '${ .user.fulName } asks for ${ .type }'\n"
                             "     |                ^ did you mean .user.fullName?\n",
                         diagnostics.to_text());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MappingCheckTest);
