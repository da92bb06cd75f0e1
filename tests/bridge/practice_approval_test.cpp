#include <condition_variable>
#include <mutex>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/practice_calls.h"

using bridge::PracticeDesk;
using bridge::Reply;
using mappings::Json;
using practice_test::Calls;
using practice_test::result;

namespace {

const std::string rows = "/api/now/table/sysapproval_approver";

PracticeDesk::Settings two_approvers(int needed) {
  PracticeDesk::Settings settings;
  settings.approver_rows = true;
  settings.approvers = {"approver", "second"};
  settings.approvals_needed = needed;
  return settings;
}

// Row ids and states of a ticket, in the order of the approvers.
std::string states(Calls& calls, const std::string& ticket) {
  std::string text;
  for (const auto& row : calls.desk.tables().equal("sysapproval_approver", "sysapproval", ticket))
    text += (text.empty() ? "" : " ") + std::string(row->get("state"));
  return text;
}

std::string row_of(Calls& calls, const std::string& ticket, std::size_t which) {
  return std::string(
      calls.desk.tables().equal("sysapproval_approver", "sysapproval", ticket).at(which)->id());
}

std::string field(Calls& calls, const std::string& ticket, const std::string& name) {
  return std::string(calls.desk.tables().find("incident", ticket)->get(name));
}

}  // namespace

class PracticeApprovalTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PracticeApprovalTest);
  CPPUNIT_TEST(opens_a_row_for_each_approver);
  CPPUNIT_TEST(lets_nobody_but_the_approver_decide);
  CPPUNIT_TEST(adds_rows_up_to_the_ticket);
  CPPUNIT_TEST(decides_a_row_once);
  CPPUNIT_TEST(finds_decisions_by_their_ticket);
  CPPUNIT_TEST(takes_a_decision_on_the_record_itself);
  CPPUNIT_TEST(closes_open_rows_when_the_ticket_is_closed);
  CPPUNIT_TEST(asks_for_approval_when_a_row_is_added_by_hand);
  CPPUNIT_TEST(tells_of_decisions_with_a_signature);
  CPPUNIT_TEST(signs_as_other_tools_do);
  CPPUNIT_TEST_SUITE_END();

  std::string make(Calls& calls) {
    return calls.create(R"({"correlation_id":"acme:1","correlation_display":"countersign"})")
        .get("sys_id")
        .string_or("");
  }
  int patch(Calls& calls, const std::string& row, const std::string& body, const std::string& user) {
    return calls.api("PATCH", rows + "/" + row, {}, body, user).status;
  }

 public:
  void opens_a_row_for_each_approver() {
    Calls calls(two_approvers(1));
    const std::string id = make(calls);
    CPPUNIT_ASSERT_EQUAL(std::string("requested requested"), states(calls, id));
    CPPUNIT_ASSERT_EQUAL(std::string("requested"), field(calls, id, "approval"));
    const Reply list =
        calls.api("GET", rows,
                  {{"sysparm_query", "sysapproval=" + id + "^ORDERBYapprover.user_name"},
                   {"sysparm_fields", "approver.user_name,approver.email,sysapproval.number,source_table"}});
    CPPUNIT_ASSERT_EQUAL(
        std::string(R"({"approver.user_name":"approver","approver.email":"approver@practice.test",)"
                    R"("sysapproval.number":"INC0010001","source_table":"incident"})"),
        result(list).at(0).dump());
  }

  void lets_nobody_but_the_approver_decide() {
    Calls calls(two_approvers(1));
    const std::string id = make(calls), row = row_of(calls, id, 0);
    CPPUNIT_ASSERT_EQUAL(403, patch(calls, row, R"({"state":"approved"})", "bridge"));
    CPPUNIT_ASSERT_EQUAL(403, patch(calls, row, R"({"state":"approved"})", "second"));
    const std::string second(calls.desk.tables().equal("sys_user", "user_name", "second").front()->id());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("nor make the row his own", 403,
                                 patch(calls, row, Json::object({{"approver", second}}).dump(), "second"));
    CPPUNIT_ASSERT_EQUAL(
        403, calls.api("POST", rows, {}, R"({"state":"approved","sysapproval":")" + id + "\"}").status);
    CPPUNIT_ASSERT_EQUAL(std::string("requested requested"), states(calls, id));
    CPPUNIT_ASSERT_EQUAL(200, patch(calls, row, R"({"state":"approved"})", "approver"));
  }

  void adds_rows_up_to_the_ticket() {
    const struct {
      int needed;
      const char *first, *second, *approval, *states;
    } cases[] = {
        {1, "approved", nullptr, "approved", "approved not_required"},
        {1, "rejected", nullptr, "rejected", "rejected not_required"},
        {2, "approved", nullptr, "requested", "approved requested"},
        {2, "approved", "approved", "approved", "approved approved"},
        {2, "approved", "rejected", "rejected", "approved rejected"},
        {0, "approved", nullptr, "requested", "approved requested"},
        {0, "approved", "approved", "approved", "approved approved"},
        {0, "rejected", nullptr, "rejected", "rejected not_required"},
        {9, "approved", "approved", "approved", "approved approved"},
    };
    for (const auto& c : cases) {
      Calls calls(two_approvers(c.needed));
      const std::string id = make(calls);
      const std::string name = std::to_string(c.needed) + c.first + (c.second ? c.second : "");
      const auto state = [](const char* value) {
        return Json::object({{"state", value}, {"comments", "why"}}).dump();
      };
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, 200, patch(calls, row_of(calls, id, 0), state(c.first), "approver"));
      if (c.second)
        CPPUNIT_ASSERT_EQUAL_MESSAGE(name, 200,
                                     patch(calls, row_of(calls, id, 1), state(c.second), "second"));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string(c.approval), field(calls, id, "approval"));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string(c.states), states(calls, id));
    }
  }

  void decides_a_row_once() {
    Calls calls(two_approvers(1));
    const std::string id = make(calls);
    CPPUNIT_ASSERT_EQUAL(200, patch(calls, row_of(calls, id, 0), R"({"state":"approved"})", "approver"));
    CPPUNIT_ASSERT_EQUAL(403, patch(calls, row_of(calls, id, 0), R"({"state":"rejected"})", "approver"));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("no longer required", 403,
                                 patch(calls, row_of(calls, id, 1), R"({"state":"rejected"})", "second"));
    CPPUNIT_ASSERT_EQUAL(std::string("approved"), field(calls, id, "approval"));
  }

  void finds_decisions_by_their_ticket() {
    Calls calls(two_approvers(1));
    const std::string id = make(calls);
    make(calls);
    calls.clock->advance(std::chrono::seconds(30));
    patch(calls, row_of(calls, id, 0), R"({"state":"rejected","comments":"no need"})", "approver");
    const Reply found = calls.api(
        "GET", rows,
        {{"sysparm_query",
          "sysapproval.correlation_display=countersign^stateINapproved,rejected^sys_updated_on>=2026-01-31 "
          "10:00:10"
          "^ORDERBYsys_updated_on^ORDERBYsys_id"},
         {"sysparm_fields",
          "state,sysapproval,sysapproval.correlation_id,approver.user_name,sys_updated_on,sys_mod_count"},
         {"sysparm_exclude_reference_link", "true"}});
    CPPUNIT_ASSERT_EQUAL(R"([{"state":"rejected","sysapproval":")" + id +
                             R"(","sysapproval.correlation_id":"acme:1","approver.user_name":"approver",)"
                             R"("sys_updated_on":"2026-01-31 10:00:30","sys_mod_count":"1"}])",
                         result(found).dump());
    for (const std::string& element : {row_of(calls, id, 0), id}) {
      const auto journal = calls.desk.tables().equal("sys_journal_field", "element_id", element);
      CPPUNIT_ASSERT_EQUAL(std::size_t{1}, journal.size());
      CPPUNIT_ASSERT_EQUAL(std::string("no need"), std::string(journal.front()->get("value")));
    }
  }

  void takes_a_decision_on_the_record_itself() {
    Calls calls(two_approvers(2));
    const std::string id = make(calls);
    const Reply reply = calls.api("PATCH", "/api/now/table/incident/" + id, {},
                                  R"({"approval":"approved","comments":"fine"})", "approver");
    CPPUNIT_ASSERT_EQUAL(200, reply.status);
    CPPUNIT_ASSERT_EQUAL(std::string("approver"), field(calls, id, "sys_updated_by"));
    CPPUNIT_ASSERT_EQUAL(std::string("not_required not_required"), states(calls, id));
    Calls plain;
    const std::string other = make(plain);
    CPPUNIT_ASSERT_EQUAL(std::string("not requested"), field(plain, other, "approval"));
    CPPUNIT_ASSERT_EQUAL(std::string(), states(plain, other));
  }

  void closes_open_rows_when_the_ticket_is_closed() {
    Calls calls(two_approvers(1));
    const std::string id = make(calls);
    calls.api("PATCH", "/api/now/table/incident/" + id, {}, R"({"state":"8"})");
    CPPUNIT_ASSERT_EQUAL(std::string("not_required not_required"), states(calls, id));
  }

  void asks_for_approval_when_a_row_is_added_by_hand() {
    Calls calls;
    const std::string id = make(calls);
    const Reply made = calls.api("POST", rows, {}, R"({"approver":"approver","sysapproval":"INC0010001"})");
    CPPUNIT_ASSERT_EQUAL(201, made.status);
    CPPUNIT_ASSERT_EQUAL(std::string("requested"), field(calls, id, "approval"));
    CPPUNIT_ASSERT_EQUAL(200, patch(calls, row_of(calls, id, 0), R"({"state":"rejected"})", "approver"));
    CPPUNIT_ASSERT_EQUAL(std::string("rejected"), field(calls, id, "approval"));
  }

  void tells_of_decisions_with_a_signature() {
    std::mutex mutex;
    std::condition_variable told;
    std::vector<std::pair<bridge::HeaderList, std::string>> notices;
    PracticeDesk::Settings settings;
    settings.webhook_url = "http://bridge.test/hook";
    settings.webhook_secret = "s3cret";
    settings.send = [&](const std::string& url, const bridge::HeaderList& headers, const std::string& body) {
      std::lock_guard lock(mutex);
      notices.emplace_back(headers, url + " " + body);
      told.notify_all();
      if (notices.size() == 1) throw std::runtime_error("nobody listens");
    };
    Calls calls(settings);
    const std::string id = make(calls);
    const std::string other = make(calls);
    const std::string record = "/api/now/table/incident/";
    calls.api("PATCH", record + id, {}, R"({"approval":"approved"})", "approver");
    calls.api("PATCH", record + id, {}, R"({"comments":"no decision"})", "approver");
    calls.api("PATCH", record + id, {}, R"({"state":"8"})", "bridge");  // its own doing
    calls.page("POST", "/practice/decide", R"({"sys_id":")" + other + R"(","decision":"deny"})");
    std::unique_lock lock(mutex);
    CPPUNIT_ASSERT(told.wait_for(lock, std::chrono::seconds(20), [&] { return notices.size() >= 2; }));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, notices.size());
    const std::string body =
        R"({"sys_id":")" + id + R"(","number":"INC0010001","correlation_id":"acme:1","table":"incident"})";
    CPPUNIT_ASSERT_EQUAL("http://bridge.test/hook " + body, notices[0].second);
    Reply as_reply;
    as_reply.headers = notices[0].first;
    CPPUNIT_ASSERT_EQUAL(std::string("1769853600"), practice_test::header(as_reply, "X-Bridge-Timestamp"));
    CPPUNIT_ASSERT_EQUAL(bridge::DecisionNotices::sign("s3cret", "1769853600", body),
                         practice_test::header(as_reply, "X-Bridge-Signature"));
    CPPUNIT_ASSERT(notices[1].second.find("INC0010002") != std::string::npos);
  }

  void signs_as_other_tools_do() {
    // printf '1769853600.{"a":1}' | openssl dgst -sha256 -hmac s3cret -binary | base64
    CPPUNIT_ASSERT_EQUAL(std::string("/dWSoQbh237vhlDrXIi/MVCQCCqUG+oksBbGar4aBKM="),
                         bridge::DecisionNotices::sign("s3cret", "1769853600", R"({"a":1})"));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PracticeApprovalTest);
