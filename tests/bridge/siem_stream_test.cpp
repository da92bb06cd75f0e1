// The stream between store and sink: what it sends again, how long it waits, what it keeps.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/error.h"
#include "bridge/ops/log.h"
#include "tests/support/other_sink.h"
#include "tests/support/siem_bench.h"

using bridge::SiemConfig;
using bridge::SiemStream;
using tests::Other;
using tests::OtherSink;
using tests::SiemBench;
using tests::to_file;
using namespace std::chrono_literals;

namespace {
std::string logged;
void keep_line(const std::string& line) {
  logged += line + '\n';
}
}  // namespace

class SiemStreamTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SiemStreamTest);
  CPPUNIT_TEST(sends_the_history_again_once_when_asked);
  CPPUNIT_TEST(leaves_nothing_out_when_history_is_asked_for);
  CPPUNIT_TEST(asks_for_fewer_than_were_too_much);
  CPPUNIT_TEST(one_event_that_is_too_much_is_a_failure);
  CPPUNIT_TEST(a_clock_that_is_set_back_stalls_nothing);
  CPPUNIT_TEST(a_page_of_a_long_history_follows_the_other_in_order);
  CPPUNIT_TEST(sends_no_more_than_the_window_takes);
  CPPUNIT_TEST(sends_again_what_was_not_confirmed_before_a_restart);
  CPPUNIT_TEST(waits_longer_after_each_failure_and_says_why);
  CPPUNIT_TEST(what_was_sent_before_a_refusal_is_still_on_its_way);
  CPPUNIT_TEST(one_write_stores_what_arrived_together);
  CPPUNIT_TEST(survives_a_store_that_fails);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    logged.clear();
    bridge::set_log_sink(keep_line);
  }
  void tearDown() override { bridge::set_log_sink(nullptr); }

  void sends_the_history_again_once_when_asked() {
    SiemBench bench;
    Other other;
    bench.add_rows(2, "old");
    bench.add_request();
    bench.clock.advance(std::chrono::hours(24 * 10));
    bench.add_rows(2, "recent");
    SiemConfig config = to_file();
    config.sources = {"audit", "auditlog"};
    auto stream = bench.stream(config, std::make_unique<OtherSink>(other));
    const auto arrived = [&](std::size_t count) {
      return [&, count] { return other.sequences().size() == count && stream->state().word == "in step"; };
    };
    bench.run(*stream, "sent", arrived(5));
    const auto ask = [&](bridge::Time from) {
      const bridge::Time now = bench.clock.now();
      bench.store->set_value(bridge::siem_backfill_name("sink"), bridge::siem_backfill_text(now, from), now);
      bench.clock.advance(1s);
    };
    other.events.clear();
    ask(bench.clock.now() - std::chrono::hours(24));
    bench.run(*stream, "the last day", arrived(2));
    CPPUNIT_ASSERT_EQUAL(std::string("recent recent"), other.actions());

    other.events.clear();
    ask(bridge::Time{});
    bench.run(*stream, "everything", arrived(5));
    // The same once more is asked anew, and a restart does not ask.
    other.events.clear();
    ask(bridge::Time{});
    bench.run(*stream, "everything again", arrived(5));
    stream = bench.stream(config, std::make_unique<OtherSink>(other));
    bench.add_rows(1, "new");
    bench.run(*stream, "the new one", arrived(6));
    CPPUNIT_ASSERT_EQUAL(std::string("new"), other.events.back().row.entry.action);
  }

  void leaves_nothing_out_when_history_is_asked_for() {
    SiemBench bench;
    Other other;
    other.down = true;
    bench.add_rows(2, "old");
    bench.clock.advance(std::chrono::hours(24 * 10));
    bench.add_rows(1, "recent");
    const auto stream = bench.stream(to_file(), std::make_unique<OtherSink>(other));
    bench.run(*stream, "tried", [&] { return stream->state().failures > 0; });
    const bridge::Time now = bench.clock.now();
    bench.store->set_value(bridge::siem_backfill_name("sink"),
                           bridge::siem_backfill_text(now, now - std::chrono::hours(1)), now);
    other.down = false;
    bench.run(*stream, "sent", [&] { return bench.cursor() == 3; });
    CPPUNIT_ASSERT_EQUAL(std::string("old old recent"), other.actions());
  }

  void asks_for_fewer_than_were_too_much() {
    SiemBench bench;
    Other other;
    other.most = 4;
    for (int i = 0; i < 5; ++i) {
      bench.add_rows(2, "request.approved");
      bench.add_rows(1, "login.refused");
    }
    SiemConfig config = to_file();
    config.actions = {"login."};
    const auto stream = bench.stream(config, std::make_unique<OtherSink>(other));
    bench.run(*stream, "sent", [&] { return bench.cursor() == 15; });
    CPPUNIT_ASSERT_EQUAL(std::size_t{5}, other.events.size());
    CPPUNIT_ASSERT_EQUAL(1, other.refused);
  }

  void one_event_that_is_too_much_is_a_failure() {
    SiemBench bench;
    Other other;
    other.most = 0;
    bench.add_rows(1);
    const auto stream = bench.stream(to_file(), std::make_unique<OtherSink>(other));
    CPPUNIT_ASSERT(stream->step() > 0ms);
    CPPUNIT_ASSERT_EQUAL(1, other.refused);
    CPPUNIT_ASSERT_EQUAL(std::string("failing"), stream->state().word);
  }

  void a_clock_that_is_set_back_stalls_nothing() {
    SiemBench bench;
    Other other;
    other.down = true;
    bench.add_rows(1);
    const auto stream = bench.stream(to_file(), std::make_unique<OtherSink>(other));
    stream->step();
    bench.clock.advance(-1h);
    other.down = false;
    other.confirms = false;
    CPPUNIT_ASSERT(stream->step() <= 1s);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, other.events.size());
    bench.clock.advance(-1h);
    other.confirms = true;
    for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(stream->step() <= 1s);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("what was under way is sent again", std::size_t{2}, other.events.size());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, bench.cursor());
  }

  void a_page_of_a_long_history_follows_the_other_in_order() {
    SiemBench bench;
    Other other;
    bench.add_rows(1000);
    const auto stream = bench.stream(to_file(), std::make_unique<OtherSink>(other));
    bench.run(*stream, "sent", [&] { return bench.cursor() == 1000; });
    CPPUNIT_ASSERT_EQUAL(std::string(), tests::gap_in(other.sequences(), 1000));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1000}, other.events.size());
  }

  void sends_no_more_than_the_window_takes() {
    SiemBench bench;
    Other other;
    other.window = 2;
    other.confirms = false;
    bench.add_rows(1000);
    const auto stream = bench.stream(to_file(), std::make_unique<OtherSink>(other));
    for (int i = 0; i < 20; ++i) bench.clock.advance(stream->step());
    CPPUNIT_ASSERT_EQUAL(std::size_t{400}, other.events.size());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.cursor());
  }

  void sends_again_what_was_not_confirmed_before_a_restart() {
    SiemBench bench;
    Other other;
    bench.add_rows(300);
    auto stream = bench.stream(to_file(), std::make_unique<OtherSink>(other));
    bench.run(*stream, "the first page", [&] { return bench.cursor() == 200; });
    other.confirms = false;
    bench.add_rows(50);
    for (int i = 0; i < 5; ++i) bench.clock.advance(stream->step());
    const std::size_t before = other.events.size();
    stream.reset();
    other.confirms = true;
    stream = bench.stream(to_file(), std::make_unique<OtherSink>(other));
    bench.run(*stream, "all", [&] { return bench.cursor() == 350; });
    CPPUNIT_ASSERT_EQUAL(std::string(), tests::gap_in(other.sequences(), 350));
    CPPUNIT_ASSERT(before > 300 && other.events.size() > 350);
  }

  void waits_longer_after_each_failure_and_says_why() {
    SiemBench bench;
    Other other;
    other.down = true;
    bench.add_rows(1);
    const auto stream = bench.stream(to_file(), std::make_unique<OtherSink>(other));
    const auto began = bench.clock.now();
    for (int i = 0; i < 40; ++i) {
      const auto wait = stream->step();
      CPPUNIT_ASSERT(wait <= 60s);
      bench.clock.advance(wait);
    }
    const auto state = stream->state();
    CPPUNIT_ASSERT_EQUAL(std::string("failing"), state.word);
    CPPUNIT_ASSERT_EQUAL(std::string("nobody is there"), state.last_error);
    CPPUNIT_ASSERT(state.failures >= 20);
    CPPUNIT_ASSERT_MESSAGE("the waits have grown", bench.clock.now() - began > 2min);
    CPPUNIT_ASSERT(state.behind_since == began);
    CPPUNIT_ASSERT(logged.find(R"("reason":"refused_connection")") != std::string::npos);
    other.down = false;
    bench.run(*stream, "sent", [&] { return bench.cursor() == 1; });
    bench.run(*stream, "seen", [&] { return stream->state().word == "in step"; });
    CPPUNIT_ASSERT(!stream->state().behind_since);
  }

  void what_was_sent_before_a_refusal_is_still_on_its_way() {
    SiemBench bench;
    Other other;
    other.confirms = false;
    bench.add_rows(400);
    const auto stream = bench.stream(to_file(), std::make_unique<OtherSink>(other));
    stream->step();
    other.busy = true;
    CPPUNIT_ASSERT(stream->step() <= 100ms);
    CPPUNIT_ASSERT_EQUAL(std::string("failing"), stream->state().word);
    other.confirms = true;
    stream->step();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{200}, bench.cursor());
    other.busy = false;
    bench.run(*stream, "the rest", [&] { return bench.cursor() == 400; });
    CPPUNIT_ASSERT_EQUAL(std::size_t{400}, other.events.size());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, stream->state().repeated);
  }

  void one_write_stores_what_arrived_together() {
    SiemBench bench;
    Other other;
    other.confirms = false;
    bench.add_rows(800);
    const auto stream = bench.stream(to_file(), std::make_unique<OtherSink>(other));
    for (int i = 0; i < 10; ++i) bench.clock.advance(stream->step());
    CPPUNIT_ASSERT_EQUAL(std::size_t{800}, other.events.size());
    const auto before = bench.store->writes().verbs;
    other.confirms = true;
    stream->step();
    CPPUNIT_ASSERT_EQUAL(std::int64_t{800}, bench.cursor());
    CPPUNIT_ASSERT_EQUAL(before + 1, bench.store->writes().verbs);
    const auto idle = bench.store->writes().verbs;
    for (int i = 0; i < 10; ++i) bench.clock.advance(stream->step());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("nothing new, nothing written", idle, bench.store->writes().verbs);
  }

  void survives_a_store_that_fails() {
    struct Failing final : bridge::SiemFeed {
      const std::string& name() const override { return name_; }
      Page read(std::int64_t after, int) override {
        if (fails-- > 0) throw bridge::Error(bridge::ErrorCode::store_unavailable, "the disk is gone");
        Page page{{}, 1, {}};
        if (after == 0) page.events.emplace_back().row.sequence = 1;
        return page;
      }
      std::int64_t newest() override { return 1; }
      std::int64_t before(bridge::Time) override { return 0; }
      int fails = 3;
      const std::string name_ = "audit";
    };
    SiemBench bench;
    Other other;
    bridge::SiemFeeds feeds;
    feeds.push_back(std::make_unique<Failing>());
    SiemStream stream(to_file(), std::make_unique<OtherSink>(other), std::move(feeds), *bench.store,
                      bench.clock);
    bench.run(stream, "sent", [&] { return bench.cursor() == 1; });
    CPPUNIT_ASSERT_EQUAL(std::string("the disk is gone"), stream.state().last_error);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, other.events.size());
    bench.run(stream, "mended",
              [&] { return stream.state().word == "in step" && stream.state().failures == 0; });
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SiemStreamTest);
