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
    ".result.list[0]",
    ".result.list[-1]",
    ".result.list[7]",
    ".[\"or\"]",
    ".result[$who.login]",
    "[]",
    "[.result.list[]]",
    "[.result[]?]",
    "[.[] | type]",
    "[.result.list[], $status, (.none | values), empty]",
    "[.result.list[] | select(. != 1) | {it: ., or: $status}]",
    "[$who | .login, .none, .mail | values] | join(\" \") | default(\"nobody\")",
    "[1, null, true, \"a\"] | join(\"-\")",
    "[] | join(\"-\")",
    "[\"a\"] | join(\"-\")",
    "map(type)",
    "[if .result then .result.list[]? else 1, 2 end]",
    "[1, 2] as $two | [$two[] | . as $one | [$one, $two[0]]]",
    "[$who | .login as $x | [1, 2][] as $y | {x: $x, y: $y, (\"a\" + $x): [.mail]}]",
    "[(1, 2) as $x | ($x, 3) as $y | [$x, $y]]",
    "1 as $x | [(2 as $x | $x, $x), $x]",
    "any(.result.list[]?; . == 2)",
    "any(empty; true)",
    "$who.login | IN(\"bob\", \"ann\")",
    ".result | IN($who[], null)",
    "$who | {login, mail, at: .given.a[0]}",
    "[$who | to_entries[] | select(.value | type == \"string\") | \"\\(.key)=\\(.value)\"] | join(\", \")",
    ".result.list | length",
    ".result.name | length",
    "\"üa\" | length",
    "$who | length",
    "\"2026-01-02 03:04\" | split(\" \") | join(\"T\")",
    "\"a,,b,\" | split(\",\")",
    "\"\" | split(\",\")",
    "\"aaa\" | split(\"aa\")",
    "\"ÄBc\" | ascii_downcase",
    "[\"a\", \"b\"] | add",
    "[{a: 1}, {b: 2}, {a: 3}] | add // {}",
    "[] | add",
    "$who.login | startswith(\"an\")",
    "$who.login | contains(\"nn\")",
    "\"a\\\"b\\\\c\\t\\/\"",
    "[(try [.result.name\n] catch {e: .}), (try [$who[] | length] catch {e: .})]",
};

const char* const left_to_jq[] = {"",
                                  ".a?",
                                  ".a - 1",
                                  ".a, .b",
                                  ".[]",
                                  ".[].a",
                                  ".[] == 1",
                                  ".[] // 1",
                                  "{a: .[]}",
                                  "\"\\(.[])\"",
                                  "if .[] then 1 else 2 end",
                                  "select(.a)",
                                  "[select(.a, .b)]",
                                  "values",
                                  ".[1:2]",
                                  ".[-.a]",
                                  ".a [0]",
                                  "length(1)",
                                  "split(\",\"; 1)",
                                  "any",
                                  "1 + . as $x | $x",
                                  ". as [$x] | $x",
                                  "def f: 1; f",
                                  "reduce .[] as $x (0; 1)",
                                  "try .a catch 1",
                                  "try [.a]",
                                  "try [.a] catch {e: .}.e",
                                  "[error(\"x\")]",
                                  "-1",
                                  "1.5",
                                  "1e3",
                                  "..",
                                  "{(.a)}",
                                  "{$a}",
                                  "{\"a\"}",
                                  "{\"a\": 1 | 2}",
                                  "{if: 1}.if.",
                                  "if . then 1 end",
                                  "if . then 1 else 2",  //
                                  "$__loc__",
                                  "$a:b",
                                  "\"\\u0041\"",
                                  "\"\\(.a",
                                  "@uri",
                                  "snq(1)",
                                  "snq (1)",
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
    CPPUNIT_ASSERT(!PlainExpression::read("true" + std::string(20'000, ' ')));
    const std::string deep(2000, '('), end(2000, ')');
    CPPUNIT_ASSERT(!PlainExpression::read(deep + "1" + end));
    CPPUNIT_ASSERT(!PlainExpression::read(std::string(2000, '[') + std::string(2000, ']')));
  }

  void decides_nothing_where_jq_fails() {
    for (const char* text :
         {".a", ".a // 1", ".a == 1", "\"\\(.a)\"", "{\"x\": .a}", ". | .a", "if .a then 1 else 2 end"}) {
      CPPUNIT_ASSERT_MESSAGE(text, !PlainExpression::read(text)->run(Json("text"), variables()));
      CPPUNIT_ASSERT_MESSAGE(text, PlainExpression::read(text)->run(Json(), variables()).has_value());
    }
    for (const char* text : {"1 + null",
                             "\"a\\nb\" | snq",
                             "\"JavaScript:x\" | snq",
                             "{} | snq",
                             "{(1 | type | not): 2}",
                             "[.[]]",
                             "1 | length",
                             "true | length",
                             "[1] | join(1)",
                             "[[1], 2] | join(\",\")",
                             "1 | split(\",\")",
                             "[1, 2] | add",
                             "\"a\" | split(\"\")",
                             "1 | startswith(\"a\")",
                             "[1] | contains(1)",
                             "[1].a",
                             "{}[0]",
                             "[1][\"a\"]",
                             "1 | to_entries",
                             "1 | ascii_downcase",
                             "[1 | .[]]",
                             "any(1 | .[]; true)",
                             "any(1, 2; .a)",
                             "[(try [1 | .a] catch {e: .})]"})
      CPPUNIT_ASSERT_MESSAGE(text, !PlainExpression::read(text)->run(Json(), variables()));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PlainExpressionTest);
