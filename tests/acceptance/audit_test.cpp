// The audit log as a person meets it: what a bridge recorded while it ran, checked beside it, on a copy and
// on a copy that somebody changed.

#include <fstream>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/store/sqlite_session.h"
#include "tests/acceptance/site.h"

using namespace acceptance;
using namespace std::chrono_literals;

namespace {
constexpr const char* config =
    "queues:\n  - {name: acme, kind: hosted}\n  - {name: other, kind: hosted}\ndesks: []\nroutes: []\n";

Json json_of(const tests::Finished& finished) {
  return Json::parse(finished.out);
}
}  // namespace

class AuditTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AuditTest);
  CPPUNIT_TEST(records_what_happened_and_proves_it);
  CPPUNIT_TEST_SUITE_END();

 public:
  void records_what_happened_and_proves_it() {
    const auto folder = fresh_folder("audit");
    Bridge bridge(folder, "bridge", config);
    const std::string key = bridge.make_key("acme");
    const std::string other = bridge.make_key("other");
    bridge.start();
    const auto site = bridge.site(key);
    for (int i = 1; i <= 3; ++i)
      CPPUNIT_ASSERT_EQUAL(201, site.call("POST", "/requests", request_body(i)).status);
    CPPUNIT_ASSERT_EQUAL(204, site.call("PUT", "/requests/1?approvedby=carol@acme.test").status);
    CPPUNIT_ASSERT_EQUAL(204, site.call("PUT", "/requests/1?approvedby=carol@acme.test").status);
    CPPUNIT_ASSERT_EQUAL(204, site.call("DELETE", "/requests/2?deniedby=carol@acme.test&reason=no").status);
    CPPUNIT_ASSERT_EQUAL(204, site.call("POST", "/requests/3/withdraw").status);
    CPPUNIT_ASSERT_EQUAL(401, bridge.site("cs_live_wrong").call("GET", "/requests").status);
    bridge.reload();
    eventually("the reload is recorded; see " + bridge.log(), 30s,
               [&] { return count(bridge, "configuration.reloaded") == 1; });
    std::ofstream(bridge.config_file(), std::ios::app) << "no such key: 1\n";
    bridge.reload();
    eventually("the refused reload is recorded; see " + bridge.log(), 30s,
               [&] { return count(bridge, "configuration.reload_refused") == 1; });
    const auto store = bridge.store_file().string();
    for (const auto& [action, times] :
         {std::pair("bridge.started", 1), std::pair("request.approved", 1), std::pair("request.denied", 1),
          std::pair("request.withdrawn", 1), std::pair("login.refused", 1)})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(action, times, count(bridge, action));

    // By API: a tenant's own rows.
    const Json mine = site.call("GET", "/audit?action=request.").body;
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, mine.size());
    CPPUNIT_ASSERT_EQUAL(std::string("carol@acme.test"), mine.at(0).get("onBehalfOf").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), mine.at(0).get("ip").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::size_t{0},
                         bridge.site(other).call("GET", "/audit?action=request.").body.size());

    // Beside the running bridge, and after a kill.
    CPPUNIT_ASSERT_EQUAL(0, bridge.command({"audit", "verify", store}).code);
    bridge.kill();
    const auto verified = bridge.command({"audit", "verify", "--json", store});
    CPPUNIT_ASSERT_EQUAL_MESSAGE(verified.out + verified.err, 0, verified.code);
    const auto head = json_of(bridge.command({"audit", "head", "--json", store}));
    CPPUNIT_ASSERT_EQUAL(head.get("hash").string_or(""), json_of(verified).get("head").string_or(""));
    const std::string hash = head.get("hash").string_or("");
    CPPUNIT_ASSERT_MESSAGE("the log has a head",
                           bridge.log_text().find("\"event\":\"audit_head\"") != std::string::npos);

    // Lines that are copied elsewhere hold the whole chain.
    const auto exported = bridge.command({"audit", "export", store});
    CPPUNIT_ASSERT_MESSAGE(exported.out, exported.out.ends_with("\"hash\":\"" + hash + "\"}\n"));

    // A copy that somebody changed, and one whose end he cut off.
    const auto copy = folder / "copy.db";
    copy_store(store, copy);
    tamper(copy, {"UPDATE trail SET detail = 'nothing' WHERE sequence = 2"});
    const auto broken = bridge.command({"audit", "verify", "--json", copy.string()});
    CPPUNIT_ASSERT_EQUAL(1, broken.code);
    CPPUNIT_ASSERT_EQUAL(std::string("2"), json_of(broken).get("broken").get("sequence").dump());
    CPPUNIT_ASSERT_EQUAL(std::string("hash"), json_of(broken).get("broken").get("what").string_or(""));
    CPPUNIT_ASSERT_EQUAL(0, bridge.command({"audit", "verify", "--first", "3", copy.string()}).code);
    const auto cut = folder / "cut.db";
    copy_store(store, cut);
    tamper(cut, {"DELETE FROM trail WHERE sequence > 3"});
    CPPUNIT_ASSERT_EQUAL(0, bridge.command({"audit", "verify", cut.string()}).code);
    CPPUNIT_ASSERT_EQUAL(1, bridge.command({"audit", "verify", "--expect-head", hash, cut.string()}).code);
    CPPUNIT_ASSERT_EQUAL(0, bridge.command({"audit", "verify", "--expect-head", hash, store}).code);
    CPPUNIT_ASSERT_EQUAL(2, bridge.command({"audit", "verify", "--expect-head", "x", store}).code);
    CPPUNIT_ASSERT_EQUAL(3, bridge.command({"audit", "verify", (folder / "none.db").string()}).code);
  }

 private:
  // Of the store's file: the configuration may be a broken one.
  static int count(const Bridge& bridge, const std::string& action) {
    const std::string store = bridge.store_file().string();
    return static_cast<int>(
        json_of(bridge.command({"audit", "list", "--json", "--action", action, store})).size());
  }
  // With what is in the log only.
  static void copy_store(const std::filesystem::path& from, const std::filesystem::path& to) {
    for (const char* part : {"", "-wal"})
      if (std::filesystem::exists(from.string() + part))
        std::filesystem::copy_file(from.string() + part, to.string() + part);
  }
  static void tamper(const std::filesystem::path& file, const std::vector<std::string>& statements) {
    bridge::SqliteSession session(file, bridge::SqliteSession::Access::write);
    for (const char* trigger : {"trail_keep_rows", "trail_keep_all"})
      session.execute("DROP TRIGGER " + std::string(trigger));
    for (const std::string& statement : statements) session.execute(statement);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(AuditTest);
