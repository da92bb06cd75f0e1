// All sinks of a configuration: one is nobody else's business, and a reload touches those that changed.

#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/metrics.h"
#include "tests/support/other_sink.h"
#include "tests/support/quiet_fixture.h"
#include "tests/support/siem_bench.h"

using bridge::SiemConfig;
using bridge::SiemSink;
using tests::Other;
using tests::OtherSink;
using tests::SiemBench;
using tests::to_file;
using namespace std::chrono_literals;

class SiemTest : public tests::QuietFixture {
  CPPUNIT_TEST_SUITE(SiemTest);
  CPPUNIT_TEST(a_sink_that_hangs_holds_up_no_other);
  CPPUNIT_TEST(a_reload_keeps_what_is_the_same_and_goes_on_where_it_was);
  CPPUNIT_TEST(a_reload_that_cannot_make_a_sink_changes_nothing);
  CPPUNIT_TEST(measures_how_far_a_sink_is_behind);
  CPPUNIT_TEST_SUITE_END();

 public:
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
    while ((bench.cursor("well") != 10 || bench.cursor("dead") == -1) &&
           std::chrono::steady_clock::now() < until)
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
CPPUNIT_TEST_SUITE_REGISTRATION(SiemTest);
