// What people and the bridge do, through the doors that people have (verbs of the command line, the API, a
// reload), and the row of the audit log that each leaves.

#include <iostream>
#include <sstream>
#include <thread>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/app/command_line.h"
#include "bridge/app/daemon.h"
#include "bridge/app/operator.h"
#include "bridge/ops/log.h"
#include "tests/support/raw_http.h"
#include "tests/support/scripted_server.h"
#include "tests/support/temporary_folder.h"

using bridge::TrailEntry;
using mappings::Json;
using namespace std::chrono_literals;

namespace {

struct Recorded {
  const char* name;
  std::function<void()> act;
  const char* action;
  const char* actor;         // how it begins; "operator": who runs this test
  const char* object = "";   // how it begins
  const char* address = "";  // where it came from
};
constexpr const char* api_address = "192.0.2.9";

}  // namespace

class RecordedActsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RecordedActsTest);
  CPPUNIT_TEST(every_act_of_a_person_on_the_command_line_is_a_row);
  CPPUNIT_TEST(every_act_through_the_api_is_a_row);
  CPPUNIT_TEST(what_the_bridge_does_by_itself_is_a_row);
  CPPUNIT_TEST(every_refused_login_is_a_row);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    bridge::set_log_sink([](const std::string&) {});
    folder_.write("desk.password", "hunter2");
    folder_.write("people.yaml", "people:\n  - {login: bob, mail: bob@acme.test, groups: [security]}\n");
    configure();
    key_ = made({"--role", "administrator"}, "key");
    mappings::Diagnostics diagnostics;
    auto config = bridge::load_config(folder_ / "countersign.yaml", diagnostics);
    CPPUNIT_ASSERT_MESSAGE(diagnostics.to_text(), config.has_value());
    daemon_.emplace(std::move(*config));
    daemon_->start();
  }
  void tearDown() override {
    daemon_.reset();
    bridge::set_log_sink(nullptr);
  }

  void every_act_of_a_person_on_the_command_line_is_a_row() {
    std::string id;
    const auto verb = [&](const char* name, const std::vector<std::string>& more = {}) {
      return [this, &id, name, more] {
        std::vector<std::string> words = {"keys", name, id};
        words.insert(words.end(), more.begin(), more.end());
        run(words);
      };
    };
    const auto until_paused = [this] {
      submit("whatever");
      wait_for("webhook.paused");
      run({"hooks", "resume", "told"});
    };
    const auto until_parked = [this] {
      submit("whatever");
      configure("", "  - {queue: acme, desk: snow}\n");
      run({"requests", "resume", "1"});
    };
    check({
        {"makes a key", [&] { id = made({}, "id"); }, "credential.created", "operator", "credential "},
        {"rotates it", verb("rotate", {"--overlap", "1h"}), "credential.rotated", "operator", "credential "},
        {"deactivates it", verb("deactivate"), "credential.deactivated", "operator", "credential "},
        {"activates it", verb("activate"), "credential.activated", "operator", "credential "},
        {"revokes it", verb("revoke"), "credential.revoked", "operator", "credential "},
        {"makes a key group",
         [&] {
           made({"--group", "desk"}, "id");
         },
         "key_group.created", "operator", "key group desk"},
        {"imports people",
         [&] {
           run({"directory", "import", "--queue", "acme", people()});
         },
         "directory.user_added", "operator", "user "},
        {"resumes a request", until_parked, "request.resumed", "operator", "request acme:1"},
        {"resumes a webhook", until_paused, "webhook.resumed", "operator", "webhook told"},
        {"reloads", [&] { CPPUNIT_ASSERT(reload()); }, "configuration.reloaded", "operator"},
        {"reloads a mistake", [&] { CPPUNIT_ASSERT(!reload("no such key: 1\n")); },
         "configuration.reload_refused", "operator"},
    });
  }

  void every_act_through_the_api_is_a_row() {
    for (int i = 0; i < 3; ++i) submit("whatever");
    std::string hook, key, client, client_id, role, user, group;
    const auto call = [this](const char* method, const std::string& target, const std::string& body = {}) {
      return [this, method, target, body] { api(method, target, body); };
    };
    const auto make = [this](std::string& id, const char* target, const std::string& body,
                             const char* member) {
      return [this, &id, target, body, member] {
        const Json answer = api("POST", target, body);
        id = (answer.has("data") ? answer.get("data") : answer).get(member).string_or("");
        CPPUNIT_ASSERT_MESSAGE(answer.dump(), !id.empty());
      };
    };
    // Of an object whose id is known only then.
    const auto of = [this](const char* method, const char* before, std::string& id, const char* behind,
                           const std::string& body = {}) {
      return [this, method, before, &id, behind, body] { api(method, before + id + behind, body); };
    };
    const std::string keys = "/api/key-groups/Desk/keys";
    const std::string people = "/scim/v2/Users/", groups = "/scim/v2/Groups/";
    const char* clients = "/api/companies/clients/";
    const auto make_client = [&] {
      const Json pair = api("GET", std::string(clients) + "generate-client-credentials").get("data");
      client_id = pair.get("clientId").string_or("");
      const Json body = Json::object({{"name", "Sync"},
                                      {"clientId", pair.get("clientId")},
                                      {"clientSecret", pair.get("clientSecret")},
                                      {"roleResourceIdList", Json::array({Json("approver")})},
                                      {"hasIpAddressRestriction", false},
                                      {"statusId", 1}});
      const Json made = api("POST", "/api/companies/clients", body.dump()).get("data");
      client = made.is_object() ? made.get("resourceId").string_or("") : made.string_or("");
      CPPUNIT_ASSERT(!client.empty());
    };
    const char* who = "key cs_live_";
    check({
        {"approves", call("PUT", "/requests/1?approvedby=carol@acme.test"), "request.approved", who,
         "request acme:1", api_address},
        {"denies", call("DELETE", "/requests/2?deniedby=carol@acme.test&reason=no"), "request.denied", who,
         "request acme:2", api_address},
        {"withdraws", call("POST", "/requests/3/withdraw"), "request.withdrawn", who, "request acme:3",
         api_address},
        {"subscribes", make(hook, "/webhooks", R"({"url":"https://new.test/x","events":["events"]})", "id"),
         "webhook.created", who, "webhook ", api_address},
        {"changes the subscription", of("PUT", "/webhooks/", hook, "", R"({"settingsNames":["x"]})"),
         "webhook.changed", who, "webhook ", api_address},
        {"resumes it", of("POST", "/webhooks/", hook, "/resume"), "webhook.resumed", who, "webhook ",
         api_address},
        {"removes it", of("DELETE", "/webhooks/", hook, ""), "webhook.removed", who, "webhook ", api_address},
        {"makes a key group", call("POST", "/api/key-groups", R"({"name":"Desk"})"), "key_group.created", who,
         "key group Desk", api_address},
        {"makes a rest key", make(key, keys.c_str(), R"({"inRole":"reader"})", "resourceId"),
         "credential.created", who, "credential ", api_address},
        {"rotates it", of("POST", (keys + '/').c_str(), key, "/rotate"), "credential.rotated", who,
         "credential ", api_address},
        {"deactivates it", of("PUT", (keys + '/').c_str(), key, "", R"({"activated":false})"),
         "credential.deactivated", who, "credential ", api_address},
        {"revokes it", of("DELETE", (keys + '/').c_str(), key, ""), "credential.revoked", who, "credential ",
         api_address},
        {"removes the group", call("DELETE", "/api/key-groups/Desk"), "key_group.removed", who,
         "key group Desk", api_address},
        {"makes a client", make_client, "credential.created", who, "credential ", api_address},
        {"changes it", of("PUT", clients, client, "", R"({"name":"Other"})"), "credential.changed", who,
         "credential ", api_address},
        {"revokes it", of("DELETE", clients, client, ""), "credential.revoked", who, "credential ",
         api_address},
        {"makes a role",
         make(role, "/api/roles", R"({"name":"Looks","description":"x","scopes":"read"})", "resourceId"),
         "role.created", who, "role ", api_address},
        {"removes it", of("DELETE", "/api/roles/", role, ""), "role.removed", who, "role ", api_address},
        {"adds a user", make(user, "/scim/v2/Users", R"({"userName":"dora"})", "id"), "directory.user_added",
         who, "user ", api_address},
        {"changes the user", of("PUT", people.c_str(), user, "", R"({"userName":"dora","active":false})"),
         "directory.user_changed", who, "user ", api_address},
        {"adds a group", make(group, "/scim/v2/Groups", R"({"displayName":"Night"})", "id"),
         "directory.group_added", who, "group ", api_address},
        {"removes the group", of("DELETE", groups.c_str(), group, ""), "directory.group_removed", who,
         "group ", api_address},
        {"removes the user", of("DELETE", people.c_str(), user, ""), "directory.user_removed", who, "user ",
         api_address},
    });
  }

  void what_the_bridge_does_by_itself_is_a_row() {
    CPPUNIT_ASSERT_EQUAL(std::string("countersign"), wait_for("bridge.started").actor.name);
    check({
        {"parks what no route takes", [&] { submit("whatever"); }, "request.parked", "countersign",
         "request acme:"},
        {"tries again what a desk did not take", [&] { submit("desk"); }, "request.retried", "countersign",
         "request acme:2"},
    });
    CPPUNIT_ASSERT(wait_for("webhook.retried").detail.find("410") != std::string::npos);
    CPPUNIT_ASSERT(wait_for("webhook.paused").detail.find("410 Gone") != std::string::npos);
    daemon_->stop();
    CPPUNIT_ASSERT_EQUAL(std::string("countersign"), wait_for("bridge.stopped").actor.name);
  }

  // Each from another address: those of one address are counted together.
  void every_refused_login_is_a_row() {
    const struct {
      const char* name;
      const char* request;
      const char* lines;
      const char* body;
      const char* detail;
    } cases[] = {
        {"no credential", "GET /requests", "", "", "door none"},
        {"a wrong key", "GET /requests", "apikey: cs_live_3fa97f2c_wrong\r\n", "", "door apikey"},
        {"a wrong rest key", "GET /requests", "Authorization: rest_api_key=wrong\r\n", "",
         "door rest_api_key"},
        {"a wrong token", "GET /scim/v2/Users", "Authorization: Bearer wrong\r\n", "", "door bearer"},
        {"two credentials", "GET /requests", "apikey: a\r\nAuthorization: Bearer b\r\n", "", "door"},
        {"a wrong client", "POST /connect/token", "Content-Type: application/x-www-form-urlencoded\r\n",
         "grant_type=client_credentials&client_id=cs_client_3fa97f2c&client_secret=wrong",
         "door /connect/token"},
        {"a desk's WebHook without a signature", "POST /hooks/snow", "", "{}", "POST /hooks/{desk}"},
    };
    int host = 0;
    for (const auto& one : cases) {
      const std::string address = "198.51.100." + std::to_string(++host);
      const auto before = daemon_->store().trail().newest();
      const auto answer = send(one.request, "X-Forwarded-For: " + address + "\r\n" + one.lines, one.body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, 401, answer.status);
      const TrailEntry row = wait_for("login.refused", before);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, address, row.actor.ip);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, std::string("acts/1"), row.actor.user_agent);
      CPPUNIT_ASSERT_MESSAGE(one.name + (": " + row.detail),
                             row.detail.find(one.detail) != std::string::npos);
    }
  }

 private:
  void check(const std::vector<Recorded>& acts) {
    for (const Recorded& one : acts) {
      const auto before = daemon_->store().trail().newest();
      one.act();
      const TrailEntry row = wait_for(one.action, before, one.name);
      const bool by_operator = std::string_view(one.actor) == "operator";
      const std::string actor = by_operator ? bridge::operator_actor().name : one.actor;
      CPPUNIT_ASSERT_MESSAGE(one.name + (": " + row.actor.name), row.actor.name.starts_with(actor));
      CPPUNIT_ASSERT_MESSAGE(one.name + (": " + row.object), row.object.starts_with(one.object));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, std::string(one.address), row.actor.ip);
      const bool by_api = *one.address != 0;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, std::string(by_api ? "acts/1" : ""), row.actor.user_agent);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, std::string(by_api ? "Company Admin" : ""), row.actor.role);
    }
  }

  // The first row of that action behind `after`.
  TrailEntry wait_for(const std::string& action, std::int64_t after = 0, const std::string& name = {}) {
    bridge::TrailQuery query;
    query.action = action;
    query.after = after;
    query.limit = 1;
    const auto until = std::chrono::steady_clock::now() + 20s;
    for (;;) {
      const auto rows = daemon_->store().trail().search(query);
      if (!rows.empty()) return rows.front().entry;
      CPPUNIT_ASSERT_MESSAGE(name + ": no " + action, std::chrono::steady_clock::now() < until);
      std::this_thread::sleep_for(2ms);
    }
  }

  void configure(const std::string& more = {}, const std::string& more_routes = {}) {
    const std::string shipped = SOURCE_DIR;
    folder_.write(
        "countersign.yaml",
        "listen: 0\nstore: sqlite:store.db\nfolders: {mappings: " + shipped +
            "/mappings, connectors: " + shipped + "/connectors, workflows: " + shipped +
            "/workflows}\naccess: {trusted_proxies: [127.0.0.1]}\n"
            "queues:\n  - {name: acme, kind: hosted}\n"
            "desks:\n  - {name: snow, connector: servicenow, mapping: servicenow/elevation, "
            "settings: {url: \"http://127.0.0.1:" +
            std::to_string(nobody_) +
            "\", user: bridge, password: {file: desk.password}}}\n"
            "routes:\n  - {queue: acme, when: '${ .reason == \"desk\" }', desk: snow}\n" +
            more_routes +
            "hooks:\n  allow: [127.0.0.1]\n  subscriptions:\n    - {name: told, queue: acme, url: \"" +
            gone_.url("/in") + "\", events: [requests]}\n" + more);
  }
  std::string people() const { return (folder_ / "people.yaml").string(); }

  bool reload(const std::string& more = {}) {
    configure(more);
    mappings::Diagnostics diagnostics;
    return daemon_->reload(diagnostics, bridge::operator_actor());
  }

  // What a verb of the command line writes; it must do well.
  std::string run(std::vector<std::string> words) {
    words.insert(words.begin(), "countersign");
    words.insert(words.end(), {"-c", (folder_ / "countersign.yaml").string()});
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    std::ostringstream out, err;
    auto* const usual_out = std::cout.rdbuf(out.rdbuf());
    auto* const usual_err = std::cerr.rdbuf(err.rdbuf());
    const int code = bridge::run_command_line(static_cast<int>(arguments.size()), arguments.data());
    std::cout.rdbuf(usual_out);
    std::cerr.rdbuf(usual_err);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(words.at(1) + ' ' + words.at(2) + ": " + err.str() + out.str(), 0, code);
    return out.str();
  }
  // A member of what `keys create` shows.
  std::string made(std::vector<std::string> options, const char* member) {
    options.insert(options.begin(), {"keys", "create", "--json", "--queue", "acme"});
    return Json::parse(run(options)).get(member).string_or("");
  }

  tests::RawAnswer send(const std::string& request, const std::string& lines, const std::string& body) {
    return tests::ask(daemon_->port(), request + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: acts/1\r\n" +
                                           lines + "Content-Length: " + std::to_string(body.size()) +
                                           "\r\n\r\n" + body);
  }
  Json api(const std::string& method, const std::string& target, const std::string& body = {}) {
    const auto answer = send(
        method + ' ' + target,
        "apikey: " + key_ + "\r\nX-Forwarded-For: " + api_address + "\r\nContent-Type: application/json\r\n",
        body);
    CPPUNIT_ASSERT_MESSAGE(method + ' ' + target + ": " + answer.header + answer.body,
                           answer.status / 100 == 2);
    return answer.body.empty() ? Json::object() : Json::parse(answer.body);
  }
  void submit(const std::string& reason) {
    api("POST", "/requests",
        Json::object({{"type", "Run As Admin"},
                      {"reason", reason},
                      {"user", Json::object({{"account", "ACME\\ann"},
                                             {"fullName", "Ann Example"},
                                             {"email", "ann@acme.test"}})},
                      {"computer", Json::object({{"name", "PC-1"}})},
                      {"application", Json::object({{"name", "Setup"}, {"file", "setup.exe"}})}})
            .dump());
  }

  tests::TemporaryFolder folder_;
  tests::ScriptedServer gone_{[](tests::Peer& peer) {
    while (peer.read_request()) peer.answer(410, "");
  }};
  const std::uint16_t nobody_ = tests::closed_port();
  std::string key_;
  std::optional<bridge::Daemon> daemon_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(RecordedActsTest);
