// The auditlog and the extensions of requests, over HTTP parameters down to the store.

#include <cmath>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/api/api.h"
#include "bridge/api/http_parser.h"
#include "bridge/ops/log.h"
#include "tests/support/drain_bench.h"
#include "tests/support/key_ring.h"

using bridge::Reply;
using mappings::Json;

namespace {
std::string header(const Reply& reply, const std::string& name) {
  for (const auto& [key, value] : reply.headers)
    if (key == name) return value;
  return {};
}

std::string ids(const Json& list) {
  std::string text;
  for (std::size_t i = 0; i < list.size(); ++i)
    text += (i > 0 ? " " : "") + std::to_string(list.at(i).get("id").as_integer().value_or(-1));
  return text;
}

std::vector<Json> lines(const std::string& text) {
  std::vector<Json> all;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    all.push_back(Json::parse(text.substr(at, text.find('\n', at) - at)));
  return all;
}

std::string request_text(const std::string& computer, const std::string& account, const std::string& name,
                         int type_code = 0) {
  return Json::object({{"typeCode", type_code},
                       {"computer", Json::object({{"name", computer}})},
                       {"user", Json::object({{"account", account}, {"fullName", name}})},
                       {"scanResults", Json::array({Json::object({{"scanResult", "Clean"}})})}})
      .dump();
}
constexpr std::chrono::hours day{24};
}  // namespace

class AuditlogApiTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AuditlogApiTest);
  CPPUNIT_TEST(an_entry_tells_the_whole_life_of_its_request);
  CPPUNIT_TEST(lists_are_bare_arrays_by_id_with_start_take_and_last);
  CPPUNIT_TEST(a_take_above_the_largest_is_cut);
  CPPUNIT_TEST(filters_by_status_and_type_in_any_case);
  CPPUNIT_TEST(shows_thirty_days_when_no_period_is_given);
  CPPUNIT_TEST(lists_of_computers_and_users_take_names_as_clients_escape_them);
  CPPUNIT_TEST(the_first_delta_is_a_time_and_nothing_else);
  CPPUNIT_TEST(the_delta_tells_each_change_once_by_id_and_uncut);
  CPPUNIT_TEST(the_time_of_the_delta_may_come_back_rounded);
  CPPUNIT_TEST(the_delta_without_a_time_pages_the_history);
  CPPUNIT_TEST(parameters_of_the_delta_come_by_header_too);
  CPPUNIT_TEST(calls_that_clients_get_wrong_are_answered);
  CPPUNIT_TEST(use_is_reported_step_by_step_and_repeatably);
  CPPUNIT_TEST(use_is_refused_where_nothing_was_approved);
  CPPUNIT_TEST(a_report_of_use_that_is_none_names_every_problem);
  CPPUNIT_TEST(a_withdrawn_request_shows_as_expired);
  CPPUNIT_TEST(a_decided_request_cannot_be_withdrawn);
  CPPUNIT_TEST(the_timeline_tells_who_did_what);
  CPPUNIT_TEST(a_bulk_intake_answers_line_by_line);
  CPPUNIT_TEST(a_bulk_intake_shares_commits);
  CPPUNIT_TEST(a_bulk_intake_is_repeatable_line_by_line);
  CPPUNIT_TEST(a_bulk_intake_over_its_limit_is_refused_whole);
  CPPUNIT_TEST(known_approvers_are_recorded_and_others_left_out);
  CPPUNIT_TEST(a_decision_is_final);
  CPPUNIT_TEST(another_queue_sees_nothing);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    bridge::set_log_sink([](const std::string&) {});
    bench_ = std::make_unique<tests::DrainBench>();
    bench_->config.queues.front().approvers = {"Bob.Admin@acme.test", "j+x@acme.test"};
    key_ = tests::add_key(*bench_->store, "acme");
    access_ = tests::make_access(*bench_->store);
    bridge::ApiParts parts;
    parts.clock = &bench_->clock;
    parts.bulk_body = 100'000;
    api_ = std::make_unique<bridge::Api>(*bench_->store, *bench_->queue, *access_, std::move(parts));
  }
  void tearDown() override { bridge::set_log_sink(nullptr); }

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
    CPPUNIT_ASSERT_EQUAL(std::string("1"), ids(get("/requests?status=finished")));
  }

  void lists_are_bare_arrays_by_id_with_start_take_and_last() {
    CPPUNIT_ASSERT_EQUAL(std::string("[]"), ask("GET", "/auditlog").body);
    for (int i = 0; i < 60; ++i) post("{}");
    CPPUNIT_ASSERT_EQUAL(std::size_t(50), get("/auditlog").size());
    CPPUNIT_ASSERT_EQUAL(std::string("58 59 60"), ids(get("/auditlog?startid=58")));
    CPPUNIT_ASSERT_EQUAL(std::string("3 4"), ids(get("/auditlog/?STARTID=3&Take=2")));
    CPPUNIT_ASSERT_EQUAL(std::string("60 59"), ids(get("/auditlog?last=2&startid=7")));
    CPPUNIT_ASSERT_EQUAL(std::string("[]"), ask("GET", "/auditlog?startid=61").body);
    // Every filter may be a header; the query wins.
    CPPUNIT_ASSERT_EQUAL(std::string("5 6"), ids(get("/auditlog", {{"StartId", "5"}, {"take", "2"}})));
    CPPUNIT_ASSERT_EQUAL(std::string("9"),
                         ids(get("/auditlog?startid=9", {{"startid", "5"}, {"take", "1"}})));
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
    CPPUNIT_ASSERT_EQUAL(std::string("10001"), ids(get("/auditlog?take=10000&startid=10001")));
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
      CPPUNIT_ASSERT_EQUAL_MESSAGE(query, std::string(expected), ids(get(std::string("/auditlog?") + query)));
  }

  void shows_thirty_days_when_no_period_is_given() {
    bench_->clock.advance(12 * std::chrono::hours(1));
    const auto first = bench_->clock.now();
    for (int i = 0; i < 4; ++i) {
      post("{}");
      bench_->clock.advance(20 * day);
    }
    // Now: 80, 60, 40 and 20 days ago.
    CPPUNIT_ASSERT_EQUAL(std::string("4"), ids(get("/auditlog")));
    CPPUNIT_ASSERT_EQUAL(std::string("3 4"), ids(get("/auditlog?days=40")));
    CPPUNIT_ASSERT_EQUAL(std::string("4 3 2 1"), ids(get("/auditlog?last=10")));
    CPPUNIT_ASSERT_EQUAL(std::string("4"), ids(get("/auditlog?last=10&days=30")));
    const auto form = [&](int days_on) { return bridge::to_api_time(first + days_on * day); };
    const auto date = [&](int days_on) { return form(days_on).substr(0, 10); };
    CPPUNIT_ASSERT_EQUAL(std::string("2 3"),
                         ids(get("/auditlog?days=1&startdate=" + date(20) + "&enddate=" + date(40))));
    CPPUNIT_ASSERT_EQUAL(std::string("2"),
                         ids(get("/auditlog?startdate=" + date(20) + "&enddate=" + date(20))));
    CPPUNIT_ASSERT_EQUAL(std::string("2"), ids(get("/auditlog?startdate=" + date(20) +
                                                   "T00:00:00&enddate=" + date(39) + "T00:00:00")));
    CPPUNIT_ASSERT_EQUAL(std::string("3 4"), ids(get("/auditlog?startdate=" + form(40))));
    CPPUNIT_ASSERT_EQUAL(std::string("2 3 4"), ids(get("/auditlog?startid=2&take=1000&startdate=" + date(0) +
                                                       "&enddate=" + date(80))));
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
      CPPUNIT_ASSERT_EQUAL_MESSAGE(target, std::string(expected), ids(get(target)));
  }

  void the_first_delta_is_a_time_and_nothing_else() {
    const Json empty = get("/auditlog/delta");
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"entries":[],"timeNow":621355968000000000})"), empty.dump());
    post("{}");
    const std::string first = ask("GET", "/auditlog/delta").body;
    CPPUNIT_ASSERT_EQUAL(std::size_t(0), first.find(R"({"entries":[],"timeNow":6)"));
    CPPUNIT_ASSERT(first.ends_with("000}"));
    bench_->clock.advance(std::chrono::hours(5));
    CPPUNIT_ASSERT_EQUAL(first, ask("GET", "/auditlog/delta").body);
    CPPUNIT_ASSERT_EQUAL(first, ask("GET", "/auditlog/delta?wantscandetails=1").body);
    // What is there before the first change is told after it.
    CPPUNIT_ASSERT_EQUAL(std::string("1"), delta(empty));
  }

  void the_delta_tells_each_change_once_by_id_and_uncut() {
    for (int i = 0; i < 70; ++i) post("{}");
    Json last = get("/auditlog/delta");
    CPPUNIT_ASSERT_EQUAL(std::string(), delta(last));
    ask("PUT", "/requests/60");
    ask("DELETE", "/requests/5");
    const Json next = get("/auditlog/delta?deltaTime=" + time_of(last));
    CPPUNIT_ASSERT_EQUAL(std::string("5 60"), ids(next.get("entries")));
    CPPUNIT_ASSERT_EQUAL(std::string(), delta(next));
    CPPUNIT_ASSERT_EQUAL(std::string("5 60"), delta(last));
    // A step of the ticket is no change of the entry.
    bench_->work();
    CPPUNIT_ASSERT_EQUAL(time_of(next), time_of(get("/auditlog/delta")));
    // Approved, used, used up: each counts.
    last = next;
    for (const char* status : {"Running", "Finished"}) {
      ask("PUT", "/auditlog/60", {}, std::string(R"({"status":")") + status + "\"}");
      CPPUNIT_ASSERT_EQUAL(std::string("60"), delta(last));
      last = get("/auditlog/delta");
    }
    // Nothing is cut, whatever take says.
    CPPUNIT_ASSERT_EQUAL(std::size_t(70),
                         get("/auditlog/delta?take=5&deltaTime=621355968000000000").get("entries").size());
    // No-ops are no changes.
    ask("PUT", "/requests/60");
    ask("DELETE", "/requests/60");
    ask("PUT", "/auditlog/60", {}, R"({"status":"Finished"})");
    CPPUNIT_ASSERT_EQUAL(time_of(last), time_of(get("/auditlog/delta")));
  }

  void the_time_of_the_delta_may_come_back_rounded() {
    bench_->clock.advance(std::chrono::microseconds(123'457));
    post("{}");
    const std::string answer = ask("GET", "/auditlog/delta").body;
    const std::string time = answer.substr(answer.find("Now\":") + 5, 18);
    post("{}");
    const std::int64_t exact = std::stoll(time);
    char as_double[40];
    std::snprintf(as_double, sizeof as_double, "%.17e", static_cast<double>(exact));
    for (const std::string& sent :
         {time, std::to_string(exact + 64), std::to_string(exact - 64), std::string(as_double)})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(sent, std::string("2"),
                                   ids(get("/auditlog/delta?deltaTime=" + sent).get("entries")));
    CPPUNIT_ASSERT_EQUAL(std::string("1 2"), ids(get("/auditlog/delta?deltaTime=0").get("entries")));
    for (const char* wrong : {"x", "12x", "nan", "1e300"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(wrong, 400,
                                   ask("GET", std::string("/auditlog/delta?deltaTime=") + wrong).status);
  }

  void the_delta_without_a_time_pages_the_history() {
    post("{}");
    bench_->clock.advance(50 * day);
    for (int i = 0; i < 60; ++i) post("{}");
    // As one client does it: by pages until one is empty, then by the time.
    std::size_t count = 0;
    std::int64_t start = 0;
    Json page;
    do {
      page = get("/auditlog/delta?days=60&take=25&wantscandetails=1&startid=" + std::to_string(start));
      const std::size_t size = page.get("entries").size();
      count += size;
      if (size > 0) start = page.get("entries").at(size - 1).get("id").as_integer().value() + 1;
    } while (page.get("entries").size() > 0);
    CPPUNIT_ASSERT_EQUAL(std::size_t(61), count);
    CPPUNIT_ASSERT_EQUAL(std::string(), delta(page));
    CPPUNIT_ASSERT_EQUAL(std::size_t(50), get("/auditlog/delta?days=30").get("entries").size());
    CPPUNIT_ASSERT_EQUAL(std::string("2"), ids(get("/auditlog/delta?take=1").get("entries")));
  }

  void parameters_of_the_delta_come_by_header_too() {
    post("{}");
    const std::string time = time_of(get("/auditlog/delta"));
    post("{}");
    CPPUNIT_ASSERT_EQUAL(std::string("2"), ids(get("/auditlog/delta", {{"deltaTime", time}}).get("entries")));
    CPPUNIT_ASSERT_EQUAL(std::string("1 2"),
                         ids(get("/auditlog/delta?deltatime=1", {{"DELTATIME", time}}).get("entries")));
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

  void use_is_reported_step_by_step_and_repeatably() {
    post("{}");
    ask("PUT", "/requests/1");
    const std::string whole = R"({"status":"finished","startTime":"2026-03-01T04:03:00",
      "startTimeUTC":"2026-03-01T10:03:00Z","endTime":"2026-03-01T04:08:25","endTimeUTC":"2026-03-01T10:08:25",
      "ssoValidated":true,"uninstalls":[{"application":"Old","version":"1","vendor":"V","more":1}],
      "elevatedApplications":[{"name":"x","file":"x.exe","scanResultCode":1}],"unknown":5})";
    CPPUNIT_ASSERT_EQUAL(204, ask("PUT", "/auditlog/1", {}, whole).status);
    const std::string entry = ask("GET", "/auditlog/1").body;
    const Json read = Json::parse(entry);
    CPPUNIT_ASSERT_EQUAL(std::string("2026-03-01T10:03:00"), read.get("startTimeUTC").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string(R"([{"application":"Old","version":"1","vendor":"V"}])"),
                         read.get("uninstalls").dump());
    CPPUNIT_ASSERT_EQUAL(
        std::string(R"([{"name":"x","path":null,"file":"x.exe","version":null,"vendor":null,"sha256":null,)"
                    R"("scanResult":null,"scanResultCode":1,"threat":null,"virustotalLink":null}])"),
        read.get("elevatedApplications").dump());
    bench_->clock.advance(day);
    const std::string time = time_of(get("/auditlog/delta"));
    CPPUNIT_ASSERT_EQUAL(204, ask("PUT", "/auditlog/1", {}, whole).status);
    CPPUNIT_ASSERT_EQUAL(204, ask("PUT", "/auditlog/1", {}, "{}").status);
    CPPUNIT_ASSERT_EQUAL(204, ask("PUT", "/auditlog/1", {}, R"({"status":"Running"})").status);
    CPPUNIT_ASSERT_EQUAL(entry, ask("GET", "/auditlog/1").body);
    CPPUNIT_ASSERT_EQUAL(time, time_of(get("/auditlog/delta")));
  }

  void use_is_refused_where_nothing_was_approved() {
    CPPUNIT_ASSERT_EQUAL(404, ask("PUT", "/auditlog/1", {}, R"({"status":"Running"})").status);
    for (int i = 0; i < 3; ++i) post("{}");
    ask("DELETE", "/requests/2");
    ask("POST", "/requests/3/withdraw");
    for (const char* target : {"/auditlog/1", "/auditlog/2", "/auditlog/3"}) {
      const Reply refused = ask("PUT", target, {}, R"({"status":"Running"})");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 409, refused.status);
      CPPUNIT_ASSERT_MESSAGE(target, Json::parse(refused.body).get("Message").is_string());
    }
  }

  void a_report_of_use_that_is_none_names_every_problem() {
    post("{}");
    ask("PUT", "/requests/1");
    for (const char* body : {"", "[]", "{", R"({"status":"Denied"})", R"({"status":"Open"})",
                             R"({"status":"Running","statusCode":2})", R"({"statusCode":7})",
                             R"({"installs":{}})", R"({"installs":["x"]})", R"({"startTime":5})"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400, ask("PUT", "/auditlog/1", {}, body).status);
    const Reply refused =
        ask("PUT", "/auditlog/1", {}, R"({"endTime":"soon","ssoValidated":1,"uninstalls":[{"version":5}]})");
    CPPUNIT_ASSERT_EQUAL(
        std::string("endTime must be a time without a zone, as 2026-01-31T10:00:00; "
                    "ssoValidated must be true or false; uninstalls[0].version must be text"),
        Json::parse(refused.body).get("Message").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("Open"), get("/auditlog/1").get("status").string_or(""));
  }

  void a_withdrawn_request_shows_as_expired() {
    post("{}");
    post("{}");
    bench_->work();
    const Json before = get("/auditlog/delta");
    bench_->clock.advance(std::chrono::minutes(1));
    const Reply done = ask("POST", "/requests/1/withdraw");
    CPPUNIT_ASSERT_EQUAL(204, done.status);
    CPPUNIT_ASSERT_EQUAL(std::string(), done.body);
    const Json entry = get("/auditlog/1");
    CPPUNIT_ASSERT_EQUAL(std::string("Expired"), entry.get("status").string_or(""));
    CPPUNIT_ASSERT(entry.get("statusCode") == Json(6));
    CPPUNIT_ASSERT(entry.get("responseTime").is_null());
    CPPUNIT_ASSERT_EQUAL(std::string("1"), ids(get("/requests?status=expired")));
    CPPUNIT_ASSERT_EQUAL(std::string("2"), ids(get("/requests?status=pending")));
    CPPUNIT_ASSERT_EQUAL(std::string("1"), delta(before));
    const std::string after = time_of(get("/auditlog/delta"));
    // Again, and a decision that comes too late: nothing.
    CPPUNIT_ASSERT_EQUAL(204, ask("POST", "/requests/1/withdraw").status);
    CPPUNIT_ASSERT_EQUAL(204, ask("PUT", "/requests/1").status);
    CPPUNIT_ASSERT_EQUAL(std::string("Expired"), get("/requests/1").get("status").string_or(""));
    CPPUNIT_ASSERT_EQUAL(after, time_of(get("/auditlog/delta")));
    // Its ticket is told.
    bench_->work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench_->state(1));
    CPPUNIT_ASSERT_EQUAL(404, ask("POST", "/requests/9/withdraw").status);
    CPPUNIT_ASSERT_EQUAL(405, ask("GET", "/requests/1/withdraw").status);
  }

  void a_decided_request_cannot_be_withdrawn() {
    post("{}");
    post("{}");
    ask("PUT", "/requests/1");
    ask("DELETE", "/requests/2?reason=no");
    for (const char* target : {"/requests/1/withdraw", "/requests/2/withdraw"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 204, ask("POST", target).status);
    CPPUNIT_ASSERT_EQUAL(std::string("Open"), get("/requests/1").get("status").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("Denied"), get("/requests/2").get("status").string_or(""));
  }

  void the_timeline_tells_who_did_what() {
    CPPUNIT_ASSERT_EQUAL(404, ask("GET", "/requests/1/timeline").status);
    post("{}");
    ask("DELETE", "/requests/1?deniedby=j+x@acme.test&reason=not%20%22now%22");
    const Reply reply = ask("GET", "/requests/1/timeline");
    const Json rows = Json::parse(reply.body);
    CPPUNIT_ASSERT_EQUAL(std::size_t(2), std::min<std::size_t>(rows.size(), 2));
    std::string keys;
    for (const std::string& key : rows.at(0).keys()) keys += key + ' ';
    CPPUNIT_ASSERT_EQUAL(std::string("at what text actor data "), keys);
    CPPUNIT_ASSERT_EQUAL(std::string("received"), rows.at(0).get("what").string_or(""));
    CPPUNIT_ASSERT_EQUAL(bridge::to_iso(bench_->clock.now()), rows.at(0).get("at").string_or(""));
    CPPUNIT_ASSERT(rows.at(0).get("data").is_null());
    CPPUNIT_ASSERT_EQUAL(std::string("queue_decided"), rows.at(1).get("what").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("denied by j+x@acme.test: not \"now\""),
                         rows.at(1).get("text").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("denied"), rows.at(1).get("data").get("verdict").string_or(""));
    // The key that did it is named by its public part.
    CPPUNIT_ASSERT_EQUAL(std::size_t(0), rows.at(0).get("actor").string_or("").find("key cs_live_"));
    CPPUNIT_ASSERT_EQUAL(std::string::npos, reply.body.find(key_.substr(17)));
  }

  void a_bulk_intake_answers_line_by_line() {
    const std::string body = request_text("PC-1", "a", "A") + "\r\n" + "not json\n\n[]\n" +
                             R"({"reason":5,"user":{"isAdmin":"x"}})" + "\n   \n" +
                             request_text("PC-2", "b", "B");
    const Reply reply = bulk(body);
    CPPUNIT_ASSERT_EQUAL(200, reply.status);
    CPPUNIT_ASSERT_EQUAL(std::string("application/x-ndjson; charset=utf-8"), header(reply, "Content-Type"));
    const auto answers = lines(reply.body);
    CPPUNIT_ASSERT_EQUAL(std::size_t(5), answers.size());
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"line":1,"status":201,"id":1})"), answers[0].dump());
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"line":7,"status":201,"id":2})"), answers[4].dump());
    for (const auto& [place, number] : {std::pair(1, 2), std::pair(2, 4), std::pair(3, 5)}) {
      const Json& answer = answers[static_cast<std::size_t>(place)];
      CPPUNIT_ASSERT(answer.get("line") == Json(number));
      CPPUNIT_ASSERT(answer.get("status") == Json(400));
      CPPUNIT_ASSERT(!answer.get("Message").string_or("").empty());
      CPPUNIT_ASSERT(!answer.has("id"));
    }
    for (const char* problem : {"reason must be text", "user.isAdmin must be true or false"})
      CPPUNIT_ASSERT_MESSAGE(problem,
                             answers[3].get("Message").string_or("").find(problem) != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::string("PC-1"), get("/requests/1").get("computer").get("name").string_or(""));
    // Their tickets are opened like any other's.
    bench_->work();
    CPPUNIT_ASSERT_EQUAL(std::string("waiting"), bench_->state(2));
    CPPUNIT_ASSERT_EQUAL(std::string(), bulk("").body);
    CPPUNIT_ASSERT_EQUAL(200, bulk("\n\n").status);
    // Any other content type is one object, as ever.
    CPPUNIT_ASSERT_EQUAL(400, ask("POST", "/requests", {{"Content-Type", "text/plain"}}, "{}\n{}").status);
  }

  void a_bulk_intake_shares_commits() {
    std::string body;
    for (int i = 0; i < 450; ++i) body += "{\"reason\":\"" + std::to_string(i) + "\"}\n";
    const auto before = bench_->store->writes().commits;
    const auto answers = lines(bulk(body).body);
    CPPUNIT_ASSERT_EQUAL(std::size_t(450), answers.size());
    for (int i = 0; i < 450; ++i) {
      CPPUNIT_ASSERT(answers[static_cast<std::size_t>(i)].get("line") == Json(i + 1));
      CPPUNIT_ASSERT(answers[static_cast<std::size_t>(i)].get("id") == Json(i + 1));
    }
    CPPUNIT_ASSERT_EQUAL(std::int64_t(3), bench_->store->writes().commits - before);
    CPPUNIT_ASSERT_EQUAL(std::string("449"), get("/requests/450").get("reason").string_or(""));
  }

  void a_bulk_intake_is_repeatable_line_by_line() {
    const bridge::HeaderList key = {{"Idempotency-Key", "monday"}};
    bulk("{\"reason\":\"a\"}\nbad\n{\"reason\":\"b\"}\n", key);
    // The line that was bad is mended, one is another, the rest as it was.
    const auto again = lines(bulk("{\"reason\":\"a\"}\n{\"reason\":\"m\"}\n{\"reason\":\"c\"}\n", key).body);
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"line":1,"status":201,"id":1,"replayed":true})"), again[0].dump());
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"line":2,"status":201,"id":3})"), again[1].dump());
    CPPUNIT_ASSERT(again[2].get("status") == Json(422));
    CPPUNIT_ASSERT_EQUAL(std::string("1 2 3"), ids(get("/requests")));
    // The key of a single request is another one.
    CPPUNIT_ASSERT_EQUAL(201, ask("POST", "/requests", {{"Idempotency-Key", "monday"}}, "{}").status);
    CPPUNIT_ASSERT_EQUAL(400, bulk("{}", {{"Idempotency-Key", ""}}).status);
    // Without a key each one is new.
    bulk("{}\n{}\n");
    bulk("{}\n{}\n");
    CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 4 5 6 7 8"), ids(get("/requests")));
  }

  void a_bulk_intake_over_its_limit_is_refused_whole() {
    std::string body;
    while (body.size() <= 100'000) body += "{\"reason\":\"some text\"}\n";
    const Reply refused = bulk(body);
    CPPUNIT_ASSERT_EQUAL(413, refused.status);
    CPPUNIT_ASSERT(Json::parse(refused.body).get("Message").string_or("").find("100000") !=
                   std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::string("[]"), ask("GET", "/requests").body);
    const std::string large = R"({"reason":")" + std::string(1'100'000, 'x') + "\"}";
    for (const char* method : {"POST", "PUT"}) {
      bridge::Incoming request;
      request.method = method;
      request.path = method == std::string("POST") ? "/requests" : "/requests/1";
      request.headers = {{"apikey", key_}};
      request.body = large;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method, 413, api_->handle(request).status);
    }
  }

  void known_approvers_are_recorded_and_others_left_out() {
    struct Case {
      const char* query;
      bridge::HeaderList headers;
      const char* recorded;
    };
    const Case cases[] = {
        {"?approvedby=bob.admin@acme.test", {}, R"("Bob.Admin@acme.test")"},
        {"", {{"ApprovedBy", "bob.admin@acme.test"}}, R"("Bob.Admin@acme.test")"},
        {"?approvedby=j+x@acme.test", {}, R"("j+x@acme.test")"},
        {"?approvedby=j%2Bx@acme.test", {}, R"("j+x@acme.test")"},
        {"?approvedby=j%20x@acme.test", {}, R"("j+x@acme.test")"},
        {"", {{"approvedby", "j+x@acme.test"}}, R"("j+x@acme.test")"},
        {"", {{"approvedby", "j x@acme.test"}}, R"("j+x@acme.test")"},
        {"?approvedby=stranger@acme.test", {}, "null"},
        {"?approvedby=stranger@acme.test", {{"approvedby", "bob.admin@acme.test"}}, "null"},
        {"", {}, "null"},
    };
    int id = 0;
    for (const Case& one : cases) {
      post("{}");
      const std::string at = "/requests/" + std::to_string(++id);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(at, 204, ask("PUT", at + one.query, one.headers).status);
      const Json entry = get("/auditlog/" + std::to_string(id));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(at, std::string("Open"), entry.get("status").string_or(""));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(at, std::string(one.recorded), entry.get("approvedByEmail").dump());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(at, std::string(one.recorded), entry.get("approvedBy").dump());
    }
    post("{}");
    const std::string at = "/requests/" + std::to_string(++id);
    ask("DELETE", at, {{"deniedby", "J+X@acme.test"}, {"reason", "nicht n\xf6tig"}});
    CPPUNIT_ASSERT_EQUAL(std::string(R"("j+x@acme.test")"), get(at).get("deniedByEmail").dump());
    CPPUNIT_ASSERT_EQUAL(std::string("nicht n\xc3\xb6tig"), get(at).get("deniedReason").string_or(""));
  }

  void a_decision_is_final() {
    post("{}");
    post("{}");
    CPPUNIT_ASSERT_EQUAL(400, ask("PUT", "/requests/1", {}, R"({"status":"Denied"})").status);
    CPPUNIT_ASSERT_EQUAL(std::string("Pending approval"), get("/requests/1").get("status").string_or(""));
    ask("PUT", "/requests/1?approvedby=bob.admin@acme.test");
    ask("DELETE", "/requests/2?deniedby=bob.admin@acme.test&reason=no");
    const std::string approved = ask("GET", "/auditlog/1").body, denied = ask("GET", "/auditlog/2").body;
    bench_->clock.advance(std::chrono::minutes(5));
    for (const char* target : {"/requests/1", "/requests/2"})
      for (const char* method : {"PUT", "DELETE", "PUT"}) {
        const Reply again =
            ask(method, std::string(target) + "?approvedby=j+x@acme.test&deniedby=j+x@acme.test");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 204, again.status);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(target, std::string(), again.body);
      }
    CPPUNIT_ASSERT_EQUAL(approved, ask("GET", "/auditlog/1").body);
    CPPUNIT_ASSERT_EQUAL(denied, ask("GET", "/auditlog/2").body);
    CPPUNIT_ASSERT_EQUAL(404, ask("PUT", "/requests/3").status);
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

 private:
  // Through the parser, so that the target and the headers are what a client's bytes would be.
  Reply ask(const std::string& method, const std::string& target, const bridge::HeaderList& headers = {},
            const std::string& body = {}) {
    std::string bytes = method + ' ' + target + " HTTP/1.1\r\nHost: a\r\n";
    if (!key_.empty()) bytes += "apiKey: " + key_ + "\r\n";
    for (const auto& [name, value] : headers) bytes += name + ": " + value + "\r\n";
    bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    bridge::HttpParser parser;
    parser.feed(bytes);
    CPPUNIT_ASSERT_MESSAGE(bytes, parser.stage() == bridge::HttpParser::Stage::complete);
    return api_->handle(parser.take());
  }
  Json get(const std::string& target, const bridge::HeaderList& headers = {}) {
    const Reply reply = ask("GET", target, headers);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(target + ' ' + reply.body, 200, reply.status);
    return Json::parse(reply.body);
  }
  void post(const std::string& body) { CPPUNIT_ASSERT_EQUAL(201, ask("POST", "/requests", {}, body).status); }
  Reply bulk(const std::string& body, bridge::HeaderList headers = {}) {
    headers.emplace_back("Content-Type", "Application/X-NDJSON; charset=utf-8");
    return ask("POST", "/requests", headers, body);
  }
  // As a client has it that holds numbers in doubles: up to 64 ticks off.
  static std::string time_of(const Json& delta) {
    return std::to_string(std::llround(delta.get("timeNow").as_number().value()));
  }
  // The ids that changed since `last`.
  std::string delta(const Json& last) {
    return ids(get("/auditlog/delta?deltaTime=" + time_of(last)).get("entries"));
  }

  std::unique_ptr<tests::DrainBench> bench_;
  std::unique_ptr<bridge::Access> access_;
  std::unique_ptr<bridge::Api> api_;
  std::string key_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(AuditlogApiTest);
