// Each kind of sink against somebody who is not always well: at least once, in order, no gap, whatever
// happens between sending and knowing.

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sys/stat.h>
#include <thread>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/log.h"
#include "tests/support/certificates.h"
#include "tests/support/fake_splunk.h"
#include "tests/support/siem_bench.h"
#include "tests/support/syslog_receiver.h"

using bridge::SiemConfig;
using bridge::SiemStream;
using mappings::Json;
using tests::FakeSplunk;
using tests::gap_in;
using tests::SiemBench;
using tests::SyslogReceiver;
using Mood = tests::FakeSplunk::Mood;
using Transport = bridge::SyslogConfig::Transport;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr const char* token = "0ddba11-hunter2-token";

std::string logged;
void keep_line(const std::string& line) {
  logged += line + '\n';
}

SiemConfig splunk_at(const FakeSplunk& splunk) {
  bridge::SplunkConfig to;
  to.url = splunk.url();
  to.token = bridge::Secret(token);
  return tests::siem_config(to);
}

SiemConfig syslog_at(std::uint16_t port, Transport transport = Transport::tcp) {
  bridge::SyslogConfig to;
  to.transport = transport;
  to.host = transport == Transport::tls ? "localhost" : "127.0.0.1";
  to.port = port;
  to.settle = 1s;
  return tests::siem_config(to);
}

std::vector<std::int64_t> lines_of(const fs::path& file) {
  std::vector<std::int64_t> found;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    found.push_back(Json::parse(line).get("sequence").as_integer().value_or(-1));
  return found;
}

std::vector<std::int64_t> joined(std::vector<std::int64_t> all, const std::vector<std::int64_t>& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

class SplunkSinkTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SplunkSinkTest);
  CPPUNIT_TEST(a_batch_counts_when_the_indexer_has_acknowledged_it);
  CPPUNIT_TEST(a_batch_that_is_never_acknowledged_is_sent_again);
  CPPUNIT_TEST(nothing_is_lost_or_disordered_when_the_collector_is_unwell);
  CPPUNIT_TEST(waits_as_long_as_a_busy_collector_asks);
  CPPUNIT_TEST(goes_on_with_the_same_batch_after_a_restart_between_sending_and_acknowledgement);
  CPPUNIT_TEST(says_so_when_the_token_does_not_acknowledge);
  CPPUNIT_TEST(sends_less_at_a_time_when_a_batch_is_too_large);
  CPPUNIT_TEST(shows_the_token_nowhere);
  CPPUNIT_TEST(checks_the_certificate_against_the_authority_of_the_sink);
  CPPUNIT_TEST(events_carry_what_the_configuration_says);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    logged.clear();
    bridge::set_log_sink(keep_line);
  }
  void tearDown() override { bridge::set_log_sink(nullptr); }

  void a_batch_counts_when_the_indexer_has_acknowledged_it() {
    SiemBench bench;
    FakeSplunk splunk(token);
    splunk.acknowledge_after(3);
    bench.add_rows(5);
    const auto stream = bench.stream(splunk_at(splunk));
    stream->step();
    CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(splunk.indexed(), 5));
    for (int question = 0; question < 3; ++question) {
      CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.cursor());
      CPPUNIT_ASSERT_EQUAL(std::string("sending"), stream->state().word);
      bench.clock.advance(5s);
      stream->step();
    }
    bench.clock.advance(5s);
    stream->step();
    CPPUNIT_ASSERT_EQUAL(4, splunk.questions());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, bench.cursor());
    CPPUNIT_ASSERT_EQUAL(std::string("in step"), stream->state().word);
    CPPUNIT_ASSERT_EQUAL(std::string(), splunk.problem());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, splunk.bodies().size());
  }

  void a_batch_that_is_never_acknowledged_is_sent_again() {
    SiemBench bench;
    FakeSplunk splunk(token);
    splunk.next({Mood::forget, Mood::forget});
    bench.add_rows(3);
    const auto stream = bench.stream(splunk_at(splunk));
    bench.run(*stream, "all are there", [&] { return bench.cursor() == 3; });
    CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(splunk.indexed(), 3));
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, splunk.bodies().size());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{6}, stream->state().repeated);
    CPPUNIT_ASSERT_EQUAL(std::string(), splunk.problem());
  }

  void nothing_is_lost_or_disordered_when_the_collector_is_unwell() {
    SiemBench bench;
    FakeSplunk splunk(token);
    splunk.next({Mood::busy, Mood::well, Mood::cut, Mood::half_an_answer, Mood::forget, Mood::refuse,
                 Mood::cut, Mood::well, Mood::half_an_answer, Mood::forget});
    bench.add_rows(900);
    const auto stream = bench.stream(splunk_at(splunk));
    bench.run(*stream, "all are there", [&] { return bench.cursor() == 900; });
    CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(splunk.indexed(), 900));
    CPPUNIT_ASSERT_EQUAL(std::string(), splunk.problem());
    CPPUNIT_ASSERT_MESSAGE("some came twice", splunk.indexed().size() > 900);
    CPPUNIT_ASSERT_EQUAL(0, stream->state().failures);
  }

  void waits_as_long_as_a_busy_collector_asks() {
    SiemBench bench;
    FakeSplunk splunk(token);
    splunk.next({Mood::busy});
    bench.add_rows(1);
    const auto stream = bench.stream(splunk_at(splunk));
    CPPUNIT_ASSERT(stream->step() >= 7s);
    CPPUNIT_ASSERT_EQUAL(std::string("failing"), stream->state().word);
    CPPUNIT_ASSERT_EQUAL(std::string("Splunk answered 503: Server is busy (code 9)"),
                         stream->state().last_error);
    bench.clock.advance(6s);
    stream->step();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, splunk.bodies().size());
    bench.run(*stream, "taken", [&] { return bench.cursor() == 1; });
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, splunk.bodies().size());
  }

  void goes_on_with_the_same_batch_after_a_restart_between_sending_and_acknowledgement() {
    SiemBench bench;
    FakeSplunk splunk(token);
    splunk.next({Mood::well, Mood::forget});
    bench.add_rows(250);
    auto stream = bench.stream(splunk_at(splunk));
    bench.run(*stream, "the second batch is out", [&] { return splunk.bodies().size() == 2; });
    CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, bench.cursor());
    stream.reset();
    stream = bench.stream(splunk_at(splunk));
    bench.run(*stream, "all are there", [&] { return bench.cursor() == 250; });
    CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(splunk.indexed(), 250));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("each run has a channel of its own", std::size_t{2},
                                 splunk.channels().size());
  }

  void says_so_when_the_token_does_not_acknowledge() {
    SiemBench bench;
    FakeSplunk splunk(token);
    splunk.next({Mood::no_acknowledgement});
    bench.add_rows(2);
    const auto stream = bench.stream(splunk_at(splunk));
    stream->step();
    stream->step();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, bench.cursor());
    CPPUNIT_ASSERT_EQUAL(0, splunk.questions());
    CPPUNIT_ASSERT(stream->state().remark.find("no indexer acknowledgement") != std::string::npos);
    CPPUNIT_ASSERT(logged.find("siem_remark") != std::string::npos);
    // Nobody asks when nobody wants to know.
    SiemConfig config = splunk_at(splunk);
    config.name = "quick";
    std::get<bridge::SplunkConfig>(config.to).acknowledge = false;
    const auto quick = bench.stream(config);
    quick->step();
    quick->step();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, bench.cursor("quick"));
    CPPUNIT_ASSERT_EQUAL(0, splunk.questions());
    CPPUNIT_ASSERT_EQUAL(std::string(), quick->state().remark);
  }

  void sends_less_at_a_time_when_a_batch_is_too_large() {
    SiemBench bench;
    FakeSplunk splunk(token);
    splunk.next({Mood::too_large});
    bench.add_rows(150);
    const auto stream = bench.stream(splunk_at(splunk));
    bench.run(*stream, "all are there", [&] { return bench.cursor() == 150; });
    CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(splunk.indexed(), 150));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, stream->state().repeated);
  }

  void shows_the_token_nowhere() {
    SiemBench bench;
    FakeSplunk splunk(token);
    splunk.next({Mood::refuse, Mood::cut, Mood::half_an_answer});
    bench.add_rows(1);
    const auto stream = bench.stream(splunk_at(splunk));
    stream->step();
    CPPUNIT_ASSERT_EQUAL(std::string("Splunk answered 403: Invalid token *** (code 4)"),
                         stream->state().last_error);
    std::string seen = stream->describe().dump();
    bench.run(*stream, "taken", [&] {
      seen += stream->describe().dump();
      return bench.cursor() == 1;
    });
    for (const auto& [name, value] : bench.store->values("")) seen += name + value;
    CPPUNIT_ASSERT_EQUAL(std::string::npos, (seen + logged).find(token));
    CPPUNIT_ASSERT(logged.find("siem_failed") != std::string::npos);
  }

  void checks_the_certificate_against_the_authority_of_the_sink() {
    SiemBench bench;
    tests::Certificates certificates, strangers;
    FakeSplunk splunk(token, certificates.issue("localhost"));
    bench.add_rows(2);
    SiemConfig config = splunk_at(splunk);
    config.ca_file = strangers.ca_file();
    const auto wrong = bench.stream(config);
    wrong->step();
    CPPUNIT_ASSERT(wrong->state().last_error.find("certificate is not trusted") != std::string::npos);
    CPPUNIT_ASSERT(splunk.bodies().empty());
    config.ca_file = certificates.ca_file();
    const auto stream = bench.stream(config);
    bench.run(*stream, "taken", [&] { return bench.cursor() == 2; });
    CPPUNIT_ASSERT_EQUAL(std::string(), splunk.problem());
  }

  void events_carry_what_the_configuration_says() {
    SiemBench bench;
    FakeSplunk splunk(token);
    bench.add_rows(1);
    SiemConfig config = splunk_at(splunk);
    auto& to = std::get<bridge::SplunkConfig>(config.to);
    to.index = "security";
    to.sourcetype = "countersign:json";
    const auto stream = bench.stream(config);
    bench.run(*stream, "taken", [&] { return bench.cursor() == 1; });
    const Json event = Json::parse(splunk.bodies().at(0));
    CPPUNIT_ASSERT_EQUAL(std::string("security"), event.get("index").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("countersign:json"), event.get("sourcetype").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("countersign"), event.get("source").string_or(""));
    CPPUNIT_ASSERT_EQUAL(1'700'000'000.0, event.get("time").as_number().value());
    CPPUNIT_ASSERT_EQUAL(std::string("request.approved"), event.get("event").get("action").string_or(""));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SplunkSinkTest);

class SyslogSinkTest : public CppUnit::TestFixture {
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
  void setUp() override { bridge::set_log_sink(keep_line); }
  void tearDown() override { bridge::set_log_sink(nullptr); }

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

class FileSinkTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FileSinkTest);
  CPPUNIT_TEST(writes_one_object_a_line_before_the_cursor_moves);
  CPPUNIT_TEST(writes_again_what_was_written_and_not_recorded);
  CPPUNIT_TEST(ends_a_line_that_a_crash_left_open);
  CPPUNIT_TEST(keeps_so_many_files_of_that_size);
  CPPUNIT_TEST(begins_a_new_file_when_somebody_moved_it_away);
  CPPUNIT_TEST(goes_on_in_a_file_that_somebody_emptied);
  CPPUNIT_TEST(waits_while_the_disk_does_not_take_it);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { bridge::set_log_sink(keep_line); }
  void tearDown() override { bridge::set_log_sink(nullptr); }

  void writes_one_object_a_line_before_the_cursor_moves() {
    SiemBench bench;
    bench.add_rows(3);
    const auto stream = bench.stream(config_in(bench));
    stream->step();
    CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(lines_of(file(bench)), 3));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.cursor());
    stream->step();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, bench.cursor());
    struct stat now {};
    CPPUNIT_ASSERT_EQUAL(0, ::stat(file(bench).c_str(), &now));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("nobody else may read it", 0u, now.st_mode & 0007u);
  }

  void writes_again_what_was_written_and_not_recorded() {
    SiemBench bench;
    bench.add_rows(2);
    auto stream = bench.stream(config_in(bench));
    stream->step();
    stream.reset();  // as killed between the write and the cursor
    stream = bench.stream(config_in(bench));
    all_written(bench, *stream, 2);
    CPPUNIT_ASSERT_EQUAL(std::size_t{4}, lines_of(file(bench)).size());
  }

  void ends_a_line_that_a_crash_left_open() {
    SiemBench bench;
    bench.add_rows(2);
    const std::string whole = "{\"sequence\":1}\n";
    for (const std::string& torn :
         {whole + "{\"sequence\":2,\"act", std::string("{\"seq"), whole + '{' + std::string(10'000, 'x')}) {
      SiemConfig config = config_in(bench);
      config.name = "sink" + std::to_string(torn.size());
      std::ofstream(file(bench), std::ios::binary | std::ios::trunc) << torn;
      const auto stream = bench.stream(config);
      bench.run(*stream, "written", [&] { return bench.cursor(config.name) == 2; });
      const auto lines = lines_of(file(bench));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(torn.substr(0, 40),
                                   torn.starts_with(whole) ? std::size_t{3} : std::size_t{2}, lines.size());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(torn.substr(0, 40), std::string(), gap_in(lines, 2));
    }
  }

  void keeps_so_many_files_of_that_size() {
    SiemBench bench;
    SiemConfig config = config_in(bench);
    std::get<bridge::SiemFileConfig>(config.to).max_size = 4000;
    std::get<bridge::SiemFileConfig>(config.to).keep = 2;
    const auto stream = bench.stream(config);
    int written = 0;
    for (int round = 0; round < 9; ++round) {
      bench.add_rows(5);
      all_written(bench, *stream, written += 5, false);
    }
    std::vector<std::int64_t> all;
    for (const char* end : {".2", ".1", ""}) {
      const fs::path one = file(bench).string() + end;
      CPPUNIT_ASSERT_MESSAGE(one.string(), fs::file_size(one) <= 4000);
      all = joined(all, lines_of(one));
    }
    CPPUNIT_ASSERT(!fs::exists(file(bench).string() + ".3"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{45}, all.back());
    for (std::size_t i = 1; i < all.size(); ++i) CPPUNIT_ASSERT_EQUAL(all[i - 1] + 1, all[i]);
  }

  void begins_a_new_file_when_somebody_moved_it_away() {
    SiemBench bench;
    const auto stream = bench.stream(config_in(bench));
    bench.add_rows(2);
    all_written(bench, *stream, 2);
    const fs::path moved = file(bench).string() + "-20261122";
    fs::rename(file(bench), moved);
    bench.add_rows(2);
    all_written(bench, *stream, 4, false);
    CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(joined(lines_of(moved), lines_of(file(bench))), 4));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, lines_of(file(bench)).size());
    fs::remove(file(bench));
    bench.add_rows(1);
    all_written(bench, *stream, 5, false);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, lines_of(file(bench)).size());
  }

  void goes_on_in_a_file_that_somebody_emptied() {
    SiemBench bench;
    SiemConfig config = config_in(bench);
    std::get<bridge::SiemFileConfig>(config.to).max_size = 0;
    const auto stream = bench.stream(config);
    bench.add_rows(2);
    all_written(bench, *stream, 2);
    fs::resize_file(file(bench), 0);
    bench.add_rows(2);
    all_written(bench, *stream, 4, false);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, lines_of(file(bench)).size());
    CPPUNIT_ASSERT(!fs::exists(file(bench).string() + ".1"));
  }

  void waits_while_the_disk_does_not_take_it() {
    SiemBench bench;
    bench.add_rows(2);
    fs::create_directories(file(bench));  // a folder stands where the file should be
    const auto stream = bench.stream(config_in(bench));
    for (int i = 0; i < 3; ++i) bench.clock.advance(stream->step());
    CPPUNIT_ASSERT_EQUAL(std::string("failing"), stream->state().word);
    CPPUNIT_ASSERT(stream->state().last_error.starts_with(file(bench).string() + ": cannot open it"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.cursor());
    fs::remove(file(bench));
    all_written(bench, *stream, 2);
  }

 private:
  static fs::path file(const SiemBench& bench) { return bench.folder.path() / "logs" / "audit.ndjson"; }
  static SiemConfig config_in(const SiemBench& bench) {
    fs::create_directories(file(bench).parent_path());
    bridge::SiemFileConfig to;
    to.path = file(bench).string();
    return tests::siem_config(to);
  }
  static void all_written(SiemBench& bench, SiemStream& stream, std::int64_t last, bool in_one_file = true) {
    bench.run(stream, "all are written", [&] { return bench.cursor() == last; });
    if (in_one_file) CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(lines_of(file(bench)), last));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(FileSinkTest);
