// What people rely on who run the bridge: stop, reload, one server a store, secrets that do not show,
// requests that wait for a person, desks that do not hold each other up.

#include <csignal>
#include <thread>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/acceptance/site.h"
#include "tests/support/raw_http.h"
#include "tests/support/scripted_server.h"
#include "tests/support/used_secrets.h"

namespace {

using acceptance::Bridge;
using acceptance::eventually;
using acceptance::Json;
using acceptance::JsonSite;
using acceptance::PracticeDesk;
using Steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto patience = 30s;
constexpr const char* one_queue = "queues:\n  - {name: acme, kind: hosted}\ndesks:\n";
constexpr const char* one_route = "routes:\n  - {queue: acme, desk: desk}\n";

std::string submit(const JsonSite& queue, const Json& body, const std::string& log) {
  const auto answer = queue.call("POST", "/requests", body);
  CPPUNIT_ASSERT_EQUAL_MESSAGE("POST /requests: " + answer.text + "; see " + log, 201, answer.status);
  return std::to_string(answer.body.get("id").as_integer().value());
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string state_of(const Bridge& bridge, const std::string& key) {
  return bridge.show(key).get("state").string_or("");
}

void wait_for_state(const Bridge& bridge, const std::string& key, const std::string& state) {
  std::string last;
  eventually(key + " is " + state + "; see " + bridge.log(), patience,
             [&] { return (last = state_of(bridge, key)) == state; });
}

// Changes one place of a shipped mapping, in a folder of the test's own.
class OwnMappings {
 public:
  explicit OwnMappings(const std::filesystem::path& folder) : folder_(folder / "mappings/servicenow") {
    std::filesystem::create_directories(folder_);
    for (const char* name : {"elevation.yaml", "minimal.yaml"})
      std::filesystem::copy_file(shipped(name), folder_ / name);
  }
  void change(const std::string& was, const std::string& is) const {
    std::string text = tests::read_file(shipped("elevation.yaml"));
    const auto at = text.find(was);
    CPPUNIT_ASSERT_MESSAGE("servicenow/elevation.yaml has no \"" + was + '"', at != std::string::npos);
    text.replace(at, was.size(), is);
    tests::write_file(folder_ / "elevation.yaml", text);
  }

 private:
  static std::filesystem::path shipped(const char* name) {
    return std::filesystem::path(SOURCE_DIR) / "mappings/servicenow" / name;
  }
  const std::filesystem::path folder_;
};

// A folder with a practice desk, and the file that has its password.
struct Ground {
  explicit Ground(const std::string& name, const std::string& password = "practice",
                  const std::vector<std::string>& more = {})
      : folder(acceptance::fresh_folder(name)), desk(folder, {{"PRACTICE_BRIDGE_PASSWORD", password}}, more) {
    tests::write_file(folder / "desk.password", password);
  }
  std::string usual(const std::string& more = "poll: 100ms") const {
    return one_queue + acceptance::practice_part("desk", desk.url(), more) + one_route;
  }
  const std::filesystem::path folder;
  PracticeDesk desk;
};

}  // namespace

class OperationsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(OperationsTest);
  CPPUNIT_TEST(stops_within_five_seconds_though_a_desk_hangs_and_clients_idle);
  CPPUNIT_TEST(a_broken_mapping_is_not_taken_and_a_good_one_is);
  CPPUNIT_TEST(a_second_bridge_on_the_same_store_is_refused);
  CPPUNIT_TEST(what_a_mapping_cannot_make_is_parked_in_sight_and_goes_on_after_the_fix);
  CPPUNIT_TEST(a_fallback_mapping_opens_what_the_mapping_cannot);
  CPPUNIT_TEST(a_dead_desk_does_not_slow_another);
  CPPUNIT_TEST(eight_repeats_at_once_make_one_request_and_one_ticket);
  CPPUNIT_TEST(secrets_show_nowhere);
  CPPUNIT_TEST(every_shipped_file_is_checked);
  CPPUNIT_TEST_SUITE_END();

 public:
  void stops_within_five_seconds_though_a_desk_hangs_and_clients_idle() {
    Ground ground("stop");
    Bridge bridge(ground.folder, "bridge", ground.usual());
    const JsonSite queue = bridge.site(bridge.make_key("acme"));
    bridge.start();
    ground.desk.set_faults(Json::object({{"slow_ms", 60'000}}));
    for (int n = 0; n < 12; ++n) submit(queue, acceptance::request_body(n), bridge.log());
    tests::RawHttp idle(bridge.port()), half(bridge.port()), silent(bridge.port());
    idle.send("GET /healthz HTTP/1.1\r\nHost: bridge\r\n\r\n");
    CPPUNIT_ASSERT_EQUAL_MESSAGE("an idle client was answered once; see " + bridge.log(), 200,
                                 idle.read().status);
    half.send("POST /requests HTTP/1.1\r\nHost: bridge\r\nContent-Length: 100\r\n\r\n{");
    eventually("the bridge waits for the desk; see " + bridge.log(), patience,
               [&] { return ground.desk.state().get("faults").get("calls").as_integer().value_or(0) > 0; });
    const auto begin = Steady::now();
    const int code = bridge.stop(20s);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - begin);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("exit code after SIGTERM; see " + bridge.log(), 0, code);
    CPPUNIT_ASSERT_MESSAGE("it took " + std::to_string(took.count()) + " ms; see " + bridge.log(), took < 5s);

    // Nothing of what was cut short is lost.
    ground.desk.set_faults(Json::object({{"slow_ms", 0}}));
    bridge.start();
    eventually("all 12 have tickets; see " + bridge.log(), patience,
               [&] { return ground.desk.state().get("total").as_integer().value_or(0) == 12; });
    eventually("all 12 wait; see " + bridge.log(), patience,
               [&] { return bridge.list("waiting").size() == 12; });
    CPPUNIT_ASSERT_EQUAL_MESSAGE("tickets; see " + bridge.log(), std::int64_t{12},
                                 ground.desk.state().get("total").as_integer().value());
  }

  void a_broken_mapping_is_not_taken_and_a_good_one_is() {
    Ground ground("reload");
    OwnMappings mappings(ground.folder);
    Bridge bridge(ground.folder, "bridge", "folders: {mappings: mappings}\n" + ground.usual());
    const JsonSite queue = bridge.site(bridge.make_key("acme"));
    bridge.start();
    auto title = [&](int n) {
      const std::string key = "acme:" + submit(queue, acceptance::request_body(n), bridge.log());
      eventually("a ticket of " + key + "; see " + bridge.log(), patience,
                 [&] { return ground.desk.tickets(key).size() == 1; });
      return ground.desk.tickets(key).at(0).get("short_description").string_or("");
    };
    auto reload = [&](const std::string& result) {
      const std::string line = "countersign_reload_total{result=\"" + result + "\"} 1";
      bridge.reload();
      eventually(line + "; see " + bridge.log(), patience, [&] { return contains(bridge.metrics(), line); });
    };
    CPPUNIT_ASSERT_EQUAL_MESSAGE("see " + bridge.log(), std::string("User 1 asks for Program 1 on PC-1"),
                                 title(1));

    mappings.change("asks for ${ .application.name", "wants ${ .aplication.name");
    reload("failed");
    const std::string log = bridge.log_text();
    CPPUNIT_ASSERT_MESSAGE("the log names the place: see " + bridge.log(),
                           contains(log, "reload_failed") && contains(log, "elevation.yaml:"));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the old mapping stays; see " + bridge.log(),
                                 std::string("User 2 asks for Program 2 on PC-2"), title(2));

    mappings.change("asks for ${ .application.name", "wants ${ .application.name");
    reload("ok");
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the new mapping; see " + bridge.log(),
                                 std::string("User 3 wants Program 3 on PC-3"), title(3));
  }

  void a_second_bridge_on_the_same_store_is_refused() {
    Ground ground("second");
    Bridge bridge(ground.folder, "bridge", ground.usual());
    bridge.start();
    const auto second = bridge.command({"serve"});
    CPPUNIT_ASSERT_MESSAGE("exit code of the second: " + std::to_string(second.code), second.code != 0);
    CPPUNIT_ASSERT_MESSAGE("it says why: " + second.err,
                           contains(second.err, bridge.store_file().filename().string()));
    CPPUNIT_ASSERT_MESSAGE("the first goes on; see " + bridge.log(),
                           bridge.site().call("GET", "/readyz").status == 200);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the first stops well; see " + bridge.log(), 0, bridge.stop());
  }

  void what_a_mapping_cannot_make_is_parked_in_sight_and_goes_on_after_the_fix() {
    Ground ground("parked");
    OwnMappings mappings(ground.folder);
    mappings.change("  impact: \"3\"\n", "  impact: \"3\"\n  u_phone: {from: .user.phone}\n");
    Bridge bridge(ground.folder, "bridge", "folders: {mappings: mappings}\n" + ground.usual());
    const JsonSite queue = bridge.site(bridge.make_key("acme"));
    bridge.start();
    const std::string key = "acme:" + submit(queue, acceptance::request_body(1), bridge.log());
    wait_for_state(bridge, key, "parked_opening");
    const Json parked = bridge.list("parked");
    CPPUNIT_ASSERT_EQUAL_MESSAGE("requests list --state parked; see " + bridge.log(), std::size_t{1},
                                 parked.size());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("why", std::string("mapping"), parked.at(0).get("parkReason").string_or(""));
    CPPUNIT_ASSERT_MESSAGE("the place: " + parked.dump(),
                           contains(parked.at(0).get("parkDetail").string_or(""), "elevation.yaml:"));
    CPPUNIT_ASSERT_MESSAGE(
        "metrics; see " + bridge.log(),
        contains(bridge.metrics(), "countersign_parked_total{desk=\"desk\",reason=\"mapping\"} 1"));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("no blank ticket", std::size_t{0}, ground.desk.tickets(key).size());

    mappings.change("  impact: \"3\"\n", "  impact: \"3\"\n  u_phone: {from: .user.phone, optional: true}\n");
    bridge.reload();
    eventually("the reload; see " + bridge.log(), patience,
               [&] { return contains(bridge.metrics(), "countersign_reload_total{result=\"ok\"} 1"); });
    const auto resumed = bridge.command({"requests", "resume", "all"});
    CPPUNIT_ASSERT_EQUAL_MESSAGE("requests resume: " + resumed.err, 0, resumed.code);
    wait_for_state(bridge, key, "waiting");
    CPPUNIT_ASSERT_EQUAL_MESSAGE("tickets; see " + bridge.log(), std::size_t{1},
                                 ground.desk.tickets(key).size());
  }

  void a_fallback_mapping_opens_what_the_mapping_cannot() {
    Ground ground("fallback");
    OwnMappings mappings(ground.folder);
    mappings.change("  impact: \"3\"\n", "  impact: \"3\"\n  u_phone: {from: .user.phone}\n");
    Bridge bridge(ground.folder, "bridge",
                  "folders: {mappings: mappings}\n" +
                      ground.usual("poll: 100ms, fallback_mapping: servicenow/minimal"));
    const JsonSite queue = bridge.site(bridge.make_key("acme"));
    bridge.start();
    const std::string key = "acme:" + submit(queue, acceptance::request_body(1), bridge.log());
    wait_for_state(bridge, key, "waiting");
    const Json ticket = ground.desk.tickets(key).at(0);
    CPPUNIT_ASSERT_MESSAGE("made by the fallback: " + ticket.dump(),
                           contains(ticket.get("short_description").string_or(""), "Elevation request"));
    CPPUNIT_ASSERT_MESSAGE("and said so in the timeline",
                           contains(bridge.show(key).get("timeline").dump(), "fallback_mapping"));
  }

  void a_dead_desk_does_not_slow_another() {
    Ground ground("dead_desk");
    const std::string nobody = "http://127.0.0.1:" + std::to_string(tests::closed_port());
    Bridge bridge(ground.folder, "bridge",
                  "queues:\n  - {name: alive, kind: hosted}\n  - {name: dead, kind: hosted}\ndesks:\n" +
                      acceptance::practice_part("dead", nobody) +
                      acceptance::practice_part("alive", ground.desk.url()) +
                      "routes:\n  - {queue: dead, desk: dead}\n  - {queue: alive, desk: alive}\n");
    const JsonSite dead = bridge.site(bridge.make_key("dead")), alive = bridge.site(bridge.make_key("alive"));
    bridge.start();
    std::vector<std::string> keys;
    for (int n = 0; n < 20; ++n) submit(dead, acceptance::request_body(n), bridge.log());
    for (int n = 0; n < 5; ++n)
      keys.push_back("alive:" + submit(alive, acceptance::request_body(n), bridge.log()));
    for (const std::string& key : keys) {
      eventually("a ticket of " + key + "; see " + bridge.log(), 10s,
                 [&] { return ground.desk.tickets(key).size() == 1; });
      ground.desk.decide(key, true, "");
    }
    for (const std::string& key : keys) wait_for_state(bridge, key, "settled");
    Json rows;
    eventually("status says what is wrong; see " + bridge.log(), patience, [&] {
      return contains(bridge.command({"status", "--json"}).out, "retrying");
    });
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the others wait in sight; see " + bridge.log(), std::size_t{20},
                                 bridge.list("opening").size());
    CPPUNIT_ASSERT_MESSAGE(
        "metrics; see " + bridge.log(),
        contains(
            bridge.metrics(),
            "countersign_desk_calls_total{desk=\"dead\",verdict=\"retry\",reason=\"refused_connection\"}"));
  }

  void eight_repeats_at_once_make_one_request_and_one_ticket() {
    Ground ground("repeats");
    Bridge bridge(ground.folder, "bridge", ground.usual());
    const std::string api_key = bridge.make_key("acme");
    bridge.start();
    std::vector<JsonSite::Answer> answers(8);
    std::vector<std::string> bodies(8);
    {
      std::vector<std::jthread> clients;
      for (std::size_t n = 0; n < answers.size(); ++n)
        clients.emplace_back([&, n] {
          const auto answer = bridge.site(api_key).call("POST", "/requests", acceptance::request_body(1),
                                                        {{"Idempotency-Key", "the same"}});
          answers[n].status = answer.status;
          bodies[n] = answer.text;
        });
    }
    for (std::size_t n = 0; n < answers.size(); ++n) {
      CPPUNIT_ASSERT_MESSAGE(
          "answer " + std::to_string(answers[n].status) + ' ' + bodies[n] + "; see " + bridge.log(),
          answers[n].status == 201 || answers[n].status == 200);
      CPPUNIT_ASSERT_EQUAL_MESSAGE("id in " + bodies[n], Json::parse(bodies[0]).get("id").dump(),
                                   Json::parse(bodies[n]).get("id").dump());
    }
    CPPUNIT_ASSERT_EQUAL_MESSAGE("requests; see " + bridge.log(), std::size_t{1}, bridge.list().size());
    wait_for_state(bridge, "acme:" + Json::parse(bodies[0]).get("id").dump(), "waiting");
    CPPUNIT_ASSERT_EQUAL_MESSAGE("tickets; see " + bridge.log(), std::int64_t{1},
                                 ground.desk.state().get("total").as_integer().value());
  }

  void secrets_show_nowhere() {
    const std::string password = "pw-Xq81-secret-of-the-desk", hook = "hk-Ty52-secret-of-the-hook",
                      wrong = "pw-Zz13-wrong-secret";
    Ground ground("secrets", password);
    Bridge tenant(ground.folder, "tenant", "queues:\n  - {name: tenant, kind: hosted}\n");
    const std::string remote_key = tenant.make_key("tenant");
    tenant.start();
    acceptance::secret_file(ground.folder / "remote.key", remote_key);
    acceptance::secret_file(ground.folder / "wrong.key", "rk-Vv77-wrong-secret");
    for (const std::string& secret : {password, hook, wrong}) tests::note_secret(secret);
    auto desk = [&](const std::string& name, const std::string& variable) {
      return "  - {name: " + name +
             ", connector: servicenow, mapping: servicenow/elevation, poll: 100ms, settings: {url: \"" +
             ground.desk.url() + "\", user: bridge, password: {env: " + variable +
             "}, webhook_secret: {env: HOOK}}}\n";
    };
    Bridge bridge(ground.folder, "bridge",
                  "log: {level: debug}\nqueues:\n  - {name: acme, kind: hosted}\n"
                  "  - {name: far, kind: remote, poll: 100ms, url: \"" +
                      tenant.url() +
                      "\", key: {file: remote.key}, webhook_secret: {env: HOOK}}\n"
                      "  - {name: lost, kind: remote, poll: 100ms, url: \"" +
                      tenant.url() +
                      "\", key: {file: wrong.key}}\n"
                      "desks:\n" +
                      desk("desk", "PASSWORD") + desk("locked", "WRONG") +
                      "routes:\n  - {queue: acme, when: '${ .reason == \"locked\" }', desk: locked}\n  - "
                      "{queue: acme, desk: desk}\n"
                      "  - {queue: far, desk: desk}\n  - {queue: lost, desk: desk}\n");
    const acceptance::Environment environment{{"PASSWORD", password}, {"WRONG", wrong}, {"HOOK", hook}};
    const auto made = bridge.command({"keys", "create", "--queue", "acme", "--json"}, environment);
    const std::string api_key = Json::parse(made.out).get("key").string_or("");
    tests::note_secret(api_key);
    bridge.start(environment);
    const JsonSite queue = bridge.site(api_key);
    const std::string good = submit(queue, acceptance::request_body(1), bridge.log());
    const std::string locked = submit(queue, acceptance::request_body(2, "locked"), bridge.log());
    const std::string far = submit(tenant.site(remote_key), acceptance::request_body(3), tenant.log());
    for (const std::string& key : {"acme:" + good, "far:" + far}) {
      eventually("a ticket of " + key + "; see " + bridge.log(), patience,
                 [&] { return ground.desk.tickets(key).size() == 1; });
      ground.desk.decide(key, false, "No");
    }
    CPPUNIT_ASSERT_EQUAL(401, bridge.site(api_key + "x").call("GET", "/requests").status);
    bridge.site().call("POST", "/hooks/desk", Json::object({{"sys_id", "1"}}),
                       {{"X-Bridge-Signature", hook}, {"X-Bridge-Timestamp", "1"}});
    CPPUNIT_ASSERT_EQUAL(202, bridge.site().call("POST", "/hooks/queues/far?secret=" + hook).status);
    CPPUNIT_ASSERT_EQUAL(401, bridge.site().call("POST", "/hooks/queues/far?secret=" + wrong).status);
    CPPUNIT_ASSERT_EQUAL(404, bridge.site().call("POST", "/hooks/queues/lost?secret=" + hook).status);
    auto run = [&](std::vector<std::string> words) {
      const auto finished = bridge.command(std::move(words), environment);
      return finished.out + finished.err;
    };
    eventually("both are settled; see " + bridge.log(), patience, [&] {
      return Json::parse(
                 bridge.command({"requests", "list", "--state", "settled", "--json"}, environment).out)
                 .size() == 2;
    });
    eventually("the locked desk is in the status; see " + bridge.log(), patience, [&] {
      return contains(run({"status", "--json"}), "401");
    });

    std::map<std::string, std::string> places{{"/metrics", bridge.metrics()},
                                              {"the tenant's /metrics", tenant.metrics()},
                                              {"check --online --json", run({"check", "--online", "--json"})},
                                              {"status --json", run({"status", "--json"})},
                                              {"keys list --json", run({"keys", "list", "--json"})},
                                              {"requests list --json", run({"requests", "list", "--json"})}};
    for (const std::string& id : {"acme:" + good, "acme:" + locked, "far:" + far}) {
      places["requests show --json " + id] = run({"requests", "show", id, "--json"});
      places["requests show " + id] = run({"requests", "show", id});
      places["explain --json " + id] = run({"explain", id, "--json"});
    }
    auto read_files = [&](const char* when) {
      for (const auto& entry : std::filesystem::directory_iterator(ground.folder)) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(".log") || contains(name, ".db"))
          places[name + when] = tests::read_file(entry.path());
      }
    };
    read_files(" while it runs");
    CPPUNIT_ASSERT_EQUAL_MESSAGE("see " + bridge.log(), 0, bridge.stop());
    read_files(" after the stop");
    CPPUNIT_ASSERT_MESSAGE("the store was looked at", places.contains("bridge.db while it runs") &&
                                                          places.contains("bridge.db-wal while it runs"));

    // The middle part of a key is its secret; Basic is the password in another dress.
    auto middle = [](const std::string& key) { return key.substr(key.find('_', 8) + 1, 36); };
    const std::map<std::string, std::string> secrets{
        {"the desk's password", password},
        {"the wrong password", wrong},
        {"the webhook's secret", hook},
        {"the wrong key", "rk-Vv77-wrong-secret"},
        {"the API key", middle(api_key)},
        {"the remote key", middle(remote_key)},
        {"the password in base64", "YnJpZGdlOnB3LVhxODEtc2VjcmV0LW9mLXRoZS1kZXNr"}};
    for (const auto& [place, text] : places)
      for (const auto& [what, secret] : secrets)
        CPPUNIT_ASSERT_MESSAGE(what + " shows in " + place + " of " + ground.folder.string(),
                               !contains(text, secret));
  }

  void every_shipped_file_is_checked() {
    const std::filesystem::path source = SOURCE_DIR;
    std::int64_t shipped = 1;
    for (const char* folder : {"mappings", "workflows", "connectors"})
      for (const auto& entry : std::filesystem::recursive_directory_iterator(source / folder)) {
        const std::string name = entry.path().filename().string();
        const bool is_rules = folder == std::string("connectors")
                                  ? name == "connector.yaml"
                                  : name.ends_with(".yaml") && !name.ends_with(".tests.yaml");
        shipped += is_rules ? 1 : 0;
      }
    const auto checked = tests::run({{acceptance::program(), "check", "--json", "-c",
                                      (source / "tests/acceptance/all-desks.yaml").string()},
                                     {},
                                     {},
                                     {},
                                     {}});
    CPPUNIT_ASSERT_EQUAL_MESSAGE("check: " + checked.out + checked.err, 0, checked.code);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("files that all-desks.yaml covers: add the new one there", shipped,
                                 Json::parse(checked.out).get("files").as_integer().value_or(0));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OperationsTest);
