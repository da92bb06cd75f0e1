#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "mappings/engine/mapping.h"
#include "mappings/engine/request_shape.h"

using mappings::Json;
using mappings::Mapping;
using mappings::Note;
using mappings::Outcome;
using mappings::Rendered;

namespace {

const std::filesystem::path source = SOURCE_DIR;

std::shared_ptr<const Mapping> loaded(const std::string& file) {
  mappings::Diagnostics diagnostics;
  auto mapping = Mapping::load(source / file, diagnostics);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(file, std::string(), diagnostics.to_text());
  return mapping;
}

Json request_from(const std::string& text) {
  std::vector<std::string> problems;
  Json request = mappings::complete_request(Json::parse(text), problems);
  CPPUNIT_ASSERT_EQUAL(std::size_t{0}, problems.size());
  return request;
}

Json request_file(const std::string& name) {
  std::ifstream in(source / "mappings/requests" / name);
  return request_from(std::string(std::istreambuf_iterator<char>(in), {}));
}

Json context() {
  return Json::object({{"queue", "acme"}, {"desk", "snow"}, {"key", "acme:1"}, {"link", nullptr}});
}

const char* ann = R"({"id":7,"user":{"account":"ACME\\ann","email":"ann@acme.test","fullName":"Ann"},
                      "reason":"hé😀lo","computer":{"name":"PC-1"}})";

std::string codes_of(const Rendered& rendered) {
  std::string all;
  for (const auto& d : rendered.problems.all())
    all += (all.empty() ? "" : "\n") + std::to_string(d.where.line) + ":" + std::to_string(d.where.column) +
           " " + d.code + " " + d.message;
  return all;
}

}  // namespace

class MappingRenderTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MappingRenderTest);
  CPPUNIT_TEST(every_form_makes_its_field);
  CPPUNIT_TEST(each_field_names_its_source);
  CPPUNIT_TEST(every_fault_is_told_not_only_the_first);
  CPPUNIT_TEST(endings_have_fields_and_a_comment);
  CPPUNIT_TEST(what_a_file_does_not_say_has_a_built_in_text);
  CPPUNIT_TEST(any_text_in_a_reason_survives);
  CPPUNIT_TEST(a_mapping_may_be_used_by_several_threads);
  CPPUNIT_TEST_SUITE_END();

 public:
  void every_form_makes_its_field() {
    const Rendered rendered =
        loaded("tests/mappings/fixtures/rendering.yaml")->open(request_from(ann), context());
    CPPUNIT_ASSERT_EQUAL(std::string(), codes_of(rendered));
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            R"({"plain":"Access Requests","number":3,"text_number":"3","yes":true,"empty_on_purpose":"",)"
            R"("typed":7,"typed_list":["ACME\\ann","ann@acme.test"],"mixed":"request 7, admin: false",)"
            R"("literal":"costs ${ 5 } and 7","cut":"hé😀l","program":"no Run As Admin program",)"
            R"("mail":"ann@acme.test","level":"low","maybe":"x","CustomFields":{"Computer":"PC-1",)"
            R"("Tags":["elevation","Run As Admin"]},"custom_fields":[{"id":5,"value":"hé😀lo"}],)"
            R"("where":"acme/snow"})"),
        rendered.fields.dump());
  }

  void each_field_names_its_source() {
    const Rendered rendered = loaded("tests/mappings/fixtures/rendering.yaml")
                                  ->open(request_from(R"({"typeCode":1,"id":7,"reason":"abcdef","user":
                       {"fullName":"Ann","account":"a"},"computer":{"name":"PC-1"}})"),
                                         context());
    CPPUNIT_ASSERT_EQUAL(std::string(), codes_of(rendered));
    std::string all;
    for (const auto& field : rendered.sources)
      if (!field.how.empty())
        all += field.name + " :" + std::to_string(field.where.line) + " " + field.how + "\n";
    CPPUNIT_ASSERT_EQUAL(std::string("cut :14 cut at 4\n"
                                     "program :15 default\n"
                                     "mail :16 left out (optional)\n"
                                     "phone :17 left out (optional)\n"
                                     "level :18 lookup of .typeCode 1\n"
                                     "maybe :19 left out (optional)\n"
                                     "CustomFields.Inner :22 left out (optional)\n"
                                     "CustomFields.Tags[2] :23 left out (optional)\n"
                                     "Empty.Phone :24 left out (optional)\n"),
                         all);
    CPPUNIT_ASSERT_EQUAL(std::string("Admin Session level"), rendered.fields.get("level").string_or("-"));
  }

  void every_fault_is_told_not_only_the_first() {
    const Rendered rendered =
        loaded("tests/mappings/fixtures/refusals.yaml")->open(request_file("bare.json"), context());
    CPPUNIT_ASSERT(!rendered.ok());
    CPPUNIT_ASSERT_EQUAL(
        std::string("5:13 missing-value gone: .user.email gives nothing\n"
                    "6:21 missing-value in_text: .user.email gives nothing\n"
                    "7:14 missing-value blank: .reason | \"  \" gives nothing\n"
                    "8:15 expression-failed failed: .id | floor | .y failed: Cannot index number with "
                    "string \"y\"\n"
                    "9:13 many-values many: .user | .account, .email, \"x\" gives more than one value\n"
                    "10:18 many-values endless: repeat(\"x\") gives more than one value\n"
                    "11:13 missing-value none: empty gives nothing\n"
                    "12:17 not-text object: .user | {account} gives an object, which is no text\n"
                    "13:33 lookup-miss lookup: no row of this lookup takes Global, and there is no default\n"
                    "14:21 missing-value from_lost: .computer.name gives nothing\n"
                    "15:52 missing-value bad_default: .computer.make gives nothing"),
        codes_of(rendered));
  }

  void endings_have_fields_and_a_comment() {
    const auto mapping = loaded("tests/mappings/fixtures/rendering.yaml");
    const Json request = request_from(ann);
    const Json decision = Json::object({{"by", "Bob"}, {"reason", "because"}});
    Rendered approved = mapping->outcome(Outcome::approved, request, decision, context());
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"state":"6","by":"Bob"})"), approved.fields.dump());
    CPPUNIT_ASSERT_EQUAL(std::string(), approved.comment);
    Rendered denied = mapping->outcome(Outcome::denied, request, decision, context());
    CPPUNIT_ASSERT_EQUAL(std::string("Denied by Bob. Reason: because"), denied.comment);
    CPPUNIT_ASSERT_EQUAL(std::string("Ann no longer needs this"),
                         mapping->outcome(Outcome::withdrawn, request, Json(), context()).comment);
    Rendered expired = mapping->outcome(Outcome::expired, request, Json(), context());
    CPPUNIT_ASSERT_EQUAL(std::string("33:38 missing-value comment: $decision.reason gives nothing"),
                         codes_of(expired));
  }

  void what_a_file_does_not_say_has_a_built_in_text() {
    const auto mapping = loaded("mappings/servicenow/minimal.yaml");
    for (const Json& request : {request_file("bare.json"), request_file("unicode.json")}) {
      for (Outcome outcome : {Outcome::approved, Outcome::denied, Outcome::withdrawn, Outcome::expired}) {
        Rendered rendered = mapping->outcome(outcome, request, Json(), context());
        CPPUNIT_ASSERT_EQUAL(std::string(), codes_of(rendered));
        CPPUNIT_ASSERT(!rendered.comment.empty() && rendered.comment.find("null") == std::string::npos);
      }
      for (Note note : {Note::reminder, Note::escalation, Note::late_decision, Note::refused_decision}) {
        Rendered rendered = mapping->note(note, request, Json(), context());
        CPPUNIT_ASSERT_EQUAL(std::string(), codes_of(rendered));
        CPPUNIT_ASSERT(!rendered.comment.empty() && rendered.comment.find("null") == std::string::npos);
      }
    }
    CPPUNIT_ASSERT_EQUAL(std::string("This decision does not count. Eve may not decide."),
                         mapping
                             ->note(Note::refused_decision, request_file("bare.json"),
                                    Json::object({{"reason", "Eve may not decide."}}), context())
                             .comment);
  }

  void any_text_in_a_reason_survives() {
    const auto mapping = loaded("mappings/servicenow/elevation.yaml");
    const auto desk = loaded("mappings/request_tracker/elevation.yaml");
    const std::string pieces[] = {"\"", "'", "\\", "\n", "\r\n",   "\t",   "${", "}",  "\\(", ")", "#", "^",
                                  "|",  "é", "😀",  "ن",  "\u2028", "null", "{{", "%s", "<b>", "a", " "};
    std::mt19937 random(20250408);
    for (int round = 0; round < 200; ++round) {
      std::string reason = "r";
      for (int i = 0; i < 12; ++i) reason += pieces[random() % std::size(pieces)];
      reason += "!";
      Json request = request_file("run-as-admin.json");
      request.set("reason", reason);
      const Json decision = Json::object({{"by", reason}, {"reason", reason}});
      for (const auto& [one, field] : {std::pair(mapping, "description"), std::pair(desk, "Content")}) {
        const std::string text = one->open(request, context()).fields.get(field).string_or("");
        CPPUNIT_ASSERT_MESSAGE(reason, text.find("Reason:    " + reason + "\n") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL("Denied by " + reason + ": " + reason,
                             one->outcome(Outcome::denied, request, decision, context()).comment);
      }
    }
  }

  void a_mapping_may_be_used_by_several_threads() {
    const auto mapping = loaded("mappings/servicenow/elevation.yaml");
    const std::string wanted = mapping->open(request_file("unicode.json"), context()).fields.dump();
    std::vector<int> wrong(4, 0);
    std::vector<std::thread> threads;
    for (int& mine : wrong)
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i)
          if (mapping->open(request_file("unicode.json"), context()).fields.dump() != wanted) ++mine;
      });
    for (auto& thread : threads) thread.join();
    for (int count : wrong) CPPUNIT_ASSERT_EQUAL(0, count);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MappingRenderTest);
