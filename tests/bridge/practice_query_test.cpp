#include <algorithm>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/practice/encoded_query.h"
#include "tests/support/practice_calls.h"

using bridge::EncodedQuery;

namespace {
std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : " ") + part;
  return text;
}
}  // namespace

class PracticeQueryTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PracticeQueryTest);
  CPPUNIT_TEST(finds_what_each_operator_means);
  CPPUNIT_TEST(drops_what_it_does_not_know_and_finds_more);
  CPPUNIT_TEST(reads_a_doubled_caret_as_a_caret);
  CPPUNIT_TEST(lets_unescaped_text_inject_a_query);
  CPPUNIT_TEST(walks_dots_across_references);
  CPPUNIT_TEST(orders_by_each_field_in_turn);
  CPPUNIT_TEST(finds_by_time_of_update_from_that_second_on);
  CPPUNIT_TEST(takes_plain_pairs_only_without_a_query);
  CPPUNIT_TEST_SUITE_END();

 public:
  // Tickets 1 to 4: states 1 2 3 8, urgencies 1 2 3 3, the fourth without correlation.
  void setUp() override {
    calls_ = std::make_unique<practice_test::Calls>();
    calls_->create(
        R"({"short_description":"Install 7-Zip","correlation_id":"acme:1","urgency":"1","state":"1"})");
    calls_->create(
        R"({"short_description":"Admin session","correlation_id":"acme:2","urgency":"2","state":"2"})");
    calls_->create(
        R"({"short_description":"install A^B","correlation_id":"acme:10","urgency":"3","state":"3"})");
    calls_->create(R"({"short_description":"Other","caller_id":"ann@acme.test","urgency":"3","state":"8"})");
  }
  void tearDown() override { calls_.reset(); }

  void check(const std::string& query, const std::string& wanted) {
    std::string found;
    for (const auto& number : calls_->numbers(query)) found += number.substr(number.size() - 1);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(query, wanted, found);
  }

  void finds_what_each_operator_means() {
    check("", "1234");
    check("correlation_id=acme:1", "1");
    check("correlation_id=", "4");
    check("correlation_id!=acme:1", "234");
    check("state<3", "12");
    check("state<=3", "123");
    check("state>2", "34");
    check("state>=2", "234");
    check("number>=INC0010003", "34");
    check("stateIN1,3", "13");
    check("stateNOT IN1,3", "24");
    check("short_descriptionLIKEinstall", "13");
    check("short_descriptionNOT LIKEinstall", "24");
    check("short_descriptionSTARTSWITHinstall", "13");
    check("short_descriptionENDSWITHsession", "2");
    check("short_descriptionENDSWITHa longer text than any of the fields has", "");
    check("correlation_idISEMPTY", "4");
    check("correlation_idISNOTEMPTY", "123");
    check("urgency=3^state=8", "4");
    check("state=1^ORstate=2", "12");
    check("urgency=3^state=1^ORstate=3", "3");
    check("state=1^NQurgency=3^state=8", "14");
    check("state=1^EQ", "1");
    check("correlation_id<acme:2", "13");
    check("correlation_id=nothing", "");
  }

  void drops_what_it_does_not_know_and_finds_more() {
    check("correlation_idd=acme:1", "1234");
    check("Correlation_id=acme:1", "1234");
    check("correlation_idlikeacme:1", "1234");
    check("correlation_id~acme:1", "1234");
    check("state=1^bogus=1", "1");
    check("bogus=1^ORstate=2", "2");
    check("state=1^NQbogus=2", "1234");
    check("state=2^bogus=1^ORstate=3", "");  // the OR stands alone once its condition is gone
    check("caller_id.bogus=1", "1234");
    check("number.email=1", "1234");
    check("u_nobody_wrote_this=1", "1234");
    const auto query = EncodedQuery::parse(
        "state=1^bogus=1^ORDERBYnothing^stateBETWEEN1@2",
        [](std::string_view field) { return field == "state" ? std::optional<bool>(true) : std::nullopt; });
    CPPUNIT_ASSERT_EQUAL(std::string("bogus=1 ORDERBYnothing stateBETWEEN1@2"), joined(query.dropped));
  }

  void reads_a_doubled_caret_as_a_caret() {
    check("short_description=install A^^B", "3");
    check("short_description=install A^^B^state=3", "3");
    check("short_description=install A^^B^state=1", "");
    check("short_descriptionLIKE^^", "3");
  }

  void lets_unescaped_text_inject_a_query() {
    check("correlation_id=x^NQsys_idISNOTEMPTY", "1234");
    check("correlation_id=x^^NQsys_idISNOTEMPTY", "");
    check("correlation_id=x^ORDERBYsys_id", "");
    check("correlation_id=acme:1' OR '1'='1", "");
    check("correlation_idINacme:1,acme:2", "12");
  }

  void walks_dots_across_references() {
    check("caller_id.email=ann@acme.test", "4");
    check("caller_id.email!=ann@acme.test", "123");
    check("opened_by.user_name=bridge", "1234");
    check("opened_by.user_name=nobody", "");
  }

  void orders_by_each_field_in_turn() {
    check("ORDERBYDESCnumber", "4321");
    check("ORDERBYDESCurgency^ORDERBYnumber", "3421");
    check("ORDERBYDESCurgency^ORDERBYDESCstate", "4321");
    check("state!=2^ORDERBYDESCcorrelation_id", "314");
    check("ORDERBYcaller_id.email^ORDERBYDESCnumber", "3214");
  }

  void finds_by_time_of_update_from_that_second_on() {
    calls_->clock->advance(std::chrono::seconds(60));
    calls_->api("PATCH", "/api/now/table/incident/" + id_of("INC0010002"), {}, R"({"work_notes":"seen"})");
    check("sys_updated_on>=2026-01-31 10:01:00", "2");
    check("sys_updated_on>2026-01-31 10:00:00", "2");
    check("sys_updated_on>2026-01-31 10:01:00", "");
    check("sys_updated_on>=2026-01-31 10:00:00^ORDERBYsys_updated_on^ORDERBYnumber", "1342");
    check("sys_updated_on>=2026-01-31 10:01:00^ORstate=1", "12");
    check("sys_updated_on<2026-01-31 10:01:00", "134");
    // The next page of a walk by key, as two groups that are each found by index.
    const std::string third = id_of("INC0010003");
    std::string behind;
    for (const char* number : {"INC0010001", "INC0010004"})
      if (id_of(number) > third) behind += number[9];
    check(
        "stateIN1,2,3,8^sys_updated_on>2026-01-31 10:00:00^NQstateIN1,2,3,8^sys_updated_on=2026-01-31 "
        "10:00:00^sys_id>" +
            third + "^ORDERBYDESCsys_updated_on^ORDERBYnumber",
        "2" + behind);
    check("state=1^sys_updated_on>=2026-01-31 10:00:00^NQnumber=INC0010001^NQnumber=INC0010003", "13");
  }

  void takes_plain_pairs_only_without_a_query() {
    const auto count = [&](bridge::HeaderList query) {
      return practice_test::header(calls_->api("GET", "/api/now/table/incident", std::move(query)),
                                   "X-Total-Count");
    };
    CPPUNIT_ASSERT_EQUAL(std::string("1"), count({{"correlation_id", "acme:1"}}));
    CPPUNIT_ASSERT_EQUAL(std::string("1"), count({{"urgency", "3"}, {"state", "8"}}));
    CPPUNIT_ASSERT_EQUAL(std::string("4"), count({{"bogus", "1"}}));
    CPPUNIT_ASSERT_EQUAL(std::string("4"), count({{"state", "8"}, {"sysparm_query", "numberISNOTEMPTY"}}));
  }

 private:
  std::string id_of(const std::string& number) {
    return std::string(calls_->desk.tables().equal("incident", "number", number).front()->id());
  }
  std::unique_ptr<practice_test::Calls> calls_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(PracticeQueryTest);
