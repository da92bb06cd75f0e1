#include "mappings/engine/request_reads.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "mappings/engine/json_splice.h"
#include "mappings/engine/mapping.h"
#include "mappings/engine/request_shape.h"

using mappings::Json;
using mappings::Mapping;
using mappings::Outcome;

class RequestReadsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RequestReadsTest);
  CPPUNIT_TEST(names_the_members_that_expressions_begin_with);
  CPPUNIT_TEST(adds_up_the_expressions_of_a_section);
  CPPUNIT_TEST(an_outcome_needs_no_more_than_it_reads);
  CPPUNIT_TEST_SUITE_END();

 public:
  void names_the_members_that_expressions_begin_with() {
    struct Case {
      std::string jq, reads;
    };
    const std::string all = "all";
    const std::vector<Case> cases = {
        {".user.fullName // \"somebody\"", "user"},
        {"$decision.by // $context.key // \"x\"", ""},
        {"$decision.reason | default(\"none\")", ""},
        {".user | .account // .email", "user"},
        {".application | if .name then \"\\(.name) by \\(.vendor)\" else $context.key end", "application"},
        {"if .reason == null then .type else .computer.name end", "reason type computer"},
        {"[.user.groups[] | select(. == \"admins\")]", "user"},
        {"any(.events[]; .code == 3) and .type == \"x\"", "events type"},
        {".user as $u | \"\\($u.account) \\(.type)\"", "user type"},
        {"{name: .user, (.type): 1}", "user type"},
        {".", all},
        {"tostring", all},
        {"length", all},
        {"default(\"x\")", all},
        {"select(.type == \"x\")", all},
        {".[\"user\"]", all},
        {"[.[]]", all},
        {"\"\\(.)\"", all},
        {". as $all | $all.user", all},
        {"keys | join(\", \")", all},        // not plain
        {".reason | test(\"admin\")", all},  // not plain either, whatever it reads
    };
    for (const Case& c : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(c.jq, c.reads, reads_of({c.jq}));
  }

  void adds_up_the_expressions_of_a_section() {
    CPPUNIT_ASSERT_EQUAL(std::string(), reads_of({}));
    CPPUNIT_ASSERT_EQUAL(std::string("user type"), reads_of({".user.email", ".type", ".user.account"}));
    CPPUNIT_ASSERT_EQUAL(std::string("all"), reads_of({".user.email", "tojson"}));
  }

  void an_outcome_needs_no_more_than_it_reads() {
    const std::filesystem::path source = SOURCE_DIR;
    const Json context = Json::object({{"queue", "acme"}, {"desk", "snow"}, {"key", "acme:1"}});
    const Json decision = Json::object({{"by", "Bob"}, {"byEmail", nullptr}, {"reason", "no"}});
    for (const char* file : {"servicenow/elevation.yaml", "request_tracker/elevation.yaml"})
      for (const char* name : {"run-as-admin.json", "bare.json"}) {
        mappings::Diagnostics diagnostics;
        const auto mapping = Mapping::load(source / "mappings" / file, diagnostics);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(file, std::string(), diagnostics.to_text());
        std::ifstream in(source / "mappings/requests" / name);
        std::vector<std::string> problems;
        const Json whole = mappings::complete_request(
            Json::parse(std::string(std::istreambuf_iterator<char>(in), {})), problems);
        for (Outcome outcome : {Outcome::approved, Outcome::denied, Outcome::withdrawn, Outcome::expired}) {
          const std::string what = std::string(file) + ' ' + name + ' ' + std::string(to_string(outcome));
          const auto& reads = mapping->outcome_reads(outcome);
          CPPUNIT_ASSERT_MESSAGE(what, reads && reads->size() < 3);
          const Json part = mappings::with_only(whole.dump(), *reads);
          CPPUNIT_ASSERT_EQUAL_MESSAGE(what, reads->size(), part.size());
          const auto wanted = mapping->outcome(outcome, whole, decision, context);
          const auto given = mapping->outcome(outcome, part, decision, context);
          CPPUNIT_ASSERT_EQUAL_MESSAGE(what, wanted.fields.dump(), given.fields.dump());
          CPPUNIT_ASSERT_EQUAL_MESSAGE(what, wanted.comment, given.comment);
        }
      }
  }

 private:
  static std::string reads_of(const std::vector<std::string>& expressions) {
    mappings::Section section;
    for (const std::string& jq : expressions) {
      mappings::FieldExpression expression;
      expression.jq = jq;
      mappings::PlainChoice choice;
      if (mappings::read_plain_choice(jq, choice)) expression.plain = choice;
      section.expressions.push_back(expression);
    }
    const auto names = mappings::request_reads(section);
    if (!names) return "all";
    std::string text;
    for (const std::string& name : *names) text += (text.empty() ? "" : " ") + name;
    return text;
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RequestReadsTest);
