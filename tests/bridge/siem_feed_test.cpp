// What a sink gets: where it begins, what it leaves out, the audit log and the auditlog in turns.

#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/other_sink.h"
#include "tests/support/quiet_fixture.h"
#include "tests/support/siem_bench.h"

using bridge::SiemConfig;
using bridge::SiemStream;
using tests::Other;
using tests::OtherSink;
using tests::SiemBench;
using tests::to_file;
using namespace std::chrono_literals;

class SiemFeedTest : public tests::QuietFixture {
  CPPUNIT_TEST_SUITE(SiemFeedTest);
  CPPUNIT_TEST(a_new_sink_begins_now_or_with_its_history);
  CPPUNIT_TEST(begins_where_it_was_when_history_is_changed_later);
  CPPUNIT_TEST(sends_only_the_queues_and_actions_it_was_asked_for);
  CPPUNIT_TEST(what_a_filter_leaves_out_moves_the_cursor_too);
  CPPUNIT_TEST(what_a_filter_leaves_out_is_passed_without_a_wait);
  CPPUNIT_TEST(sends_an_auditlog_entry_each_time_it_changes);
  CPPUNIT_TEST(sends_the_mirrored_auditlog_of_a_remote_queue);
  CPPUNIT_TEST(feeds_take_turns);
  CPPUNIT_TEST_SUITE_END();

 public:
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
};
CPPUNIT_TEST_SUITE_REGISTRATION(SiemFeedTest);
