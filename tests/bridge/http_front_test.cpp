#include "bridge/api/http_front.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/error.h"
#include "tests/support/raw_http.h"

using bridge::HttpFront;
using bridge::Incoming;
using bridge::Reply;
using std::chrono::milliseconds;
using tests::ask;
using tests::RawAnswer;
using tests::RawHttp;

namespace {
// A gate that handlers wait at until the test opens it.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void await(int waiting) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, waiting] { return waiting_ >= waiting; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

const std::string get = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

// More than the kernel keeps for a client that does not read.
constexpr std::size_t large = 16u << 20;

// Answers with what it was asked, so that a test sees which requests reached it.
Reply echo(const Incoming& request) {
  if (request.path == "/large") return {200, {{"Content-Type", "text/plain"}}, std::string(large, 'x')};
  if (request.path == "/throws") throw 5;
  if (request.path == "/drop") return {200, {}, "never seen", true};
  if (request.path == "/nothing") return {204, {}, {}};
  if (request.path == "/split") return {200, {{"X-Echo", "a\r\nX-Evil: 1"}, {"Content-Length", "1"}}, "body"};
  return {200, {{"Content-Type", "text/plain"}}, request.method + ' ' + request.path + ' ' + request.body};
}

HttpFront::Settings quick() {
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
}  // namespace

class HttpFrontTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HttpFrontTest);
  CPPUNIT_TEST(answers_and_keeps_the_connection);
  CPPUNIT_TEST(no_byte_of_a_refused_request_becomes_another_request);
  CPPUNIT_TEST(a_body_that_no_handler_reads_is_not_the_next_request);
  CPPUNIT_TEST(answers_pipelined_requests_in_order);
  CPPUNIT_TEST(says_continue_before_the_body);
  CPPUNIT_TEST(head_and_204_have_no_body);
  CPPUNIT_TEST(a_large_body_is_refused_and_the_client_can_read_why);
  CPPUNIT_TEST(a_handler_cannot_break_the_answer);
  CPPUNIT_TEST(a_lost_answer_is_a_closed_connection);
  CPPUNIT_TEST(a_truncated_body_reaches_no_handler);
  CPPUNIT_TEST(cuts_slow_senders_while_others_are_served);
  CPPUNIT_TEST(cuts_slow_readers_while_others_are_served);
  CPPUNIT_TEST(an_answer_over_the_limit_of_all_that_waits_is_received_by_who_waits_alone);
  CPPUNIT_TEST(closes_idle_connections);
  CPPUNIT_TEST(idle_connections_hold_no_worker);
  CPPUNIT_TEST(over_the_limit_a_client_is_told_to_come_back);
  CPPUNIT_TEST(stop_lets_a_running_handler_answer);
  CPPUNIT_TEST(stop_cuts_what_outlives_the_grace);
  CPPUNIT_TEST(refuses_an_address_that_is_taken);
  CPPUNIT_TEST(says_which_address_it_cannot_listen_on);
  CPPUNIT_TEST_SUITE_END();

 public:
  void answers_and_keeps_the_connection() {
    HttpFront front(quick(), echo);
    RawHttp client(front.port());
    std::string ids;
    for (int i = 0; i < 3; ++i) {
      client.send("POST //a/b/ HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
      const RawAnswer answer = client.read();
      CPPUNIT_ASSERT_EQUAL(200, answer.status);
      CPPUNIT_ASSERT_EQUAL(std::string("POST /a/b hi"), answer.body);
      CPPUNIT_ASSERT(answer.says("Connection: keep-alive\r\n"));
      CPPUNIT_ASSERT(answer.says("Date: "));
      const std::string id = answer.header.substr(answer.header.find("X-Request-Id: "), 32);
      CPPUNIT_ASSERT_EQUAL(std::string::npos, ids.find(id));
      ids += id;
    }
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CPPUNIT_ASSERT(client.read().says("Connection: close\r\n"));
    CPPUNIT_ASSERT(client.ended());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t(1), front.counters().accepted);
  }

  void no_byte_of_a_refused_request_becomes_another_request() {
    HttpFront front(quick(), echo);
    const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    const struct {
      std::string fields;
      int status;
    } cases[] = {
        {"Content-Length: 2\r\nContent-Length: 5\r\n", 400},
        {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", 400},
        {"Content-Length : 5\r\n", 400},
        {"Content-Length: -5\r\n", 400},
        {"Content-Length: +2\r\n", 400},
        {"Content-Length: abc\r\n", 400},
        {"Transfer-Encoding: gzip, chunked\r\n", 501},
        {"X: a\r\n folded\r\n", 400},
        {"", 411},
    };
    for (const auto& row : cases) {
      RawHttp client(front.port());
      client.send("POST / HTTP/1.1\r\nHost: a\r\n" + row.fields + "\r\n" + smuggled);
      const RawAnswer answer = client.read();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.fields, row.status, answer.status);
      CPPUNIT_ASSERT_MESSAGE(row.fields, answer.says("Connection: close\r\n"));
      CPPUNIT_ASSERT_MESSAGE(row.fields, answer.body.find("{\"Message\":\"") == 0);
      CPPUNIT_ASSERT_MESSAGE(row.fields, client.ended());
    }
    CPPUNIT_ASSERT_EQUAL(std::uint64_t(std::size(cases)), front.counters().malformed);
  }

  void a_body_that_no_handler_reads_is_not_the_next_request() {
    HttpFront front(quick(), [](const Incoming& request) {
      return Reply{request.path == "/smuggled" ? 299 : 401, {}, ""};
    });
    const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    RawHttp client(front.port());
    for (const char* method : {"POST", "GET", "PUT"}) {
      client.send(std::string(method) + " / HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                  std::to_string(smuggled.size()) + "\r\n\r\n" + smuggled);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method, 401, client.read().status);
    }
    client.send("PUT / HTTP/1.1\r\nHost: a\r\n\r\n" + smuggled);
    CPPUNIT_ASSERT_EQUAL(401, client.read().status);
    CPPUNIT_ASSERT(client.ended());
  }

  void answers_pipelined_requests_in_order() {
    HttpFront front(quick(), echo);
    std::string bytes;
    for (int i = 0; i < 50; ++i)
      bytes += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
    RawHttp client(front.port());
    client.send(bytes);
    for (int i = 0; i < 50; ++i)
      CPPUNIT_ASSERT_EQUAL("POST /" + std::to_string(i) + " x", client.read().body);
  }

  void says_continue_before_the_body() {
    HttpFront front(quick(), echo);
    RawHttp client(front.port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    CPPUNIT_ASSERT_EQUAL(100, client.read().status);
    client.send("hello");
    CPPUNIT_ASSERT_EQUAL(std::string("POST / hello"), client.read().body);
  }

  void head_and_204_have_no_body() {
    HttpFront front(quick(), echo);
    RawHttp client(front.port());
    client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /nothing HTTP/1.1\r\nHost: a\r\n\r\n" + get);
    CPPUNIT_ASSERT(client.read(true).says("Content-Length: 12\r\n"));
    const RawAnswer nothing = client.read();
    CPPUNIT_ASSERT_EQUAL(204, nothing.status);
    CPPUNIT_ASSERT(!nothing.says("Content-Length"));
    CPPUNIT_ASSERT_EQUAL(std::string("GET /hello "), client.read().body);
  }

  void a_large_body_is_refused_and_the_client_can_read_why() {
    auto settings = quick();
    settings.max_body = 1000;
    HttpFront front(settings, echo);
    RawHttp client(front.port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + std::string(200'000, 'x'));
    CPPUNIT_ASSERT_EQUAL(413, client.read().status);
    CPPUNIT_ASSERT(client.ended());
  }

  void a_handler_cannot_break_the_answer() {
    HttpFront front(quick(), echo);
    const RawAnswer thrown = ask(front.port(), "GET /throws HTTP/1.1\r\nHost: a\r\n\r\n");
    CPPUNIT_ASSERT_EQUAL(500, thrown.status);
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"Message":"General error"})"), thrown.body);
    const RawAnswer split = ask(front.port(), "GET /split HTTP/1.1\r\nHost: a\r\n\r\n");
    CPPUNIT_ASSERT(!split.says("\r\nX-Evil"));
    CPPUNIT_ASSERT_EQUAL(std::string("body"), split.body);
  }

  void a_lost_answer_is_a_closed_connection() {
    HttpFront front(quick(), echo);
    RawHttp client(front.port());
    client.send("GET /drop HTTP/1.1\r\nHost: a\r\n\r\n");
    CPPUNIT_ASSERT(client.ended());
  }

  void a_truncated_body_reaches_no_handler() {
    std::atomic<int> handled{0};
    HttpFront front(quick(), [&handled](const Incoming&) {
      ++handled;
      return Reply{};
    });
    for (const char* framing :
         {"Content-Length: 9\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
      RawHttp client(front.port());
      client.send(std::string("POST / HTTP/1.1\r\nHost: a\r\n") + framing);
      client.end_sending();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(framing, 400, client.read().status);
      CPPUNIT_ASSERT_MESSAGE(framing, client.ended());
    }
    CPPUNIT_ASSERT_EQUAL(0, handled.load());
  }

  void cuts_slow_senders_while_others_are_served() {
    auto settings = quick();
    settings.request_deadline = milliseconds(300);
    HttpFront front(settings, echo);
    RawHttp in_header(front.port());
    RawHttp in_body(front.port());
    std::atomic<bool> cut{false};
    // Each drop is activity; only a deadline for the whole request ends it.
    std::thread dripping([&] {
      in_header.send("GET / HTTP/1.1\r\nX: ");
      in_body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
      while (!cut) {
        in_header.send("x");
        in_body.send("x");
        std::this_thread::sleep_for(milliseconds(10));
      }
    });
    const int head_status = in_header.read().status;
    const int body_status = in_body.read().status;
    const int served = ask(front.port(), get).status;
    cut = true;
    dripping.join();
    // 408 where the cut finds the connection waiting, a bare end where a worker is just reading a byte.
    CPPUNIT_ASSERT(head_status == 408 || head_status == 0);
    CPPUNIT_ASSERT(body_status == 408 || body_status == 0);
    CPPUNIT_ASSERT_EQUAL(200, served);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t(2), front.counters().cut);
  }

  void cuts_slow_readers_while_others_are_served() {
    auto settings = quick();
    settings.workers = 1;
    settings.request_deadline = milliseconds(600);
    std::atomic<int> handled{0};
    HttpFront front(settings, [&handled](const Incoming& request) {
      ++handled;
      return echo(request);
    });
    RawHttp client(front.port(), 4096);
    client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    CPPUNIT_ASSERT(eventually([&] { return handled == 1 && front.counters().busy == 0; }));
    CPPUNIT_ASSERT_EQUAL(200, ask(front.port(), get).status);
    CPPUNIT_ASSERT(eventually([&] { return front.counters().cut == 1; }));
    CPPUNIT_ASSERT(eventually([&] { return front.counters().open <= 1; }));
    CPPUNIT_ASSERT(client.read_all().size() < large);
  }

  void an_answer_over_the_limit_of_all_that_waits_is_received_by_who_waits_alone() {
    auto settings = quick();
    settings.max_waiting = large / 4;
    HttpFront front(settings, echo);
    RawHttp small(front.port());
    small.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
    CPPUNIT_ASSERT(eventually([&] { return front.counters().waiting > 0; }));
    const std::string get_large = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
    RawHttp first(front.port(), 4096), second(front.port(), 4096);
    first.send(get_large);
    CPPUNIT_ASSERT(eventually([&] { return front.counters().waiting > large; }));
    second.send(get_large);
    CPPUNIT_ASSERT(second.read_all().size() < large);
    CPPUNIT_ASSERT(std::string(large, 'x') == first.read().body);
    small.send("lo");
    CPPUNIT_ASSERT_EQUAL(std::string("POST / hello"), small.read().body);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t(1), front.counters().refused);
  }

  void closes_idle_connections() {
    auto settings = quick();
    settings.idle_timeout = milliseconds(50);
    HttpFront front(settings, echo);
    RawHttp silent(front.port());
    RawHttp used(front.port());
    used.send(get);
    CPPUNIT_ASSERT_EQUAL(200, used.read().status);
    CPPUNIT_ASSERT(silent.ended());
    CPPUNIT_ASSERT(used.ended());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t(0), front.counters().cut);
  }

  void idle_connections_hold_no_worker() {
    HttpFront front(quick(), echo);
    std::vector<std::unique_ptr<RawHttp>> idle;
    for (int i = 0; i < 300; ++i) {
      idle.push_back(std::make_unique<RawHttp>(front.port()));
      idle.back()->send(get);
      CPPUNIT_ASSERT_EQUAL(200, idle.back()->read().status);
    }
    RawHttp working(front.port());
    for (int i = 0; i < 100; ++i) {
      working.send(get);
      CPPUNIT_ASSERT_EQUAL(200, working.read().status);
    }
    CPPUNIT_ASSERT_EQUAL(std::size_t(301), front.counters().open);
    for (auto& client : idle) {
      client->send(get);
      CPPUNIT_ASSERT_EQUAL(200, client->read().status);
    }
  }

  void over_the_limit_a_client_is_told_to_come_back() {
    auto settings = quick();
    settings.max_connections = 2;
    settings.retry_after_s = 7;
    HttpFront front(settings, echo);
    auto first = std::make_unique<RawHttp>(front.port());
    RawHttp second(front.port());
    CPPUNIT_ASSERT(eventually([&] { return front.counters().open == 2; }));
    const RawAnswer refused = ask(front.port(), get);
    CPPUNIT_ASSERT_EQUAL(503, refused.status);
    CPPUNIT_ASSERT(refused.says("Retry-After: 7\r\n"));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t(1), front.counters().refused);
    first.reset();
    CPPUNIT_ASSERT(eventually([&] { return front.counters().open == 1; }));
    CPPUNIT_ASSERT_EQUAL(200, ask(front.port(), get).status);
  }

  void stop_lets_a_running_handler_answer() {
    Gate gate;
    HttpFront front(quick(), [&gate](const Incoming& request) {
      gate.pass();
      return echo(request);
    });
    RawHttp busy(front.port());
    RawHttp idle(front.port());
    busy.send(get);
    gate.await(1);
    std::thread stopping([&front] { front.stop(); });
    const bool idle_ended = idle.ended();
    gate.open();
    const RawAnswer answer = busy.read();
    stopping.join();
    front.stop();
    CPPUNIT_ASSERT(idle_ended);
    CPPUNIT_ASSERT_EQUAL(200, answer.status);
    CPPUNIT_ASSERT(answer.says("Connection: close\r\n"));
    CPPUNIT_ASSERT_EQUAL(std::size_t(0), front.counters().open);
    CPPUNIT_ASSERT_THROW(RawHttp(front.port()), std::runtime_error);
  }

  void stop_cuts_what_outlives_the_grace() {
    Gate gate;
    HttpFront front(quick(), [&gate](const Incoming& request) {
      gate.pass();
      return echo(request);
    });
    RawHttp busy(front.port());
    busy.send(get);
    gate.await(1);
    std::thread stopping([&front] { front.stop(milliseconds(10)); });
    const bool cut = busy.ended();
    gate.open();
    stopping.join();
    CPPUNIT_ASSERT(cut);
  }

  void refuses_an_address_that_is_taken() {
    HttpFront front(quick(), echo);
    auto settings = quick();
    settings.port = front.port();
    try {
      const HttpFront second(settings, echo);
      CPPUNIT_FAIL("it listens");
    } catch (const bridge::Error& e) {
      CPPUNIT_ASSERT(e.code() == bridge::ErrorCode::config_invalid);
      CPPUNIT_ASSERT_EQUAL("cannot listen on 127.0.0.1:" + std::to_string(settings.port) +
                               ": another program has it; stop that one, or listen at another port",
                           std::string(e.what()));
    }
  }

  void says_which_address_it_cannot_listen_on() {
    auto settings = quick();
    settings.address = "2001:db8::1";
    settings.port = 8443;
    try {
      const HttpFront elsewhere(settings, echo);
      CPPUNIT_FAIL("it listens");
    } catch (const bridge::Error& e) {
      CPPUNIT_ASSERT_MESSAGE(e.what(),
                             std::string(e.what()).starts_with("cannot listen on [2001:db8::1]:8443: "));
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HttpFrontTest);
