// What clients do to a request after it was taken in: decide, withdraw, report its use, read its timeline.

#include <cmath>

#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/hosted_api.h"

using bridge::Reply;
using mappings::Json;
using tests::ids_of;

namespace {

constexpr std::chrono::hours day{24};

}  // namespace

class RequestLifeTest : public tests::HostedApi {
  CPPUNIT_TEST_SUITE(RequestLifeTest);
  CPPUNIT_TEST(use_is_reported_step_by_step_and_repeatably);
  CPPUNIT_TEST(use_is_refused_where_nothing_was_approved);
  CPPUNIT_TEST(a_report_of_use_that_is_none_names_every_problem);
  CPPUNIT_TEST(a_withdrawn_request_shows_as_expired);
  CPPUNIT_TEST(a_decided_request_cannot_be_withdrawn);
  CPPUNIT_TEST(the_timeline_tells_who_did_what);
  CPPUNIT_TEST(known_approvers_are_recorded_and_others_left_out);
  CPPUNIT_TEST(a_decision_is_final);
  CPPUNIT_TEST_SUITE_END();

 public:
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
    CPPUNIT_ASSERT_EQUAL(std::string("1"), ids_of(get("/requests?status=expired")));
    CPPUNIT_ASSERT_EQUAL(std::string("2"), ids_of(get("/requests?status=pending")));
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

 private:
  // As a client has it that holds numbers in doubles: up to 64 ticks off.
  static std::string time_of(const Json& delta) {
    return std::to_string(std::llround(delta.get("timeNow").as_number().value()));
  }
  // The ids that changed since `last`.
  std::string delta(const Json& last) {
    return ids_of(get("/auditlog/delta?deltaTime=" + time_of(last)).get("entries"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RequestLifeTest);
