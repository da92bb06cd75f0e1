// The audit log and the auditlog at a real rsyslog, over UDP, TCP and TLS, and in a file while the bridge is
// killed. Fails, never skips, when rsyslog does not come up.

#include <csignal>
#include <fstream>
#include <set>
#include <sstream>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/store/store.h"
#include "tests/acceptance/site.h"
#include "tests/support/certificates.h"

namespace {

using acceptance::Bridge;
using acceptance::Environment;
using acceptance::eventually;
using acceptance::Json;
using acceptance::JsonSite;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto patience = 60s;

// What rsyslog understood of a message, one a line.
struct Line {
  std::string host, app, msgid, priority, data, body;
};

// `rsyslogd` as an ordinary process: one input for each transport, each with a file of its own.
class Rsyslog {
 public:
  Rsyslog(fs::path folder, const tests::ServerIdentity& identity, const std::string& ca)
      : folder_(std::move(folder)) {
    const auto input = [&](const std::string& name, const std::string& more, std::uint16_t port) {
      return "ruleset(name=\"" + name + "\") { action(type=\"omfile\" template=\"fields\" file=\"" +
             file(name).string() + "\") }\ninput(" + more + " port=\"" + std::to_string(port) +
             "\" ruleset=\"" + name + "\")\n";
    };
    tests::write_file(
        folder_ / "rsyslog.conf",
        "global(workDirectory=\"" + folder_.string() +
            "\" maxMessageSize=\"64k\" defaultNetstreamDriver=\"ptcp\" defaultNetstreamDriverCAFile=\"" + ca +
            "\" defaultNetstreamDriverCertFile=\"" + identity.certificate_file +
            "\" defaultNetstreamDriverKeyFile=\"" + identity.key_file +
            "\")\n"
            "module(load=\"imudp\")\nmodule(load=\"imtcp\")\n"
            "template(name=\"fields\" type=\"string\" "
            "string=\"%hostname%\\t%app-name%\\t%msgid%\\t%pri%\\t%structured-data%\\t%msg%\\n\")\n" +
            input("udp", "type=\"imudp\" address=\"127.0.0.1\" rcvbufSize=\"1m\"", udp) +
            input("tcp", "type=\"imtcp\" address=\"127.0.0.1\"", tcp) +
            input("tls",
                  "type=\"imtcp\" address=\"127.0.0.1\" streamDriver.name=\"gtls\" streamDriver.mode=\"1\" "
                  "streamDriver.authMode=\"anon\"",
                  tls));
  }

  void start() {
    process_.emplace(
        tests::Process::Start{{"/usr/sbin/rsyslogd", "-n", "-f", (folder_ / "rsyslog.conf").string(), "-i",
                               (folder_ / "rsyslogd.pid").string()},
                              {},
                              {},
                              log(),
                              log()});
    for (const std::uint16_t port : {tcp, tls})
      CPPUNIT_ASSERT_MESSAGE("rsyslog did not come up: see " + log().string(),
                             tests::wait_for_port(port, 30s) && process_->running());
  }
  void kill() {
    process_->kill();
    fs::remove(folder_ / "rsyslogd.pid");
  }

  fs::path file(const std::string& name) const { return folder_ / ("received." + name); }
  fs::path log() const { return folder_ / "rsyslog.log"; }

  std::vector<Line> lines(const std::string& name) const {
    std::vector<Line> found;
    std::ifstream in(file(name));
    for (std::string text; std::getline(in, text);) {
      std::istringstream fields(text);
      Line line;
      for (std::string* field : {&line.host, &line.app, &line.msgid, &line.priority, &line.data})
        std::getline(fields, *field, '\t');
      std::getline(fields, line.body);
      found.push_back(std::move(line));
    }
    return found;
  }

  const std::uint16_t udp = tests::free_port(), tcp = tests::free_port(), tls = tests::free_port();

 private:
  const fs::path folder_;
  std::optional<tests::Process> process_;
};

// "audit 17", "auditlog acme:3": each event that is there, whatever the order.
std::set<std::string> events_of(const std::vector<Json>& bodies) {
  std::set<std::string> found;
  for (const Json& body : bodies)
    found.insert(body.get("source").string_or("?") + ' ' +
                 (body.get("source").string_or("") == "audit"
                      ? std::to_string(body.get("sequence").as_integer().value_or(-1))
                      : body.get("object").string_or("?")));
  return found;
}

std::set<std::string> actions_of(const std::vector<Json>& bodies) {
  std::set<std::string> found;
  for (const Json& body : bodies) found.insert(body.get("action").string_or(""));
  return found;
}

std::vector<Json> bodies_of(const std::vector<Line>& lines) {
  std::vector<Json> found;
  for (const Line& line : lines) {
    const std::string text = line.body.substr(line.body.find('{'));
    try {
      found.push_back(Json::parse(text));
    } catch (const std::exception& e) {
      CPPUNIT_FAIL(std::string(e.what()) + ": " + line.body);
    }
  }
  return found;
}

// Why the audit log's rows are not all there, or not in their order when seen first.
std::string disorder_in(const std::vector<Json>& bodies, std::int64_t last) {
  std::int64_t highest = 0;
  for (const Json& body : bodies) {
    if (body.get("source").string_or("") != "audit") continue;
    const auto sequence = body.get("sequence").as_integer().value_or(-1);
    if (sequence > highest + 1) return std::to_string(sequence) + " before " + std::to_string(highest + 1);
    highest = std::max(highest, sequence);
  }
  return highest >= last ? "" : std::to_string(highest) + " of " + std::to_string(last);
}

// A folder with a bridge whose audit log has rows from earlier days.
struct Ground {
  explicit Ground(const std::string& name) : folder(acceptance::fresh_folder(name)) {}

  void add_rows(int count) const {
    const auto store = bridge::open_store("sqlite:" + (folder / "bridge.db").string());
    std::vector<bridge::TrailEntry> entries(static_cast<std::size_t>(count));
    for (auto& entry : entries) {
      entry.at = bridge::SystemClock().now();
      entry.actor.name = "bob@acme.test";
      entry.action = "credential.created";
      entry.queue = "acme";
      entry.object = "credential 3fa97f2c";
      entry.detail = "Grüße";
    }
    store->trail().add(entries);
  }
  static std::vector<std::string> submit(const JsonSite& site, int from, int count) {
    std::vector<std::string> made;
    for (int n = from; n < from + count; ++n) {
      const auto answer = site.call("POST", "/requests", acceptance::request_body(n));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(answer.text, 201, answer.status);
      made.push_back("auditlog request acme:" + std::to_string(answer.body.get("id").as_integer().value()));
    }
    return made;
  }

  const fs::path folder;
};

bool has_all(const std::set<std::string>& there, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& one) { return there.contains(one); });
}

constexpr const char* queues = "queues:\n  - {name: acme, kind: hosted, quota: {calls_a_day: off}}\n";

}  // namespace

class SyslogTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SyslogTest);
  CPPUNIT_TEST(everything_arrives_at_rsyslog_over_udp_tcp_and_tls);
  CPPUNIT_TEST(nothing_is_missing_after_rsyslog_was_killed);
  CPPUNIT_TEST(nothing_is_missing_in_a_file_after_the_bridge_was_killed);
  CPPUNIT_TEST_SUITE_END();

 public:
  void everything_arrives_at_rsyslog_over_udp_tcp_and_tls() {
    const Ground ground("syslog");
    Rsyslog rsyslog = make(ground.folder);
    rsyslog.start();
    const std::string two = queues + ("siem:\n" + sink("udp", rsyslog.udp) + sink("tcp", rsyslog.tcp));
    Bridge bridge(ground.folder, "bridge", two);
    ground.add_rows(300);
    const JsonSite site = bridge.site(bridge.make_key("acme"));
    bridge.start();
    const auto made = Ground::submit(site, 1, 20);
    // A sink that is new with a reload has its history, too.
    bridge.write_config(two + sink("tls", rsyslog.tls));
    bridge.reload();
    CPPUNIT_ASSERT_EQUAL(204, site.call("PUT", "/requests/1").status);
    CPPUNIT_ASSERT_EQUAL(401, bridge.site("nobody's key").call("GET", "/requests").status);
    const std::vector<std::string> done = {"bridge.started", "configuration.reloaded", "request.approved",
                                           "login.refused"};
    for (const char* name : {"udp", "tcp", "tls"}) {
      eventually(std::string("all over ") + name + "; see " + bridge.log() + " and " + rsyslog.log().string(),
                 patience, [&] {
                   const auto bodies = bodies_of(rsyslog.lines(name));
                   return disorder_in(bodies, 300).empty() && has_all(events_of(bodies), made) &&
                          has_all(actions_of(bodies), done);
                 });
      const Line line = rsyslog.lines(name).at(0);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string("countersign"), line.app);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string("credential.created"), line.msgid);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string("109"), line.priority);
      CPPUNIT_ASSERT_MESSAGE(line.data, line.data.find("[countersign@32473 source=\"audit\" sequence=\"1\" "
                                                       "queue=\"acme\"]") != std::string::npos);
      const Json body = bodies_of({line}).at(0);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string("Grüße"), body.get("detail").string_or(""));
    }
    says_what_came_of_a_test(bridge, rsyslog);
    CPPUNIT_ASSERT_EQUAL(0, bridge.stop());
  }

  void nothing_is_missing_after_rsyslog_was_killed() {
    const Ground ground("syslog_killed");
    Rsyslog rsyslog = make(ground.folder);
    Bridge bridge(ground.folder, "bridge",
                  queues + ("siem:\n" + sink("tcp", rsyslog.tcp) + sink("tls", rsyslog.tls)));
    ground.add_rows(100);
    const JsonSite site = bridge.site(bridge.make_key("acme"));
    rsyslog.start();
    bridge.start();
    std::vector<std::string> made;
    int n = 1;
    for (int round = 0; round < 3; ++round) {
      const auto more = [&](int count) {
        for (auto& one : Ground::submit(site, n, count)) made.push_back(one);
        n += count;
      };
      more(30);
      rsyslog.kill();
      more(10);
      eventually("the sinks are seen to fail; see " + bridge.log(), patience, [&] {
        const Json sinks = Json::parse(bridge.command({"status", "--json"}).out).get("sinks");
        return sinks.at(0).get("state").string_or("") == "failing" &&
               sinks.at(1).get("state").string_or("") == "failing";
      });
      CPPUNIT_ASSERT_EQUAL(200, site.call("GET", "/readyz").status);
      rsyslog.start();
    }
    for (const char* name : {"tcp", "tls"})
      eventually(std::string("all over ") + name + "; see " + bridge.log(), patience, [&] {
        const auto bodies = bodies_of(rsyslog.lines(name));
        return disorder_in(bodies, 100).empty() && has_all(events_of(bodies), made);
      });
    eventually("in step again; see " + bridge.log(), patience, [&] {
      const Json sinks = Json::parse(bridge.command({"status", "--json"}).out).get("sinks");
      return sinks.at(0).get("state").string_or("") == "in step" &&
             sinks.at(1).get("state").string_or("") == "in step";
    });
    CPPUNIT_ASSERT_EQUAL(0, bridge.stop());
  }

  void nothing_is_missing_in_a_file_after_the_bridge_was_killed() {
    const Ground ground("siem_file_killed");
    const fs::path file = ground.folder / "audit.ndjson";
    Bridge bridge(
        ground.folder, "bridge",
        queues + std::string("siem:\n  - {name: archive, history: all, file: {path: audit.ndjson}}\n"));
    ground.add_rows(700);
    const JsonSite site = bridge.site(bridge.make_key("acme"));
    for (const char* place : {"siem_sent", "siem_arrived:2", "siem_recorded:2"}) {
      bridge.start({{"COUNTERSIGN_CRASH_AT", place}}, "/healthz");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(place, 128 + SIGKILL, bridge.wait(patience).value_or(-1));
    }
    bridge.start();
    const auto made = Ground::submit(site, 1, 5);
    std::vector<Json> bodies;
    eventually("all are written; see " + bridge.log(), patience, [&] {
      bodies.clear();
      std::ifstream in(file);
      for (std::string line; std::getline(in, line);) bodies.push_back(Json::parse(line));
      return disorder_in(bodies, 700).empty() && has_all(events_of(bodies), made);
    });
    CPPUNIT_ASSERT_MESSAGE("some came twice", bodies.size() > 705);
    CPPUNIT_ASSERT_EQUAL(0, bridge.stop());
  }

 private:
  tests::Certificates certificates_;

  Rsyslog make(const fs::path& folder) {
    fs::copy_file(certificates_.ca_file(), folder / "ca.pem");
    return {folder, certificates_.issue("localhost"), certificates_.ca_file()};
  }
  static std::string sink(const std::string& scheme, std::uint16_t port) {
    const std::string host = scheme == "tls" ? "localhost" : "127.0.0.1";
    return "  - {name: " + scheme +
           ", history: all, ca: ca.pem, timeout: 5s, syslog: {settle: 2s, max_size: 32768, to: \"" + scheme +
           "://" + host + ':' + std::to_string(port) + "\"}}\n";
  }

  static void says_what_came_of_a_test(const Bridge& bridge, Rsyslog& rsyslog) {
    const auto arrived = [&](const char* name) {
      const auto lines = rsyslog.lines(name);
      return std::any_of(lines.begin(), lines.end(),
                         [](const Line& line) { return line.msgid == "siem.test"; });
    };
    const auto udp = bridge.command({"siem", "test", "udp"});
    CPPUNIT_ASSERT_EQUAL(0, udp.code);
    CPPUNIT_ASSERT_MESSAGE(udp.out, udp.out.find("only the receiver can say") != std::string::npos);
    const auto tls = bridge.command({"siem", "test", "tls", "--json"});
    CPPUNIT_ASSERT_EQUAL(0, tls.code);
    CPPUNIT_ASSERT(Json::parse(tls.out).get("sent").as_bool().value_or(false));
    for (const char* name : {"udp", "tls"}) eventually(name, patience, [&] { return arrived(name); });
    rsyslog.kill();
    const auto dead = bridge.command({"siem", "test", "tcp", "--json"});
    CPPUNIT_ASSERT_EQUAL(1, dead.code);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(dead.out, std::string("refused_connection"),
                                 Json::parse(dead.out).get("reason").string_or(""));
    const auto unknown = bridge.command({"siem", "test", "tpc"});
    CPPUNIT_ASSERT_EQUAL(1, unknown.code);
    CPPUNIT_ASSERT_MESSAGE(unknown.err, unknown.err.find("there are: udp, tcp, tls") != std::string::npos);
    const Json list = Json::parse(bridge.command({"siem", "list", "--json"}).out);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, list.size());
    CPPUNIT_ASSERT(list.at(1).get("feeds").at(0).get("cursor").as_integer().value_or(-1) > 300);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SyslogTest);
