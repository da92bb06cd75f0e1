// HTTPS in: handshakes, certificates, and what TLS must not break in the front.

#include <atomic>
#include <thread>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/api/http_front.h"
#include "connectors/engine/http_exchange.h"
#include "tests/support/certificates.h"
#include "tests/support/raw_http.h"

using bridge::HttpFront;
using bridge::Incoming;
using bridge::Reply;
using std::chrono::milliseconds;
using tests::RawAnswer;
using tests::RawHttp;
using tests::RawTls;

namespace {
constexpr std::size_t large = 16u << 20;

Reply echo(const Incoming& request) {
  if (request.path == "/large") return {200, {{"Content-Type", "text/plain"}}, std::string(large, 'x')};
  return {200, {{"Content-Type", "text/plain"}}, request.method + ' ' + request.path + ' ' + request.body};
}

std::string get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 2000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return false;
}

std::string failure_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "it worked";
}
}  // namespace

class HttpTlsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HttpTlsTest);
  CPPUNIT_TEST(a_client_that_checks_the_certificate_is_served);
  CPPUNIT_TEST(speaks_tls_1_2_and_1_3_and_nothing_older);
  CPPUNIT_TEST(chooses_http_1_1_and_refuses_a_client_that_speaks_none_of_it);
  CPPUNIT_TEST(plain_http_on_the_tls_port_is_told_so);
  CPPUNIT_TEST(bytes_that_are_no_handshake_end_the_connection);
  CPPUNIT_TEST(http_stays_beside_https_when_there_is_a_port_for_each);
  CPPUNIT_TEST(a_silent_or_slow_handshake_is_cut_and_holds_no_worker);
  CPPUNIT_TEST(idle_connections_hold_no_worker);
  CPPUNIT_TEST(requests_in_one_record_are_all_answered);
  CPPUNIT_TEST(an_answer_larger_than_the_socket_takes_arrives_whole);
  CPPUNIT_TEST(a_reader_that_never_reads_is_cut);
  CPPUNIT_TEST(new_connections_get_the_new_certificate_and_old_ones_go_on);
  CPPUNIT_TEST(stop_says_goodbye);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_client_that_checks_the_certificate_is_served() {
    HttpFront front(settings(), echo);
    connectors::HttpClient client({certificates_.ca_file()});
    for (int i = 0; i < 3; ++i) {
      const auto result = client.exchange({"POST", url(front), {}, "hello"});
      CPPUNIT_ASSERT_EQUAL_MESSAGE(result.detail, 200, result.answer.status);
      CPPUNIT_ASSERT_EQUAL(std::string("POST / hello"), result.answer.body);
    }
    CPPUNIT_ASSERT_EQUAL(std::uint64_t(1), front.counters().accepted);
    connectors::HttpClient stranger;
    const auto refused = stranger.exchange({"GET", url(front), {}, ""});
    CPPUNIT_ASSERT_EQUAL(std::string("tls"), refused.reason);
  }

  void speaks_tls_1_2_and_1_3_and_nothing_older() {
    HttpFront front(settings(), echo);
    CPPUNIT_ASSERT_EQUAL(std::string("TLSv1.3"), connect(front)->version());
    CPPUNIT_ASSERT_EQUAL(std::string("TLSv1.2"), connect(front, "TLSv1.2")->version());
    const std::string refused = failure_of([&] { connect(front, "TLSv1.1"); });
    CPPUNIT_ASSERT_MESSAGE(refused, refused.find("protocol version") != std::string::npos);
    auto client = connect(front, "TLSv1.2");
    client->send(get("/a"));
    CPPUNIT_ASSERT_EQUAL(200, client->read().status);
  }

  void chooses_http_1_1_and_refuses_a_client_that_speaks_none_of_it() {
    HttpFront front(settings(), echo);
    const std::string ca = certificates_.ca_file();
    CPPUNIT_ASSERT_EQUAL(std::string("http/1.1"),
                         RawHttp(front.tls_port(), 0, RawTls{ca, "", "h2 http/1.1"}).protocol());
    CPPUNIT_ASSERT_EQUAL(std::string(), RawHttp(front.tls_port(), 0, RawTls{ca}).protocol());
    const std::string refused = failure_of([&] {
      RawHttp(front.tls_port(), 0, RawTls{ca, "", "h2 spdy/3"});
    });
    CPPUNIT_ASSERT_MESSAGE(refused, refused.find("no application protocol") != std::string::npos);
  }

  void plain_http_on_the_tls_port_is_told_so() {
    HttpFront front(settings(), echo);
    RawHttp client(front.tls_port());
    client.send(get("/a"));
    const RawAnswer answer = client.read();
    CPPUNIT_ASSERT_EQUAL(400, answer.status);
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"Message":"This port speaks HTTPS"})"), answer.body);
    CPPUNIT_ASSERT(client.ended());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t(1), front.counters().malformed);
  }

  void bytes_that_are_no_handshake_end_the_connection() {
    HttpFront front(settings(), echo);
    for (const std::string& bytes :
         {std::string(100, '\0'), std::string("\x16\x03\x01\xff\xff") + std::string(70'000, 'x'),
          std::string("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n")}) {
      RawHttp client(front.tls_port());
      client.send(bytes);
      const std::string got = client.read_all();  // an alert, or nothing
      CPPUNIT_ASSERT_MESSAGE(got, got.size() < 32 && got.find("HTTP") == std::string::npos);
    }
    CPPUNIT_ASSERT_EQUAL(std::uint64_t(3), front.counters().malformed);
    CPPUNIT_ASSERT_EQUAL(200, ask(front));
  }

  void http_stays_beside_https_when_there_is_a_port_for_each() {
    auto both = settings();
    both.tls_address = "127.0.0.1";
    HttpFront front(both, echo);
    CPPUNIT_ASSERT(front.port() != front.tls_port());
    CPPUNIT_ASSERT_EQUAL(200, tests::ask(front.port(), get("/a")).status);
    CPPUNIT_ASSERT_EQUAL(200, ask(front));
    both.tls.reset();
    HttpFront plain(both, echo);
    CPPUNIT_ASSERT_EQUAL(std::uint16_t(0), plain.tls_port());
  }

  void a_silent_or_slow_handshake_is_cut_and_holds_no_worker() {
    auto one_worker = settings();
    one_worker.workers = 1;
    one_worker.request_deadline = milliseconds(300);
    HttpFront front(one_worker, echo);
    RawHttp silent(front.tls_port());
    RawHttp slow(front.tls_port());
    slow.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
    CPPUNIT_ASSERT(eventually([&] { return front.counters().open == 2; }));
    CPPUNIT_ASSERT_EQUAL(200, ask(front));
    // Each drop is activity; only the deadline ends it.
    while (!slow.readable(milliseconds(10))) slow.send(std::string(1, '\0'));
    CPPUNIT_ASSERT(slow.ended());
    CPPUNIT_ASSERT(silent.ended());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t(2), front.counters().cut);
    CPPUNIT_ASSERT_EQUAL(200, ask(front));
  }

  void idle_connections_hold_no_worker() {
    HttpFront front(settings(), echo);
    std::vector<std::unique_ptr<RawHttp>> idle;
    for (int i = 0; i < 60; ++i) {
      idle.push_back(connect(front, i % 2 == 0 ? "" : "TLSv1.2"));
      if (i % 3 == 0) continue;
      idle.back()->send(get("/first"));
      CPPUNIT_ASSERT_EQUAL(200, idle.back()->read().status);
    }
    const auto working = connect(front);
    for (int i = 0; i < 100; ++i) {
      working->send(get("/busy"));
      CPPUNIT_ASSERT_EQUAL(200, working->read().status);
    }
    CPPUNIT_ASSERT_EQUAL(std::size_t(61), front.counters().open);
    for (auto& client : idle) {
      client->send(get("/again"));
      CPPUNIT_ASSERT_EQUAL(200, client->read().status);
    }
  }

  // What OpenSSL has read and not given out yet is not seen by epoll.
  void requests_in_one_record_are_all_answered() {
    HttpFront front(settings(), echo);
    const auto client = connect(front);
    std::string bytes;
    for (int i = 0; i < 50; ++i) bytes += get("/" + std::to_string(i));
    CPPUNIT_ASSERT(bytes.size() < 16'384);
    for (int round = 0; round < 3; ++round) {
      client->send(bytes);
      for (int i = 0; i < 50; ++i)
        CPPUNIT_ASSERT_EQUAL("GET /" + std::to_string(i) + ' ', client->read().body);
    }
    // The second half of a body and the next request share a record.
    client->send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40000\r\n\r\n" +
                 std::string(20'000, 'a'));
    client->send(std::string(20'000, 'b') + get("/next"));
    CPPUNIT_ASSERT_EQUAL(std::size_t(40'000 + 8), client->read().body.size());
    CPPUNIT_ASSERT_EQUAL(std::string("GET /next "), client->read().body);
  }

  void an_answer_larger_than_the_socket_takes_arrives_whole() {
    HttpFront front(settings(), echo);
    RawHttp client(front.tls_port(), 4096, RawTls{certificates_.ca_file()});
    client.send(get("/large") + get("/next"));
    CPPUNIT_ASSERT(std::string(large, 'x') == client.read().body);
    CPPUNIT_ASSERT_EQUAL(std::string("GET /next "), client.read().body);
  }

  void a_reader_that_never_reads_is_cut() {
    auto one_worker = settings();
    one_worker.workers = 1;
    one_worker.request_deadline = milliseconds(600);
    HttpFront front(one_worker, echo);
    RawHttp client(front.tls_port(), 4096, RawTls{certificates_.ca_file()});
    client.send(get("/large"));
    CPPUNIT_ASSERT(eventually([&] { return front.counters().waiting > 0; }));
    CPPUNIT_ASSERT_EQUAL(200, ask(front));
    CPPUNIT_ASSERT(eventually([&] { return front.counters().cut == 1 && front.counters().open <= 1; }));
    CPPUNIT_ASSERT(client.read_all().size() < large);
    CPPUNIT_ASSERT_EQUAL(std::size_t(0), front.counters().waiting);
  }

  void new_connections_get_the_new_certificate_and_old_ones_go_on() {
    HttpFront front(settings(), echo);
    const auto before = connect(front);
    const auto next =
        tests::identity_of(certificates_.issue_for("localhost", 30, "open sesame"), "open sesame");
    front.change_identity(next);
    CPPUNIT_ASSERT(front.identity() == next);
    const auto after = connect(front);
    CPPUNIT_ASSERT(before->serial() != after->serial());
    for (const auto& client : {&before, &after}) {
      (*client)->send(get("/a"));
      CPPUNIT_ASSERT_EQUAL(200, (*client)->read().status);
    }
  }

  void stop_says_goodbye() {
    HttpFront front(settings(), echo);
    const auto client = connect(front);
    client->send(get("/a"));
    CPPUNIT_ASSERT_EQUAL(200, client->read().status);
    front.stop();
    CPPUNIT_ASSERT(client->ended());
    CPPUNIT_ASSERT(client->was_told_goodbye());
  }

 private:
  HttpFront::Settings settings() {
    HttpFront::Settings settings;
    settings.workers = 4;
    settings.tls = tests::identity_of(certificates_.issue("localhost"));
    return settings;
  }
  std::unique_ptr<RawHttp> connect(const HttpFront& front, const std::string& highest = "") {
    return std::make_unique<RawHttp>(front.tls_port(), 0, RawTls{certificates_.ca_file(), highest});
  }
  int ask(const HttpFront& front) {
    const auto client = connect(front);
    client->send(get("/a"));
    return client->read().status;
  }
  static std::string url(const HttpFront& front) {
    return "https://localhost:" + std::to_string(front.tls_port()) + '/';
  }

  tests::Certificates certificates_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(HttpTlsTest);
