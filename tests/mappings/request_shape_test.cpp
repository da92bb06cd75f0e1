#include "mappings/engine/request_shape.h"

#include <set>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using mappings::complete_request;
using mappings::Json;

namespace {

std::string problems_of(std::string_view text) {
  std::vector<std::string> problems;
  complete_request(Json::parse(text), problems);
  std::string all;
  for (const auto& problem : problems) all += (all.empty() ? "" : "; ") + problem;
  return all;
}

Json completed(std::string_view text) {
  std::vector<std::string> problems;
  Json result = complete_request(Json::parse(text), problems);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(text), std::size_t{0}, problems.size());
  return result;
}

}  // namespace

class RequestShapeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RequestShapeTest);
  CPPUNIT_TEST(an_empty_request_has_every_key_in_the_services_order);
  CPPUNIT_TEST(what_was_given_is_kept_and_unknown_keys_are_dropped);
  CPPUNIT_TEST(a_word_gives_its_code_and_a_code_its_word);
  CPPUNIT_TEST(wrong_types_and_contradictions_are_named_one_by_one);
  CPPUNIT_TEST(completing_twice_changes_nothing);
  CPPUNIT_TEST(no_two_keys_are_equal_ignoring_case);
  CPPUNIT_TEST_SUITE_END();

 public:
  void an_empty_request_has_every_key_in_the_services_order() {
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            R"({"scanResults":[],"id":null,"traceNo":null,"settingsName":"Global","type":"Run As Admin",)"
            R"("typeCode":0,"status":"Pending approval","statusCode":4,"application":{"file":null,"path":null,)"
            R"("name":null,"vendor":null,"version":null,"sha256":null,"scanResult":null,"scanResultCode":0,)"
            R"("threat":null,"virustotalLink":null,"preapproved":false},"user":{"account":null,"fullName":null,)"
            R"("email":null,"phone":null,"isAdmin":false},"computer":{"name":null,"platform":null,)"
            R"("platformCode":null,"make":null,"model":null},"reason":null,"approvedBy":null,)"
            R"("approvedByEmail":null,"deniedReason":null,"deniedBy":null,"deniedByEmail":null,)"
            R"("requestTime":null,"auditlogLink":null})"),
        completed("{}").dump());
  }

  void what_was_given_is_kept_and_unknown_keys_are_dropped() {
    Json request = completed(
        R"({"reason":"a \"b\"\nc","colour":"red","user":{"email":"ann@acme.test","shoe":44},
            "scanResults":[{"engine":"BitDefender"}],"auditLogLink":"https://x.test/1"})");
    CPPUNIT_ASSERT_EQUAL(std::string("a \"b\"\nc"), request.get("reason").string_or("-"));
    CPPUNIT_ASSERT_EQUAL(std::string("ann@acme.test"), request.get("user").get("email").string_or("-"));
    CPPUNIT_ASSERT(!request.has("colour") && !request.has("auditLogLink"));
    CPPUNIT_ASSERT(!request.get("user").has("shoe"));
    CPPUNIT_ASSERT_EQUAL(std::string("https://x.test/1"), request.get("auditlogLink").string_or("-"));
    CPPUNIT_ASSERT_EQUAL(
        std::string(R"([{"scanResult":null,"scanResultCode":0,"engine":"BitDefender","threat":null}])"),
        request.get("scanResults").dump());
  }

  void a_word_gives_its_code_and_a_code_its_word() {
    CPPUNIT_ASSERT_EQUAL(std::string("Admin Session"),
                         completed(R"({"typeCode":1})").get("type").string_or("-"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2},
                         *completed(R"({"type":"Server Session"})").get("typeCode").as_integer());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{3},
                         *completed(R"({"status":"Denied"})").get("statusCode").as_integer());
    CPPUNIT_ASSERT_EQUAL(std::string("Finished"),
                         completed(R"({"statusCode":2})").get("status").string_or("-"));
  }

  void wrong_types_and_contradictions_are_named_one_by_one() {
    const std::pair<std::string, std::string> cases[] = {
        {R"([])", "the request must be an object"},
        {R"({"id":"7"})", "id must be a whole number"},
        {R"({"id":7.5})", "id must be a whole number"},
        {R"({"traceNo":7})", "traceNo must be text"},
        {R"({"user":"ann"})", "user must be an object"},
        {R"({"user":{"isAdmin":"yes"},"reason":1})",
         "user.isAdmin must be true or false; reason must be text"},
        {R"({"application":[]})", "application must be an object"},
        {R"({"scanResults":{}})", "scanResults must be a list"},
        {R"({"scanResults":[1]})", "scanResults[0] must be an object"},
        {R"({"scanResults":[{},{"threat":1}]})", "scanResults[1].threat must be text"},
        {R"({"typeCode":7})",
         R"(typeCode must be one of 0 "Run As Admin", 1 "Admin Session", 2 "Server Session")"},
        {R"({"type":"run as admin"})",
         R"(type must be one of 0 "Run As Admin", 1 "Admin Session", 2 "Server Session")"},
        {R"({"type":1})", "type must be text"},
        {R"({"type":"Run As Admin","typeCode":1})",
         R"(type "Run As Admin" and typeCode 1 contradict each other; give one of them)"},
        {R"({"status":"Denied","statusCode":4})",
         R"(status "Denied" and statusCode 4 contradict each other; give one of them)"},
    };
    for (const auto& [text, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, expected, problems_of(text));
  }

  void completing_twice_changes_nothing() {
    Json once = completed(R"({"id":5,"typeCode":2,"scanResults":[{}],"computer":{"name":"PC"}})");
    CPPUNIT_ASSERT_EQUAL(once.dump(), completed(once.dump()).dump());
  }

  void no_two_keys_are_equal_ignoring_case() {
    std::set<std::string> seen;
    for (const auto& field : mappings::request_fields()) {
      std::string lower;
      for (char c : field.path)
        lower.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
      CPPUNIT_ASSERT_MESSAGE(lower, seen.insert(lower).second);
    }
    CPPUNIT_ASSERT_EQUAL(std::size_t{44}, seen.size());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RequestShapeTest);
