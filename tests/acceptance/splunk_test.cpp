// The audit log of a served bridge at a Splunk collector that is unwell, over HTTPS, while the bridge is
// killed between sending and knowing: at least once, sent in order, and the token shows nowhere.

#include <algorithm>
#include <csignal>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/store/store.h"
#include "tests/acceptance/site.h"
#include "tests/support/certificates.h"
#include "tests/support/fake_splunk.h"

namespace {

using acceptance::Bridge;
using acceptance::eventually;
using acceptance::Json;
using tests::FakeSplunk;
using Mood = tests::FakeSplunk::Mood;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto patience = 60s;

void add_rows(const fs::path& store, int count) {
  std::vector<bridge::TrailEntry> entries(static_cast<std::size_t>(count));
  for (auto& entry : entries) {
    entry.at = bridge::SystemClock().now();
    entry.actor.name = "bob@acme.test";
    entry.action = "credential.created";
  }
  bridge::open_store("sqlite:" + store.string())->trail().add(entries);
}

// Each row behind the one before when it is seen first.
std::int64_t in_order_until(const std::vector<std::int64_t>& sequences) {
  std::int64_t highest = 0;
  for (const std::int64_t one : sequences) {
    CPPUNIT_ASSERT_MESSAGE(std::to_string(one) + " came before " + std::to_string(highest + 1),
                           one <= highest + 1);
    highest = std::max(highest, one);
  }
  return highest;
}

// Up to where none is missing: an indexer that lost one of several batches has later ones first.
std::int64_t whole_until(std::vector<std::int64_t> sequences) {
  std::sort(sequences.begin(), sequences.end());
  std::int64_t highest = 0;
  for (const std::int64_t one : sequences) {
    if (one > highest + 1) break;
    highest = one;
  }
  return highest;
}

}  // namespace

class SplunkTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SplunkTest);
  CPPUNIT_TEST(nothing_is_missing_after_the_bridge_was_killed_and_the_collector_unwell);
  CPPUNIT_TEST_SUITE_END();

 public:
  void nothing_is_missing_after_the_bridge_was_killed_and_the_collector_unwell() {
    const fs::path folder = acceptance::fresh_folder("splunk");
    const std::string token =
        acceptance::secret_file(folder / "hec.secret", "5b1d3f0e-hec-token-of-the-splunk-test");
    tests::Certificates certificates;
    fs::copy_file(certificates.ca_file(), folder / "ca.pem");
    FakeSplunk splunk(token, certificates.issue("localhost"));
    Bridge bridge(folder, "bridge",
                  "queues:\n  - {name: acme, kind: hosted}\nsiem:\n"
                  "  - {name: splunk, sources: [audit], history: all, ca: ca.pem, timeout: 5s,\n"
                  "     splunk: {url: \"" +
                      splunk.url() + "\", token: {file: hec.secret}, acknowledge_within: 2s}}\n");
    add_rows(bridge.store_file(), 900);
    splunk.next({Mood::refuse, Mood::forget, Mood::cut, Mood::well, Mood::half_an_answer});
    for (const char* place : {"siem_sent:2", "siem_arrived", "siem_recorded"}) {
      bridge.start({{"COUNTERSIGN_CRASH_AT", place}}, "/healthz");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(place, 128 + SIGKILL, bridge.wait(patience).value_or(-1));
    }
    bridge.start();
    eventually("all are indexed; see " + bridge.log(), patience,
               [&] { return whole_until(splunk.indexed()) > 900; });
    CPPUNIT_ASSERT_MESSAGE("sent in order", in_order_until(splunk.sent()) > 900);
    CPPUNIT_ASSERT_MESSAGE("some came twice", splunk.indexed().size() > 900);
    CPPUNIT_ASSERT_EQUAL(std::string(), splunk.problem());

    const auto tested = bridge.command({"siem", "test", "splunk"});
    CPPUNIT_ASSERT_EQUAL_MESSAGE(tested.err, 0, tested.code);
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            "splunk: Splunk answered 200: Success (code 0), and the indexer has acknowledged the event\n"),
        tested.out);
    splunk.next({Mood::refuse});
    const auto refused = bridge.command({"siem", "test", "splunk", "--json"});
    CPPUNIT_ASSERT_EQUAL(1, refused.code);
    const Json said = Json::parse(refused.out);
    CPPUNIT_ASSERT_EQUAL(std::string("auth"), said.get("reason").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("Splunk answered 403: Invalid token *** (code 4)"),
                         said.get("answer").string_or(""));

    // The history once more: of a running bridge, and of one that is killed when it has gone back.
    for (const bool killed : {false, true}) {
      if (killed) CPPUNIT_ASSERT_EQUAL(0, bridge.stop());
      const std::size_t before = splunk.indexed().size();
      const auto asked = bridge.command({"siem", "backfill", "splunk", "--from", "all"});
      CPPUNIT_ASSERT_EQUAL_MESSAGE(asked.err, 0, asked.code);
      if (killed) {
        bridge.start({{"COUNTERSIGN_CRASH_AT", "siem_went_back"}}, "/healthz");
        CPPUNIT_ASSERT_EQUAL(128 + SIGKILL, bridge.wait(patience).value_or(-1));
        bridge.start();
      }
      eventually("all came again; see " + bridge.log(), patience,
                 [&] { return splunk.indexed().size() > before + 900; });
      in_order_until(splunk.indexed());
    }
    const auto rows = bridge.command({"audit", "list", "--action", "siem.backfill", "--json"});
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, Json::parse(rows.out).size());
    for (const char* wrong : {"soon", "2999-01-01"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(wrong, 2,
                                   bridge.command({"siem", "backfill", "splunk", "--from", wrong}).code);
    CPPUNIT_ASSERT_EQUAL(1, bridge.command({"siem", "backfill", "splnk", "--from", "all"}).code);
    CPPUNIT_ASSERT_EQUAL(0, bridge.stop());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SplunkTest);
