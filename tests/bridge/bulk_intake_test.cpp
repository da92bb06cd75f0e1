// Many requests in one body.

#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/hosted_api.h"

using bridge::Reply;
using mappings::Json;
using tests::header_of;
using tests::ids_of;
using tests::request_text;

namespace {

std::vector<Json> lines(const std::string& text) {
  std::vector<Json> all;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    all.push_back(Json::parse(text.substr(at, text.find('\n', at) - at)));
  return all;
}

}  // namespace

class BulkIntakeTest : public tests::HostedApi {
  CPPUNIT_TEST_SUITE(BulkIntakeTest);
  CPPUNIT_TEST(a_bulk_intake_answers_line_by_line);
  CPPUNIT_TEST(a_bulk_intake_shares_commits);
  CPPUNIT_TEST(a_bulk_intake_is_repeatable_line_by_line);
  CPPUNIT_TEST(a_bulk_intake_over_its_limit_is_refused_whole);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_bulk_intake_answers_line_by_line() {
    const std::string body = request_text("PC-1", "a", "A") + "\r\n" + "not json\n\n[]\n" +
                             R"({"reason":5,"user":{"isAdmin":"x"}})" + "\n   \n" +
                             request_text("PC-2", "b", "B");
    const Reply reply = bulk(body);
    CPPUNIT_ASSERT_EQUAL(200, reply.status);
    CPPUNIT_ASSERT_EQUAL(std::string("application/x-ndjson; charset=utf-8"),
                         header_of(reply, "Content-Type"));
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
    CPPUNIT_ASSERT_EQUAL(std::string("1 2 3"), ids_of(get("/requests")));
    // The key of a single request is another one.
    CPPUNIT_ASSERT_EQUAL(201, ask("POST", "/requests", {{"Idempotency-Key", "monday"}}, "{}").status);
    CPPUNIT_ASSERT_EQUAL(400, bulk("{}", {{"Idempotency-Key", ""}}).status);
    // Without a key each one is new.
    bulk("{}\n{}\n");
    bulk("{}\n{}\n");
    CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 4 5 6 7 8"), ids_of(get("/requests")));
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

 private:
  Reply bulk(const std::string& body, bridge::HeaderList headers = {}) {
    headers.emplace_back("Content-Type", "Application/X-NDJSON; charset=utf-8");
    return ask("POST", "/requests", headers, body);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BulkIntakeTest);
