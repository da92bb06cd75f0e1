#include "mappings/engine/program.h"

#include <cstdlib>
#include <thread>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "mappings/engine/prelude.h"

using mappings::Diagnostics;
using mappings::ExpressionError;
using mappings::Json;
using mappings::Program;
using mappings::read_yaml_text;

namespace {

const std::vector<std::string> variables = {"key", "decision", "settings"};

std::string one_of(const Program& program, Program::Entry entry, const Json& input, const Json& given = {}) {
  try {
    return program.run(entry, input, given).dump();
  } catch (const ExpressionError& e) {
    return "error at " + e.where().to_string() + ": " + e.what();
  }
}

// What a YAML value gives as a template; "error ..." when it fails.
std::string render(const std::string& value, const Json& input = {}, const Json& given = {}) {
  Diagnostics diagnostics;
  auto tree = read_yaml_text(value, "f", diagnostics);
  if (!tree) return "yaml: " + diagnostics.to_text();
  Program::Builder builder(variables);
  auto entry = builder.add_template(*tree);
  auto program = builder.build(diagnostics);
  if (!program) return "build: " + diagnostics.to_text();
  return one_of(*program, entry, input, given);
}

std::string evaluate(const std::string& jq, const Json& input = {}, const Json& given = {}) {
  Program::Builder builder(variables);
  auto entry = builder.add_expression(jq, {"f", 3, 5});
  Diagnostics diagnostics;
  auto program = builder.build(diagnostics);
  if (!program) return "build: " + diagnostics.to_text();
  return one_of(*program, entry, input, given);
}

// "line:column code" of what a bare expression that stands at 3:5 is answered.
std::string refusal(const std::string& jq) {
  Program::Builder builder(variables);
  builder.add_expression(jq, {"f", 3, 5});
  Diagnostics diagnostics;
  if (builder.build(diagnostics)) return "built";
  std::string text;
  for (const auto& d : diagnostics.all())
    text += (text.empty() ? "" : ", ") + std::to_string(d.where.line) + ':' + std::to_string(d.where.column) +
            ' ' + d.code;
  return text;
}

}  // namespace

class ProgramTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ProgramTest);
  CPPUNIT_TEST(keeps_the_type_of_a_leaf_that_is_one_expression);
  CPPUNIT_TEST(joins_text_and_results);
  CPPUNIT_TEST(finds_the_end_of_an_expression);
  CPPUNIT_TEST(fails_where_a_text_would_hold_no_text);
  CPPUNIT_TEST(gives_whole_trees_with_computed_keys);
  CPPUNIT_TEST(takes_the_first_result_only);
  CPPUNIT_TEST(binds_variables_and_null_for_what_is_not_given);
  CPPUNIT_TEST(runs_many_entries_of_one_program);
  CPPUNIT_TEST(says_which_expression_failed_and_works_on);
  CPPUNIT_TEST(never_shows_a_value_in_an_error);
  CPPUNIT_TEST(refuses_results_that_no_ticket_can_hold);
  CPPUNIT_TEST(refuses_what_reaches_outside);
  CPPUNIT_TEST(allows_fields_and_keys_with_forbidden_names);
  CPPUNIT_TEST(shadows_what_reaches_outside);
  CPPUNIT_TEST(hides_the_home_folder_from_jq);
  CPPUNIT_TEST(places_compile_errors);
  CPPUNIT_TEST(names_each_guilty_expression);
  CPPUNIT_TEST(says_the_way_out);
  CPPUNIT_TEST(quotes_for_query_languages);
  CPPUNIT_TEST(truncates_between_characters);
  CPPUNIT_TEST(gives_every_thread_its_own_results);
  CPPUNIT_TEST_SUITE_END();

 public:
  void keeps_the_type_of_a_leaf_that_is_one_expression() {
    Json input = Json::parse(R"({"n":3,"b":false,"o":{"z":1,"a":[null]},"t":"x"})");
    const std::pair<const char*, const char*> cases[] = {
        {"'${ .n }'", "3"},
        {"'${.b}'", "false"},
        {"'${ .o }'", R"({"z":1,"a":[null]})"},
        {"'${ .t }'", "\"x\""},
        {"'${ .none }'", "null"},
        {"'${ empty }'", "null"},
        {"'${ .n } '", "\"3 \""},
        {"|\n  ${ .n\n  + 1 }\n", "4"},
        {"'${ .n + 0.5 }'", "3.5"},
        {"7", "7"},
        {"'7'", "\"7\""},
        {"~", "null"},
        {"true", "true"},
        {"'a $ b'", "\"a $ b\""},
        {"'${ .n # } note\n\n }'", "3"},
    };
    for (const auto& [value, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(value, std::string(expected), render(value, input));
  }

  void joins_text_and_results() {
    Json input =
        Json::parse(R"({"n":3,"f":0.1,"big":9007199254740991,"b":true,"t":"x \"y\" ${ .n }","e":""})");
    const std::pair<const char*, const char*> cases[] = {
        {"'a ${ .n } b'", "\"a 3 b\""},
        {"'${ .n }${ .b }'", "\"3true\""},
        {"'${ .f }|${ .big }'", "\"0.1|9007199254740991\""},
        {"'<${ .t }>'", R"("<x \"y\" ${ .n }>")"},
        {"'-${ .e }-'", "\"--\""},
        {"'$${ .n }'", "\"${ .n }\""},
        {"'$$${ .n } ${ .n }'", "\"$${ .n } 3\""},
        {"|\n  é ${ .n }\n  ${ .n } ü\n", "\"é 3\\n3 ü\\n\""},
        {"'${ .none // \"-\" }!'", "\"-!\""},
    };
    for (const auto& [value, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(value, std::string(expected), render(value, input));
  }

  void finds_the_end_of_an_expression() {
    Json input = Json::parse(R"({"n":3,"o":{"a":1}})");
    const std::pair<const char*, const char*> cases[] = {
        {"'<${ \"}\" }>'", "\"<}>\""},
        {"'<${ {a: {b: .n}} | .a.b }>'", "\"<3>\""},
        {"'<${ \"\\(.o | \"}\\(.a)}\")\" }>'", "\"<}1}>\""},
        {"'<${ \"\\\"}\" }>'", "\"<\\\"}>\""},
        {"|-\n  <${ .n # }\n  }>\n", "\"<3>\""},
        {"'<${ [\"${\"] | .[0] }>'", "\"<${>\""},
        {"'${ .n'",
         "build: f:1:2: error: in this expression: a '${' without its closing '}' [unclosed-expression]\n"
         "     write $${ if no expression is meant\n"},
        {"'${ .n ) }'",
         "build: f:1:2: error: in this expression: a ')' that was never opened [unclosed-expression]\n"
         "     write $${ if no expression is meant\n"},
        {"'a ${ }'", "build: f:1:4: error: there is nothing between '${' and '}' [empty-expression]\n"},
    };
    for (const auto& [value, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(value, std::string(expected), render(value, input));
  }

  void fails_where_a_text_would_hold_no_text() {
    Json input = Json::parse(R"({"o":{},"l":[1]})");
    const std::pair<const char*, const char*> cases[] = {
        {"'a ${ .none }'", "error at f:1:7: gave null where a text is needed"},
        {"'é ${ empty }'", "error at f:1:7: gave null where a text is needed"},
        {"k: 'a ${ 1 } ${ .o }'", "error at f:1:17: gave an object where a text is needed"},
        {"'${ .l }-'", "error at f:1:5: gave an array where a text is needed"},
        {"{'a${ .none }': 1}", "error at f:1:2: gave null where a text is needed"},
    };
    for (const auto& [value, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(value, std::string(expected), render(value, input));
  }

  void gives_whole_trees_with_computed_keys() {
    Json input = Json::parse(R"({"id":"10042","v":[1,{"z":2}]})");
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            R"({"fields":{"customfield_10042":[1,{"z":2}],"plain":"text"},"list":[1,"1",null,"10042"]})"),
        render("fields:\n  'customfield_${ .id }': '${ .v }'\n  plain: text\nlist: [1, '1', ~, '${ .id }']\n",
               input));
    CPPUNIT_ASSERT_EQUAL(std::string("error at f:2:1: gave the key '10042', which is there already"),
                         render("'${ .id }': 1\n'10042': 2\n", input));
    CPPUNIT_ASSERT_EQUAL(std::string("{\"a\":[],\"b\":{}}"), render("{a: [], b: {}}"));
  }

  void takes_the_first_result_only() {
    CPPUNIT_ASSERT_EQUAL(std::string("1"), evaluate("1, 2"));
    CPPUNIT_ASSERT_EQUAL(std::string("0"), evaluate("range(infinite)"));
    CPPUNIT_ASSERT_EQUAL(std::string("5"), evaluate("def f: 5; f, error(\"never reached\")"));
    CPPUNIT_ASSERT_EQUAL(std::string("\"0-a\""), render("'${ range(infinite) }-${ \"a\", \"b\" }'"));
    CPPUNIT_ASSERT_EQUAL(std::string("[\"in\",2]"), evaluate("[try error(\"in\") catch ., 2]"));
    CPPUNIT_ASSERT_EQUAL(std::string("[0,1]"), evaluate("label $out | [limit(2; range(9))] | ., break $out"));
  }

  void binds_variables_and_null_for_what_is_not_given() {
    Json given = Json::object({{"decision", Json::object({{"by", "Bob"}})}, {"undeclared", 1}});
    CPPUNIT_ASSERT_EQUAL(std::string("[\"Bob\",null,7]"), evaluate("[$decision.by, $key, .]", 7, given));
    CPPUNIT_ASSERT_EQUAL(std::string("[null,null]"), evaluate("[$decision.by, $key]", {}, "no object"));
    CPPUNIT_ASSERT_EQUAL(std::string("3"),
                         evaluate(". as [$key, {a: $q}] | $key + $q", Json::parse("[1,{\"a\":2}]")));
    for (const char* name : {"", "a b", "9", "__entry", "ENV", "a-b", "$a", "a::b"})
      CPPUNIT_ASSERT_THROW_MESSAGE(name, Program::Builder({name}), std::invalid_argument);
  }

  void runs_many_entries_of_one_program() {
    Program::Builder builder(variables);
    std::vector<Program::Entry> entries;
    for (int i = 0; i < 130; ++i) {
      if (i % 10 == 3) {
        Diagnostics none;
        entries.push_back(builder.add_template(*read_yaml_text("fixed", "f", none)));
      } else {
        entries.push_back(builder.add_expression(std::to_string(i) + " + .n", {"f", i + 1, 1}));
      }
    }
    Diagnostics diagnostics;
    auto program = builder.build(diagnostics);
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), program != nullptr);
    for (int i = 0; i < 130; ++i)
      CPPUNIT_ASSERT_EQUAL(
          i % 10 == 3 ? std::string("\"fixed\"") : std::to_string(i + 1000),
          one_of(*program, entries[static_cast<std::size_t>(i)], Json::object({{"n", 1000}})));
    CPPUNIT_ASSERT_THROW(program->run(130, {}, {}), std::out_of_range);
  }

  void says_which_expression_failed_and_works_on() {
    Diagnostics diagnostics;
    auto tree =
        read_yaml_text("a: '${ 1 }'\nb: 'x ${ .n + 1 } ${ .n | error(\"bad \\(.)\") }'\n", "f", diagnostics);
    Program::Builder builder(variables);
    auto entry = builder.add_template(*tree);
    auto other = builder.add_expression("error", {"g", 9, 0});
    auto program = builder.build(diagnostics);
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), program != nullptr);
    for (int i = 0; i < 3; ++i) {
      CPPUNIT_ASSERT_EQUAL(std::string("error at f:2:22: bad 3"),
                           one_of(*program, entry, Json::object({{"n", 3}})));
      CPPUNIT_ASSERT_EQUAL(std::string("error at f:2:10: string and number (1) cannot be added"),
                           one_of(*program, entry, Json::object({{"n", "x"}})));
      CPPUNIT_ASSERT_EQUAL(std::string("error at g:9: why"), one_of(*program, other, "why"));
      CPPUNIT_ASSERT_EQUAL(std::string("error at g:9: failed with {\"a\":1}"),
                           one_of(*program, other, Json::object({{"a", 1}})));
    }
  }

  void never_shows_a_value_in_an_error() {
    Json given = Json::object({{"settings", Json::object({{"password", "s3cr) and t"}})}});
    for (const char* jq :
         {"$settings.password + 1", "1 + $settings.password", "$settings + 1", "[$settings.password] - 1",
          "$settings.password | keys", "$settings.password[]", "$settings.password | tonumber",
          "$settings.password | fromjson", "[$settings.password] | implode", "[[$settings]] | @csv",
          "{([$settings.password]): 1}"}) {
      std::string said = evaluate(jq, {}, given);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(jq + said, std::size_t{0}, said.find("error at f:3:5: "));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(jq + said, std::string::npos, said.find("s3c"));
    }
  }

  void refuses_results_that_no_ticket_can_hold() {
    const std::pair<const char*, const char*> cases[] = {
        {"\"x\" * 1048577", "error at f:3:5: gave more than 1 MB"},
        {"[range(600000) | null]", "error at f:3:5: gave more than 1 MB"},
        {"reduce range(40) as $i ([]; [., .])", "error at f:3:5: gave more than 1 MB"},
        {"reduce range(70) as $i ([]; [.])", "error at f:3:5: gave a value deeper than 64 levels"},
        {"nan", "error at f:3:5: gave a number that is none (NaN)"},
        {"[infinite]", "error at f:3:5: gave an infinite number"},
        {"\"a\\u0000b\"", "error at f:3:5: gave a text with a NUL in it"},
        {"\"x\" * 1000 | length", "1000"},
    };
    for (const auto& [jq, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(jq, std::string(expected), evaluate(jq));
    CPPUNIT_ASSERT_EQUAL(std::string("error at f:2:9: gave more than 1 MB"),
                         render("- '${ \"x\" * 700000 }'\n- 'a ${ \"x\" * 700000 }'\n").substr(0, 35));
  }

  void refuses_what_reaches_outside() {
    const std::pair<const char*, const char*> cases[] = {
        {"env", "3:5"},
        {"env.PATH", "3:5"},
        {"$ENV", "3:5"},
        {"$ENV.PATH", "3:5"},
        {"$ ENV.PATH", "3:5"},
        {". as $x | $ # note\n ENV", "3:5"},
        {"{$ENV}", "3:6"},
        {"$__loc__", "3:5"},
        {"$__prog_args", "3:5"},
        {"$__entry", "3:5"},
        {"input", "3:5"},
        {"[inputs]", "3:6"},
        {"{a: input}", "3:9"},
        {"{(input): 1}", "3:7"},
        {"{\"a\": 1, b: [input]}", "3:18"},
        {". | debug", "3:9"},
        {"stderr", "3:5"},
        {"input_filename", "3:5"},
        {"input_line_number", "3:5"},
        {"halt", "3:5"},
        {"halt_error", "3:5"},
        {"halt_error(1)", "3:5"},
        {"modulemeta", "3:5"},
        {"get_search_list", "3:5"},
        {"now", "3:5"},
        {"localtime", "3:5"},
        {"import \"a\" as a; .", "3:5"},
        {"include \"a\"; .", "3:5"},
        {"\"x \\(env.PATH)\"", "3:10"},
        {"\"\\(\"\\(env)\")\"", "3:11"},
        {"\"é\" + env", "3:11"},
        {"\"#\" | env", "3:11"},
        {".a.b[env]", "3:10"},
        {"a::env", "3:5"},
    };
    for (const auto& [jq, place] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(jq, std::string(place) + " forbidden-function", refusal(jq));
  }

  void allows_fields_and_keys_with_forbidden_names() {
    Json input = Json::parse(R"({"env":{"input":5},"now":6})");
    const std::pair<const char*, const char*> cases[] = {
        {".env.input", "5"},
        {".env[\"input\"]", "5"},
        {"{input: 1, env: .now}", R"({"input":1,"env":6})"},
        {"{now, a: {debug: 2}}", R"({"now":6,"a":{"debug":2}})"},
        {". as {env: {input: $x}} | $x", "5"},
        {"\"env $ENV input\"", "\"env $ENV input\""},
        {"1 # env", "1"},
        {"\"(env)\"", "\"(env)\""},
        {"3 as $input | $input", "3"},
        {"1e3 + 1.5E-1", "1000.1500000000001"},
    };
    for (const auto& [jq, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(jq, std::string(expected).substr(0, 6), evaluate(jq, input).substr(0, 6));
  }

  void shadows_what_reaches_outside() {
    std::string prelude(mappings::jq_prelude());
    for (const char* name :
         {"env", "input", "inputs", "debug", "stderr", "input_filename", "input_line_number", "halt",
          "halt_error", "modulemeta", "get_search_list", "now", "localtime", "strflocaltime"})
      CPPUNIT_ASSERT_MESSAGE(
          name, prelude.find("def " + std::string(name) + ": __closed") != std::string::npos ||
                    prelude.find("def " + std::string(name) + "(f): __closed") != std::string::npos);
    CPPUNIT_ASSERT(prelude.find("null as $ENV |") != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::string("\"2026-01-31T00:00:00Z\""), evaluate("1769817600 | todate"));
  }

  // Run with HOME set to a folder with a .jq in it, every other test here would show it too.
  void hides_the_home_folder_from_jq() { CPPUNIT_ASSERT(std::getenv("HOME") == nullptr); }

  void places_compile_errors() {
    const std::pair<const char*, const char*> cases[] = {
        {".a +", "3:5 expression-syntax"},          {"  .a |", "3:7 expression-syntax"},
        {".a)", "3:7 expression-syntax"},           {"(.a", "3:5 expression-syntax"},
        {"[.a}", "3:8 expression-syntax"},          {"\"abc", "3:5 expression-syntax"},
        {"'abc'", "3:5 expression-syntax"},         {"", "3:5 empty-expression"},
        {" # nothing", "3:5 empty-expression"},     {"if . then 1 end", "3:5 expression-syntax"},
        {"def f: 1;", "3:5 expression-syntax"},     {".a; .b", "3:5 expression-syntax"},
        {"1) , (2", "3:6 expression-syntax"},       {"1)] , [(2", "3:6 expression-syntax"},
        {"1 end else", "3:5 expression-syntax"},    {".x + $decison.by", "3:10 unknown-variable"},
        {"$nothing", "3:5 unknown-variable"},       {".x | trunkate(3)", "3:10 unknown-function"},
        {".x | truncate", "3:10 unknown-function"}, {"user.fullName", "3:5 unknown-function"},
        {".user | user", "3:13 unknown-function"},  {"$a + b", "3:5 unknown-variable, 3:10 unknown-function"},
        {"${ .a }", "3:5 expression-syntax"},
    };
    for (const auto& [jq, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(jq, std::string(expected), refusal(jq));
  }

  void names_each_guilty_expression() {
    Diagnostics diagnostics;
    auto tree = read_yaml_text(
        "a: '${ .fine }'\nb: 'é ${ $kay } and ${ .x | snqq }'\nc: |\n  ${ .fine }\n  ${ .x\n    | nope }\nd: "
        "'${ env }'\n",
        "f", diagnostics);
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), tree != nullptr);
    Program::Builder builder(variables);
    builder.add_template(*tree);
    CPPUNIT_ASSERT(builder.build(diagnostics) == nullptr);
    std::string text;
    for (const auto& d : diagnostics.all()) text += d.where.to_string() + ' ' + d.code + '\n';
    CPPUNIT_ASSERT_EQUAL(
        std::string("f:7:8 forbidden-function\nf:2:10 unknown-variable\nf:2:29 unknown-function\n"
                    "f:6 unknown-function\n"),
        text);
  }

  void says_the_way_out() {
    const std::pair<const char*, const char*> cases[] = {
        {"$decison", "did you mean $decision?"},
        {"$q", "there are $key $decision $settings"},
        {"trunkate(3)", "did you mean truncate?"},
        {"truncate", "truncate takes 1 argument, not no argument"},
        {"ascii_upcas", "did you mean ascii_upcase?"},
        {"user.fullName", "a field begins with a dot: .user"},
        {"'abc'", "a text in jq stands in double quotes"},
        {".a +", "the expression ends too early"},
        {"${ .a }", "write the expression without ${ } here"},
        {"now", "the same request must give the same ticket every time"},
    };
    for (const auto& [jq, expected] : cases) {
      std::string said = evaluate(jq);
      CPPUNIT_ASSERT_MESSAGE(jq + (": " + said), said.find(expected) != std::string::npos);
      CPPUNIT_ASSERT_MESSAGE(said, said.find("shell") == std::string::npos);
      CPPUNIT_ASSERT_MESSAGE(said, said.find("top-level") == std::string::npos);
    }
  }

  void quotes_for_query_languages() {
    struct Case {
      const char* jq;
      Json input;
      const char* expected;
    };
    const Case cases[] = {
        {"snq", "x^NQsys_idISNOTEMPTY", "x^^NQsys_idISNOTEMPTY"},
        {"snq", "^^", "^^^^"},
        {"snq", "", ""},
        {"snq", 615670, "615670"},
        {"jql", "\" OR project = X", "\\\" OR project = X"},
        {"jql", "a\\\"b\nc", "a\\\\\\\"b\\nc"},
        {"ticketsql", "' OR Status='new", "\\' OR Status=\\'new"},
        {"ticketsql", "a\\' OR 1", "a\\\\\\' OR 1"},
        {"odata", "' or 1 eq 1 or '", "'' or 1 eq 1 or ''"},
        {"urlq", "a b&c=d/é'()*!~_.-", "a%20b%26c%3Dd%2F%C3%A9%27%28%29%2A%21~_.-"},
        {"html_escape", "<script>&'\"", "&lt;script&gt;&amp;&#39;&quot;"},
        {"html_escape", "&apos;", "&amp;apos;"},
        {"trim", " \t\n\u00a0a b\u3000\r\n", "a b"},
        {"trim", " \n ", ""},
        {"default(\"-\")", "", "-"},
        {"default(\"-\")", nullptr, "-"},
        {"default(\"-\")", "x", "x"},
    };
    for (const Case& c : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(c.jq + c.input.dump(), Json(c.expected).dump(), evaluate(c.jq, c.input));
    const std::pair<const char*, const char*> refused[] = {
        {"\"a\\nb\" | snq", "snq refuses a text of several lines"},
        {"\"a\\rb\" | snq", "snq refuses a text of several lines"},
        {"\" JavaScript:gs.x()\" | snq", "snq refuses a text with javascript: in it"},
        {"null | snq", "snq takes a text or a number, not null"},
        {"true | jql", "jql takes a text or a number, not boolean"},
        {"[] | ticketsql", "ticketsql takes a text or a number, not array"},
        {"{} | odata", "odata takes a text or a number, not object"},
        {"null | urlq", "urlq takes a text or a number, not null"},
        {"null | html_escape", "html_escape takes a text or a number, not null"},
        {"null | trim", "trim takes a text, not null"},
        {"3 | truncate(1)", "truncate takes a text, not number"},
        {"\"x\" | truncate(-1)", "truncate takes a length of 0 or more"},
    };
    for (const auto& [jq, expected] : refused)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(jq, "error at f:3:5: " + std::string(expected), evaluate(jq));
  }

  void truncates_between_characters() {
    const std::pair<const char*, const char*> cases[] = {
        {"\"aé\U0001F600b\" | truncate(3)", "\"aé\U0001F600\""},
        {"\"aé\U0001F600b\" | truncate(2)", "\"aé\""},
        {"\"aé\" | truncate(2)", "\"aé\""},
        {"\"aé\" | truncate(200)", "\"aé\""},
        {"\"aé\" | truncate(0)", "\"\""},
        {"\"\" | truncate(5)", "\"\""},
    };
    for (const auto& [jq, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(jq, std::string(expected), evaluate(jq));
  }

  void gives_every_thread_its_own_results() {
    Diagnostics diagnostics;
    auto tree = read_yaml_text(
        "fixed: '${ {shared: [\"constant\", {a: \"b\"}]} }'\ntext: 'n is ${ .n } of ${ $key }'\nall: '${ . "
        "}'\n",
        "f", diagnostics);
    Program::Builder builder(variables);
    auto entry = builder.add_template(*tree);
    auto fails = builder.add_expression("if .n % 2 == 0 then error(\"even\") else .n end", {"f", 1, 1});
    auto program = builder.build(diagnostics);
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), program != nullptr);
    std::vector<std::string> wrong(4);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        std::vector<Json> kept;  // outlive the runs, and are freed while others run
        for (int i = 0; i < 500; ++i) {
          int n = t * 1000 + i;
          std::string number = std::to_string(n), key = "k" + std::to_string(t);
          kept.push_back(program->run(entry, Json::object({{"n", n}}), Json::object({{"key", key}})));
          std::string expected = R"({"fixed":{"shared":["constant",{"a":"b"}]},"text":"n is )" + number +
                                 " of " + key + R"(","all":{"n":)" + number + "}}";
          std::string odd = n % 2 == 0 ? "error at f:1:1: even" : number;
          auto& mine = wrong[static_cast<std::size_t>(t)];
          if (kept.back().dump() != expected) mine = kept.back().dump();
          if (one_of(*program, fails, Json::object({{"n", n}})) != odd) mine = "odd or even: " + number;
        }
      });
    for (auto& thread : threads) thread.join();
    for (const std::string& text : wrong) CPPUNIT_ASSERT_EQUAL(std::string(), text);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ProgramTest);
