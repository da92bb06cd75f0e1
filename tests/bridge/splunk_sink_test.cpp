// Splunk against a collector that is not always well: at least once, no gap, whatever happens between sending
// and knowing.

#include <algorithm>
#include <memory>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/log.h"
#include "tests/support/certificates.h"
#include "tests/support/fake_splunk.h"
#include "tests/support/siem_bench.h"

using bridge::SiemConfig;
using mappings::Json;
using tests::FakeSplunk;
using tests::gap_in;
using tests::SiemBench;
using Mood = tests::FakeSplunk::Mood;
using namespace std::chrono_literals;

namespace {

constexpr const char* token = "0ddba11-hunter2-token";

std::string logged;
void keep_line(const std::string& line) {
  logged += line + '\n';
}

SiemConfig splunk_at(const FakeSplunk& splunk, std::size_t in_flight = bridge::SplunkConfig().in_flight) {
  bridge::SplunkConfig to;
  to.in_flight = in_flight;
  to.url = splunk.url();
  to.token = bridge::Secret(token);
  return tests::siem_config(to);
}

}  // namespace

class SplunkSinkTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SplunkSinkTest);
  CPPUNIT_TEST(a_batch_counts_when_the_indexer_has_acknowledged_it);
  CPPUNIT_TEST(a_batch_that_is_never_acknowledged_is_sent_again);
  CPPUNIT_TEST(nothing_is_lost_or_disordered_when_the_collector_is_unwell);
  CPPUNIT_TEST(acknowledgements_may_come_in_any_order);
  CPPUNIT_TEST(one_that_is_never_acknowledged_holds_back_what_is_behind_it);
  CPPUNIT_TEST(goes_on_behind_what_was_acknowledged_after_a_restart_in_the_middle);
  CPPUNIT_TEST(sends_no_more_batches_than_may_be_in_flight);
  CPPUNIT_TEST(what_a_busy_collector_took_before_is_not_sent_again);
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
    for (const std::size_t in_flight : {std::size_t{1}, std::size_t{4}}) {
      SiemBench bench;
      FakeSplunk splunk(token);
      splunk.next({Mood::busy, Mood::well, Mood::cut, Mood::half_an_answer, Mood::forget, Mood::refuse,
                   Mood::cut, Mood::late, Mood::well, Mood::half_an_answer, Mood::forget});
      bench.add_rows(1300);
      const auto stream = bench.stream(splunk_at(splunk, in_flight));
      bench.run(*stream, "all are there", [&] { return bench.cursor() == 1300; });
      CPPUNIT_ASSERT_EQUAL_MESSAGE("on the wire", std::string(), gap_in(splunk.sent(), 1300));
      auto indexed = splunk.indexed();
      // Of several an indexer may lose one before it has the others.
      if (in_flight > 1) std::sort(indexed.begin(), indexed.end());
      CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(indexed, 1300));
      CPPUNIT_ASSERT_EQUAL(std::string(), splunk.problem());
      CPPUNIT_ASSERT_MESSAGE("some came twice", indexed.size() > 1300);
      CPPUNIT_ASSERT_EQUAL(0, stream->state().failures);
    }
  }

  void acknowledgements_may_come_in_any_order() {
    SiemBench bench;
    FakeSplunk splunk(token);
    splunk.next({Mood::late});
    bench.add_rows(600);
    const auto stream = bench.stream(splunk_at(splunk));
    bench.run(*stream, "the later two are acknowledged", [&] { return splunk.questions() == 2; });
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, splunk.bodies().size());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.cursor());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, stream->state().arrived);
    bench.run(*stream, "the first is, too", [&] { return bench.cursor() == 600; });
    CPPUNIT_ASSERT_EQUAL(std::size_t{600}, splunk.sent().size());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{600}, stream->state().arrived);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, stream->state().repeated);
    CPPUNIT_ASSERT_EQUAL(std::string(), splunk.problem());
  }

  void one_that_is_never_acknowledged_holds_back_what_is_behind_it() {
    SiemBench bench;
    FakeSplunk splunk(token);
    splunk.next({Mood::well, Mood::forget});
    bench.add_rows(700);
    const auto stream = bench.stream(splunk_at(splunk));
    bench.run(*stream, "all but one are acknowledged",
              [&] { return splunk.bodies().size() == 4 && splunk.questions() > 5; });
    CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, bench.cursor());
    bench.run(*stream, "all are there", [&] { return bench.cursor() == 700; });
    CPPUNIT_ASSERT_EQUAL_MESSAGE("with all behind it", std::int64_t{500}, stream->state().repeated);
    CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(splunk.sent(), 700));
    auto indexed = splunk.indexed();
    std::sort(indexed.begin(), indexed.end());
    CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(indexed, 700));
  }

  void goes_on_behind_what_was_acknowledged_after_a_restart_in_the_middle() {
    SiemBench bench;
    FakeSplunk splunk(token);
    splunk.next({Mood::well, Mood::forget});
    bench.add_rows(800);
    auto stream = bench.stream(splunk_at(splunk));
    bench.run(*stream, "the first is stored, the others are under way",
              [&] { return bench.cursor() == 200 && splunk.bodies().size() == 4; });
    stream.reset();
    stream = bench.stream(splunk_at(splunk));
    bench.run(*stream, "all are there", [&] { return bench.cursor() == 800; });
    const auto sent = splunk.sent();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1400}, sent.size());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{201}, sent.at(800));
    CPPUNIT_ASSERT_EQUAL(std::string(), gap_in(sent, 800));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, splunk.channels().size());
  }

  void sends_no_more_batches_than_may_be_in_flight() {
    SiemBench bench;
    FakeSplunk splunk(token);
    splunk.acknowledge_after(1000);
    bench.add_rows(1000);
    const auto stream = bench.stream(splunk_at(splunk, 2));
    for (int i = 0; i < 20; ++i) bench.clock.advance(stream->step());
    CPPUNIT_ASSERT_EQUAL(std::size_t{400}, splunk.sent().size());
  }

  void what_a_busy_collector_took_before_is_not_sent_again() {
    SiemBench bench;
    FakeSplunk splunk(token);
    splunk.next({Mood::late, Mood::busy, Mood::busy});
    bench.add_rows(400);
    const auto stream = bench.stream(splunk_at(splunk));
    bench.run(*stream, "it is busy", [&] { return splunk.bodies().size() == 2; });
    CPPUNIT_ASSERT_EQUAL(std::string("failing"), stream->state().word);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.cursor());
    bench.run(*stream, "what it took is acknowledged meanwhile", [&] { return bench.cursor() == 200; });
    CPPUNIT_ASSERT_EQUAL_MESSAGE("as it asked", std::size_t{2}, splunk.bodies().size());
    bench.run(*stream, "all are there", [&] { return bench.cursor() == 400; });
    CPPUNIT_ASSERT_EQUAL(std::size_t{400}, splunk.indexed().size());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, stream->state().repeated);
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
    bench.run(*stream, "the second batch is out",
              [&] { return splunk.bodies().size() == 2 && bench.cursor() == 200; });
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
