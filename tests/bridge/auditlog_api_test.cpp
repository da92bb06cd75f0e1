// The auditlog as clients list it, over HTTP parameters down to the store.

#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/hosted_api.h"
#include "tests/support/key_ring.h"

using bridge::Reply;
using mappings::Json;
using tests::ids_of;
using tests::request_text;

namespace {

constexpr std::chrono::hours day{24};

}  // namespace

class AuditlogApiTest : public tests::HostedApi {
  CPPUNIT_TEST_SUITE(AuditlogApiTest);
  CPPUNIT_TEST(an_entry_tells_the_whole_life_of_its_request);
  CPPUNIT_TEST(lists_are_bare_arrays_by_id_with_start_take_and_last);
  CPPUNIT_TEST(a_take_above_the_largest_is_cut);
  CPPUNIT_TEST(filters_by_status_and_type_in_any_case);
  CPPUNIT_TEST(shows_thirty_days_when_no_period_is_given);
  CPPUNIT_TEST(lists_of_computers_and_users_take_names_as_clients_escape_them);
  CPPUNIT_TEST(calls_that_clients_get_wrong_are_answered);
  CPPUNIT_TEST(another_queue_sees_nothing);
  CPPUNIT_TEST_SUITE_END();

 public:
  void an_entry_tells_the_whole_life_of_its_request() {
    post(request_text("PC-0042", "ACME\\ann", "Ann Example"));
    bench_->clock.advance(std::chrono::milliseconds(161'813));
    CPPUNIT_ASSERT_EQUAL(204, ask("PUT", "/requests/1?approvedby=bob.admin@acme.test").status);
    bench_->clock.advance(std::chrono::seconds(10));
    CPPUNIT_ASSERT_EQUAL(204, ask("PUT", "/auditlog/1", {}, R"({"status":"Running"})").status);
    bench_->clock.advance(std::chrono::seconds(60));
    CPPUNIT_ASSERT_EQUAL(
        204,
        ask("PUT", "/auditlog/1", {}, R"({"statusCode":2,"installs":[{"application":"7-Zip"}]})").status);
    const Json entry = get("/auditlog/1");
    const std::pair<const char*, const char*> cases[] = {
        {"status", R"("Finished")"},
        {"statusCode", "2"},
        {"approvedBy", R"("Bob.Admin@acme.test")"},
        {"responseTime", R"("00:02:41.8130000")"},
        {"installs", R"([{"application":"7-Zip","version":null,"vendor":null}])"},
        {"uninstalls", "[]"},
        {"scanResults", "[]"},
        {"ssoValidated", "false"},
    };
    for (const auto& [key, value] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(key, std::string(value), entry.get(key).dump());
    const auto second = [&](const char* key) {
      return bridge::from_iso(entry.get(key).string_or("")).value();
    };
    CPPUNIT_ASSERT(second("endTimeUTC") - second("startTimeUTC") == std::chrono::seconds(60));
    CPPUNIT_ASSERT_EQUAL(
        std::string("Clean"),
        get("/auditlog/1?wantscandetails=1").get("scanResults").at(0).get("scanResult").string_or(""));
    // The request's own object follows, without what only the auditlog has.
    const Json request = get("/requests/1");
    CPPUNIT_ASSERT_EQUAL(std::string("Finished"), request.get("status").string_or(""));
    CPPUNIT_ASSERT(!request.has("startTime") && !request.has("installs"));
    CPPUNIT_ASSERT_EQUAL(std::string("1"), ids_of(get("/requests?status=finished")));
  }

  void lists_are_bare_arrays_by_id_with_start_take_and_last() {
    CPPUNIT_ASSERT_EQUAL(std::string("[]"), ask("GET", "/auditlog").body);
    for (int i = 0; i < 60; ++i) post("{}");
    CPPUNIT_ASSERT_EQUAL(std::size_t(50), get("/auditlog").size());
    CPPUNIT_ASSERT_EQUAL(std::string("58 59 60"), ids_of(get("/auditlog?startid=58")));
    CPPUNIT_ASSERT_EQUAL(std::string("3 4"), ids_of(get("/auditlog/?STARTID=3&Take=2")));
    CPPUNIT_ASSERT_EQUAL(std::string("60 59"), ids_of(get("/auditlog?last=2&startid=7")));
    CPPUNIT_ASSERT_EQUAL(std::string("[]"), ask("GET", "/auditlog?startid=61").body);
    // Every filter may be a header; the query wins.
    CPPUNIT_ASSERT_EQUAL(std::string("5 6"), ids_of(get("/auditlog", {{"StartId", "5"}, {"take", "2"}})));
    CPPUNIT_ASSERT_EQUAL(std::string("9"),
                         ids_of(get("/auditlog?startid=9", {{"startid", "5"}, {"take", "1"}})));
    CPPUNIT_ASSERT_EQUAL(400, ask("GET", "/auditlog?take=x").status);
    CPPUNIT_ASSERT_EQUAL(400, ask("GET", "/auditlog?startdate=x").status);
  }

  void a_take_above_the_largest_is_cut() {
    std::vector<bridge::NewRequest> rows(10'001);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i].queue = "acme";
      rows[i].id = static_cast<std::int64_t>(i) + 1;
      rows[i].received = bench_->clock.now();
      rows[i].body = [](std::int64_t id) {
        return R"({"scanResults":[],"id":)" + std::to_string(id) +
               R"(,"requestTime":null,"auditlogLink":null})";
      };
    }
    bench_->store->submit_unknown(rows);
    for (const char* query : {"take=10001", "take=999999999999", "take=10000"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(query, std::size_t(10'000), get(std::string("/auditlog?") + query).size());
    CPPUNIT_ASSERT_EQUAL(std::size_t(10'000), get("/auditlog?last=99999").size());
    // A client that goes on with the last id + 1 until a page is empty reads all.
    CPPUNIT_ASSERT_EQUAL(std::string("10001"), ids_of(get("/auditlog?take=10000&startid=10001")));
  }

  void filters_by_status_and_type_in_any_case() {
    for (const int type_code : {0, 1, 2, 0}) post(request_text("PC", "a", "A", type_code));
    ask("PUT", "/requests/1");
    ask("DELETE", "/requests/2?reason=no");
    const std::pair<const char*, const char*> cases[] = {
        {"status=Pending", "3 4"}, {"status=approved", "1"},     {"status=DENIED", "2"},
        {"status=Open", "1"},      {"status=Finished", ""},      {"status=ABR_Status.pending", ""},
        {"type=app", "1 4"},       {"type=Session", "2 3"},      {"type=session&status=denied", "2"},
        {"type=other", ""},        {"status=&type=", "1 2 3 4"}, {"user=nobody&settings=x", "1 2 3 4"},
    };
    for (const auto& [query, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(query, std::string(expected),
                                   ids_of(get(std::string("/auditlog?") + query)));
  }

  void shows_thirty_days_when_no_period_is_given() {
    bench_->clock.advance(12 * std::chrono::hours(1));
    const auto first = bench_->clock.now();
    for (int i = 0; i < 4; ++i) {
      post("{}");
      bench_->clock.advance(20 * day);
    }
    // Now: 80, 60, 40 and 20 days ago.
    CPPUNIT_ASSERT_EQUAL(std::string("4"), ids_of(get("/auditlog")));
    CPPUNIT_ASSERT_EQUAL(std::string("3 4"), ids_of(get("/auditlog?days=40")));
    CPPUNIT_ASSERT_EQUAL(std::string("4 3 2 1"), ids_of(get("/auditlog?last=10")));
    CPPUNIT_ASSERT_EQUAL(std::string("4"), ids_of(get("/auditlog?last=10&days=30")));
    const auto form = [&](int days_on) { return bridge::to_api_time(first + days_on * day); };
    const auto date = [&](int days_on) { return form(days_on).substr(0, 10); };
    CPPUNIT_ASSERT_EQUAL(std::string("2 3"),
                         ids_of(get("/auditlog?days=1&startdate=" + date(20) + "&enddate=" + date(40))));
    CPPUNIT_ASSERT_EQUAL(std::string("2"),
                         ids_of(get("/auditlog?startdate=" + date(20) + "&enddate=" + date(20))));
    CPPUNIT_ASSERT_EQUAL(std::string("2"), ids_of(get("/auditlog?startdate=" + date(20) +
                                                      "T00:00:00&enddate=" + date(39) + "T00:00:00")));
    CPPUNIT_ASSERT_EQUAL(std::string("3 4"), ids_of(get("/auditlog?startdate=" + form(40))));
    CPPUNIT_ASSERT_EQUAL(
        std::string("2 3 4"),
        ids_of(get("/auditlog?startid=2&take=1000&startdate=" + date(0) + "&enddate=" + date(80))));
  }

  void lists_of_computers_and_users_take_names_as_clients_escape_them() {
    post(request_text("PC-0042", "ACME\\ann", "Ann Example"));
    post(request_text("PC-0043", "ACME\\bob", "J\xc3\xb6rg O'Neil"));
    post(request_text("pc-0042", "ANN", "Ann"));
    const std::pair<const char*, const char*> cases[] = {
        {"/computers/PC-0042/auditlog", "1 3"},
        {"/Computers/pc-0042/Auditlog?startid=2", "3"},
        {"/computers/PC-0042/auditlog?last=1", "3"},
        {"/computers/none/auditlog", ""},
        {"/users/ann/auditlog", "1 3"},
        {"/users/acme%5Cann/auditlog", "1"},
        {"/users/ACME\\ann/auditlog", "1"},
        {"/users/Ann%20Example/auditlog", "1"},
        {"/users/j%C3%B6rg%20o'neil/auditlog?status=pending", "2"},
        {"/users/nobody/auditlog", ""},
    };
    for (const auto& [target, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(target, std::string(expected), ids_of(get(target)));
  }

  void calls_that_clients_get_wrong_are_answered() {
    for (const char* target : {"/&days=30", "/", "/?days=30", "/auditlog/0", "/auditlog/x", "/auditlog/7",
                               "/auditlog/1/x", "/computers//auditlog", "/request/1"}) {
      const Reply reply = ask("GET", target);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 404, reply.status);
      CPPUNIT_ASSERT_MESSAGE(target, Json::parse(reply.body).get("Message").is_string());
    }
    CPPUNIT_ASSERT_EQUAL(405, ask("DELETE", "/auditlog/1").status);
    CPPUNIT_ASSERT_EQUAL(405, ask("POST", "/auditlog").status);
    CPPUNIT_ASSERT_EQUAL(404, ask("PUT", "/auditlog/delta", {}, "{}").status);
    // A content type and a body on a GET have no meaning.
    CPPUNIT_ASSERT_EQUAL(200, ask("GET", "/auditlog", {{"Content-Type", "application/csv"}}, "a,b").status);
    const std::string key = key_;
    key_.clear();
    for (const char* target :
         {"/auditlog", "/auditlog/delta", "/computers/a/auditlog", "/requests/1/timeline"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 401, ask("GET", target).status);
    key_ = key;
  }

  void another_queue_sees_nothing() {
    post(request_text("PC-1", "a", "A"));
    ask("PUT", "/requests/1");
    key_ = tests::add_key(*bench_->store, "other");
    for (const char* target :
         {"/auditlog", "/auditlog?last=5", "/computers/PC-1/auditlog", "/users/a/auditlog"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(target, std::string("[]"), ask("GET", target).body);
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"entries":[],"timeNow":621355968000000000})"),
                         ask("GET", "/auditlog/delta?deltaTime=0").body);
    CPPUNIT_ASSERT_EQUAL(404, ask("GET", "/auditlog/1").status);
    CPPUNIT_ASSERT_EQUAL(404, ask("GET", "/requests/1/timeline").status);
    CPPUNIT_ASSERT_EQUAL(404, ask("POST", "/requests/1/withdraw").status);
    CPPUNIT_ASSERT_EQUAL(404, ask("PUT", "/auditlog/1", {}, R"({"status":"Running"})").status);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AuditlogApiTest);
