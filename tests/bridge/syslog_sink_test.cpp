// Syslog over TCP, TLS and UDP against a receiver that is not always well: at least once, in order, no gap.

#include <atomic>
#include <memory>
#include <thread>

#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/certificates.h"
#include "tests/support/quiet_fixture.h"
#include "tests/support/siem_bench.h"
#include "tests/support/syslog_receiver.h"

using bridge::SiemConfig;
using bridge::SiemStream;
using tests::gap_in;
using tests::SiemBench;
using tests::SyslogReceiver;
using Transport = bridge::SyslogConfig::Transport;
using namespace std::chrono_literals;

namespace {

SiemConfig syslog_at(std::uint16_t port, Transport transport = Transport::tcp) {
  bridge::SyslogConfig to;
  to.transport = transport;
  to.host = transport == Transport::tls ? "localhost" : "127.0.0.1";
  to.port = port;
  to.settle = 1s;
  return tests::siem_config(to);
}

}  // namespace

class SyslogSinkTest : public tests::QuietFixture {
  CPPUNIT_TEST_SUITE(SyslogSinkTest);
  CPPUNIT_TEST(streams_over_tcp_with_octet_counting);
  CPPUNIT_TEST(streams_over_tcp_line_by_line);
  CPPUNIT_TEST(streams_over_tls_to_whom_the_authority_names);
  CPPUNIT_TEST(counts_what_was_sent_only_after_it_has_settled);
  CPPUNIT_TEST(sends_again_what_a_reset_connection_may_have_lost);
  CPPUNIT_TEST(goes_on_where_it_was_when_the_receiver_was_away);
  CPPUNIT_TEST(makes_a_new_connection_when_an_idle_one_was_closed);
  CPPUNIT_TEST(sends_one_message_a_datagram_over_udp);
  CPPUNIT_TEST(sends_again_over_udp_when_the_port_was_closed);
  CPPUNIT_TEST(a_stop_ends_a_send_that_nobody_reads);
  CPPUNIT_TEST_SUITE_END();

 public:
  void streams_over_tcp_with_octet_counting() {
    SiemBench bench;
    SyslogReceiver receiver;
    bench.add_rows(450);
    const auto stream = bench.stream(syslog_at(receiver.port()));
    all_arrive(bench, *stream, receiver, 450);
    CPPUNIT_ASSERT_EQUAL(std::size_t{450}, receiver.messages().size());
    CPPUNIT_ASSERT_EQUAL(1, receiver.connections());
  }

  void streams_over_tcp_line_by_line() {
    SiemBench bench;
    SyslogReceiver receiver(std::nullopt, true);
    bench.add_rows(3);
    SiemConfig config = syslog_at(receiver.port());
    std::get<bridge::SyslogConfig>(config.to).newline_framing = true;
    std::get<bridge::SyslogConfig>(config.to).cef = true;
    const auto stream = bench.stream(config);
    all_arrive(bench, *stream, receiver, 3);
    CPPUNIT_ASSERT(receiver.messages().at(2).find("CEF:0|Countersign|audit|") != std::string::npos);
  }

  void streams_over_tls_to_whom_the_authority_names() {
    SiemBench bench;
    tests::Certificates certificates;
    SyslogReceiver receiver(certificates.issue("localhost"));
    bench.add_rows(250);
    SiemConfig config = syslog_at(receiver.port(), Transport::tls);
    const auto stranger = bench.stream(config);
    stranger->step();
    CPPUNIT_ASSERT_EQUAL(std::string("tls://localhost:"), stranger->state().last_error.substr(0, 16));
    CPPUNIT_ASSERT(stranger->state().last_error.find("certificate is not trusted") != std::string::npos);
    config.ca_file = certificates.ca_file();
    const auto stream = bench.stream(config);
    all_arrive(bench, *stream, receiver, 250);
  }

  void counts_what_was_sent_only_after_it_has_settled() {
    SiemBench bench;
    SyslogReceiver receiver;
    bench.add_rows(2);
    const auto stream = bench.stream(syslog_at(receiver.port()));
    stream->step();
    bench.clock.advance(999ms);
    stream->step();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.cursor());
    CPPUNIT_ASSERT_EQUAL(std::string("sending"), stream->state().word);
    bench.run(*stream, "settled", [&] { return bench.cursor() == 2; });
  }

  void sends_again_what_a_reset_connection_may_have_lost() {
    SiemBench bench;
    SyslogReceiver receiver;
    receiver.reset_after(30);
    bench.add_rows(500);
    const auto stream = bench.stream(syslog_at(receiver.port()));
    bench.run(*stream, "the first fault", [&] { return stream->state().failures > 0; });
    CPPUNIT_ASSERT_EQUAL_MESSAGE("nothing counts yet", std::int64_t{0}, bench.cursor());
    receiver.reset_after(0);
    all_arrive(bench, *stream, receiver, 500);
    CPPUNIT_ASSERT(receiver.messages().size() > 500);
    CPPUNIT_ASSERT(stream->state().repeated > 0);
  }

  void goes_on_where_it_was_when_the_receiver_was_away() {
    SiemBench bench;
    const std::uint16_t closed = tests::closed_port();
    bench.add_rows(3);
    auto stream = bench.stream(syslog_at(closed));
    for (int i = 0; i < 4; ++i) bench.clock.advance(stream->step());
    CPPUNIT_ASSERT_EQUAL(std::string("failing"), stream->state().word);
    CPPUNIT_ASSERT(
        stream->state().last_error.starts_with("tcp://127.0.0.1:" + std::to_string(closed) + ": "));
    CPPUNIT_ASSERT(stream->state().behind_since.has_value());
    SyslogReceiver receiver;
    stream = bench.stream(syslog_at(receiver.port()));
    all_arrive(bench, *stream, receiver, 3);
  }

  void makes_a_new_connection_when_an_idle_one_was_closed() {
    SiemBench bench;
    std::atomic<bool> hang_up{false};
    std::atomic<bool> over{false};
    std::atomic<int> came{0};
    tests::ScriptedServer receiver([&](tests::Peer& peer) {
      if (!peer.read_bytes().empty()) ++came;
      // The second one stays: an end of it would be a reason to send again.
      if (peer.number() > 0) return over.wait(false);
      hang_up.wait(false);
      peer.drop();
    });
    const std::shared_ptr<void> end(nullptr, [&](void*) {
      for (std::atomic<bool>* one : {&hang_up, &over}) {
        *one = true;
        one->notify_all();
      }
    });
    bench.add_rows(1);
    const auto stream = bench.stream(syslog_at(receiver.port()));
    bench.run(*stream, "the first has settled", [&] { return bench.cursor() == 1; });
    hang_up = true;
    hang_up.notify_all();
    bench.run(*stream, "hung up", [&] { return receiver.finished() == 1; });
    bench.add_rows(1);
    bench.run(*stream, "the second is there", [&] { return came == 2; });
    CPPUNIT_ASSERT_EQUAL(2, receiver.accepted());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, stream->state().repeated);
  }

  void sends_one_message_a_datagram_over_udp() {
    SiemBench bench;
    tests::UdpReceiver receiver;
    bench.add_rows(3);
    const auto stream = bench.stream(syslog_at(receiver.port(), Transport::udp));
    stream->step();
    std::vector<std::string> messages;
    for (int i = 0; i < 3; ++i) messages.push_back(receiver.next().value_or("none"));
    CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(tests::sequences_of(messages), 3));
    CPPUNIT_ASSERT(messages[0].starts_with("<109>1 "));
    bench.run(*stream, "settled", [&] { return bench.cursor() == 3; });
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, stream->state().repeated);
  }

  void sends_again_over_udp_when_the_port_was_closed() {
    SiemBench bench;
    std::uint16_t port = 0;
    {
      tests::UdpReceiver gone;
      port = gone.port();
    }
    bench.add_rows(2);
    const auto stream = bench.stream(syslog_at(port, Transport::udp));
    bench.run(*stream, "the closed port is heard of", [&] { return stream->state().failures > 0; });
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.cursor());
    tests::UdpReceiver receiver(port);
    bench.run(*stream, "settled", [&] { return bench.cursor() == 2; });
    std::vector<std::string> messages;
    for (int i = 0; i < 2; ++i) messages.push_back(receiver.next().value_or("none"));
    CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(tests::sequences_of(messages), 2));
  }

  void a_stop_ends_a_send_that_nobody_reads() {
    SiemBench bench;
    std::atomic<bool> over{false};
    tests::ScriptedServer silent([&](tests::Peer&) { over.wait(false); });
    // More than the buffers of the system take.
    std::string large = "\"" + std::string(60'000, 'x') + "\"";
    std::vector<bridge::TrailEntry> entries(200);
    for (auto& entry : entries) {
      entry.action = "request.approved";
      entry.new_value = large;
    }
    bench.store->trail().add(entries);
    SiemConfig config = syslog_at(silent.port());
    std::get<bridge::SyslogConfig>(config.to).max_size = 65'000;
    config.timeout = std::chrono::minutes(10);
    const auto stream = bench.stream(config);
    stream->start();
    while (silent.accepted() == 0) std::this_thread::yield();
    stream->stop();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.cursor());
    over = true;
    over.notify_all();
  }

 private:
  static void all_arrive(SiemBench& bench, SiemStream& stream, const SyslogReceiver& receiver,
                         std::int64_t last) {
    bench.run(stream, "all are there", [&] { return bench.cursor() == last; });
    // What was sent last is read by another thread.
    bench.run(stream, "all are read",
              [&] { return gap_in(tests::sequences_of(receiver.messages()), last).empty(); });
    CPPUNIT_ASSERT_EQUAL(std::string(), receiver.problem());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SyslogSinkTest);
