#include "bridge/api/http_parser.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using bridge::HttpParser;
using bridge::Incoming;

namespace {
using Stage = HttpParser::Stage;

// Status of the refusal, 0 when complete, -1 when more is wanted. Fed at once and byte by byte: both agree.
int judge(const std::string& bytes, bool end = false) {
  const auto outcome = [end](HttpParser& parser) {
    if (end) parser.end_of_input();
    if (parser.stage() == Stage::failed) return parser.fault().status;
    return parser.stage() == Stage::complete ? 0 : -1;
  };
  HttpParser whole;
  const std::size_t used = whole.feed(bytes);
  HttpParser drop_by_drop;
  std::size_t drops = 0;
  for (const char c : bytes) drops += drop_by_drop.feed(std::string_view(&c, 1));
  const int result = outcome(whole);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(bytes, result, outcome(drop_by_drop));
  if (result == 0) CPPUNIT_ASSERT_EQUAL_MESSAGE(bytes, used, drops);
  return result;
}

Incoming parsed(const std::string& bytes) {
  HttpParser parser;
  parser.feed(bytes);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(bytes, static_cast<int>(Stage::complete), static_cast<int>(parser.stage()));
  return parser.take();
}

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

std::string post(const std::string& fields, const std::string& body = {}) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}
}  // namespace

class HttpParserTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HttpParserTest);
  CPPUNIT_TEST(refuses_what_is_malformed_or_doubtful);
  CPPUNIT_TEST(accepts_what_real_clients_send);
  CPPUNIT_TEST(refuses_what_is_too_large);
  CPPUNIT_TEST(a_request_that_ends_early_is_never_complete);
  CPPUNIT_TEST(reads_a_body_by_length_and_by_chunks);
  CPPUNIT_TEST(decodes_path_and_query_once);
  CPPUNIT_TEST(leaves_the_next_request_untouched);
  CPPUNIT_TEST(knows_whether_the_connection_goes_on);
  CPPUNIT_TEST(header_bytes_stay_raw_and_parameters_become_utf8);
  CPPUNIT_TEST(an_encoded_word_stays_what_it_is);
  CPPUNIT_TEST_SUITE_END();

 public:
  void refuses_what_is_malformed_or_doubtful() {
    const std::string nul(1, '\0');
    const struct {
      std::string bytes;
      int status;
    } cases[] = {
        // framing
        {post("Content-Length: 2\r\nContent-Length: 5\r\n", "hello"), 400},
        {post("Content-Length: 2\r\nContent-Length: 2\r\n", "hi"), 400},
        {post("Content-Length: 2, 2\r\n", "hi"), 400},
        {post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400},
        {post("Content-Length : 5\r\n", "hello"), 400},
        {post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), 400},
        {post("Transfer-Encoding: gzip, chunked\r\n"), 501},
        {post("Transfer-Encoding: chunked, chunked\r\n"), 501},
        {post("Transfer-Encoding: identity\r\n"), 501},
        {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 501},
        {post("Transfer-Encoding:\x0b"
              "chunked\r\n"),
         400},
        {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {post("Content-Length: -5\r\n"), 400},
        {post("Content-Length: +2\r\n", "hi"), 400},
        {post("Content-Length: abc\r\n"), 400},
        {post("Content-Length: 0x10\r\n"), 400},
        {post("Content-Length: 1 1\r\n"), 400},
        {post("Content-Length:\r\n"), 400},
        {post(""), 411},
        {"PATCH / HTTP/1.1\r\nHost: a\r\n\r\n", 411},
        {post("Content-Length: 2\r\nExpect: tea\r\n"), 417},
        // chunks
        {post("Transfer-Encoding: chunked\r\n", " 5\r\nhello\r\n0\r\n\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\n", "5 \r\nhello\r\n0\r\n\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\n", "5 5\r\nhello\r\n0\r\n\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n0\r\n\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\n", "+5\r\nhello\r\n0\r\n\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\n", "5;name=value\r\nhello\r\n0\r\n\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\n", "\r\nhello\r\n0\r\n\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\n", "5\r\nhelloX0\r\n\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\n", "5\r\nhello0\r\n\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\n", "5\nhello\r\n0\r\n\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\n", "5\r\nhello\n0\r\n\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\n", "0\r\nX-Trailer: 1\r\n\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\n", "0\r\nGET /smuggled HTTP/1.1\r\n"), 400},
        {post("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\n"), 400},
        // header syntax
        {"GET / HTTP/1.1\nHost: a\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n X: b\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\n: empty\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX(y): z\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: a" + nul + "b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: a\x01"
         "b\r\n\r\n",
         400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX" + nul + ": b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        // request line
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
        {"GET / HTTP/0.9\r\n\r\n", 505},
        {"PRI * HTTP/2.0\r\n\r\n", 505},
        {"GET /\r\n", 400},
        {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400},
        {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/1.1x\r\nHost: a\r\n\r\n", 400},
        {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"\x16\x03\x01\x02\x01\n", 400},
        // target
        {get("*"), 400},
        {get("requests"), 400},
        {get("/a%"), 400},
        {get("/a%2"), 400},
        {get("/a%zz"), 400},
        {get("/?x=%g1"), 400},
        {get("/../etc/passwd"), 400},
        {get("/a/%2e%2E/b"), 400},
        {get("/a/./b"), 400},
        {get("/a%2fb"), 400},
        {get("/a%00b"), 400},
        {get("/a%0ab"), 400},
        {get("/a%ff"), 400},
        {get("/a#b"), 400},
        {get("/?x=%00"), 400},
        {get("/a\tb"), 400},
    };
    for (const auto& row : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(row.bytes, row.status, judge(row.bytes));
  }

  void accepts_what_real_clients_send() {
    const std::string cases[] = {
        get("/requests?status=pending"),
        "\r\n" + get("/"),
        get("http://bridge.test/requests?take=5"),
        get("http://bridge.test"),
        "GET / HTTP/1.0\r\n\r\n",
        "PUT /requests/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "PUT /requests/1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "DELETE /requests/1 HTTP/1.1\r\nHost: a\r\nreason: no\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1]:8080\r\nX:\t padded \t\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
        post("Transfer-Encoding: Chunked\r\n", "0\r\n\r\n"),
        post("content-length: 000\r\n"),
    };
    for (const auto& bytes : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(bytes, 0, judge(bytes));
  }

  void refuses_what_is_too_large() {
    std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 99; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
    const std::string target(8u << 10, 'a');
    const std::string wide = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(40'000, 'x');
    const struct {
      std::string name;
      std::string bytes;
      int status;
    } cases[] = {
        {"100 fields", many + "\r\n", 0},
        {"101 fields", many + "One-More: 1\r\n\r\n", 431},
        {"a value of 40,000 bytes", wide + "\r\n\r\n", 431},
        {"a value without an end", wide, 431},
        {"a value of 20,000 bytes",
         "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", 0},
        {"a target of 8 KB", get("/" + target.substr(1)), 0},
        {"a longer target", get("/" + target), 414},
        {"a target without an end", "GET /" + target + target, 414},
        {"a body over the cap", post("Content-Length: 1048577\r\n"), 413},
        {"a length past 64 bit", post("Content-Length: 99999999999999999999999999\r\n"), 413},
        {"a chunk over the cap", post("Transfer-Encoding: chunked\r\n", "100001\r\n"), 413},
    };
    for (const auto& row : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, row.status, judge(row.bytes));
  }

  void a_request_that_ends_early_is_never_complete() {
    const std::string whole[] = {
        get("/requests"),
        post("Content-Length: 5\r\n", "hello"),
        post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
    };
    for (const auto& bytes : whole)
      for (std::size_t n = 1; n < bytes.size(); ++n)
        CPPUNIT_ASSERT_EQUAL_MESSAGE(bytes.substr(0, n), 400, judge(bytes.substr(0, n), true));
    HttpParser silent;
    silent.end_of_input();
    CPPUNIT_ASSERT(silent.stage() == Stage::head);
  }

  void reads_a_body_by_length_and_by_chunks() {
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), parsed(post("Content-Length: 5\r\n", "hello")).body);
    CPPUNIT_ASSERT_EQUAL(
        std::string("hello, world"),
        parsed(post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0007\r\n, world\r\n0\r\n\r\n")).body);
    HttpParser waiting;
    waiting.feed(post("Content-Length: 5\r\nExpect: 100-Continue\r\n"));
    CPPUNIT_ASSERT(waiting.wants_continue());
    waiting.continued();
    CPPUNIT_ASSERT(!waiting.wants_continue());
    waiting.feed("hello");
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), waiting.take().body);
  }

  void decodes_path_and_query_once() {
    const struct {
      std::string target, path;
    } paths[] = {
        {"/", "/"},
        {"//", "/"},
        {"//requests//5/", "/requests/5"},
        {"/%72equests/%35", "/requests/5"},
        {"/users/ACME%5Cann", "/users/ACME\\ann"},
        {"/a%252e", "/a%2e"},
        {"/users/J%C3%B6rg%20X", "/users/J\xc3\xb6rg X"},
        {"http://bridge.test/requests/", "/requests"},
        {"/requests?a=/../b", "/requests"},
    };
    for (const auto& row : paths)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.target, row.path, parsed(get(row.target)).path);

    const Incoming request =
        parsed(get("/?deniedby=j+x@acme.com&reason=no%20way%26more&&flag&a=1&A=2&l=%F6&s=a=b"));
    CPPUNIT_ASSERT_EQUAL(std::size_t(7), request.query.size());
    CPPUNIT_ASSERT_EQUAL(std::string("j+x@acme.com"), *request.parameter("deniedBy"));
    CPPUNIT_ASSERT_EQUAL(std::string("no way&more"), *request.parameter("reason"));
    CPPUNIT_ASSERT_EQUAL(std::string(), *request.parameter("flag"));
    CPPUNIT_ASSERT_EQUAL(std::string("1"), *request.parameter("A"));
    CPPUNIT_ASSERT_EQUAL(std::string("\xc3\xb6"), *request.parameter("l"));
    CPPUNIT_ASSERT_EQUAL(std::string("a=b"), *request.parameter("s"));
  }

  void leaves_the_next_request_untouched() {
    const std::string first = post("Content-Length: 5\r\n", "hello");
    const std::string two = first + get("/second");
    HttpParser parser;
    const std::size_t used = parser.feed(two);
    CPPUNIT_ASSERT_EQUAL(first.size(), used);
    CPPUNIT_ASSERT_EQUAL(std::size_t(0), parser.feed(two.substr(used)));
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), parser.take().body);
    CPPUNIT_ASSERT(!parser.started());
    parser.feed(two.substr(used));
    const Incoming second = parser.take();
    CPPUNIT_ASSERT_EQUAL(std::string("/second"), second.path);
    CPPUNIT_ASSERT_EQUAL(std::string(), second.body);
  }

  void knows_whether_the_connection_goes_on() {
    const struct {
      std::string bytes;
      bool goes_on;
    } cases[] = {
        {get("/"), true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: TE, Close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
        {"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", true},
        {"PUT / HTTP/1.1\r\nHost: a\r\n\r\n", false},
        {"DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", true},
    };
    for (const auto& row : cases) {
      HttpParser parser;
      parser.feed(row.bytes);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.bytes, row.goes_on, parser.keep_alive());
    }
  }

  void header_bytes_stay_raw_and_parameters_become_utf8() {
    const Incoming request = parsed(
        "GET /?both=query HTTP/1.1\r\nHost: a\r\nReason: J\xf6rg\r\nDENIEDBY: J\xc3\xb6rg\r\nboth: "
        "header\r\n\r\n");
    CPPUNIT_ASSERT_EQUAL(std::string("J\xf6rg"), *request.header("reason"));
    CPPUNIT_ASSERT_EQUAL(std::string("J\xc3\xb6rg"), *request.parameter("reason"));
    CPPUNIT_ASSERT_EQUAL(std::string("J\xc3\xb6rg"), *request.parameter("deniedby"));
    CPPUNIT_ASSERT_EQUAL(std::string("query"), *request.parameter("both"));
    CPPUNIT_ASSERT(!request.parameter("absent"));
  }

  void an_encoded_word_stays_what_it_is() {
    const Incoming request = parsed("GET / HTTP/1.1\r\nHost: a\r\napikey: =?utf-8?B?c2VjcmV0?=\r\n\r\n");
    CPPUNIT_ASSERT_EQUAL(std::string("=?utf-8?B?c2VjcmV0?="), *request.header("apikey"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HttpParserTest);
