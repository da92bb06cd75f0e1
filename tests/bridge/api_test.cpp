// Requests over the API: in, listed, shown, decided; and what the API has not.

#include <set>

#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/generated_block.h"
#include "tests/support/given_api.h"
#include "tests/support/key_ring.h"
#include "tests/support/raw_http.h"

using bridge::Incoming;
using bridge::Reply;
using mappings::Json;
using tests::header_of;

namespace {

std::vector<std::int64_t> ids(const Reply& reply) {
  std::vector<std::int64_t> found;
  const Json list = Json::parse(reply.body);
  for (std::size_t i = 0; i < list.size(); ++i)
    found.push_back(list.at(i).get("id").as_integer().value_or(-1));
  return found;
}

}  // namespace

class ApiTest : public tests::GivenApi {
  CPPUNIT_TEST_SUITE(ApiTest);
  CPPUNIT_TEST(takes_a_request_in_and_shows_it);
  CPPUNIT_TEST(a_repeated_intake_answers_with_the_first_object);
  CPPUNIT_TEST(eight_repeats_at_once_make_one_request);
  CPPUNIT_TEST(refuses_a_body_that_is_no_request);
  CPPUNIT_TEST(lists_by_id_with_start_take_and_last);
  CPPUNIT_TEST(filters_by_status_in_any_case);
  CPPUNIT_TEST(a_status_that_nobody_has_is_an_empty_list);
  CPPUNIT_TEST(refuses_numbers_that_are_none);
  CPPUNIT_TEST(scan_details_come_only_when_asked_for);
  CPPUNIT_TEST(approves_and_denies_as_each_client_asks);
  CPPUNIT_TEST(a_put_that_says_denied_does_not_approve);
  CPPUNIT_TEST(a_key_opens_its_own_queue_only);
  CPPUNIT_TEST(unknown_paths_and_methods_say_so);
  CPPUNIT_TEST(its_routes_are_those_of_the_page);
  CPPUNIT_TEST_SUITE_END();

 public:
  void takes_a_request_in_and_shows_it() {
    const Reply made = post(R"({"reason":"J\u00f6rg needs \"7-Zip\""})");
    CPPUNIT_ASSERT_EQUAL(201, made.status);
    const std::string location = header_of(made, "Location");
    CPPUNIT_ASSERT_EQUAL("/requests/" + std::to_string(*Json::parse(made.body).get("id").as_integer()),
                         location);
    CPPUNIT_ASSERT_EQUAL(std::string("application/json; charset=utf-8"), header_of(made, "Content-Type"));
    CPPUNIT_ASSERT_EQUAL(std::string(), header_of(made, "Idempotency-Replayed"));
    CPPUNIT_ASSERT_EQUAL("key cs_live_" + key_id_, queue_->last_actor);
    const Reply shown = ask("GET", location);
    CPPUNIT_ASSERT_EQUAL(200, shown.status);
    CPPUNIT_ASSERT_EQUAL(made.body, shown.body);
    CPPUNIT_ASSERT_EQUAL("[" + made.body + "]", ask("GET", "/requests").body);
    // A path that is joined from a base with a slash at its end, and one in another case.
    CPPUNIT_ASSERT_EQUAL(200, ask("GET", "//requests/").status);
    CPPUNIT_ASSERT_EQUAL(200, ask("GET", "/R" + location.substr(2)).status);
  }

  void a_repeated_intake_answers_with_the_first_object() {
    const Reply first = post(R"({"reason":"a"})", {{"Idempotency-Key", "one two"}});
    const Reply again = post(R"({"reason":"a"})", {{"idempotency-key", "one two"}});
    CPPUNIT_ASSERT_EQUAL(201, again.status);
    CPPUNIT_ASSERT_EQUAL(first.body, again.body);
    CPPUNIT_ASSERT_EQUAL(std::string("true"), header_of(again, "Idempotency-Replayed"));
    CPPUNIT_ASSERT_EQUAL(header_of(first, "Location"), header_of(again, "Location"));
    CPPUNIT_ASSERT_EQUAL(422, post(R"({"reason":"b"})", {{"Idempotency-Key", "one two"}}).status);
    CPPUNIT_ASSERT(first.body != post(R"({"reason":"a"})", {{"Idempotency-Key", "three"}}).body);
    CPPUNIT_ASSERT_EQUAL(201, post("{}", {{"Idempotency-Key", std::string(255, 'k')}}).status);
    for (const std::string& wrong :
         {std::string(256, 'k'), std::string(), std::string("a\tb"), std::string("\xc3\xb6")})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(wrong, 400, post("{}", {{"Idempotency-Key", wrong}}).status);
  }

  void eight_repeats_at_once_make_one_request() {
    bridge::HttpFront front({}, [this](const Incoming& request) { return api_->handle(request); });
    const std::string bytes = "POST /requests HTTP/1.1\r\nHost: a\r\napikey: " + key_ +
                              "\r\nIdempotency-Key: same\r\nContent-Length: 14\r\n\r\n{\"reason\":\"a\"}";
    std::vector<std::unique_ptr<tests::RawHttp>> clients;
    for (int i = 0; i < 8; ++i) clients.push_back(std::make_unique<tests::RawHttp>(front.port()));
    for (auto& client : clients) client->send(bytes);
    std::set<std::string> objects;
    int first = 0;
    for (auto& client : clients) {
      const tests::RawAnswer answer = client->read();
      CPPUNIT_ASSERT_EQUAL(201, answer.status);
      objects.insert(answer.body);
      first += answer.says("Idempotency-Replayed: true\r\n") ? 0 : 1;
    }
    CPPUNIT_ASSERT_EQUAL(std::size_t(1), objects.size());
    CPPUNIT_ASSERT_EQUAL(1, first);
    front.stop();
    CPPUNIT_ASSERT_EQUAL("[" + *objects.begin() + "]", ask("GET", "/requests").body);
  }

  void refuses_a_body_that_is_no_request() {
    for (const char* body : {"", "[]", "5", "{", "{\"a\":1,\"a\":2}", "{\"reason\":5}"}) {
      const Reply refused = post(body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400, refused.status);
      CPPUNIT_ASSERT_MESSAGE(body, Json::parse(refused.body).get("Message").is_string());
    }
    CPPUNIT_ASSERT_EQUAL(std::string("[]"), ask("GET", "/requests").body);
  }

  void lists_by_id_with_start_take_and_last() {
    using Ids = std::vector<std::int64_t>;
    fill(1100);
    const std::int64_t first = first_id;
    CPPUNIT_ASSERT_EQUAL(std::size_t(50), ids(ask("GET", "/requests")).size());
    CPPUNIT_ASSERT_EQUAL(std::size_t(1000), ids(ask("GET", "/requests?take=99999")).size());
    CPPUNIT_ASSERT_EQUAL(std::size_t(1000), ids(ask("GET", "/requests?last=1001")).size());
    CPPUNIT_ASSERT_EQUAL(std::size_t(50), ids(ask("GET", "/requests?take=0&startid=&status=&last=")).size());
    CPPUNIT_ASSERT(Ids({first + 2, first + 3}) == ids(ask("GET", "/requests?startid=615672&take=2")));
    CPPUNIT_ASSERT(Ids({first + 1099, first + 1098}) ==
                   ids(ask("GET", "/requests?last=2&take=1&startid=615672")));
    CPPUNIT_ASSERT_EQUAL(std::string("[]"), ask("GET", "/requests?startid=900000").body);
    // As headers, names in any case; the query wins.
    CPPUNIT_ASSERT(Ids({first}) == ids(ask("GET", "/requests", {{"take", "1"}})));
    CPPUNIT_ASSERT(Ids({first + 5}) == ids(ask("GET", "/requests", {{"Take", "1"}, {"StartID", "615675"}})));
    CPPUNIT_ASSERT(Ids({first + 9}) ==
                   ids(ask("GET", "/requests?STARTID=615679", {{"take", "1"}, {"startid", "1"}})));
    CPPUNIT_ASSERT_EQUAL(std::size_t(50),
                         ids(ask("GET", "/requests?startdate=2026-01-01&wanthardware=1")).size());
  }

  void filters_by_status_in_any_case() {
    fill(7);
    for (int code = 0; code < 7; ++code) set_status(first_id + code, code);
    const struct {
      std::string status;
      std::vector<std::int64_t> codes;
    } cases[] = {
        {"pending", {4}},
        {"Pending", {4}},
        {"Pending%20approval", {4}},
        {"Approved", {0, 1, 2}},
        {"denied", {3}},
        {"QUARANTINED", {5}},
        {"Open", {0}},
        {"running", {1}},
        {"Finished", {2}},
        {"expired", {6}},
        {"", {0, 1, 2, 3, 4, 5, 6}},
    };
    for (const auto& row : cases) {
      auto found = ids(ask("GET", "/requests?status=" + row.status));
      for (auto& id : found) id -= first_id;
      CPPUNIT_ASSERT_MESSAGE(row.status, row.codes == found);
    }
    CPPUNIT_ASSERT_EQUAL(std::size_t(1),
                         ids(ask("GET", "/requests", {{"status", "pending"}, {"take", "5"}})).size());
  }

  void a_status_that_nobody_has_is_an_empty_list() {
    fill(3);
    for (const char* status : {"ABR_Status.pending", "nonsense", "4", "pending,denied"}) {
      const Reply reply = ask("GET", std::string("/requests?status=") + status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(status, 200, reply.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(status, std::string("[]"), reply.body);
    }
  }

  void refuses_numbers_that_are_none() {
    for (const char* query :
         {"take=ten", "take=-1", "take=1.5", "startid=0x10", "startid=99999999999999999999", "last=5%20",
          "take=%2B5", "wantscandetails=2"}) {
      const Reply reply = ask("GET", std::string("/requests?") + query);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(query, 400, reply.status);
      CPPUNIT_ASSERT_MESSAGE(query, Json::parse(reply.body).get("Message").is_string());
    }
    for (const char* id : {"abc", "0", "-1", "99999999999999999999", "615670x", "1"}) {
      const Reply reply = ask("GET", std::string("/requests/") + id);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(id, 404, reply.status);
      CPPUNIT_ASSERT_MESSAGE(id, Json::parse(reply.body).get("Message").is_string());
    }
  }

  void scan_details_come_only_when_asked_for() {
    fill(2);
    const auto scanned = [](const std::string& body) { return body.find("Clean") != std::string::npos; };
    CPPUNIT_ASSERT(!scanned(ask("GET", "/requests").body));
    CPPUNIT_ASSERT(!scanned(ask("GET", "/requests?wantscandetails=0").body));
    CPPUNIT_ASSERT(scanned(ask("GET", "/requests?wantscandetails=1&take=1000").body));
    CPPUNIT_ASSERT(scanned(ask("GET", "/requests/615671", {{"wantscandetails", "1"}}).body));
    CPPUNIT_ASSERT(!scanned(ask("GET", "/requests/615671").body));
  }

  void approves_and_denies_as_each_client_asks() {
    fill(1);
    const struct {
      std::string name, method, target;
      bridge::HeaderList headers;
      bool approve;
      std::string email, reason;
    } cases[] = {
        {"headers", "PUT", "/requests/615670", {{"approvedby", "bob@acme.test"}}, true, "bob@acme.test", ""},
        {"query", "PUT", "/requests/615670?approvedby=bob+x@acme.test", {}, true, "bob+x@acme.test", ""},
        {"nothing", "PUT", "/requests/615670", {}, true, "", ""},
        {"deny by headers",
         "DELETE",
         "/requests/615670",
         {{"deniedby", "b@a.test"}, {"reason", "J\xf6rg says no"}},
         false,
         "b@a.test",
         "J\xc3\xb6rg says no"},
        {"deny by query",
         "DELETE",
         "/requests/615670?reason=not%20now&deniedby=b@a.test",
         {},
         false,
         "b@a.test",
         "not now"},
        {"deny with nothing", "DELETE", "//requests/615670", {}, false, "", ""},
    };
    for (const auto& row : cases) {
      queue_->decided.clear();
      const Reply reply = ask(row.method, row.target, row.headers);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, 204, reply.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, std::string(), reply.body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, std::size_t(1), queue_->decided.size());
      const auto& decided = queue_->decided.front();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, std::string("acme:615670"), decided.key);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, row.approve, decided.approve);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, row.email, decided.email);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, row.reason, decided.reason);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, "key cs_live_" + key_id_, decided.actor);
    }
    CPPUNIT_ASSERT_EQUAL(404, ask("PUT", "/requests/5").status);
    CPPUNIT_ASSERT_EQUAL(404, ask("DELETE", "/requests/5").status);
    // One client's old methods leave out the last letter.
    CPPUNIT_ASSERT_EQUAL(404, ask("PUT", "/request/615670").status);
  }

  void a_put_that_says_denied_does_not_approve() {
    fill(1);
    for (const char* body :
         {R"({"status":"Denied","reason":"no"})", R"({"Status":"DENIED"})", R"( {"status":"deny"})",
          R"({"status":"Denied "})", "{\"status\":\"Denied\",\"reason\":\"caf\xe9\"}",
          "{\"status\":\"Denied\",\"reason\":\"not\nnow\"}", "\xef\xbb\xbf{\"status\":\"Denied\"}",
          "status=Denied&reason=x", R"("Denied")", R"([{"status":"Denied"}])"}) {
      const Reply reply = ask("PUT", "/requests/615670", {}, body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400, reply.status);
    }
    CPPUNIT_ASSERT_EQUAL(400, ask("PUT", "/requests/615670?status=denied").status);
    CPPUNIT_ASSERT(queue_->decided.empty());
    for (const char* body : {R"({"status":"Approved","reason":"was denied last week"})", "{}", "[]",
                             "not json", "status=Approved", "\r\n"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 204, ask("PUT", "/requests/615670", {}, body).status);
  }

  void a_key_opens_its_own_queue_only() {
    fill(2);
    key_ = tests::add_key(*store_, "contoso");
    CPPUNIT_ASSERT_EQUAL(std::string("[]"), ask("GET", "/requests").body);
    for (const char* method : {"GET", "PUT", "DELETE"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method, 404, ask(method, "/requests/615670").status);
    CPPUNIT_ASSERT(queue_->decided.empty());
  }

  void unknown_paths_and_methods_say_so() {
    CPPUNIT_ASSERT_EQUAL(404, ask("GET", "/").status);
    CPPUNIT_ASSERT_EQUAL(404, ask("GET", "/&days=30").status);
    CPPUNIT_ASSERT_EQUAL(404, ask("GET", "/requests/1/2").status);
    const Reply wrong = ask("PATCH", "/requests/615670");
    CPPUNIT_ASSERT_EQUAL(405, wrong.status);
    CPPUNIT_ASSERT_EQUAL(std::string("GET, HEAD, PUT, DELETE"), header_of(wrong, "Allow"));
    CPPUNIT_ASSERT(Json::parse(wrong.body).get("Message").is_string());
    CPPUNIT_ASSERT_EQUAL(200, ask("HEAD", "/requests").status);
  }

  void its_routes_are_those_of_the_page() {
    const std::string table = api_->route_table();
    tests::check_generated_block("docs/adminbyrequest-api.md", "routes", table);
    CPPUNIT_ASSERT(table.find("| PUT | `/requests/{id}` | key with decide |") != std::string::npos);
    CPPUNIT_ASSERT(table.find("| GET | `/healthz` | everyone |") != std::string::npos);
    CPPUNIT_ASSERT(table.find("| POST | `/hooks/{desk}` | signed by the sender |") != std::string::npos);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ApiTest);
