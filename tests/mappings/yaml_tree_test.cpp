#include "mappings/engine/yaml_tree.h"

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using mappings::Diagnostics;
using mappings::read_yaml_file;
using mappings::read_yaml_text;

namespace {

// "line:column code" of each error, in order.
std::string places(const Diagnostics& diagnostics) {
  std::string text;
  for (const auto& d : diagnostics.all()) {
    if (!text.empty()) text += ", ";
    text += std::to_string(d.where.line) + ':' + std::to_string(d.where.column) + ' ' + d.code;
  }
  return text;
}

}  // namespace

class YamlTreeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(YamlTreeTest);
  CPPUNIT_TEST(reads_values_as_the_core_schema_says);
  CPPUNIT_TEST(keeps_the_place_of_keys_values_and_expressions);
  CPPUNIT_TEST(answers_what_yaml_allows_and_we_do_not_with_its_place);
  CPPUNIT_TEST(answers_what_is_no_yaml_with_its_place);
  CPPUNIT_TEST(never_lets_half_an_expression_pass);
  CPPUNIT_TEST(lets_whole_expressions_pass);
  CPPUNIT_TEST(says_quote_the_expression);
  CPPUNIT_TEST(gives_null_for_an_empty_file);
  CPPUNIT_TEST(answers_files_that_cannot_be_read);
  CPPUNIT_TEST_SUITE_END();

 public:
  void reads_values_as_the_core_schema_says() {
    const std::pair<const char*, const char*> cases[] = {
        {"3", "3"},
        {"'3'", "\"3\""},
        {"\"3\"", "\"3\""},
        {"-17", "-17"},
        {"0x1F", "31"},
        {"0o17", "15"},
        {"1.5", "1.5"},
        {"1e3", "1000"},
        {".5", "0.5"},
        {"true", "true"},
        {"FALSE", "false"},
        {"'true'", "\"true\""},
        {"yes", "\"yes\""},
        {"~", "null"},
        {"null", "null"},
        {"''", "\"\""},
        {"1.2.3", "\"1.2.3\""},
        {"1-2", "\"1-2\""},
        {"2026-01-31", "\"2026-01-31\""},
        {".inf", "\".inf\""},
        {"e5", "\"e5\""},
        {"12345678901234567890", "\"12345678901234567890\""},
        {"[1, a, {b: c}]", "[1,\"a\",{\"b\":\"c\"}]"},
        {"|\n  one\n  two\n", "\"one\\ntwo\\n\""},
        {">-\n  one\n  two\n", "\"one two\""},
    };
    for (const auto& [text, expected] : cases) {
      Diagnostics diagnostics;
      auto tree = read_yaml_text(std::string("k: ") + text + "\n", "f", diagnostics);
      CPPUNIT_ASSERT_MESSAGE(text + diagnostics.to_text(), tree != nullptr);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string(expected), tree->find("k")->to_json().dump());
    }
  }

  void keeps_the_place_of_keys_values_and_expressions() {
    Diagnostics diagnostics;
    auto tree = read_yaml_text(
        "ä: 'é ${ .x } ${ .y }'\nempty:\nlist:\n  - 'ö': 1\n    k: |\n      a\n      ü ${ .z }\n", "f",
        diagnostics);
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), tree != nullptr);
    CPPUNIT_ASSERT_EQUAL(std::string("f:1:1"), tree->key_marks[0].to_string());
    const auto& scalar = tree->members[0].second;
    CPPUNIT_ASSERT_EQUAL(std::string("f:1:4"), scalar.where.to_string());
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, scalar.expression_marks.size());
    CPPUNIT_ASSERT_EQUAL(std::string("f:1:7"), scalar.expression_marks[0].to_string());
    CPPUNIT_ASSERT_EQUAL(std::string("f:1:15"), scalar.expression_marks[1].to_string());
    CPPUNIT_ASSERT_EQUAL(std::string("f:2:1"), tree->find("empty")->where.to_string());
    const auto& item = tree->find("list")->items[0];
    CPPUNIT_ASSERT_EQUAL(std::string("f:4:5"), item.where.to_string());
    CPPUNIT_ASSERT_EQUAL(std::string("f:4:10"), item.find("ö")->where.to_string());
    CPPUNIT_ASSERT_EQUAL(std::string("f:7:9"), item.find("k")->expression_marks[0].to_string());
  }

  void answers_what_yaml_allows_and_we_do_not_with_its_place() {
    const std::pair<const char*, const char*> cases[] = {
        {"a: 1\nb: 2\na: 3\n", "3:1 duplicate-key"},
        {"{a: 1, 'a': 2}\n", "1:8 duplicate-key"},
        {"x:\n  é: {b: 1, b: 2}\n", "2:13 duplicate-key"},
        {"1: a\n'1': b\n1: c\n", "2:1 duplicate-key, 3:1 duplicate-key"},
        {"a: &x 1\n", "1:4 yaml-anchor"},
        {"a: *x\n", "1:4 yaml-anchor"},
        {"a: &x 1\nb: *x\n", "1:4 yaml-anchor, 2:4 yaml-anchor"},
        {"a: !foo 1\n", "1:4 yaml-tag"},
        {"a: ! x\n", "1:4 yaml-tag"},
        {"a: !foo null\n", "1:4 yaml-tag"},
        {"a: !!map {}\n", "1:4 yaml-tag"},
        {"a: 1\n---\nb: 2\n", "2:1 yaml-documents"},
        {"? [a]\n: b\n", "1:3 yaml-key"},
        {"~: 1\n", "1:1 yaml-key"},
        {": 1\n", "1:1 yaml-key"},
        {"a: {b:1}\n", "1:5 yaml-syntax"},
        {"a: x\ty\n", ""},
        {"null: 1\n", ""},
        {"%YAML 1.2\n---\na: 1\n...\n", ""},
    };
    for (const auto& [text, expected] : cases) {
      Diagnostics diagnostics;
      auto tree = read_yaml_text(text, "f", diagnostics);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string(expected), places(diagnostics));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, !diagnostics.has_errors(), tree != nullptr);
    }
  }

  void answers_what_is_no_yaml_with_its_place() {
    const std::pair<std::string, const char*> cases[] = {
        {"a: b: c\n", "1:5 yaml-syntax"},
        {"é: b: c\n", "1:5 yaml-syntax"},
        {"a: -\n", "1:4 yaml-syntax"},
        {"a: 1\n}\n", "2:1 yaml-syntax"},
        {"a: [1\n", "2:1 yaml-syntax"},
        {"a: 'x' y\n", "1:8 yaml-syntax"},
        {"a:\n\tb: 1\n", "2:3 yaml-syntax"},
        {"a: @x\n", "1:4 yaml-syntax"},
        {"a: \"\\q\"\n", "1:7 yaml-syntax"},
        {"- a\nb: 1\n", "2:1 yaml-syntax"},
        {"a: 1\nb: \xff\n", "2:0 not-utf8"},
        {std::string("a: 1\nb: x\0\n", 11), "2:5 control-character"},
        {"a: x\x04y\nb: 1\n", "1:5 control-character"},
        {std::string(100, '[') + std::string(100, ']'), "1:65 yaml-depth"},
    };
    for (const auto& [text, expected] : cases) {
      Diagnostics diagnostics;
      CPPUNIT_ASSERT_MESSAGE(text, read_yaml_text(text, "f", diagnostics) == nullptr);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string(expected), places(diagnostics));
    }
    Diagnostics diagnostics;
    CPPUNIT_ASSERT(read_yaml_text(std::string((4u << 20) + 1, ' '), "f", diagnostics) == nullptr);
    CPPUNIT_ASSERT_EQUAL(std::string("0:0 file-too-large"), places(diagnostics));
  }

  void never_lets_half_an_expression_pass() {
    const std::pair<const char*, const char*> cases[] = {
        {"a: ${ .x # note }\nb: 1\n", "1:4 unquoted-expression"},
        {"a: ${ .x } # note\n", "1:12 unquoted-expression"},
        {"a: ${ .x }\n  ${ .y }\t # note\n", "2:12 unquoted-expression"},
        {"a: ${ .x | \"k: v\" }\n", "1:4 unquoted-expression"},
        {"a: {b: ${ .x }}\n", "1:8 unquoted-expression"},
        {"a: [${ .x }]\n", "1:5 unquoted-expression"},
        {"- ${ {a: 1} }\n", "1:3 unquoted-expression"},
        {"a: x ${ \"}\" \n", "1:4 unquoted-expression"},
    };
    for (const auto& [text, expected] : cases) {
      Diagnostics diagnostics;
      CPPUNIT_ASSERT_MESSAGE(text, read_yaml_text(text, "f", diagnostics) == nullptr);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string(expected), places(diagnostics));
    }
  }

  void lets_whole_expressions_pass() {
    const std::pair<const char*, const char*> cases[] = {
        {"a: ${ .x }\n", "${ .x }"},
        {"a: ${ .x | \"}\" } and ${ .y }\n", "${ .x | \"}\" } and ${ .y }"},
        {"a: '${ .x | \"k: v # }\" }' # note\n", "${ .x | \"k: v # }\" }"},
        {"a: {b: 1}\n", ""},
        {"a: costs 5$\n", "costs 5$"},
    };
    for (const auto& [text, expected] : cases) {
      Diagnostics diagnostics;
      auto tree = read_yaml_text(text, "f", diagnostics);
      CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), tree != nullptr);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string(expected), tree->text("a"));
    }
  }

  void says_quote_the_expression() {
    for (const char* text : {"a: ${ .x | \"k: v\" }\n", "a: {b: ${ .x }}\n", "a: b: ${ .x }\n"}) {
      Diagnostics diagnostics;
      read_yaml_text(text, "f", diagnostics);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::size_t{1}, diagnostics.errors());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::size_t{0},
                                   diagnostics.all()[0].hint.find("quote the expression"));
    }
  }

  void gives_null_for_an_empty_file() {
    for (const char* text : {"", "# nothing\n", "\xEF\xBB\xBF"}) {
      Diagnostics diagnostics;
      auto tree = read_yaml_text(text, "f", diagnostics);
      CPPUNIT_ASSERT(tree && tree->is_null() && !diagnostics.has_errors());
      CPPUNIT_ASSERT_EQUAL(std::string("f:1:1"), tree->where.to_string());
    }
  }

  void answers_files_that_cannot_be_read() {
    Diagnostics diagnostics;
    CPPUNIT_ASSERT(read_yaml_file("/nonexistent/x.yaml", diagnostics) == nullptr);
    CPPUNIT_ASSERT(read_yaml_file("/", diagnostics) == nullptr);
    CPPUNIT_ASSERT(read_yaml_file("/dev/zero", diagnostics) == nullptr);
    CPPUNIT_ASSERT_EQUAL(std::string("0:0 file-missing, 0:0 file-unreadable, 0:0 file-unreadable"),
                         places(diagnostics));
    auto file =
        std::filesystem::temp_directory_path() / ("countersign-yaml-" + std::to_string(::getpid()) + ".yaml");
    std::ofstream(file) << "a: 1\nb: [\n";
    Diagnostics parse;
    CPPUNIT_ASSERT(read_yaml_file(file, parse) == nullptr);
    std::ofstream(file) << "a: 1\n";
    Diagnostics none;
    auto tree = read_yaml_file(file, none);
    std::filesystem::remove(file);
    CPPUNIT_ASSERT_EQUAL(file.string(), parse.all().at(0).where.file);
    CPPUNIT_ASSERT_EQUAL(std::string("1"), tree->text("a"));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(YamlTreeTest);
