#include "mappings/engine/path_check.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "mappings/engine/program.h"
#include "mappings/engine/request_paths.h"

using mappings::check_paths;

namespace {

// "offset code message | hint" of each problem.
std::string found(std::string_view jq, bool has_decision = true) {
  std::string all;
  for (const auto& problem : check_paths(jq, has_decision))
    all += (all.empty() ? "" : "; ") + std::to_string(problem.offset) + " " + problem.message +
           (problem.hint.empty() ? "" : " | " + problem.hint);
  return all;
}

}  // namespace

class PathCheckTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PathCheckTest);
  CPPUNIT_TEST(names_the_path_and_what_was_meant);
  CPPUNIT_TEST(stays_silent_about_right_jq);
  CPPUNIT_TEST(what_it_calls_right_is_jq);
  CPPUNIT_TEST(decision_is_unknown_while_the_ticket_is_open);
  CPPUNIT_TEST(nonsense_is_left_to_jq);
  CPPUNIT_TEST(plain_paths_and_choices_are_told_from_jq);
  CPPUNIT_TEST_SUITE_END();

  static const std::vector<std::string>& right() {
    static const std::vector<std::string> all = {
        ".user.fullName",
        ".user | .email // .account",
        ".user | {email, who: .fullName}",
        ".application | if .name then \"\\(.name) \\(.version // \"\")\" else \"-\" end",
        "[.scanResults[] | .engine] | join(\", \")",
        ".scanResults[0].engine",
        ".scanResults | map(.engine) | first",
        ".scanResults | map({e: .engine, x: 1}) | .[0].x",
        "[.scanResults[] | select(.scanResult != \"Clean\") | .engine]",
        ".scanResults as [$a, $b] | $a.anything",
        ".user as $u | $u.email",
        ".user as {email: $e} | $e",
        "to_entries[] | .key",
        "with_entries(.value |= tostring) | .anything",
        ".extra = 1 | .extra",
        ".extra |= 5",
        ". + {extra: 1} | .extra",
        "{a: .user.email, \"b\": .reason, (.type): 1} | .a",
        "def f: .anything; .user | f",
        "reduce .scanResults[] as $s (0; . + 1)",
        "reduce .scanResults[] as $s ({}; .count += 1) | .count",
        "[foreach .scanResults[] as $s (0; . + 1; [., $s.engine])]",
        "[.user[] | strings] | join(\" \")",
        ".user[\"email\"]",
        ".user.\"email\"",
        ".[\"user\"][\"email\"]",
        ".user.email[0:3]",
        "try (.reason | fromjson | .anything) catch \"none\"",
        ".reason | split(\" \") | .[0]",
        ".reason | capture(\"(?<word>\\\\w+)\") | .word",
        "$context.key + \"-\" + $decision.by",
        ".user.email as $e | [1, 2] | map(. + ($e | length)) | add",
        "[paths | join(\".\")] | length",
        "del(.user.nothing) | .user.email",
        ".typeCode == 0 and (.user.isAdmin | not) or .reason == null",
        "-(.typeCode) + 1",
        "[.scanResults[]? | .engine] | unique",
        "if .typeCode == 0 then .user else .computer end | .anything",
        "(.user, .computer) | .anything",
        "(.application // {extra: 1}) | .extra",
        ".. | .anything?",
        "[limit(2; .scanResults[] | .engine)]",
        "@base64 \"x\\(.user.email)\"",
        "@text",
        ".user # .nothing in a comment\n | .email",
        "\"a # \\(.user.email) b\"",
        "\".user.nothing\"",
        "label $out | .user.email, break $out",
        "input_x? // 1",
        "{\"a\":1} | .a",
        "{if: 1, then: .type} | .if",
        "{$context} | .context.anything",
        "getpath([\"user\",\"email\"])",
        ".user | has(\"email\")",
        "any(.scanResults[]; .threat != null)",
        ".reason | default(\"none\")",
        ".reason | test(\"x\"; \"i\")",
        "1 as $x | 2 as $y | [$x, $y, $__loc__.line]",
    };
    return all;
  }

 public:
  void names_the_path_and_what_was_meant() {
    const std::pair<std::string, std::string> cases[] = {
        {".user.fulName", "0 the request has no field .user.fulName | did you mean .user.fullName?"},
        {".user.fullname", "0 the request has no field .user.fullname | did you mean .user.fullName?"},
        {".user.name", "0 the request has no field .user.name | did you mean .user.fullName?"},
        {".email", "0 the request has no field .email | did you mean .user.email?"},
        {".usr.email", "0 the request has no field .usr | did you mean .user?"},
        {".user | .fulName", "8 the request has no field .user.fulName | did you mean .user.fullName?"},
        {"1 + .reasn", "4 the request has no field .reasn | did you mean .reason?"},
        {".reason // .reasn", "11 the request has no field .reasn | did you mean .reason?"},
        {"\"a \\(.reasn) b\"", "5 the request has no field .reasn | did you mean .reason?"},
        {"[.user.fulName, .reasn]",
         "1 the request has no field .user.fulName | did you mean .user.fullName?; "
         "16 the request has no field .reasn | did you mean .reason?"},
        {"if .typCode == 0 then 1 else 2 end",
         "3 the request has no field .typCode | did you mean .typeCode?"},
        {".user | {mail}", "9 the request has no field .user.mail | did you mean .user.email?"},
        {"{a: .user | .mail}", "12 the request has no field .user.mail | did you mean .user.email?"},
        {".user[\"mail\"]", "0 the request has no field .user.mail | did you mean .user.email?"},
        {".user.\"mail\"", "0 the request has no field .user.mail | did you mean .user.email?"},
        {".user as $u | $u.mail", "14 the request has no field .user.mail | did you mean .user.email?"},
        {".scanResults[] | .motor",
         "17 the request has no field .scanResults[].motor | .scanResults[] has scanResult, scanResultCode, "
         "engine, threat"},
        {".scanResults.engine",
         "0 the request has no field .scanResults.engine | it is a list: write [ .scanResults[].engine ] | "
         "join(\", \")"},
        {".reason.text",
         "0 the request has no field .reason.text | it is no group of fields: take .reason itself"},
        {"$decision.reasn", "0 there is no $decision.reasn | did you mean $decision.reason?"},
        {"$context.owner",
         "0 there is no $context.owner | $context has queue, desk, key, link, ticket, ticketLink"},
        {".user.fulName?", "0 the request has no field .user.fulName | did you mean .user.fullName?"},
        {"[.scanResults[] | select(.thret != null)]",
         "25 the request has no field .scanResults[].thret | did you mean .scanResults[].threat?"},
    };
    for (const auto& [jq, expected] : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(jq, expected, found(jq));
  }

  void stays_silent_about_right_jq() {
    for (const std::string& jq : right()) CPPUNIT_ASSERT_EQUAL_MESSAGE(jq, std::string(), found(jq));
  }

  void what_it_calls_right_is_jq() {
    mappings::Program::Builder builder({"context", "decision"});
    for (const std::string& jq : right())
      if (jq.find("input_x") == std::string::npos && jq.find("$__loc__") == std::string::npos)
        builder.add_expression(jq, {jq, 0, 0});
    mappings::Diagnostics diagnostics;
    builder.build(diagnostics);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.to_text());
  }

  void decision_is_unknown_while_the_ticket_is_open() {
    CPPUNIT_ASSERT_EQUAL(
        std::string("4 there is no $decision while the ticket is open | use it in outcome, or "
                    "in the notes late_decision, refused_decision and name_not_taken"),
        found("1 + $decision.by", false));
    CPPUNIT_ASSERT_EQUAL(std::string(), found("$context.key", false));
  }

  void nonsense_is_left_to_jq() {
    for (const char* jq : {".user.fulName | ]", ".user.fulName +", "(.user.fulName", "", "| .x", "\"abc", "{",
                           "if", ".user.fulName as", "$", "@", ".[", "..x.y", "\"\\(", "\xff", ".a ?// .b"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(jq, std::string(), found(jq));
    CPPUNIT_ASSERT_EQUAL(std::string(), found(std::string(5000, '(') + ".x"));
    std::string nested;
    for (int i = 0; i < 100000; ++i) nested += "\"\\(";
    CPPUNIT_ASSERT_EQUAL(std::string(), found(nested));
  }

  void plain_paths_and_choices_are_told_from_jq() {
    mappings::PlainPath path;
    CPPUNIT_ASSERT(mappings::read_plain_path(".user.email", path));
    CPPUNIT_ASSERT(mappings::shape_at(path) != nullptr);
    CPPUNIT_ASSERT(mappings::read_plain_path(" $decision.by ", path));
    for (const char* jq : {".", "user", ".user | .email", ".user[0]", "$other.x", ".a + .b", ".a.", "\"a\""})
      CPPUNIT_ASSERT_MESSAGE(jq, !mappings::read_plain_path(jq, path));
    mappings::PlainChoice choice;
    CPPUNIT_ASSERT(mappings::read_plain_choice(".user.email // $context.key // \"none\"", choice));
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, choice.size());
    for (const char* jq : {".a // 1", ".a // \"\\(.b)\"", ".a // \"\\n\"", ".a //", ".a | .b // .c", ""})
      CPPUNIT_ASSERT_MESSAGE(jq, !mappings::read_plain_choice(jq, choice));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PathCheckTest);
