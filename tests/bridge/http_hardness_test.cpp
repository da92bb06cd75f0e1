// Raw bytes against the whole API, over HTTP and over HTTPS: every case names what is sent, each status that
// comes back, which requests reached the API, and whether the connection goes on. After each, another client
// is served.

#include <atomic>
#include <thread>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/log.h"
#include "tests/support/served_api.h"

using bridge::HttpFront;
using std::chrono::milliseconds;
using tests::RawAnswer;
using tests::RawHttp;
using tests::ServedApi;

namespace {
const std::string host = "Host: localhost\r\n";
const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

struct Case {
  std::string name;
  std::string bytes;
  std::string answers;  // the status of each, a space between
  bool goes_on = false;
  std::string handled = {};  // "GET /healthz, POST /requests"
  bool half_close = false;   // the client ends its side after the bytes
};

std::string post(const std::string& fields, const std::string& body, const std::string& path = "/requests") {
  return "POST " + path + " HTTP/1.1\r\n" + host + fields + "\r\n" + body;
}

std::string sized(const std::string& body) {
  return "Content-Length: " + std::to_string(body.size()) + "\r\n";
}

std::string chunked(const std::string& chunks) {
  return post("Transfer-Encoding: chunked\r\n", chunks);
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::vector<Case> framing() {
  std::vector<Case> cases;
  // Whatever these mean to somebody else, what follows the head is never a request here.
  const std::pair<const char*, const char*> refused[] = {
      {"Content-Length: 2\r\nContent-Length: 5\r\n", "400"},
      {"Content-Length: 5\r\nContent-Length: 5\r\n", "400"},
      {"Content-Length: 5, 5\r\n", "400"},
      {"Content-Length: -5\r\n", "400"},
      {"Content-Length: +5\r\n", "400"},
      {"Content-Length: 0x5\r\n", "400"},
      {"Content-Length: abc\r\n", "400"},
      {"Content-Length: 5 5\r\n", "400"},
      {"Content-Length:\r\n", "400"},
      {"Content-Length : 5\r\n", "400"},
      {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "400"},
      {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "400"},
      {"Transfer-Encoding : chunked\r\n", "400"},
      {"Transfer-Encoding: gzip, chunked\r\n", "501"},
      {"Transfer-Encoding: chunked, gzip\r\n", "501"},
      {"Transfer-Encoding: identity\r\n", "501"},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "501"},
      {"Content-Length: 99999999999999999999\r\n", "413"},
      {"Content-Length: 1048577\r\n", "413"},
      {"Expect: 200-ok\r\nContent-Length: 5\r\n", "417"},
      {"", "411"},
  };
  for (const auto& [fields, status] : refused) cases.push_back({fields, post(fields, smuggled), status});
  for (const char* chunk :
       {"5;x=1\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n", "5 5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n", "5\r\nhelloXX0\r\n\r\n", "0\r\nX-Trailer: 1\r\n\r\n", "\r\n0\r\n\r\n",
        "fffffffffffffffff\r\n"})
    cases.push_back({std::string("chunk ") + chunk, chunked(chunk + smuggled), "400"});
  cases.push_back({"a chunk over the cap", chunked("100001\r\n" + smuggled), "413"});
  cases.push_back({"chunks that are over the cap together",
                   chunked(repeated("40000\r\n" + std::string(0x40000, 'x') + "\r\n", 4) + "1\r\n"), "413"});
  cases.push_back({"chunked in HTTP/1.0",
                   "POST /requests HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
                   "400"});
  cases.push_back({"the client reads why its body is too large",
                   post("Content-Length: 3000000\r\n", std::string(3'000'000, 'x')), "413"});
  cases.push_back({"a body that ends early", post("Content-Length: 9\r\n", "hello"), "400", false, "", true});
  cases.push_back({"chunks that end early", chunked("5\r\nhello\r\n"), "400", false, "", true});
  cases.push_back({"a head that ends early", "GET /healthz HTTP/1.1\r\nHos", "400", false, "", true});
  return cases;
}

std::vector<Case> heads() {
  const std::string nul(1, '\0');
  const std::string get = "GET /healthz HTTP/1.1\r\n" + host;
  std::vector<Case> cases;
  const std::pair<std::string, const char*> refused[] = {
      {"GET /healthz HTTP/1.1\nHost: localhost\n\n", "400"},
      {get + "X: a\n\r\n", "400"},
      {get + "X: a\rY: b\r\n\r\n", "400"},
      {get + "X: a\r\n folded\r\n\r\n", "400"},
      {get + "X: a\r\n\tfolded\r\n\r\n", "400"},
      {get + "no colon\r\n\r\n", "400"},
      {get + ": no name\r\n\r\n", "400"},
      {get + "X y: 1\r\n\r\n", "400"},
      {get + "X: a" + nul + "b\r\n\r\n", "400"},
      {get + "X" + nul + ": b\r\n\r\n", "400"},
      {get + "X: \x07\r\n\r\n", "400"},
      {"GET /health" + nul + "z HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"GET /healthz HTTP/1.1\r\n\r\n", "400"},
      {get + host + "\r\n", "400"},
      {"GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n", "400"},
      {"GET /requests%ff HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"GET /requests%c0%af HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"GET /requests\xff HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"GET /requests%00 HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"GET /requests?a=%00 HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"GET /requests%2f..%2fhealthz HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"GET /requests/../healthz HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"GET /requests%2 HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"GET healthz HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"GET /health z HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"GET  /healthz HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"GET /healthz\r\n" + host + "\r\n", "400"},
      {"GET /healthz HTTP/1.1 \r\n" + host + "\r\n", "400"},
      {"GET /healthz HTTP/9\r\n" + host + "\r\n", "400"},
      {"G\xc3\x8bT /healthz HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"GET /healthz HTTP/0.9\r\n" + host + "\r\n", "505"},
      {"GET /healthz HTTP/1.2\r\n" + host + "\r\n", "505"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
      {"OPTIONS * HTTP/1.1\r\n" + host + "\r\n", "400"},
      {"CONNECT a.test:443 HTTP/1.1\r\n" + host + "\r\n", "400"},
  };
  for (const auto& [bytes, status] : refused) cases.push_back({bytes, bytes + smuggled, status});
  cases.push_back(
      {"a header of 100 KB", get + "X: " + std::string(100'000, 'x') + "\r\n\r\n" + smuggled, "431"});
  cases.push_back({"100 KB of small headers", get + repeated("X: 1\r\n", 17'000) + "\r\n" + smuggled, "431"});
  cases.push_back({"101 headers", get + repeated("X: 1\r\n", 100) + "\r\n" + smuggled, "431"});
  cases.push_back({"100 headers", get + repeated("X: 1\r\n", 99) + "\r\n", "200", true, "GET /healthz"});
  cases.push_back({"a header of 20 KB", get + "X: " + std::string(20'000, 'x') + "\r\n\r\n", "200", true,
                   "GET /healthz"});
  cases.push_back({"a target of 100 KB",
                   "GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\n" + host + "\r\n" + smuggled, "414"});
  cases.push_back({"a header that is latin-1", get + "X: J\xf6rg\r\n\r\n", "200", true, "GET /healthz"});
  return cases;
}

std::vector<Case> forms() {
  const std::string get = "GET /healthz HTTP/1.1\r\n" + host;
  const std::string one = "GET /healthz";
  return {
      {"two in one piece", health + health, "200 200", true, one + ", " + one},
      {"one that is wrong between two", health + "GET / HTTP/1.1\r\n\r\n" + smuggled, "200 400", false, one},
      {"40 in one piece", repeated(health, 40), repeated("200 ", 39) + "200", true,
       repeated(one + ", ", 39) + one},
      {"an empty line before the request", "\r\n" + health, "200", true, one},
      {"two empty lines", "\r\n\r\n" + smuggled, "400"},
      {"close", get + "Connection: close\r\n\r\n" + smuggled, "200", false, one},
      {"close among others", get + "Connection: TE, cLoSe\r\n\r\n" + smuggled, "200", false, one},
      {"HTTP/1.0", "GET /healthz HTTP/1.0\r\n\r\n" + smuggled, "200", false, one},
      {"HTTP/1.0 with keep-alive", "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "200", true,
       one},
      {"absolute form", "GET http://bridge.test/healthz HTTP/1.1\r\n" + host + "\r\n", "200", true, one},
      {"absolute form with https", "GET https://bridge.test:8443//healthz/ HTTP/1.1\r\n" + host + "\r\n",
       "200", true, one},
      {"words in any case", "GET /HealthZ HTTP/1.1\r\nhOsT: localhost\r\n\r\n", "200", true, "GET /HealthZ"},
      {"HEAD", "HEAD /healthz HTTP/1.1\r\n" + host + "\r\n" + health, "HEAD:200 200", true,
       "HEAD /healthz, " + one},
      {"HEAD of nothing", "HEAD /nothing HTTP/1.1\r\n" + host + "\r\n" + health, "HEAD:404 200", true,
       "HEAD /nothing, " + one},
      {"OPTIONS", "OPTIONS /healthz HTTP/1.1\r\n" + host + "\r\n", "405", true, "OPTIONS /healthz"},
      {"TRACE", "TRACE /healthz HTTP/1.1\r\n" + host + "\r\n", "405", true, "TRACE /healthz"},
      {"an unknown method", "BREW /healthz HTTP/1.1\r\n" + host + "\r\n", "405", true, "BREW /healthz"},
      {"an upgrade is not taken", get + "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "200", true, one},
      {"a PUT without a length ends the connection", "PUT /healthz HTTP/1.1\r\n" + host + "\r\n" + smuggled,
       "405", false, "PUT /healthz"},
  };
}

// `key` is a header line that opens the queue acme.
std::vector<Case> bodies(const std::string& key) {
  const std::string smug = smuggled;
  const std::string json = key + "Content-Type: application/json\r\n";
  const std::string good = R"({"type":"Run As Admin","reason":"x"})";
  const std::string asks = "POST /requests";
  const auto given = [&](const std::string& body) { return post(json + sized(body), body); };
  const std::string nul(1, '\0');
  std::vector<Case> cases = {
      {"no handler reads it: no such path", post(sized(smug), smug, "/nothing"), "404", true,
       "POST /nothing"},
      {"no handler reads it: no key", post(sized(smug), smug), "401", true, asks},
      {"no handler reads it: a wrong key", post("apikey: x\r\n" + sized(smug), smug), "401", true, asks},
      {"no handler reads it: GET with a body",
       "GET /healthz HTTP/1.1\r\n" + host + sized(smug) + "\r\n" + smug, "200", true, "GET /healthz"},
      {"no handler reads it: DELETE with a body",
       "DELETE /nothing HTTP/1.1\r\n" + host + sized(smug) + "\r\n" + smug, "404", true, "DELETE /nothing"},
      {"an encoded word is no key", post("apikey: =?utf-8?B?eA==?=\r\n" + sized(good), good), "401", true,
       asks},
      {"good", given(good), "201", true, asks},
      {"good in chunks",
       post(json + "Transfer-Encoding: chunked\r\n",
            "5\r\n" + good.substr(0, 5) + "\r\n1f\r\n" + good.substr(5) + "\r\n0\r\n\r\n"),
       "201", true, asks},
      {"two in one piece", given(good) + given(good), "201 201", true, asks + ", " + asks},
      {"expected, and sent at once", post(json + "Expect: 100-continue\r\n" + sized(good), good), "201", true,
       asks},
      {"expected by HTTP/1.0",
       "POST /requests HTTP/1.0\r\nExpect: 100-continue\r\n" + json + sized(good) + "\r\n" + good, "201",
       false, asks},
  };
  const std::pair<const char*, std::string> refused[] = {
      {"empty", ""},
      {"not JSON", "hello"},
      {"cut", good.substr(0, 20)},
      {"two documents", good + good},
      {"a list", "[" + good + "]"},
      {"bad UTF-8", "{\"reason\":\"\xff\xfe\"}"},
      {"overlong UTF-8", "{\"reason\":\"\xc0\x80\"}"},
      {"half a surrogate", R"({"reason":"\ud800"})"},
      {"NUL", "{\"reason\":\"a" + nul + "b\"}"},
      {"escaped NUL", R"({"reason":"a\u0000b"})"},
      {"the same key twice", R"({"reason":"a","reason":"b"})"},
      {"NaN", R"({"reason":NaN})"},
      {"65 levels", repeated("[", 65) + repeated("]", 65)},
      {"500,000 levels", repeated("[", 500'000) + repeated("]", 500'000)},
      {"500,000 levels of objects", repeated("{\"a\":", 100'000) + "1" + repeated("}", 100'000)},
      {"500,000 levels without an end", repeated("[", 500'000)},
  };
  for (const auto& [name, body] : refused) cases.push_back({name, given(body), "400", true, asks});
  return cases;
}

HttpFront::Settings small() {
  HttpFront::Settings settings;
  settings.workers = 4;
  return settings;
}

bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 2000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return false;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Long or unprintable bytes make a name that nobody reads.
std::string printable(const std::string& name) {
  std::string text;
  for (const char c : name.substr(0, 120)) text.push_back(c >= ' ' && c < 0x7f ? c : '.');
  return text;
}
}  // namespace

class HttpHardnessTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HttpHardnessTest);
  CPPUNIT_TEST(framing_that_two_servers_could_read_differently_is_refused);
  CPPUNIT_TEST(malformed_heads_are_refused);
  CPPUNIT_TEST(every_form_of_a_request_is_answered_as_it_should);
  CPPUNIT_TEST(bodies_are_read_to_their_end_and_judged);
  CPPUNIT_TEST(a_client_that_expects_to_be_asked_is_asked);
  CPPUNIT_TEST(a_tls_greeting_on_the_plain_port_is_refused_at_once);
  CPPUNIT_TEST(a_sender_of_single_bytes_is_served_or_cut);
  CPPUNIT_TEST(a_reader_that_never_reads_is_cut_at_the_deadline);
  CPPUNIT_TEST(five_hundred_idle_connections_beside_a_working_one);
  CPPUNIT_TEST(more_connections_than_the_limit_are_turned_away);
  CPPUNIT_TEST(what_waits_in_memory_has_a_limit);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { bridge::set_log_level(bridge::Level::error); }
  void tearDown() override { bridge::set_log_level(bridge::Level::info); }

  void framing_that_two_servers_could_read_differently_is_refused() { run(framing()); }
  void malformed_heads_are_refused() { run(heads()); }
  void every_form_of_a_request_is_answered_as_it_should() { run(forms()); }
  void bodies_are_read_to_their_end_and_judged() { run({}); }

  void a_client_that_expects_to_be_asked_is_asked() {
    ServedApi served(small());
    for (const bool tls : {false, true}) {
      const std::string body = R"({"type":"Run As Admin","reason":"x"})";
      const auto client = served.connect(tls);
      client->send(post(served.key_line() + "Expect: 100-Continue\r\n" + sized(body), ""));
      CPPUNIT_ASSERT_EQUAL(100, client->read().status);
      client->send(body);
      CPPUNIT_ASSERT_EQUAL(201, client->read().status);
      client->send(post("Expect: 100-continue\r\nContent-Length: 1048577\r\n", ""));
      CPPUNIT_ASSERT_EQUAL(413, client->read().status);
      CPPUNIT_ASSERT(client->ended());
    }
  }

  void a_tls_greeting_on_the_plain_port_is_refused_at_once() {
    ServedApi served(small());
    RawHttp client(served.front().port());
    client.send(std::string("\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03", 11) + std::string(190, 'r'));
    CPPUNIT_ASSERT_EQUAL(400, client.read().status);
    CPPUNIT_ASSERT(client.ended());
  }

  void a_sender_of_single_bytes_is_served_or_cut() {
    auto settings = small();
    settings.request_deadline = milliseconds(400);
    ServedApi served(settings);
    for (const bool tls : {false, true}) {
      const auto steady = served.connect(tls);
      for (const char c : health) steady->send(std::string(1, c));
      CPPUNIT_ASSERT_EQUAL(200, steady->read().status);

      const auto cut = served.front().counters().cut;
      std::vector<std::unique_ptr<RawHttp>> slow;
      const std::string begun[] = {"G", health.substr(0, 20),
                                   "GET /healthz HTTP/1.1\r\nX: ", post("Content-Length: 100000\r\n", ""),
                                   chunked("10000\r\n")};
      for (const std::string& bytes : begun) {
        slow.push_back(served.connect(tls));
        slow.back()->send(bytes);
      }
      // Each byte is activity; only a deadline for the whole request ends it. More of them than workers.
      std::size_t over = 0;
      while (over < slow.size()) {
        over = 0;
        for (const auto& one : slow)
          if (one->readable(milliseconds(2)) || !one->send("x")) ++over;
        CPPUNIT_ASSERT_EQUAL(200, served.healthy(tls));
      }
      for (const auto& one : slow) {
        // 408 where the cut finds the connection waiting, a bare end where a worker is just reading a byte.
        const int status = one->read().status;
        CPPUNIT_ASSERT(status == 408 || status == 0);
      }
      CPPUNIT_ASSERT_EQUAL(cut + slow.size(), served.front().counters().cut);
    }
    CPPUNIT_ASSERT(eventually([&] { return served.front().counters().waiting == 0; }));
  }

  void a_reader_that_never_reads_is_cut_at_the_deadline() {
    auto settings = small();
    settings.workers = 2;
    settings.request_deadline = milliseconds(500);
    ServedApi served(settings);
    for (const bool tls : {false, true}) {
      const auto cut = served.front().counters().cut;
      std::vector<std::unique_ptr<RawHttp>> readers;
      for (int i = 0; i < 4; ++i) {
        readers.push_back(served.connect(tls, 4096));
        readers.back()->send("GET /metrics HTTP/1.1\r\n" + host + "\r\n");
      }
      CPPUNIT_ASSERT(eventually([&] { return served.front().counters().cut == cut + readers.size(); }));
      CPPUNIT_ASSERT_EQUAL(200, served.healthy(tls));
      CPPUNIT_ASSERT(eventually([&] { return served.front().counters().waiting == 0; }));
      for (const auto& one : readers) CPPUNIT_ASSERT(one->read_all().size() < (16u << 20));
    }
  }

  void five_hundred_idle_connections_beside_a_working_one() {
    ServedApi served(small());
    for (const bool tls : {false, true}) {
      std::vector<std::unique_ptr<RawHttp>> idle;
      for (int i = 0; i < 500; ++i) {
        idle.push_back(served.connect(tls));
        idle.back()->send(health);
        CPPUNIT_ASSERT_EQUAL(200, idle.back()->read().status);
      }
      const auto working = served.connect(tls);
      for (int i = 0; i < 200; ++i) {
        working->send(health);
        CPPUNIT_ASSERT_EQUAL(200, working->read().status);
      }
      CPPUNIT_ASSERT_EQUAL(std::size_t(501), served.front().counters().open);
      for (const auto& one : idle) {
        one->send(health);
        CPPUNIT_ASSERT_EQUAL(200, one->read().status);
      }
      idle.clear();
      working->send(health);
      CPPUNIT_ASSERT_EQUAL(200, working->read().status);
      CPPUNIT_ASSERT(eventually([&] { return served.front().counters().open == 1; }));
      working->end_sending();
      CPPUNIT_ASSERT(eventually([&] { return served.front().counters().open == 0; }));
    }
  }

  void more_connections_than_the_limit_are_turned_away() {
    auto settings = small();
    settings.max_connections = 3;
    ServedApi served(settings);
    std::vector<std::unique_ptr<RawHttp>> open;
    for (const bool tls : {false, true, false}) open.push_back(served.connect(tls));
    CPPUNIT_ASSERT(eventually([&] { return served.front().counters().open == 3; }));
    // The limit is one for both ports. Who speaks no TLS yet can be told nothing.
    const RawAnswer refused = tests::ask(served.front().port(), health);
    CPPUNIT_ASSERT_EQUAL(503, refused.status);
    CPPUNIT_ASSERT(refused.says("Retry-After: 1\r\n"));
    CPPUNIT_ASSERT_THROW(served.connect(true), std::runtime_error);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t(2), served.front().counters().refused);
    for (const auto& one : open) {
      one->send(health);
      CPPUNIT_ASSERT_EQUAL(200, one->read().status);
    }
    open.clear();
    CPPUNIT_ASSERT(eventually([&] { return served.front().counters().open == 0; }));
    CPPUNIT_ASSERT_EQUAL(200, served.healthy(false));
    CPPUNIT_ASSERT_EQUAL(200, served.healthy(true));
  }

  void what_waits_in_memory_has_a_limit() {
    auto settings = small();
    settings.max_waiting = 4u << 20;
    ServedApi served(settings);
    for (const bool tls : {false, true}) {
      const auto refused = served.front().counters().refused;
      std::vector<std::unique_ptr<RawHttp>> greedy;
      int told = 0;
      for (int i = 0; i < 24; ++i) {
        greedy.push_back(served.connect(tls));
        greedy.back()->send(post("Content-Length: 1000000\r\n", std::string(900'000, 'x')));
      }
      CPPUNIT_ASSERT(eventually([&] { return served.front().counters().refused >= refused + 16; }));
      // What is over the limit is there for a moment at most, one body for each worker.
      CPPUNIT_ASSERT(eventually([&] { return served.front().counters().waiting <= settings.max_waiting; }));
      CPPUNIT_ASSERT_EQUAL(200, served.healthy(tls));
      for (const auto& one : greedy)
        if (one->readable(milliseconds(0)) && one->read().status == 503) ++told;
      CPPUNIT_ASSERT_MESSAGE(std::to_string(told), told >= 16);
      greedy.clear();
      CPPUNIT_ASSERT(eventually([&] { return served.front().counters().waiting == 0; }));
      CPPUNIT_ASSERT(eventually([&] { return served.front().counters().open == 0; }));
    }
  }

 private:
  // No cases: those that need a key.
  void run(std::vector<Case> cases) {
    ServedApi served(small());
    if (cases.empty()) cases = bodies(served.key_line());
    for (const bool tls : {false, true})
      for (const Case& one : cases) run(served, one, tls);
  }

  static void run(ServedApi& served, const Case& one, bool tls) {
    const std::string name = printable(one.name) + (tls ? " (https)" : " (http)");
    const auto client = served.connect(tls);
    client->send(one.bytes);
    if (one.half_close) client->end_sending();
    std::string wanted = one.answers;
    std::string got;
    while (!wanted.empty()) {
      const std::string word = wanted.substr(0, wanted.find(' '));
      wanted.erase(0, word.size() + 1);
      const bool head = word.starts_with("HEAD:");
      const RawAnswer answer = client->read(head);
      got += (got.empty() ? "" : " ") + std::string(head ? "HEAD:" : "") + std::to_string(answer.status);
      if (answer.status >= 400 && !head)
        CPPUNIT_ASSERT_MESSAGE(name + ": " + answer.body, answer.body.find("{\"Message\":\"") == 0);
    }
    CPPUNIT_ASSERT_EQUAL_MESSAGE(name, one.answers, got);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(name, one.handled, joined(served.handled()));
    if (one.goes_on) {
      client->send(health);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, 200, client->read().status);
    } else {
      CPPUNIT_ASSERT_MESSAGE(name + ": the connection goes on", client->ended());
    }
    CPPUNIT_ASSERT_EQUAL_MESSAGE(name, 200, served.healthy(tls));
    CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::size_t(one.goes_on ? 2 : 1), served.handled().size());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HttpHardnessTest);
