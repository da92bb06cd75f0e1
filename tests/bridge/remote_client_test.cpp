#include "bridge/queue/remote_client.h"

#include <mutex>

#include <cppunit/extensions/HelperMacros.h>

#include "bridge/queue/remote_answer.h"
#include "mappings/engine/json.h"
#include "tests/support/scripted_server.h"

using bridge::RemoteRequest;
using bridge::Secret;
using connectors::HttpClient;
using connectors::Outcome;
using connectors::Verdict;
using mappings::Json;
using tests::Peer;
using tests::ScriptedServer;

namespace {

const char* const key = "11111111-2222-3333-4444-555555555555";

// As the service answers: scanResults first.
const char* const captured = R"({"scanResults":[{"scanResult":"Clean"}],"id":615670,"traceNo":"34376580",
 "settingsName":"Global","type":"Admin Session","typeCode":1,"status":"Pending approval","statusCode":4,
 "application":{"file":null,"name":null,"vendor":null,"version":null,"sha256":null,"scanResult":null,
 "scanResultCode":0,"threat":null,"virustotalLink":null},
 "user":{"account":"ACME\\ann","fullName":"Ann Example","email":"ann@acme.test","phone":"555 0100","isAdmin":false},
 "computer":{"name":"PC-0042","platform":"Windows","platformCode":0,"make":"Dell Inc.","model":"XPS 15 9550"},
 "reason":"Printer driver","approvedBy":null,"approvedByEmail":null,"deniedReason":null,"deniedBy":null,
 "deniedByEmail":null,"requestTime":"2025-04-08T09:11:57","auditlogLink":"https://portal.example.test/34376580"})";

// As the documentation shows it: id first, the link spelled otherwise, fewer keys.
const char* const documented =
    R"({"id":615671,"traceNo":"34376581","settingsName":"Global","type":"Run As Admin",
 "status":"Pending approval","user":{"fullName":"Bob Example"},"computer":{"name":"PC-0043"},"reason":"x",
 "auditLogLink":"https://portal.example.test/34376581","scanResults":[]})";

// Answers each request with the next of `answers` (the last one again and again); keeps what it saw.
class Service {
 public:
  struct Answer {
    int status = 0;
    std::string body;
    std::string headers;
  };
  explicit Service(std::vector<Answer> answers)
      : answers_(std::move(answers)), server_([this](Peer& peer) {
          while (auto request = peer.read_request()) {
            Answer answer;
            {
              const std::lock_guard lock(mutex_);
              answer = answers_[std::min(seen_.size(), answers_.size() - 1)];
              seen_.push_back(*request);
            }
            peer.answer(answer.status, answer.body, answer.headers);
          }
        }) {}
  std::string url() const { return server_.url(""); }
  std::vector<tests::SeenRequest> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  std::mutex mutex_;
  std::vector<Answer> answers_;
  std::vector<tests::SeenRequest> seen_;
  ScriptedServer server_;
};

std::string text(Verdict verdict) {
  return std::string(connectors::to_string(verdict));
}

void check(const std::string& name, const Outcome& outcome, Verdict verdict, const std::string& reason,
           bool whole) {
  CPPUNIT_ASSERT_EQUAL_MESSAGE(name + ": " + outcome.detail, text(verdict), text(outcome.verdict));
  CPPUNIT_ASSERT_EQUAL_MESSAGE(name, reason, outcome.reason);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(name, whole, outcome.whole_desk);
  CPPUNIT_ASSERT_MESSAGE(name, outcome.detail.find(key) == std::string::npos);
}

}  // namespace

class RemoteClientTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RemoteClientTest);
  CPPUNIT_TEST(asks_for_pending_requests_by_page_with_the_key);
  CPPUNIT_TEST(reads_both_shapes_into_the_whole_object);
  CPPUNIT_TEST(keeps_an_odd_request_as_it_came);
  CPPUNIT_TEST(reads_who_decided);
  CPPUNIT_TEST(sends_decisions_percent_encoded_and_takes_any_2xx);
  CPPUNIT_TEST(a_wrong_key_is_the_whole_queues_fault_in_both_spellings);
  CPPUNIT_TEST(every_answer_has_its_verdict);
  CPPUNIT_TEST(a_list_that_is_no_list_is_not_an_answer);
  CPPUNIT_TEST(a_lost_answer_leaves_a_write_in_doubt_but_not_a_read);
  CPPUNIT_TEST(reads_changes_and_their_mark);
  CPPUNIT_TEST(reads_changes_behind_a_name_with_an_escape);
  CPPUNIT_TEST(a_list_of_changes_that_is_none_is_not_an_answer);
  CPPUNIT_TEST(a_mark_survives_being_a_double);
  CPPUNIT_TEST(asks_whose_key_it_is);
  CPPUNIT_TEST(hears_what_the_tenant_says_of_its_count);
  CPPUNIT_TEST_SUITE_END();

 public:
  void asks_for_pending_requests_by_page_with_the_key() {
    for (const char* end : {"", "/", "//"}) {
      Service service({{200, "[]", ""}});
      HttpClient http;
      const auto api = bridge::make_remote_queue_api(service.url() + end, Secret(key), http);
      const auto page = api->pending(615671, 500);
      check("list", page.outcome, Verdict::done, "ok", false);
      CPPUNIT_ASSERT(page.value && page.value->empty());
      const auto seen = service.seen();
      CPPUNIT_ASSERT_EQUAL(std::size_t{1}, seen.size());
      CPPUNIT_ASSERT_EQUAL(std::string("GET"), seen[0].method);
      CPPUNIT_ASSERT_EQUAL(std::string("/requests?status=pending&wantscandetails=1&startid=615671&take=500"),
                           seen[0].target);
      CPPUNIT_ASSERT_EQUAL(std::string(key), seen[0].header("apikey"));
      CPPUNIT_ASSERT_EQUAL(std::string("/requests"), page.outcome.calls.at(0).path);
      CPPUNIT_ASSERT_EQUAL(200, page.outcome.calls.at(0).status);
    }
  }

  void reads_both_shapes_into_the_whole_object() {
    Service service({{200, '[' + std::string(captured) + ',' + documented + ']', ""}});
    HttpClient http;
    const auto page = bridge::make_remote_queue_api(service.url(), Secret(key), http)->pending(0, 500);
    CPPUNIT_ASSERT(page.value.has_value());
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, page.value->size());
    const RemoteRequest& first = page.value->at(0);
    const RemoteRequest& second = page.value->at(1);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{615670}, first.id);
    CPPUNIT_ASSERT_EQUAL(4, first.status_code);
    CPPUNIT_ASSERT_EQUAL(std::string("Clean"),
                         Json::parse(first.scan_results).at(0).get("scanResult").string_or("none"));
    CPPUNIT_ASSERT_EQUAL(std::string("[]"), Json::parse(first.body).get("scanResults").dump());
    CPPUNIT_ASSERT_EQUAL(4, second.status_code);
    const Json one = Json::parse(first.body);
    const Json two = Json::parse(second.body);
    CPPUNIT_ASSERT(one.keys() == two.keys());
    CPPUNIT_ASSERT(one.get("user").keys() == two.get("user").keys());
    CPPUNIT_ASSERT_EQUAL(std::string("https://portal.example.test/34376581"),
                         two.get("auditlogLink").string_or("none"));
  }

  void keeps_an_odd_request_as_it_came() {
    Service service(
        {{200, R"([{"id":7,"type":"Support Session","typeCode":9,"status":"Pending approval","more":1},
                               {"id":8,"status":"Thinking","reason":"y"}])",
          ""}});
    HttpClient http;
    const auto page = bridge::make_remote_queue_api(service.url(), Secret(key), http)->pending(0, 500);
    CPPUNIT_ASSERT(page.value.has_value());
    CPPUNIT_ASSERT_EQUAL(4, page.value->at(0).status_code);
    CPPUNIT_ASSERT_EQUAL(std::string("Support Session"),
                         Json::parse(page.value->at(0).body).get("type").string_or("none"));
    CPPUNIT_ASSERT_EQUAL(-1, page.value->at(1).status_code);
  }

  void reads_who_decided() {
    Service service(
        {{200, R"({"id":5,"status":"Denied","statusCode":3,"deniedBy":"Bob","deniedByEmail":"b@x.test",
                               "deniedReason":"no"})",
          ""},
         {200, R"({"id":5,"statusCode":2,"approvedBy":"Eve"})", ""}});
    HttpClient http;
    const auto api = bridge::make_remote_queue_api(service.url(), Secret(key), http);
    const auto denied = api->read(5).value;
    CPPUNIT_ASSERT(denied.has_value());
    CPPUNIT_ASSERT_EQUAL(3, denied->status_code);
    CPPUNIT_ASSERT_EQUAL(std::string("Bob"), denied->denied_by);
    CPPUNIT_ASSERT_EQUAL(std::string("b@x.test"), denied->denied_by_email);
    CPPUNIT_ASSERT_EQUAL(std::string("no"), denied->denied_reason);
    const auto approved = api->read(5).value;
    CPPUNIT_ASSERT(approved.has_value());
    CPPUNIT_ASSERT_EQUAL(std::string("Eve"), approved->approved_by);
    CPPUNIT_ASSERT_EQUAL(std::string("/requests/5?wantscandetails=1"), service.seen().at(0).target);
  }

  void sends_decisions_percent_encoded_and_takes_any_2xx() {
    Service service({{204, "", ""}, {200, "{}", ""}, {202, "thanks", ""}, {204, "", ""}});
    HttpClient http;
    const auto api = bridge::make_remote_queue_api(service.url() + '/', Secret(key), http);
    check("approve", api->approve(9, "j+x@acme.test"), Verdict::done, "ok", false);
    const Outcome denied = api->deny(9, "j+x@acme.test", "not now & not #later, \xc3\xa9");
    check("deny", denied, Verdict::done, "ok", false);
    CPPUNIT_ASSERT_EQUAL(std::string("/requests/9"), denied.calls.at(0).path);
    check("deny without a mail", api->deny(9, "", "no"), Verdict::done, "ok", false);
    check("approve without a mail", api->approve(9, ""), Verdict::done, "ok", false);
    const auto seen = service.seen();
    CPPUNIT_ASSERT_EQUAL(std::string("PUT"), seen.at(0).method);
    CPPUNIT_ASSERT_EQUAL(std::string("/requests/9?approvedby=j%2Bx%40acme.test"), seen.at(0).target);
    CPPUNIT_ASSERT_EQUAL(std::string("0"), seen.at(0).header("Content-Length"));
    CPPUNIT_ASSERT_EQUAL(std::string("DELETE"), seen.at(1).method);
    CPPUNIT_ASSERT_EQUAL(
        std::string("/requests/9?deniedby=j%2Bx%40acme.test&reason=not%20now%20%26%20not%20%23later%2C"
                    "%20%C3%A9"),
        seen.at(1).target);
    CPPUNIT_ASSERT_EQUAL(std::string("/requests/9?reason=no"), seen.at(2).target);
    CPPUNIT_ASSERT_EQUAL(std::string("/requests/9"), seen.at(3).target);
  }

  void a_wrong_key_is_the_whole_queues_fault_in_both_spellings() {
    const std::string message = R"({"Message":"Invalid API key"})";
    for (const int status : {500, 401, 200}) {
      Service service({{status, message, ""}});
      HttpClient http;
      const auto api = bridge::make_remote_queue_api(service.url(), Secret(key), http);
      const Outcome listed = api->pending(0, 500).outcome;
      check("list " + std::to_string(status), listed, Verdict::retry, "auth", true);
      CPPUNIT_ASSERT(listed.detail.find("wrong key") != std::string::npos);
      CPPUNIT_ASSERT(listed.detail.find("data centre") != std::string::npos);
      CPPUNIT_ASSERT_MESSAGE("the host that was asked", listed.detail.find("127.0.0.1") != std::string::npos);
      if (status != 200) check("write", api->approve(1, ""), Verdict::retry, "auth", true);
    }
  }

  void every_answer_has_its_verdict() {
    struct Case {
      const char* name;
      Service::Answer answer;
      Verdict read;
      Verdict write;
      const char* reason;
      bool whole;
    };
    const std::vector<Case> cases = {
        {"no such request", {404, "<html>", ""}, Verdict::rejected, Verdict::rejected, "not_found", false},
        {"no right", {403, "{}", ""}, Verdict::retry, Verdict::retry, "forbidden", true},
        {"too fast", {429, "{}", "Retry-After: 7\r\n"}, Verdict::retry, Verdict::retry, "rate_limited", true},
        {"overloaded", {503, "", "Retry-After: 7\r\n"}, Verdict::retry, Verdict::retry, "rate_limited", true},
        {"fault",
         {500, R"({"Message":"General error"})", ""},
         Verdict::retry,
         Verdict::unknown,
         "server",
         false},
        {"refused", {400, R"({"Message":"No"})", ""}, Verdict::rejected, Verdict::rejected, "invalid", false},
        {"login page",
         {302, "", "Location: /login\r\n"},
         Verdict::retry,
         Verdict::unknown,
         "not_an_answer",
         true},
    };
    for (const Case& one : cases) {
      Service service({one.answer});
      HttpClient http;
      const auto api = bridge::make_remote_queue_api(service.url(), Secret(key), http);
      const Outcome read = api->read(1).outcome;
      const Outcome write = api->deny(1, "", "no");
      check(one.name + std::string(" read"), read, one.read, one.reason, one.whole);
      check(one.name + std::string(" write"), write, one.write, one.reason, one.whole);
      const bool waits = one.answer.headers.rfind("Retry-After", 0) == 0;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, waits, read.after == std::chrono::seconds(7));
    }
  }

  void a_list_that_is_no_list_is_not_an_answer() {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"object", R"({"requests":[]})"},
        {"page of HTML", "<html>Welcome</html>"},
        {"nothing", ""},
        {"other message", R"({"Message":"Out of order"})"},
        {"row without an id", R"([{"id":1},{"traceNo":"2"}])"},
        {"id as text", R"([{"id":"1"}])"},
        {"row that is no object", "[1]"},
        {"wrong order", R"([{"id":12},{"id":11}])"},
        {"startid ignored", R"([{"id":1}])"},
    };
    for (const auto& [name, body] : cases) {
      Service service({{200, body, ""}});
      HttpClient http;
      const auto page = bridge::make_remote_queue_api(service.url(), Secret(key), http)->pending(10, 500);
      check(name, page.outcome, Verdict::retry, "not_an_answer", true);
      CPPUNIT_ASSERT_MESSAGE(name, !page.value);
    }
    Service wrong_path({{404, "", ""}});
    HttpClient http;
    const auto page = bridge::make_remote_queue_api(wrong_path.url(), Secret(key), http)->pending(0, 500);
    check("wrong path", page.outcome, Verdict::retry, "not_an_answer", true);
    Service other({{200, R"({"id":2,"statusCode":4})", ""}});
    check("other request", bridge::make_remote_queue_api(other.url(), Secret(key), http)->read(1).outcome,
          Verdict::retry, "not_an_answer", true);
  }

  void a_lost_answer_leaves_a_write_in_doubt_but_not_a_read() {
    ScriptedServer server([](Peer& peer) {
      if (peer.read_request()) peer.reset();
    });
    HttpClient http;
    const auto api = bridge::make_remote_queue_api(server.url(""), Secret(key), http);
    check("read", api->read(1).outcome, Verdict::retry, "connection_lost", false);
    check("write", api->approve(1, ""), Verdict::unknown, "connection_lost", false);
    const auto nobody = bridge::make_remote_queue_api(
        "http://127.0.0.1:" + std::to_string(tests::closed_port()), Secret(key), http);
    check("refused", nobody->approve(1, ""), Verdict::retry, "refused_connection", true);
  }

  void reads_changes_and_their_mark() {
    Service service(
        {{200, R"({"entries":[],"timeNow":637795099840708375})", ""},
         {200, R"({"entries":[{"installs":[],"id":7,"status":"Denied","statusCode":3,"deniedBy":"Eve",
                       "responseTime":"00:02:41.8130000"},{"id":8,"status":"Expired","statusCode":6}, 3],
                       "timeNow":638736819351921000})",
          ""},
         {404, R"({"Message":"There is nothing at this path"})", ""}});
    HttpClient http;
    const auto api = bridge::make_remote_queue_api(service.url(), Secret(key), http);
    const auto first = api->changes(std::nullopt);
    CPPUNIT_ASSERT(first.value && first.value->entries.empty());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{637795099840708000}, first.value->as_of);
    const auto next = api->changes(first.value->as_of);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("what has no id is no entry", std::size_t{2}, next.value->entries.size());
    CPPUNIT_ASSERT_EQUAL(std::string("Eve"), next.value->entries[0].denied_by);
    CPPUNIT_ASSERT_EQUAL(6, next.value->entries[1].status_code);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{638736819351921000}, next.value->as_of);
    check("no such list", api->changes(1).outcome, Verdict::rejected, "not_found", false);
    CPPUNIT_ASSERT_EQUAL(std::string("/auditlog/delta"), service.seen().at(0).target);
    CPPUNIT_ASSERT_EQUAL(std::string("/auditlog/delta?deltaTime=637795099840708000"),
                         service.seen().at(1).target);
  }

  void reads_changes_behind_a_name_with_an_escape() {
    Service service(
        {{200, R"({"mor\u0065":1,"entries":[{"id":7,"statusCode":3}],"timeNow":637795099840708000})", ""}});
    HttpClient http;
    const auto changes = bridge::make_remote_queue_api(service.url(), Secret(key), http)->changes(5);
    CPPUNIT_ASSERT(changes.value && changes.value->entries.size() == 1);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{637795099840708000}, changes.value->as_of);
  }

  void a_list_of_changes_that_is_none_is_not_an_answer() {
    for (const char* body : {"[]", R"({"entries":[]})", R"({"timeNow":5})", R"({"entries":[],"timeNow":"5"})",
                             R"({"entries":[],"timeNow":1e300})", R"({"entries":[],"timeNow":-1})"}) {
      Service service({{200, body, ""}});
      HttpClient http;
      const auto changes = bridge::make_remote_queue_api(service.url(), Secret(key), http)->changes(5);
      check(body, changes.outcome, Verdict::retry, "not_an_answer", true);
    }
  }

  void a_mark_survives_being_a_double() {
    const std::pair<std::int64_t, std::int64_t> cases[] = {
        {0, 0},
        {999, 1000},
        {500, 0},
        {637795099840708000, 637795099840708000},
        {638736819351921000, 638736819351921000},
        {638736819351999000, 638736819351999000},
        {637795099840708375, 637795099840708000},  // of a server that does not round
    };
    for (const auto& [sent, mark] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(sent), mark,
                                   bridge::mark_from(static_cast<double>(sent)).value());
  }

  void asks_whose_key_it_is() {
    Service service({{200, R"({"tenantName":"Acme","apiUrl":"https://dc1api.example.test"})", ""},
                     {200, "{}", ""},
                     {404, "<html>", ""}});
    HttpClient http;
    const auto api = bridge::make_remote_queue_api(service.url(), Secret(key), http);
    CPPUNIT_ASSERT_EQUAL(std::string("Acme"), api->tenant_name().value.value_or("none"));
    CPPUNIT_ASSERT_EQUAL(std::string(), api->tenant_name().value.value_or("none"));
    check("no whoami", api->tenant_name().outcome, Verdict::rejected, "not_found", false);
    CPPUNIT_ASSERT_EQUAL(std::string("/whoami"), service.seen().at(0).target);
  }

  void hears_what_the_tenant_says_of_its_count() {
    Service service(
        {{200, "[]", "X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 4321\r\nX-RateLimit-Reset: 3601\r\n"},
         {429, "{}", "X-RateLimit-Limit: many\r\nX-RateLimit-Remaining: -1\r\n"}});
    HttpClient http;
    std::vector<bridge::RateSaid> said;
    const auto api = bridge::make_remote_queue_api(service.url(), Secret(key), http,
                                                   [&](const bridge::RateSaid& one) { said.push_back(one); });
    api->pending(0, 500);
    api->pending(0, 500);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, said.size());
    CPPUNIT_ASSERT(said[0].limit == 5000 && said[0].remaining == 4321 &&
                   said[0].reset == std::chrono::seconds(3601));
    CPPUNIT_ASSERT(!said[1].limit && !said[1].remaining && !said[1].reset);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RemoteClientTest);
