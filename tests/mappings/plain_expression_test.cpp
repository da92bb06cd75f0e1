// What PlainExpression gives is what jq gives, and what it cannot read it leaves alone.

#include "mappings/engine/plain_expression.h"

#include <cppunit/extensions/HelperMacros.h>

#include "mappings/engine/program.h"

namespace {

using mappings::Json;
using mappings::PlainExpression;

const char* const understood[] = {
    ".",
    ".result",
    ".result.name",
    "$who",
    "$who.mail",
    "$who.none.at.all",
    "$status == 200",
    "($status == 200 or $status == 201) and (.result | type) != \"null\"",
    "$who != null and $who.mail == \"\" and $who.login != \"\"",
    "$flag and $who.mail == \"\" or .result == null",
    "$flag | tostring",
    ".result | tostring",
    ".result.list | type | tostring",
    ".result | .name | not",
    ".none // $who.login // \"nobody\"",
    "$flag // .result.name | type",
    "true or false and false",
    "\"\\(.result.name)/\\($who.login | type)?a=\\($status)\"",
    "\"\\(.result)\"",
    "\"plain\"",
    "{\"id\": (.result.name), \"more\": {\"of\": $status, \"it\": null}}",
    "$who.given",
    ".or",
    "$who + {\"mail\": .result.name, next: $status, (\"a\" + \"b\"): null}",
    "{} + .",
    "if .result then .result.name elif $flag then 1 else {} end",
    "if $flag then 1 elif .none == false then \"x\\ny\" else 3 end | tostring",
    ".result.name | snq",
    "\"a^b^JavaScript\" | snq",
    "$status | snq",
    "$who.login + \"=\" + $who.mail == \"ann=\"",
    "12",
};

const char* const left_to_jq[] = {"",
                                  ".a[0]",
                                  ".a?",
                                  ".[\"a\"]",
                                  ".a - 1",
                                  ".a, .b",
                                  "map(.a)",
                                  "-1",
                                  "1.5",
                                  "1e3",
                                  "..",
                                  ". as $x | $x",  //
                                  "[.a]",
                                  "{(.a)}",
                                  "{a}",
                                  "{$a}",
                                  "{\"a\": 1 | 2}",
                                  "{if: 1}.if.",
                                  "if . then 1 end",
                                  "if . then 1 else 2",  //
                                  "$__loc__",
                                  "$a:b",
                                  "\"\\t\"",
                                  "\"\\(.a",
                                  "@uri",
                                  "snq(1)",
                                  "not_that",
                                  "nullable",
                                  "try .a",
                                  ".a < 1",  //
                                  "# nothing",
                                  ". # and more",
                                  ".a |= 1",
                                  ".a // = 1",
                                  ".a //= 1",
                                  ".a == .b == .c",
                                  "1 +"};

const char* const inputs[] = {R"({"result": {"name": "ü", "list": [1, 2]}, "or": 1})",
                              R"({"result": null})",
                              R"({"result": {"name": ""}})",
                              "null",
                              R"("text")",
                              "[1]",
                              "7",
                              R"({"none": false, "result": {"name": 1.5}})"};

Json variables() {
  return Json::parse(
      R"({"who": {"mail": "", "login": "ann", "given": {"a": [true]}}, "status": 200, "flag": false})");
}

// In brackets, so that it is jq's in any case; nothing when it fails.
std::optional<Json> by_jq(const std::string& text, const Json& input) {
  mappings::Program::Builder builder({"who", "status", "flag"});
  const auto entry = builder.add_expression("[" + text + "][0]", {"test", 1, 1});
  mappings::Diagnostics diagnostics;
  const auto program = builder.build(diagnostics);
  CPPUNIT_ASSERT_MESSAGE(text + ": " + diagnostics.to_text(), program != nullptr);
  try {
    return program->run(entry, input, variables());
  } catch (const mappings::ExpressionError&) {
    return std::nullopt;
  }
}

}  // namespace

class PlainExpressionTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PlainExpressionTest);
  CPPUNIT_TEST(gives_what_jq_gives);
  CPPUNIT_TEST(leaves_to_jq_what_it_does_not_know);
  CPPUNIT_TEST(decides_nothing_where_jq_fails);
  CPPUNIT_TEST_SUITE_END();

 public:
  void gives_what_jq_gives() {
    for (const char* text : understood) {
      const auto plain = PlainExpression::read(text);
      CPPUNIT_ASSERT_MESSAGE(text, plain.has_value());
      for (const char* given : inputs) {
        const Json input = Json::parse(given);
        const auto value = plain->run(input, variables());
        if (!value) continue;
        const auto wanted = by_jq(text, input);
        const std::string name = std::string(text) + " of " + given;
        CPPUNIT_ASSERT_MESSAGE(name, wanted.has_value());
        CPPUNIT_ASSERT_EQUAL_MESSAGE(name, wanted->dump(), value->dump());
      }
    }
  }

  void leaves_to_jq_what_it_does_not_know() {
    for (const char* text : left_to_jq) CPPUNIT_ASSERT_MESSAGE(text, !PlainExpression::read(text));
    CPPUNIT_ASSERT(!PlainExpression::read("true" + std::string(2000, ' ')));
  }

  void decides_nothing_where_jq_fails() {
    for (const char* text :
         {".a", ".a // 1", ".a == 1", "\"\\(.a)\"", "{\"x\": .a}", ". | .a", "if .a then 1 else 2 end"}) {
      CPPUNIT_ASSERT_MESSAGE(text, !PlainExpression::read(text)->run(Json("text"), variables()));
      CPPUNIT_ASSERT_MESSAGE(text, PlainExpression::read(text)->run(Json(), variables()).has_value());
    }
    for (const char* text :
         {"1 + null", "\"a\\nb\" | snq", "\"JavaScript:x\" | snq", "{} | snq", "{(1 | type | not): 2}"})
      CPPUNIT_ASSERT_MESSAGE(text, !PlainExpression::read(text)->run(Json(), variables()));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PlainExpressionTest);
