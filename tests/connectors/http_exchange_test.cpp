#include "connectors/engine/http_exchange.h"

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/certificates.h"
#include "tests/support/scripted_server.h"

namespace {

using connectors::Delivery;
using connectors::HttpClient;
using connectors::HttpRequest;
using connectors::HttpResult;
using tests::Peer;
using tests::ScriptedServer;
using namespace std::chrono_literals;

// Long enough that no sound exchange meets it, short enough that a hang ends the test.
constexpr auto plenty = 20s;
constexpr auto deadline = 1s;  // for what is to meet it

HttpRequest get(const std::string& url, std::chrono::milliseconds deadline = plenty) {
  return {"GET", url, {}, "", deadline};
}

HttpRequest post(const std::string& url, std::string body = "{}",
                 std::chrono::milliseconds deadline = plenty) {
  return {"POST", url, {{"Content-Type", "application/json"}}, std::move(body), deadline};
}

std::string word(Delivery delivery) {
  return delivery == Delivery::answered  ? "answered"
         : delivery == Delivery::unknown ? "unknown"
                                         : "not_delivered";
}

void check(const std::string& name, const HttpResult& result, Delivery delivery, const std::string& reason) {
  CPPUNIT_ASSERT_EQUAL_MESSAGE(name + ": " + result.detail, word(delivery), word(result.delivery));
  CPPUNIT_ASSERT_EQUAL_MESSAGE(name + ": " + result.detail, reason, result.reason);
}

// Sends these bytes after the request and closes.
HttpResult after_bytes(const std::string& bytes, HttpClient::Limits limits = {}, const char* method = "GET") {
  ScriptedServer server([&](Peer& peer) {
    if (!peer.read_request()) return;
    peer.send(bytes);
    peer.close();
  });
  HttpClient client({}, limits);
  HttpRequest request = get(server.url());
  request.method = method;
  return client.exchange(request);
}

}  // namespace

class HttpExchangeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HttpExchangeTest);
  CPPUNIT_TEST(sends_what_was_asked_and_reads_the_whole_answer);
  CPPUNIT_TEST(whole_answers_of_every_framing_are_read);
  CPPUNIT_TEST(what_is_no_whole_answer_is_unknown);
  CPPUNIT_TEST(an_answer_over_the_cap_is_too_large);
  CPPUNIT_TEST(redirects_come_back_as_they_are);
  CPPUNIT_TEST(head_and_no_content_have_no_body);
  CPPUNIT_TEST(a_bad_request_never_leaves);
  CPPUNIT_TEST(refused_and_unresolved_are_not_delivered);
  CPPUNIT_TEST(a_reset_after_the_request_is_unknown);
  CPPUNIT_TEST(the_deadline_holds_in_every_phase);
  CPPUNIT_TEST(an_early_refusal_of_a_large_body_is_read);
  CPPUNIT_TEST(sixteen_exchanges_in_a_row_share_one_connection);
  CPPUNIT_TEST(a_connection_that_the_peer_closed_is_not_used_again);
  CPPUNIT_TEST(a_get_is_repeated_once_when_its_kept_connection_dies_unread);
  CPPUNIT_TEST(a_post_is_never_repeated_once_it_left);
  CPPUNIT_TEST(bytes_after_an_answer_end_its_connection);
  CPPUNIT_TEST(connection_close_and_short_keep_alive_are_respected);
  CPPUNIT_TEST(tls_with_a_trusted_certificate_works_and_keeps_the_connection);
  CPPUNIT_TEST(tls_that_is_not_trusted_is_not_delivered);
  CPPUNIT_TEST(a_tls_peer_that_vanishes_in_the_body_is_unknown);
  CPPUNIT_TEST(a_tls_peer_that_says_nothing_meets_the_deadline);
  CPPUNIT_TEST(stop_ends_exchanges_in_flight_and_refuses_new_ones);
  CPPUNIT_TEST(many_threads_share_one_client);
  CPPUNIT_TEST(percent_encoding_keeps_only_unreserved_characters);
  CPPUNIT_TEST_SUITE_END();

 public:
  void sends_what_was_asked_and_reads_the_whole_answer() {
    tests::SeenRequest seen;
    {
      ScriptedServer server([&](Peer& peer) {
        if (auto request = peer.read_request()) seen = *request;
        peer.answer(201, "{\"id\":1}", "X-Total: 7\r\n");
      });
      HttpClient client;
      HttpRequest request = post(server.url("/api/a%20b?x=%26#part"), "{\"a\":\"\xc3\xa9\"}");
      request.headers.emplace_back("X-Key", "one two");
      const HttpResult result = client.exchange(request);
      check("post", result, Delivery::answered, "");
      CPPUNIT_ASSERT_EQUAL(201, result.answer.status);
      CPPUNIT_ASSERT_EQUAL(std::string("{\"id\":1}"), result.answer.body);
      CPPUNIT_ASSERT_EQUAL(std::string("7"), result.answer.header("x-total").value_or("none"));
      CPPUNIT_ASSERT(!result.answer.header("x-other"));
    }
    CPPUNIT_ASSERT_EQUAL(std::string("POST"), seen.method);
    CPPUNIT_ASSERT_EQUAL(std::string("/api/a%20b?x=%26"), seen.target);
    CPPUNIT_ASSERT_EQUAL(std::string("{\"a\":\"\xc3\xa9\"}"), seen.body);
    CPPUNIT_ASSERT_EQUAL(std::string("one two"), seen.header("x-key"));
    CPPUNIT_ASSERT_EQUAL(std::string("identity"), seen.header("accept-encoding"));
    CPPUNIT_ASSERT(seen.header("host").rfind("127.0.0.1:", 0) == 0);
  }

  void whole_answers_of_every_framing_are_read() {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"},
        {"length twice the same", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello"},
        {"no reason", "HTTP/1.1 200\r\ncontent-length:5\r\n\r\nhello"},
        {"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"},
        {"chunk extension",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5 ;a=b\r\nhello\r\n0\r\n\r\n"},
        {"trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n"},
        {"until close", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"},
        {"http 1.0", "HTTP/1.0 200 OK\r\n\r\nhello"},
        {"after interim answers",
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n"
         "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"}};
    for (const auto& [name, bytes] : cases) {
      const HttpResult result = after_bytes(bytes);
      check(name, result, Delivery::answered, "");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, 200, result.answer.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string("hello"), result.answer.body);
    }
  }

  void what_is_no_whole_answer_is_unknown() {
    struct Case {
      const char* name;
      std::string bytes;
      const char* reason;
    };
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const std::vector<Case> cases = {
        {"nothing", "", "connection_lost"},
        {"half a head", "HTTP/1.1 200 OK\r\nContent-Le", "connection_lost"},
        {"body cut", ok + "Content-Length: 100\r\n\r\nhello", "connection_lost"},
        {"chunk cut", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", "connection_lost"},
        {"last chunk missing", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "connection_lost"},
        {"end of trailer missing", ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n", "connection_lost"},
        {"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "not_an_answer"},
        {"HTTP 2", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "not_an_answer"},
        {"no length, kept open", ok + "\r\nhello", "not_an_answer"},
        {"two lengths", ok + "Content-Length: 5\r\nContent-Length: 4\r\n\r\nhello", "not_an_answer"},
        {"negative length", ok + "Content-Length: -5\r\n\r\n", "not_an_answer"},
        {"length and chunked", ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "not_an_answer"},
        {"other coding", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "not_an_answer"},
        {"space before colon", ok + "Content-Length : 5\r\n\r\nhello", "not_an_answer"},
        {"folded field", ok + "A: b\r\n c\r\nContent-Length: 0\r\n\r\n", "not_an_answer"},
        {"bare LF in the head", ok + "A: b\nContent-Length: 0\r\n\r\n", "not_an_answer"},
        {"chunk size with a space", ok + "Transfer-Encoding: chunked\r\n\r\n 5\r\nhello\r\n0\r\n\r\n",
         "not_an_answer"},
        {"chunk longer than it says", ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n0\r\n\r\n",
         "not_an_answer"},
        {"chunk size with 0x", ok + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
         "not_an_answer"},
        {"switched protocol", "HTTP/1.1 101 Switching\r\n\r\n", "not_an_answer"},
    };
    for (const Case& one : cases)
      for (const char* method : {"GET", "POST"})
        check(std::string(one.name) + ' ' + method, after_bytes(one.bytes, {}, method), Delivery::unknown,
              one.reason);
  }

  void an_answer_over_the_cap_is_too_large() {
    HttpClient::Limits limits;
    limits.max_answer_bytes = 1000;
    const std::string body(1001, 'x');
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    check("by length", after_bytes(ok + "Content-Length: 1001\r\n\r\n", limits), Delivery::unknown,
          "too_large");
    check("chunked", after_bytes(ok + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + body, limits),
          Delivery::unknown, "too_large");
    check("until close", after_bytes(ok + "Connection: close\r\n\r\n" + body, limits), Delivery::unknown,
          "too_large");
    check("endless head", after_bytes(ok + "X: " + std::string(70'000, 'x'), limits), Delivery::unknown,
          "too_large");
    const HttpResult fits = after_bytes(ok + "Content-Length: 1000\r\n\r\n" + body.substr(1), limits);
    check("just fits", fits, Delivery::answered, "");
    CPPUNIT_ASSERT_EQUAL(std::size_t{1000}, fits.answer.body.size());
  }

  void redirects_come_back_as_they_are() {
    ScriptedServer server([](Peer& peer) {
      while (peer.read_request()) peer.answer(302, "", "Location: /elsewhere\r\n");
    });
    HttpClient client;
    const HttpResult result = client.exchange(get(server.url()));
    check("302", result, Delivery::answered, "");
    CPPUNIT_ASSERT_EQUAL(302, result.answer.status);
    CPPUNIT_ASSERT_EQUAL(std::string("/elsewhere"), result.answer.header("location").value_or(""));
    CPPUNIT_ASSERT_EQUAL(1, server.accepted());
  }

  void head_and_no_content_have_no_body() {
    const HttpResult head = after_bytes("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", {}, "HEAD");
    check("HEAD", head, Delivery::answered, "");
    CPPUNIT_ASSERT(head.answer.body.empty());
    check("204", after_bytes("HTTP/1.1 204 No Content\r\n\r\n", {}, "DELETE"), Delivery::answered, "");
  }

  void a_bad_request_never_leaves() {
    ScriptedServer server([](Peer& peer) { peer.hold(); });
    HttpClient client;
    struct Case {
      const char* name;
      HttpRequest request;
    };
    const std::string url = server.url();
    const std::vector<Case> cases = {
        {"scheme", get("ftp://127.0.0.1/")},
        {"user in the address", get("http://a:b@127.0.0.1/")},
        {"space in the address", get(server.url("/a b"))},
        {"port", get("http://127.0.0.1:99999/")},
        {"line break in a header", {"GET", url, {{"X", "a\r\nY: b"}}, "", plenty}},
        {"header name", {"GET", url, {{"X Y", "a"}}, "", plenty}},
        {"length of their own", {"POST", url, {{"content-length", "3"}}, "abc", plenty}},
        {"method", {"GET /x", url, {}, "", plenty}},
    };
    for (const Case& one : cases)
      check(one.name, client.exchange(one.request), Delivery::not_delivered, "internal");
    CPPUNIT_ASSERT_EQUAL(0, server.accepted());
  }

  void refused_and_unresolved_are_not_delivered() {
    HttpClient client;
    const std::string closed = std::to_string(tests::closed_port());
    check("refused", client.exchange(post("http://127.0.0.1:" + closed)), Delivery::not_delivered,
          "refused_connection");
    check("refused on TLS", client.exchange(post("https://127.0.0.1:" + closed)), Delivery::not_delivered,
          "refused_connection");
    // A label of more than 63 characters is refused by the lookup without asking anybody.
    const HttpResult unresolved = client.exchange(post("http://" + std::string(64, 'a') + ".invalid/"));
    check("unresolved", unresolved, Delivery::not_delivered, "unresolved");
  }

  void a_reset_after_the_request_is_unknown() {
    ScriptedServer server([](Peer& peer) {
      if (peer.read_request()) peer.reset();
    });
    HttpClient client;
    check("POST", client.exchange(post(server.url())), Delivery::unknown, "connection_lost");
    check("GET", client.exchange(get(server.url())), Delivery::unknown, "connection_lost");
  }

  void the_deadline_holds_in_every_phase() {
    HttpClient client;
    std::atomic<bool> over{false};
    const auto drip = [&](Peer& peer, const std::string& first) {
      if (!peer.read_request()) return;
      peer.send(first);
      while (!over) {
        peer.send("x");
        std::this_thread::sleep_for(1ms);
      }
    };
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    ScriptedServer mute([](Peer& peer) { peer.hold(); });
    ScriptedServer body([&](Peer& peer) { drip(peer, ok + "Content-Length: 5000000\r\n\r\n"); });
    ScriptedServer chunks(
        [&](Peer& peer) { drip(peer, ok + "Transfer-Encoding: chunked\r\n\r\nfffff\r\n"); });
    ScriptedServer head([&](Peer& peer) { drip(peer, ok + "X: "); });
    ScriptedServer unread([&](Peer& peer) {
      peer.read_head();
      while (!over) std::this_thread::sleep_for(1ms);
    });
    struct Case {
      const char* name;
      HttpRequest request;
    };
    const std::vector<Case> cases = {
        {"no answer", post(mute.url(), "{}", deadline)},
        {"dripping body", get(body.url(), deadline)},
        {"dripping chunk", get(chunks.url(), deadline)},
        {"dripping head", get(head.url(), deadline)},
        {"body not taken", post(unread.url(), std::string(16u << 20, 'x'), deadline)},
    };
    std::vector<std::future<HttpResult>> flights;
    for (const Case& one : cases)
      flights.push_back(std::async(std::launch::async, [&] { return client.exchange(one.request); }));
    for (auto& flight : flights) flight.wait();
    over = true;
    for (std::size_t i = 0; i < cases.size(); ++i)
      check(cases[i].name, flights[i].get(), Delivery::unknown, "timeout");
    check("no time at all", client.exchange(post(mute.url(), "{}", 0ms)), Delivery::not_delivered, "timeout");
  }

  void an_early_refusal_of_a_large_body_is_read() {
    ScriptedServer server([](Peer& peer) {
      peer.read_head();
      peer.answer(413, "too much", "Connection: close\r\n");
      peer.hold();
    });
    HttpClient client;
    const HttpResult result = client.exchange(post(server.url(), std::string(32u << 20, 'x')));
    check("413", result, Delivery::answered, "");
    CPPUNIT_ASSERT_EQUAL(413, result.answer.status);
    CPPUNIT_ASSERT_EQUAL(std::string("too much"), result.answer.body);
  }

  void sixteen_exchanges_in_a_row_share_one_connection() {
    ScriptedServer server([](Peer& peer) {
      while (peer.read_request()) peer.answer(200, "ok");
    });
    HttpClient client;
    for (int i = 0; i < 16; ++i) check("turn", client.exchange(post(server.url())), Delivery::answered, "");
    CPPUNIT_ASSERT_EQUAL(1, server.accepted());
  }

  void a_connection_that_the_peer_closed_is_not_used_again() {
    std::promise<void> closed;
    ScriptedServer server([&](Peer& peer) {
      if (!peer.read_request()) return;
      peer.answer(200, "ok");
      peer.close();
      if (peer.number() == 0) closed.set_value();
    });
    HttpClient client;
    check("first", client.exchange(post(server.url())), Delivery::answered, "");
    closed.get_future().wait();
    check("second", client.exchange(post(server.url())), Delivery::answered, "");
    CPPUNIT_ASSERT_EQUAL(2, server.accepted());
  }

  // Answers the first request of the first connection, and dies on the second.
  static void die_on_second(Peer& peer) {
    int turns = 0;
    while (peer.read_request()) {
      if (peer.number() == 0 && ++turns == 2) return peer.reset();
      peer.answer(200, "ok");
    }
  }

  void a_get_is_repeated_once_when_its_kept_connection_dies_unread() {
    ScriptedServer server(die_on_second);
    HttpClient client;
    check("first", client.exchange(get(server.url())), Delivery::answered, "");
    check("second", client.exchange(get(server.url())), Delivery::answered, "");
    CPPUNIT_ASSERT_EQUAL(2, server.accepted());

    ScriptedServer dead([](Peer& peer) {
      if (peer.number() == 0 && peer.read_request()) peer.answer(200, "ok");
      if (peer.read_request()) peer.reset();
    });
    check("first", client.exchange(get(dead.url())), Delivery::answered, "");
    check("dies again", client.exchange(get(dead.url())), Delivery::unknown, "connection_lost");
    CPPUNIT_ASSERT_EQUAL(2, dead.accepted());
  }

  void a_post_is_never_repeated_once_it_left() {
    ScriptedServer server(die_on_second);
    HttpClient client;
    check("first", client.exchange(post(server.url())), Delivery::answered, "");
    check("second", client.exchange(post(server.url())), Delivery::unknown, "connection_lost");
    CPPUNIT_ASSERT_EQUAL(1, server.accepted());
  }

  void bytes_after_an_answer_end_its_connection() {
    ScriptedServer server([](Peer& peer) {
      while (peer.read_request())
        peer.send(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    });
    HttpClient client;
    for (int i = 0; i < 2; ++i) {
      const HttpResult result = client.exchange(post(server.url()));
      check("turn", result, Delivery::answered, "");
      CPPUNIT_ASSERT_EQUAL(200, result.answer.status);
    }
    CPPUNIT_ASSERT_EQUAL(2, server.accepted());
  }

  void connection_close_and_short_keep_alive_are_respected() {
    for (const char* header : {"Connection: close\r\n", "Keep-Alive: timeout=1\r\n"}) {
      ScriptedServer server([&](Peer& peer) {
        while (peer.read_request()) peer.answer(200, "ok", header);
      });
      HttpClient client;
      for (int i = 0; i < 3; ++i) check(header, client.exchange(post(server.url())), Delivery::answered, "");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(header, 3, server.accepted());
    }
  }

  void tls_with_a_trusted_certificate_works_and_keeps_the_connection() {
    tests::Certificates certificates;
    ScriptedServer server(
        [](Peer& peer) {
          while (auto request = peer.read_request()) peer.answer(200, request->body);
        },
        certificates.issue("localhost"));
    HttpClient client(connectors::TlsSettings{certificates.ca_file()});
    const std::string large(300'000, 'y');
    for (int i = 0; i < 4; ++i) {
      const HttpResult result = client.exchange(post(server.url(), large));
      check("turn", result, Delivery::answered, "");
      CPPUNIT_ASSERT(large == result.answer.body);
    }
    CPPUNIT_ASSERT_EQUAL(1, server.accepted());

    ScriptedServer by_address([](Peer& peer) { peer.answer(200, "ok"); }, certificates.issue("127.0.0.1"));
    check("by address", client.exchange(get("https://127.0.0.1:" + std::to_string(by_address.port()))),
          Delivery::answered, "");
  }

  void tls_that_is_not_trusted_is_not_delivered() {
    tests::Certificates ours;
    tests::Certificates others;
    struct Case {
      const char* name;
      tests::ServerIdentity identity;
      const char* says;
    };
    const std::vector<Case> cases = {
        {"self-signed", ours.self_signed("localhost"), "self-signed"},
        {"unknown authority", others.issue("localhost"), "unable to get local issuer"},
        {"other host name", ours.issue("desk.example.test"), "not for the host name localhost"},
        {"expired", ours.issue("localhost", true), "expired"},
    };
    HttpClient client(connectors::TlsSettings{ours.ca_file()});
    for (const Case& one : cases) {
      std::atomic<bool> saw_request{false};
      ScriptedServer server([&](Peer& peer) { saw_request = peer.read_head().has_value(); }, one.identity);
      const HttpResult result = client.exchange(post(server.url()));
      check(one.name, result, Delivery::not_delivered, "tls");
      CPPUNIT_ASSERT_MESSAGE(one.name + (": " + result.detail),
                             result.detail.find(one.says) != std::string::npos);
      CPPUNIT_ASSERT_MESSAGE(one.name, !saw_request);
    }
    ScriptedServer plain([](Peer& peer) { peer.send("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n"); });
    check("plain server", client.exchange(post("https://localhost:" + std::to_string(plain.port()))),
          Delivery::not_delivered, "tls");
    HttpClient misled(connectors::TlsSettings{"/nonexistent/ca.pem"});
    check("no CA file", misled.exchange(post("https://localhost:1")), Delivery::not_delivered, "tls");
  }

  void a_tls_peer_that_vanishes_in_the_body_is_unknown() {
    tests::Certificates certificates;
    ScriptedServer server(
        [](Peer& peer) {
          const auto request = peer.read_request();
          if (!request) return;
          peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf");
          if (request->target == "/polite") peer.close();
          peer.drop();
        },
        certificates.issue("localhost"));
    HttpClient client(connectors::TlsSettings{certificates.ca_file()});
    check("polite", client.exchange(post(server.url("/polite"))), Delivery::answered, "");
    check("cut", client.exchange(post(server.url("/cut"))), Delivery::unknown, "connection_lost");
  }

  void a_tls_peer_that_says_nothing_meets_the_deadline() {
    ScriptedServer mute([](Peer& peer) { peer.hold(); });
    HttpClient client;
    check("handshake", client.exchange(post("https://localhost:" + std::to_string(mute.port()), "{}", 100ms)),
          Delivery::not_delivered, "timeout");
  }

  void stop_ends_exchanges_in_flight_and_refuses_new_ones() {
    std::promise<void> arrived;
    ScriptedServer server([&](Peer& peer) {
      if (peer.read_request()) arrived.set_value();
      peer.hold();
    });
    HttpClient client;
    auto flight = std::async(std::launch::async, [&] { return client.exchange(post(server.url())); });
    arrived.get_future().wait();
    client.stop();
    check("in flight", flight.get(), Delivery::unknown, "stopped");
    check("new", client.exchange(post(server.url())), Delivery::not_delivered, "stopped");
    CPPUNIT_ASSERT_EQUAL(1, server.accepted());
  }

  void many_threads_share_one_client() {
    ScriptedServer server([](Peer& peer) {
      while (auto request = peer.read_request()) peer.answer(200, request->body);
    });
    HttpClient client;
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 25; ++i) {
          const std::string body = std::to_string(t) + '/' + std::to_string(i);
          const HttpResult result = client.exchange(post(server.url(), body));
          if (result.delivery == Delivery::answered && result.answer.body == body) ++right;
        }
      });
    for (std::thread& thread : threads) thread.join();
    CPPUNIT_ASSERT_EQUAL(200, right.load());
    CPPUNIT_ASSERT(server.accepted() <= 8);
  }

  void percent_encoding_keeps_only_unreserved_characters() {
    CPPUNIT_ASSERT_EQUAL(std::string("a%20b%26%2B%25%C3%A9-._~9"),
                         connectors::percent_encode("a b&+%\xc3\xa9-._~9"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HttpExchangeTest);
