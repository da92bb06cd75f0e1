#include <atomic>
#include <set>
#include <thread>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/practice_calls.h"
#include "tests/support/raw_http.h"

using bridge::Incoming;
using bridge::Reply;
using mappings::Json;
using practice_test::Calls;
using practice_test::header;
using practice_test::Query;
using practice_test::result;

namespace {
const std::string incidents = "/api/now/table/incident";
}

class PracticeDeskTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PracticeDeskTest);
  CPPUNIT_TEST(repeats_its_faults_for_a_seed);
  CPPUNIT_TEST(loses_an_answer_after_it_kept_the_ticket);
  CPPUNIT_TEST(loses_a_request_before_it_keeps_anything);
  CPPUNIT_TEST(limits_the_rate_and_says_for_how_long);
  CPPUNIT_TEST(fails_in_the_ways_of_an_instance);
  CPPUNIT_TEST(refuses_faults_that_make_no_sense);
  CPPUNIT_TEST(shows_tickets_and_who_decided);
  CPPUNIT_TEST(decides_by_any_name_of_a_ticket);
  CPPUNIT_TEST(refuses_decisions_that_cannot_be);
  CPPUNIT_TEST(counts_tickets_that_share_a_correlation_id);
  CPPUNIT_TEST(says_what_it_ignored);
  CPPUNIT_TEST(answers_unchanged_when_nothing_changed);
  CPPUNIT_TEST(starts_over_on_reset);
  CPPUNIT_TEST(refuses_other_hosts_and_other_origins);
  CPPUNIT_TEST(serves_a_page_that_loads_nothing_from_elsewhere);
  CPPUNIT_TEST(leads_a_record_link_to_its_ticket);
  CPPUNIT_TEST(keeps_its_books_with_many_callers_at_once);
  CPPUNIT_TEST(serves_on_a_socket_and_stops);
  CPPUNIT_TEST_SUITE_END();

 public:
  void repeats_its_faults_for_a_seed() {
    const auto run = [](const std::string& seed) {
      Calls calls;
      const Reply set = calls.page(
          "POST", "/practice/faults",
          R"({"lose_answers":0.2,"lose_requests":0.2,"errors_5xx":0.2,"html":0.2,"seed":)" + seed + "}");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(set.body, 200, set.status);
      std::string outcomes;
      for (int i = 0; i < 200; ++i) {
        const Reply reply = calls.api("GET", incidents);
        outcomes += reply.drop            ? 'x'
                    : reply.status == 200 ? (reply.body[0] == '{' ? '.' : 'h')
                                          : static_cast<char>('0' + reply.status % 10);
      }
      return outcomes;
    };
    const std::string first = run("7");
    CPPUNIT_ASSERT_EQUAL(first, run("7"));
    CPPUNIT_ASSERT(first != run("8"));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("each kind comes up", std::string(".0234hx"), [&] {
      const std::set<char> kinds(first.begin(), first.end());
      return std::string(kinds.begin(), kinds.end());
    }());
  }

  void loses_an_answer_after_it_kept_the_ticket() {
    Calls calls;
    calls.page("POST", "/practice/faults", R"({"lose_answers":1})");
    CPPUNIT_ASSERT(calls.api("POST", incidents, {}, R"({"correlation_id":"k"})").drop);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the page is spared", 200, calls.page("DELETE", "/practice/faults").status);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, calls.numbers("correlation_id=k").size());
  }

  void loses_a_request_before_it_keeps_anything() {
    Calls calls;
    calls.page("POST", "/practice/faults", R"({"lose_requests":1})");
    CPPUNIT_ASSERT(calls.api("POST", incidents, {}, "{}").drop);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, calls.desk.tables().size("incident"));
  }

  void limits_the_rate_and_says_for_how_long() {
    Calls calls;
    calls.page("POST", "/practice/faults", R"({"rate_limit":{"every":3,"retry_after":17}})");
    std::string statuses;
    Reply last;
    for (int i = 0; i < 6; ++i) statuses += std::to_string((last = calls.api("GET", incidents)).status) + " ";
    CPPUNIT_ASSERT_EQUAL(std::string("200 200 429 200 200 429 "), statuses);
    CPPUNIT_ASSERT_EQUAL(std::string("17"), header(last, "Retry-After"));
    CPPUNIT_ASSERT_EQUAL(std::string("1769853617"), header(last, "X-RateLimit-Reset"));
    CPPUNIT_ASSERT(last.body.find("Rate limit exceeded") != std::string::npos);
    calls.page("POST", "/practice/faults", R"({"rate_limit":null})");
    for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT_EQUAL(200, calls.api("GET", incidents).status);
  }

  void fails_in_the_ways_of_an_instance() {
    Calls calls;
    calls.page("POST", "/practice/faults", R"({"html":1})");
    const Reply sleeping = calls.api("POST", incidents, {}, "{}");
    CPPUNIT_ASSERT_EQUAL(200, sleeping.status);
    CPPUNIT_ASSERT_EQUAL(std::string("text/html;charset=UTF-8"), header(sleeping, "Content-Type"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, calls.desk.tables().size("incident"));
    calls.page("POST", "/practice/faults", R"({"html":0,"errors_5xx":1})");
    std::size_t kept = 0;
    for (int i = 0; i < 20; ++i) {
      const int status = calls.api("POST", incidents, {}, "{}").status;
      CPPUNIT_ASSERT(status >= 500 && status <= 504);
      kept += status == 504 ? 1 : 0;  // the gateway gave up, the instance did not
      CPPUNIT_ASSERT_EQUAL(kept, calls.desk.tables().size("incident"));
    }
    CPPUNIT_ASSERT(kept > 0);
  }

  void refuses_faults_that_make_no_sense() {
    Calls calls;
    calls.page("POST", "/practice/faults", R"({"slow_ms":0,"seed":5})");
    const std::string before = calls.page("GET", "/practice/faults").body;
    for (const char* body : {R"({"lose_answers":1.5})", R"({"lose_answers":-1})", R"({"lose_answers":"0.1"})",
                             R"({"lose_everything":1})", R"({"slow_ms":1.5})", R"({"rate_limit":5})",
                             R"({"rate_limit":{"each":5}})", R"({"seed":9,"html":2})", "[]", "{", ""}) {
      const Reply reply = calls.page("POST", "/practice/faults", body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400, reply.status);
      CPPUNIT_ASSERT_MESSAGE(body, Json::parse(reply.body).get("error").is_string());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, before, calls.page("GET", "/practice/faults").body);
    }
  }

  void shows_tickets_and_who_decided() {
    Calls calls;
    for (int i = 1; i <= 3; ++i)
      calls.create(
          Json::object({{"correlation_id", "acme:" + std::to_string(i)}, {"caller_id", "ann@acme.test"}})
              .dump());
    calls.page("POST", "/practice/decide",
               R"({"number":"INC0010002","decision":"deny","reason":"<script>alert(1)</script>"})");
    const Json state = Json::parse(calls.page("GET", "/practice/state", {}, {{"limit", "2"}}).body);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, *state.get("total").as_integer());
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, state.get("tickets").size());
    CPPUNIT_ASSERT_EQUAL(std::string("INC0010003"), state.get("tickets").at(0).get("number").string_or("?"));
    const Json denied = state.get("tickets").at(1);
    CPPUNIT_ASSERT_EQUAL(std::string("rejected"), denied.get("approval").string_or("?"));
    CPPUNIT_ASSERT_EQUAL(std::string("approver"), denied.get("decided_by").string_or("?"));
    CPPUNIT_ASSERT_EQUAL(std::string("<script>alert(1)</script>"), denied.get("reason").string_or("?"));
    CPPUNIT_ASSERT_EQUAL(std::string("ann@acme.test"), denied.get("who").string_or("?"));
    CPPUNIT_ASSERT_EQUAL(false, *denied.get("open").as_bool());
    CPPUNIT_ASSERT_EQUAL(std::string(R"([{"kind":"comments","by":"approver","on":"2026-01-31 10:00:00",)"
                                     R"("text":"<script>alert(1)</script>"}])"),
                         denied.get("comments").dump());
    const Json rest =
        Json::parse(calls.page("GET", "/practice/state", {}, {{"limit", "2"}, {"offset", "2"}}).body);
    CPPUNIT_ASSERT_EQUAL(std::string("INC0010001"), rest.get("tickets").at(0).get("number").string_or("?"));
    const Json one =
        Json::parse(calls.page("GET", "/practice/state", {}, {{"correlation_id", "acme:3"}}).body);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, one.get("tickets").size());
    CPPUNIT_ASSERT(one.get("tickets").at(0).get("decided_by").is_null());
  }

  void decides_by_any_name_of_a_ticket() {
    bridge::PracticeDesk::Settings settings;
    settings.approver_rows = true;
    settings.approvers = {"approver", "second"};
    settings.approvals_needed = 2;
    Calls calls(settings);
    const std::string id = calls.create(R"({"correlation_id":"k"})").get("sys_id").string_or("");
    const Reply first =
        calls.page("POST", "/practice/decide", R"({"correlation_id":"k","decision":"approve"})");
    CPPUNIT_ASSERT_EQUAL_MESSAGE(first.body, 200, first.status);
    CPPUNIT_ASSERT_EQUAL(std::string("requested"), Json::parse(first.body).get("approval").string_or("?"));
    CPPUNIT_ASSERT_EQUAL_MESSAGE(
        "his row is decided", 403,
        calls.page("POST", "/practice/decide", R"({"correlation_id":"k","decision":"deny"})").status);
    const Reply second = calls.page("POST", "/practice/decide",
                                    R"({"sys_id":")" + id + R"(","decision":"approve","by":"second"})");
    CPPUNIT_ASSERT_EQUAL(std::string("approved"), Json::parse(second.body).get("approval").string_or("?"));
    CPPUNIT_ASSERT_EQUAL(std::string("second"), Json::parse(second.body).get("decided_by").string_or("?"));
  }

  void refuses_decisions_that_cannot_be() {
    Calls calls;
    const std::string id = calls.create(R"({"correlation_id":"k"})").get("sys_id").string_or("");
    calls.create(R"({"correlation_id":"twice"})");
    calls.create(R"({"correlation_id":"twice"})");
    calls.create(R"({"state":"8"})");
    calls.page("POST", "/practice/decide", R"({"number":"INC0010001","decision":"approve"})");
    const std::pair<const char*, int> cases[] = {
        {R"({"number":"INC0010001","decision":"deny"})", 409},
        {R"({"number":"INC0010004","decision":"deny"})", 409},
        {R"({"correlation_id":"twice","decision":"deny"})", 409},
        {R"({"number":"INC9","decision":"deny"})", 404},
        {R"({"number":"INC0010002","decision":"maybe"})", 400},
        {R"({"decision":"deny"})", 400},
        {R"({"number":"INC0010002","decision":"deny","by":"nobody"})", 400},
        {"no json", 400},
    };
    for (const auto& [body, status] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, status, calls.page("POST", "/practice/decide", body).status);
    CPPUNIT_ASSERT_EQUAL(
        std::string("not requested"),
        std::string(calls.desk.tables().equal("incident", "number", "INC0010002").front()->get("approval")));
  }

  void counts_tickets_that_share_a_correlation_id() {
    Calls calls;
    for (const char* key : {"a", "b", "a", "", "", "a", "b", "c"})
      calls.create(Json::object({{"correlation_id", key}}).dump());
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"surplus_tickets":3,"correlation_ids":["a","b"]})"),
                         Json::parse(calls.page("GET", "/practice/state").body).get("duplicates").dump());
  }

  void says_what_it_ignored() {
    Calls calls;
    calls.create(R"({"shortdescription":"typo"})");
    for (int i = 0; i < 3; ++i) calls.numbers("correlation=acme:1");
    CPPUNIT_ASSERT_EQUAL(std::string(R"(["the field shortdescription of a write to incident",)"
                                     R"("the term \"correlation=acme:1\" of a query on incident"])"),
                         Json::parse(calls.page("GET", "/practice/state").body).get("ignored").dump());
    for (int i = 0; i < 50; ++i) calls.numbers("wrong" + std::to_string(i) + "=\xff");
    CPPUNIT_ASSERT(Json::parse(calls.page("GET", "/practice/state").body).get("ignored").size() <= 20);
  }

  void answers_unchanged_when_nothing_changed() {
    Calls calls;
    calls.create("{}");
    const auto ask = [&](const std::string& tag) {
      Incoming request = Calls::incoming("GET", "/practice/state");
      request.headers.emplace_back("If-None-Match", tag);
      return calls.desk.handle(request);
    };
    const std::string tag = header(ask(""), "ETag");
    calls.numbers("number=INC0010001");
    CPPUNIT_ASSERT_EQUAL(304, ask(tag).status);
    calls.create("{}");
    CPPUNIT_ASSERT_EQUAL(200, ask(tag).status);
  }

  void starts_over_on_reset() {
    Calls calls;
    calls.create(R"({"correlation_id":"k","bogus":"1"})");
    calls.page("POST", "/practice/faults", R"({"html":1})");
    CPPUNIT_ASSERT_EQUAL(200, calls.page("POST", "/practice/reset").status);
    CPPUNIT_ASSERT(calls.numbers("correlation_id=k").empty());
    CPPUNIT_ASSERT_EQUAL(std::string("INC0010001"), calls.create("{}").get("number").string_or("?"));
    const Reply users = calls.api("GET", "/api/now/table/sys_user",
                                  {{"sysparm_fields", "user_name"}, {"sysparm_query", "ORDERBYuser_name"}});
    CPPUNIT_ASSERT_EQUAL(std::string(R"([{"user_name":"approver"},{"user_name":"bridge"}])"),
                         result(users).dump());
  }

  void refuses_other_hosts_and_other_origins() {
    bridge::PracticeDesk::Settings settings;
    settings.hosts = {"Desk.example.test"};
    Calls calls(settings);
    calls.create("{}");
    const std::pair<const char*, int> hosts[] = {
        {"localhost", 200},           {"LOCALHOST:8081", 200},           {"127.0.0.1:8081", 200},
        {"[::1]:8081", 200},          {"desk.example.test:8081", 200},   {"evil.test", 403},
        {"localhost.evil.test", 403}, {"127.0.0.1.evil.test:8081", 403}, {"", 403},
    };
    for (const auto& [host, status] : hosts)
      for (const char* path : {"/", "/practice/state"}) {
        Incoming request = Calls::incoming("GET", path);
        request.headers = {{"Host", host}};
        CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(host) + path, status, calls.desk.handle(request).status);
      }
    Incoming forged = Calls::incoming("POST", "/practice/decide");
    forged.body = R"({"number":"INC0010001","decision":"approve"})";
    CPPUNIT_ASSERT_EQUAL_MESSAGE("a form of another site cannot set the header", 403,
                                 calls.desk.handle(forged).status);
    forged.headers.emplace_back("X-Practice", "1");
    CPPUNIT_ASSERT_EQUAL(200, calls.desk.handle(forged).status);
    CPPUNIT_ASSERT_EQUAL(405, calls.page("POST", "/practice/state").status);
    CPPUNIT_ASSERT_EQUAL(405, calls.page("GET", "/practice/decide").status);
    CPPUNIT_ASSERT_EQUAL(404, calls.page("GET", "/practice/other").status);
  }

  void serves_a_page_that_loads_nothing_from_elsewhere() {
    Calls calls;
    const Reply page = calls.page("GET", "/");
    CPPUNIT_ASSERT_EQUAL(200, page.status);
    CPPUNIT_ASSERT(header(page, "Content-Security-Policy").find("default-src 'none'") == 0);
    CPPUNIT_ASSERT(page.body.find("This is a practice desk, not ServiceNow.") != std::string::npos);
    const Reply script = calls.page("GET", "/practice/page.js"),
                style = calls.page("GET", "/practice/page.css");
    CPPUNIT_ASSERT_EQUAL(200, script.status);
    CPPUNIT_ASSERT_EQUAL(200, style.status);
    CPPUNIT_ASSERT(page.body.find("src=\"http") == std::string::npos);
    CPPUNIT_ASSERT(page.body.find("href=\"http") == std::string::npos);
    for (const char* way : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("})
      CPPUNIT_ASSERT_MESSAGE(way, script.body.find(way) == std::string::npos);
  }

  void leads_a_record_link_to_its_ticket() {
    Calls calls;
    const std::string id(32, 'a');
    const Reply reply =
        calls.page("GET", "/nav_to.do", {}, {{"uri", "incident.do?sys_id=" + id + "&x=\r\ny"}});
    CPPUNIT_ASSERT_EQUAL(302, reply.status);
    CPPUNIT_ASSERT_EQUAL("/#" + id, header(reply, "Location"));
    CPPUNIT_ASSERT_EQUAL(std::string("/#"), header(calls.page("GET", "/nav_to.do"), "Location"));
  }

  void keeps_its_books_with_many_callers_at_once() {
    bridge::PracticeDesk::Settings settings;
    settings.approver_rows = true;
    Calls calls(settings);
    constexpr int callers = 6, tickets = 40;
    std::atomic<int> decided{0}, failed{0};
    std::vector<std::thread> threads;
    for (int caller = 0; caller < callers; ++caller)
      threads.emplace_back([&, caller] {
        for (int i = 0; i < tickets; ++i) {
          const std::string key = "acme:" + std::to_string(i);
          const std::string mine = key + "/" + std::to_string(caller);
          const auto made =
              calls.api("POST", incidents, {}, R"({"correlation_id":")" + mine + R"(","u_key":"x"})");
          const auto found = calls.api("GET", incidents, {{"sysparm_query", "correlation_id=" + mine}});
          if (made.status != 201 || header(found, "X-Total-Count") != "1") ++failed;
          // Everybody decides the first caller's ticket, if it is there yet.
          const auto reply =
              calls.page("POST", "/practice/decide",
                         R"({"correlation_id":")" + key + R"(/0","decision":"approve","reason":"r"})");
          if (reply.status == 200) ++decided;
          calls.api(
              "GET", "/api/now/table/sysapproval_approver",
              {{"sysparm_query", "sysapproval.correlation_id=" + key + "/0^ORDERBYDESCsys_updated_on"}});
          if (i % 10 == 0) calls.page("GET", "/practice/state");
        }
      });
    for (auto& thread : threads) thread.join();
    CPPUNIT_ASSERT_EQUAL(0, failed.load());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("each once", tickets, decided.load());
    CPPUNIT_ASSERT_EQUAL(std::size_t{callers} * tickets, calls.desk.tables().size("incident"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{tickets}, calls.numbers("approval=approved").size());
    const std::string state = Json::parse(calls.page("GET", "/practice/state").body).get("duplicates").dump();
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"surplus_tickets":0,"correlation_ids":[]})"), state);
  }

  void serves_on_a_socket_and_stops() {
    Calls calls;
    calls.create("{}");
    CPPUNIT_ASSERT_EQUAL(std::uint16_t{0}, calls.desk.port());
    calls.desk.start();
    const std::string login = "Host: localhost\r\nAccept: application/json\r\nAuthorization: " +
                              Calls::basic("bridge", "bridge-pass") + "\r\n";
    const auto found = tests::ask(
        calls.desk.port(),
        "GET /api/now/table/incident?sysparm_query=number%3DINC0010001&sysparm_fields=number HTTP/1.1\r\n" +
            login + "Connection: close\r\n\r\n");
    CPPUNIT_ASSERT_EQUAL(200, found.status);
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"result":[{"number":"INC0010001"}]})"), found.body);
    tests::RawHttp connection(calls.desk.port());
    connection.send("HEAD /api/now/table/incident HTTP/1.1\r\n" + login + "\r\n");
    const auto head = connection.read(true);
    CPPUNIT_ASSERT_EQUAL(200, head.status);
    CPPUNIT_ASSERT(head.says("X-Total-Count: 1"));
    calls.page("POST", "/practice/faults", R"({"lose_answers":1})");
    connection.send("GET /api/now/table/incident HTTP/1.1\r\n" + login + "\r\n");
    CPPUNIT_ASSERT(connection.ended());
    calls.page("POST", "/practice/faults", R"({"lose_answers":0,"slow_ms":60000})");
    tests::RawHttp waiting(calls.desk.port());
    waiting.send("GET /api/now/table/incident HTTP/1.1\r\n" + login + "\r\n");
    waiting.end_sending();
    const auto calls_so_far = [&] {
      return Json::parse(calls.desk.faults().json()).get("calls").as_integer();
    };
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (calls_so_far() != 1 && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the call is waiting", std::int64_t{1}, *calls_so_far());
    calls.desk.stop();  // does not sit out the slow answer
    CPPUNIT_ASSERT_EQUAL(std::uint16_t{0}, calls.desk.port());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PracticeDeskTest);
