#include "mappings/engine/event_shape.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using mappings::Json;

namespace {
std::string problems_of(std::string_view text) {
  std::vector<std::string> problems;
  mappings::complete_event(Json::parse(text), problems);
  std::string all;
  for (const auto& problem : problems) all += (all.empty() ? "" : "; ") + problem;
  return all;
}
Json completed(std::string_view text) {
  std::vector<std::string> problems;
  Json result = mappings::complete_event(Json::parse(text), problems);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(text), std::size_t{0}, problems.size());
  return result;
}
}  // namespace

class EventShapeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(EventShapeTest);
  CPPUNIT_TEST(an_event_has_every_key_in_the_services_order);
  CPPUNIT_TEST(a_text_that_is_missing_is_the_codes);
  CPPUNIT_TEST(what_cannot_be_is_named);
  CPPUNIT_TEST(codes_ascend_and_each_has_a_text);
  CPPUNIT_TEST_SUITE_END();

 public:
  void an_event_has_every_key_in_the_services_order() {
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            R"({"id":null,"eventCode":92,"eventLevel":0,"eventText":"Execution of file blocked by policy",)"
            R"("eventTime":null,"eventTimeUTC":null,"computerName":null,"userAccount":null,"userName":null,)"
            R"("alertAccount":null,"auditLogURL":null,"rollback":false,"additionalData":null,)"
            R"("application":{"file":null,"path":null,"name":null,"vendor":null,"version":null,"sha256":null}})"),
        completed(R"({"colour":"red","eventCode":92,"application":{"size":5}})").dump());
  }

  void a_text_that_is_missing_is_the_codes() {
    const Json event = completed(R"({"eventCode":41,"eventText":"gone","additionalData":""})");
    CPPUNIT_ASSERT_EQUAL(std::string("gone"), event.get("eventText").string_or("-"));
    CPPUNIT_ASSERT_EQUAL(std::string(), event.get("additionalData").string_or("-"));
    CPPUNIT_ASSERT(completed(R"({"eventCode":4})").get("eventText").is_null());
    CPPUNIT_ASSERT(completed(R"({"eventCode":9999})").get("eventText").is_null());
  }

  void what_cannot_be_is_named() {
    const std::string level = "eventLevel must be 0 (informational), 1 (warning) or 2 (alert)";
    const std::pair<std::string, std::string> cases[] = {
        {"[]", "an event must be an object"},
        {"{}", "eventCode must be given"},
        {R"({"eventCode":"92"})", "eventCode must be a whole number"},
        {R"({"eventCode":-1})", "eventCode must be from 0 to 2147483647"},
        {R"({"eventCode":2147483648})", "eventCode must be from 0 to 2147483647"},
        {R"({"eventCode":1,"eventLevel":3})", level},
        {R"({"eventCode":1,"eventLevel":-1})", level},
        {R"({"eventCode":1,"eventLevel":"0"})", "eventLevel must be a whole number"},
        {R"({"eventCode":1,"rollback":0,"application":{"file":5}})",
         "rollback must be true or false; application.file must be text"},
        {R"({"eventCode":1,"application":"x.exe"})", "application must be an object"},
    };
    for (const auto& [text, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, expected, problems_of(text));
  }

  void codes_ascend_and_each_has_a_text() {
    int before = 0;
    for (const auto& [code, text] : mappings::event_codes()) {
      CPPUNIT_ASSERT_MESSAGE(std::to_string(code), code > before && !text.empty());
      before = code;
      CPPUNIT_ASSERT_EQUAL(
          std::string(text),
          completed("{\"eventCode\":" + std::to_string(code) + "}").get("eventText").string_or("-"));
    }
    CPPUNIT_ASSERT_EQUAL(std::size_t{79}, mappings::event_codes().size());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(EventShapeTest);
