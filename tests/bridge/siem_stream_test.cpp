// The stream between store and sink: where it begins, what it leaves out, what it keeps, and that one sink is
// nobody else's business.

#include <condition_variable>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/error.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "tests/support/siem_bench.h"

using bridge::SiemConfig;
using bridge::SiemEvent;
using bridge::SiemSink;
using bridge::SiemStream;
using tests::SiemBench;
using namespace std::chrono_literals;

namespace {

// What reached the other side, and how it behaves. Shared by the sinks of one test.
struct Other {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<SiemEvent> events;
  bool down = false;
  bool hangs = false;  // in send(), until stop()
  bool confirms = true;
  std::size_t window = 4;
  std::size_t most = 1'000'000;  // events at a time
  int refused = 0;               // sends that were too much
  int stopped = 0;

  std::string actions() {
    const std::lock_guard lock(mutex);
    std::string text;
    for (const SiemEvent& event : events) text += (text.empty() ? "" : " ") + event.row.entry.action;
    return text;
  }
  std::vector<std::int64_t> sequences() {
    const std::lock_guard lock(mutex);
    std::vector<std::int64_t> found;
    for (const SiemEvent& event : events) found.push_back(event.row.sequence);
    return found;
  }
};

class OtherSink final : public SiemSink {
 public:
  explicit OtherSink(Other& other) : other_(other) {}

  Sent send(const std::vector<SiemEvent>& events, bridge::Time) override {
    std::unique_lock lock(other_.mutex);
    other_.changed.wait(lock, [this] { return !other_.hangs || stopped_; });
    if (stopped_) return {bridge::siem_failure(connectors::Verdict::retry, "stopped", "")};
    if (other_.down)
      return {bridge::siem_failure(connectors::Verdict::retry, "refused_connection", "nobody is there")};
    if (events.size() > other_.most) {
      ++other_.refused;
      return {bridge::siem_failure(connectors::Verdict::rejected, "invalid", "too much"), true};
    }
    other_.events.insert(other_.events.end(), events.begin(), events.end());
    ++waiting_;
    return {};
  }
  Arrived confirm(bridge::Time) override {
    const std::lock_guard lock(other_.mutex);
    return {other_.confirms ? std::exchange(waiting_, 0) : 0, {}};
  }
  void forget() override { waiting_ = 0; }
  std::size_t window() const override { return other_.window; }
  std::chrono::milliseconds pause() const override { return 100ms; }
  std::string told() const override { return "told"; }
  void stop() override {
    const std::lock_guard lock(other_.mutex);
    stopped_ = true;
    ++other_.stopped;
    other_.changed.notify_all();
  }

 private:
  Other& other_;
  std::size_t waiting_ = 0;
  bool stopped_ = false;
};

SiemConfig to_file(const std::string& name = "sink") {
  SiemConfig config = tests::siem_config(bridge::SiemFileConfig{"/nowhere/" + name, 0, 1});
  config.name = name;
  return config;
}

std::string logged;
void keep_line(const std::string& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  logged += line + '\n';
}

}  // namespace

class SiemStreamTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SiemStreamTest);
  CPPUNIT_TEST(a_new_sink_begins_now_or_with_its_history);
  CPPUNIT_TEST(begins_where_it_was_when_history_is_changed_later);
  CPPUNIT_TEST(sends_the_history_again_once_when_asked);
  CPPUNIT_TEST(leaves_nothing_out_when_history_is_asked_for);
  CPPUNIT_TEST(sends_only_the_queues_and_actions_it_was_asked_for);
  CPPUNIT_TEST(what_a_filter_leaves_out_moves_the_cursor_too);
  CPPUNIT_TEST(what_a_filter_leaves_out_is_passed_without_a_wait);
  CPPUNIT_TEST(asks_for_fewer_than_were_too_much);
  CPPUNIT_TEST(one_event_that_is_too_much_is_a_failure);
  CPPUNIT_TEST(a_clock_that_is_set_back_stalls_nothing);
  CPPUNIT_TEST(sends_an_auditlog_entry_each_time_it_changes);
  CPPUNIT_TEST(sends_the_mirrored_auditlog_of_a_remote_queue);
  CPPUNIT_TEST(a_page_of_a_long_history_follows_the_other_in_order);
  CPPUNIT_TEST(feeds_take_turns);
  CPPUNIT_TEST(sends_no_more_than_the_window_takes);
  CPPUNIT_TEST(sends_again_what_was_not_confirmed_before_a_restart);
  CPPUNIT_TEST(waits_longer_after_each_failure_and_says_why);
  CPPUNIT_TEST(one_write_stores_what_arrived_together);
  CPPUNIT_TEST(survives_a_store_that_fails);
  CPPUNIT_TEST(a_sink_that_hangs_holds_up_no_other);
  CPPUNIT_TEST(a_reload_keeps_what_is_the_same_and_goes_on_where_it_was);
  CPPUNIT_TEST(a_reload_that_cannot_make_a_sink_changes_nothing);
  CPPUNIT_TEST(measures_how_far_a_sink_is_behind);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    logged.clear();
    bridge::set_log_sink(keep_line);
  }
  void tearDown() override { bridge::set_log_sink(nullptr); }

  void a_new_sink_begins_now_or_with_its_history() {
    SiemBench bench;
    bench.add_rows(2, "old");
    bench.clock.advance(std::chrono::hours(24 * 10));
    bench.add_rows(2, "recent");
    bench.clock.advance(std::chrono::hours(24));
    const std::tuple<const char*, std::chrono::milliseconds, std::string> cases[] = {
        {"none", 0ms, "new"},
        {"all", SiemConfig::all_history, "old old recent recent new"},
        {"5d", std::chrono::hours(24 * 5), "recent recent new"},
        {"an-hour", std::chrono::hours(1), "new"}};
    std::vector<std::unique_ptr<Other>> others;
    std::vector<std::unique_ptr<SiemStream>> streams;
    for (const auto& [name, history, expected] : cases) {
      SiemConfig config = to_file(name);
      config.history = history;
      others.push_back(std::make_unique<Other>());
      streams.push_back(bench.stream(config, std::make_unique<OtherSink>(*others.back())));
      streams.back()->step();
    }
    bench.add_rows(1, "new");
    for (std::size_t i = 0; i < streams.size(); ++i) {
      const auto& [name, history, expected] = cases[i];
      bench.run(*streams[i], name, [&, name = name] { return bench.cursor(name) == 5; });
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, expected, others[i]->actions());
    }
  }

  void begins_where_it_was_when_history_is_changed_later() {
    SiemBench bench;
    Other other;
    bench.add_rows(2, "old");
    SiemConfig config = to_file();
    config.history = 0ms;
    bench.stream(config, std::make_unique<OtherSink>(other))->step();
    bench.add_rows(1, "new");
    config.history = SiemConfig::all_history;
    const auto stream = bench.stream(config, std::make_unique<OtherSink>(other));
    bench.run(*stream, "sent", [&] { return bench.cursor() == 3; });
    CPPUNIT_ASSERT_EQUAL(std::string("new"), other.actions());
  }

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

  void sends_only_the_queues_and_actions_it_was_asked_for() {
    SiemBench bench;
    Other other;
    bench.add_rows(1, "login.refused", "");
    bench.add_rows(1, "request.approved", "acme");
    bench.add_rows(1, "request.denied", "globex");
    bench.add_rows(1, "credential.created", "acme");
    bench.add_request();
    SiemConfig config = to_file();
    config.sources = {"audit", "auditlog"};
    config.queues = {"acme"};
    config.actions = {"request.", "auditlog."};
    const auto stream = bench.stream(config, std::make_unique<OtherSink>(other));
    bench.run(*stream, "sent",
              [&] { return bench.cursor() == 4 && bench.cursor("sink", "auditlog:acme") > 0; });
    CPPUNIT_ASSERT_EQUAL(std::string("request.approved auditlog.pending"), other.actions());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{-1}, bench.cursor("sink", "auditlog:globex"));
  }

  void what_a_filter_leaves_out_moves_the_cursor_too() {
    SiemBench bench;
    Other other;
    bench.add_rows(450, "request.approved");
    bench.add_rows(1, "login.refused");
    SiemConfig config = to_file();
    config.actions = {"login."};
    const auto stream = bench.stream(config, std::make_unique<OtherSink>(other));
    bench.run(*stream, "sent", [&] { return bench.cursor() == 451; });
    CPPUNIT_ASSERT_EQUAL(std::string("login.refused"), other.actions());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, stream->state().rows_behind);
  }

  void what_a_filter_leaves_out_is_passed_without_a_wait() {
    SiemBench bench;
    Other other;
    bench.add_rows(1000);
    const auto began = bench.clock.now();
    bench.clock.advance(1h);
    SiemConfig config = to_file();
    config.actions = {"login."};
    const auto stream = bench.stream(config, std::make_unique<OtherSink>(other));
    for (int i = 0; i < 5; ++i) {
      CPPUNIT_ASSERT(stream->step() == 0ms);
      CPPUNIT_ASSERT_EQUAL(std::string("sending"), stream->state().word);
      CPPUNIT_ASSERT(stream->state().behind_since == began);
    }
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1000}, bench.cursor());
    CPPUNIT_ASSERT(stream->step() > 0ms);
    CPPUNIT_ASSERT_EQUAL(std::string("in step"), stream->state().word);
    CPPUNIT_ASSERT(!stream->state().behind_since);
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

  void sends_an_auditlog_entry_each_time_it_changes() {
    SiemBench bench;
    Other other;
    SiemConfig config = to_file();
    config.sources = {"auditlog"};
    const auto stream = bench.stream(config, std::make_unique<OtherSink>(other));
    const auto first = bench.add_request();
    bench.add_request();
    bench.run(*stream, "the new ones",
              [&] { return other.actions() == "auditlog.pending auditlog.pending"; });
    bench.clock.advance(1s);
    bench.deny(first);
    bench.run(*stream, "the denial",
              [&] { return other.actions() == "auditlog.pending auditlog.pending auditlog.denied"; });
    CPPUNIT_ASSERT_EQUAL("request acme:" + std::to_string(first), other.events.back().row.entry.object);
    CPPUNIT_ASSERT_EQUAL(first,
                         mappings::Json::parse(other.events.back().entry).get("id").as_integer().value());
    bench.run(*stream, "stored", [&] {
      return bench.cursor("sink", "auditlog:acme") ==
             bridge::to_micros(bench.store->last_change("acme").value());
    });
  }

  void sends_the_mirrored_auditlog_of_a_remote_queue() {
    SiemBench bench;
    Other other;
    bridge::QueueConfig contoso;
    contoso.name = "contoso";
    contoso.remote = true;
    bench.queues = {contoso};
    SiemConfig config = to_file();
    config.sources = {"auditlog"};
    const auto stream = bench.stream(config, std::make_unique<OtherSink>(other));
    bridge::MirroredEntry entry;
    entry.id = 77;
    entry.body = R"({"scanResults":[],"id":77,"status":"Finished"})";
    entry.status_code = 2;
    bench.store->mirror().put_entries("contoso", {entry}, bench.clock.now());
    bench.run(*stream, "sent", [&] { return bench.cursor("sink", "auditlog:contoso") > 0; });
    CPPUNIT_ASSERT_EQUAL(std::string("auditlog.finished"), other.actions());
    CPPUNIT_ASSERT_EQUAL(std::string("request contoso:77"), other.events.at(0).row.entry.object);
    CPPUNIT_ASSERT_EQUAL(entry.body, other.events.at(0).entry);
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

  void feeds_take_turns() {
    SiemBench bench;
    Other other;
    other.window = 1;
    bench.add_rows(1000);
    bench.add_request();
    SiemConfig config = to_file();
    config.sources = {"audit", "auditlog"};
    const auto stream = bench.stream(config, std::make_unique<OtherSink>(other));
    bench.run(*stream, "sent", [&] { return bench.cursor("sink", "auditlog:acme") > 0; });
    CPPUNIT_ASSERT_MESSAGE("before the long one has ended", bench.cursor() < 1000);
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

  void a_sink_that_hangs_holds_up_no_other() {
    SiemBench bench;
    Other dead, well;
    dead.hangs = true;
    bridge::Config config;
    config.queues = bench.queues;
    config.siem = {to_file("dead"), to_file("well")};
    bridge::SystemClock clock;
    bridge::Siem siem(config, *bench.store, bench.store->trail(), clock,
                      [&](const SiemConfig& sink, const std::string&) -> std::unique_ptr<SiemSink> {
                        return std::make_unique<OtherSink>(sink.name == "dead" ? dead : well);
                      });
    bench.add_rows(10);
    siem.start();
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (bench.cursor("well") != 10 && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(2ms);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, bench.cursor("well"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, bench.cursor("dead"));
    siem.stop();
    CPPUNIT_ASSERT_EQUAL(1, dead.stopped);
  }

  void a_reload_keeps_what_is_the_same_and_goes_on_where_it_was() {
    SiemBench bench;
    Other one, two;
    bridge::Config config;
    config.queues = bench.queues;
    config.siem = {to_file("one"), to_file("two")};
    int made = 0;
    bridge::Siem siem(config, *bench.store, bench.store->trail(), bench.clock,
                      [&](const SiemConfig& sink, const std::string&) -> std::unique_ptr<SiemSink> {
                        ++made;
                        return std::make_unique<OtherSink>(sink.name == "one" ? one : two);
                      });
    siem.start();
    const auto arrived = [&](const char* name, std::int64_t row) {
      const auto until = std::chrono::steady_clock::now() + 20s;
      while (bench.cursor(name) != row && std::chrono::steady_clock::now() < until) {
        bench.clock.advance(1s);
        std::this_thread::sleep_for(2ms);
      }
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, row, bench.cursor(name));
    };
    bench.add_rows(3);
    arrived("one", 3);
    arrived("two", 3);
    siem.replace(config);
    CPPUNIT_ASSERT_EQUAL(2, made);
    config.siem[1].actions = {"login."};
    siem.replace(config);
    CPPUNIT_ASSERT_EQUAL(3, made);
    CPPUNIT_ASSERT_EQUAL(0, one.stopped);
    CPPUNIT_ASSERT_EQUAL(1, two.stopped);
    bench.add_rows(1, "login.refused");
    arrived("two", 4);
    CPPUNIT_ASSERT_EQUAL(std::string("request.approved request.approved request.approved login.refused"),
                         two.actions());
    config.siem.pop_back();
    siem.replace(config);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, siem.status().size());
    CPPUNIT_ASSERT(siem.status().contains("siem:one"));
    siem.stop();
  }

  void a_reload_that_cannot_make_a_sink_changes_nothing() {
    SiemBench bench;
    Other one, two;
    bridge::Config config;
    config.queues = bench.queues;
    config.siem = {to_file("one")};
    bridge::Siem siem(config, *bench.store, bench.store->trail(), bench.clock,
                      [&](const SiemConfig& sink, const std::string&) -> std::unique_ptr<SiemSink> {
                        if (sink.name == "bad") throw std::runtime_error("no such folder");
                        return std::make_unique<OtherSink>(sink.name == "one" ? one : two);
                      });
    siem.start();
    config.siem = {to_file("two"), to_file("bad")};
    CPPUNIT_ASSERT_THROW(siem.replace(config), std::runtime_error);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, siem.status().size());
    CPPUNIT_ASSERT(siem.status().contains("siem:one"));
    CPPUNIT_ASSERT_EQUAL(0, one.stopped);
    siem.stop();
  }

  void measures_how_far_a_sink_is_behind() {
    SiemBench bench;
    Other other;
    other.confirms = false;
    bridge::Config config;
    config.queues = bench.queues;
    config.siem = {to_file("slow")};
    bridge::Siem siem(config, *bench.store, bench.store->trail(), bench.clock,
                      [&](const SiemConfig&, const std::string&) -> std::unique_ptr<SiemSink> {
                        return std::make_unique<OtherSink>(other);
                      });
    bench.add_rows(7);
    siem.start();
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (siem.status().at("siem:slow").find("\"rowsBehind\":7") == std::string::npos &&
           std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(2ms);
    bench.clock.advance(90s);
    siem.measure(bridge::metrics());
    CPPUNIT_ASSERT_EQUAL(7.0, bridge::metrics().siem_behind_rows.at("slow").value());
    CPPUNIT_ASSERT_EQUAL(90.0, bridge::metrics().siem_behind_seconds.at("slow").value());
    CPPUNIT_ASSERT_EQUAL(0.0, bridge::metrics().siem_failing.at("slow").value());
    siem.stop();
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SiemStreamTest);
