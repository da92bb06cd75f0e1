#include "bridge/config/config.h"

#include <cstdlib>
#include <sstream>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/config/installation.h"
#include "tests/support/generated_block.h"
#include "tests/support/temporary_folder.h"

namespace fs = std::filesystem;
using bridge::Config;
using bridge::load_config;
using mappings::Diagnostics;
using namespace std::chrono_literals;

namespace {
const fs::path fixtures = fs::path(SOURCE_DIR) / "tests/bridge/fixtures/config";
const std::string leaked = "hunter2";

// "# expect: code line:column" in the first line of a fixture; * stands for anything.
struct Expected {
  std::string code;
  std::string line;
  std::string column;
};
Expected expected_of(const fs::path& file) {
  std::ifstream in(file);
  std::string hash, word, place;
  Expected expected;
  in >> hash >> word >> expected.code >> place;
  CPPUNIT_ASSERT_EQUAL_MESSAGE(file.string(), std::string("expect:"), word);
  const auto colon = place.find(':');
  expected.line = place.substr(0, colon);
  expected.column = colon == std::string::npos ? "*" : place.substr(colon + 1);
  return expected;
}

void check(const std::string& about, const std::string& expected, const std::string& got) {
  if (expected != "*") CPPUNIT_ASSERT_EQUAL_MESSAGE(about, expected, got);
}

std::vector<fs::path> files_in(const char* folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fixtures / folder)) files.push_back(entry.path());
  CPPUNIT_ASSERT(!files.empty());
  return files;
}

// Sets a variable of the environment for as long as it lives.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Environment() { ::unsetenv(name_); }

 private:
  const char* name_;
};

const std::string smallest =
    "queues:\n  - {name: acme, kind: hosted}\n"
    "desks:\n  - {name: snow, connector: servicenow, mapping: servicenow/elevation}\n"
    "routes:\n  - {queue: acme, desk: snow}\n";
}  // namespace

class ConfigTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ConfigTest);
  CPPUNIT_TEST(reads_every_key);
  CPPUNIT_TEST(what_is_absent_has_its_default);
  CPPUNIT_TEST(a_quota_can_be_switched_off);
  CPPUNIT_TEST(reads_when_guessers_are_shut_out);
  CPPUNIT_TEST(a_port_alone_is_one_of_loopback);
  CPPUNIT_TEST(each_mistake_is_one_error_at_its_place);
  CPPUNIT_TEST(what_is_odd_is_a_warning_and_still_loads);
  CPPUNIT_TEST(a_secret_in_the_file_is_never_repeated);
  CPPUNIT_TEST(a_secret_is_hidden_also_when_its_line_has_another_mistake);
  CPPUNIT_TEST(a_secret_is_hidden_in_a_file_of_the_wrong_shape);
  CPPUNIT_TEST(a_secret_from_elsewhere_stays_out_of_diagnostics);
  CPPUNIT_TEST(suggests_the_name_that_was_meant);
  CPPUNIT_TEST(folders_beside_the_file_go_before_the_installation);
  CPPUNIT_TEST(finds_the_source_tree_it_was_built_in);
  CPPUNIT_TEST(a_file_that_is_not_there_is_an_error);
  CPPUNIT_TEST_SUITE_END();

 public:
  void reads_every_key() {
    const Environment key("COUNTERSIGN_TEST_KEY", "from-the-environment");
    const Config config = load(fixtures / "whole.yaml");
    CPPUNIT_ASSERT_EQUAL(std::string("::1"), config.address);
    CPPUNIT_ASSERT_EQUAL(9090, static_cast<int>(config.port));
    CPPUNIT_ASSERT_EQUAL(std::string("https://countersign.acme.test"), config.public_url);
    CPPUNIT_ASSERT_EQUAL("sqlite:" + (fixtures / "data/bridge.db").string(), config.store);
    CPPUNIT_ASSERT_EQUAL(std::string("debug"), config.log_level);
    CPPUNIT_ASSERT_EQUAL(8, config.http_workers);
    CPPUNIT_ASSERT(config.request_deadline == 5s);
    CPPUNIT_ASSERT_EQUAL(std::size_t{50}, config.max_connections);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2048}, config.bulk_body);
    CPPUNIT_ASSERT_EQUAL((fixtures / "secret.txt").string(), config.ca_file);
    CPPUNIT_ASSERT_EQUAL((fixtures / "mappings").string(), config.mappings.string());

    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, config.queues.size());
    const auto& hosted = *config.queue("acme");
    CPPUNIT_ASSERT(!hosted.remote);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, hosted.approvers.size());
    CPPUNIT_ASSERT_EQUAL(std::string("carol@acme.test"), hosted.approvers[1]);
    CPPUNIT_ASSERT_EQUAL(std::string("Acme Ltd"), hosted.tenant);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{100}, hosted.workstation_seats);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, hosted.server_seats);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{5000}, hosted.quota.calls_a_day);
    CPPUNIT_ASSERT_EQUAL(std::string("Asia/Dubai"), hosted.quota.time_zone.name());
    CPPUNIT_ASSERT(hosted.quota.business_days ==
                   std::vector({std::chrono::Monday, std::chrono::Tuesday, std::chrono::Sunday}));
    const auto& remote = *config.queue("contoso");
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, remote.quota.calls_a_day);
    CPPUNIT_ASSERT(remote.remote);
    CPPUNIT_ASSERT_EQUAL(std::string("https://dc1api.example.test"), remote.url);
    CPPUNIT_ASSERT_EQUAL(std::string("from-the-environment"), remote.key.reveal());
    CPPUNIT_ASSERT(remote.poll == 2s && remote.reconcile == 1min);
    CPPUNIT_ASSERT_EQUAL(std::string("desk@acme.test"), remote.approver_email);
    CPPUNIT_ASSERT_EQUAL(10, remote.where.line);
    CPPUNIT_ASSERT(remote.poll_quick == 500ms && remote.day_starts == 22h + 30min);
    CPPUNIT_ASSERT(remote.calls_a_day == 50'000 && remote.decision_reserve == 20);
    CPPUNIT_ASSERT((remote.mirror == bridge::MirrorConfig{.auditlog = false,
                                                          .inventory = false,
                                                          .software = true,
                                                          .groups = true,
                                                          .every = 30s,
                                                          .history_days = 2}));
    CPPUNIT_ASSERT_EQUAL(std::string("Contoso Ltd"), remote.tenant);
    CPPUNIT_ASSERT_EQUAL(std::string("from-a-file"), remote.webhook_secret.reveal());

    const auto& snow = *config.desk("snow");
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"url":"https://acme.example.test","user":"from-the-environment",)"
                                     R"("password":"from-a-file","limit":5,"table":"7"})"),
                         snow.settings.reveal());
    CPPUNIT_ASSERT_EQUAL(std::string("servicenow/plain"), snow.fallback_mapping);
    CPPUNIT_ASSERT_EQUAL(std::string("strict"), snow.workflow);
    CPPUNIT_ASSERT(snow.poll == std::optional<std::chrono::milliseconds>(3s));
    CPPUNIT_ASSERT(snow.reconcile == 2min);
    CPPUNIT_ASSERT(snow.in_flight == 4);

    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, config.routes.size());
    CPPUNIT_ASSERT(config.routes[0].when.empty());
    CPPUNIT_ASSERT_EQUAL(std::string(R"(.settingsName == "Developers")"), config.routes[1].when);
    CPPUNIT_ASSERT_EQUAL(std::string("rt"), config.routes[1].desk);
    CPPUNIT_ASSERT(config.queue("nobody") == nullptr && config.desk("nobody") == nullptr);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, config.hooks.size());
    const bridge::HookConfig& siem = config.hooks.at(0);
    CPPUNIT_ASSERT_EQUAL(std::string("http://siem.internal:8088/in"), siem.url.reveal());
    CPPUNIT_ASSERT_EQUAL(std::string(".typeCode == 1"), siem.when);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, siem.secrets.size());
    CPPUNIT_ASSERT(siem.events == (std::vector<std::string>{"requests", "auditlog.used"}));
    CPPUNIT_ASSERT(siem.timeout == 5s && siem.retry_for == 24h);
    const bridge::HookConfig& slack = config.hooks.at(1);
    CPPUNIT_ASSERT_EQUAL(std::string("https://slack.com/api"), slack.url.reveal());
    CPPUNIT_ASSERT(slack.events == std::vector<std::string>{"requests"});
    CPPUNIT_ASSERT(slack.uses_slack_api() && !slack.slack_token.empty());
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, config.hooks_allow.size());

    CPPUNIT_ASSERT_EQUAL(std::size_t{4}, config.siem.size());
    using bridge::SiemConfig;
    SiemConfig splunk;
    splunk.name = "splunk";
    splunk.sources = {"audit"};
    splunk.queues = {"acme"};
    splunk.actions = {"login.", "request."};
    splunk.history = 24h * 30;
    splunk.timeout = 5s;
    splunk.ca_file = (fixtures / "secret.txt").string();
    splunk.to = SiemConfig::Splunk{"https://splunk.acme.test:8088",
                                   bridge::Secret("from-a-file"),
                                   "security",
                                   "countersign:json",
                                   false,
                                   30s,
                                   2};
    CPPUNIT_ASSERT(config.siem.at(0) == splunk);
    SiemConfig soc;
    soc.name = "soc";
    soc.history = SiemConfig::all_history;
    soc.to = SiemConfig::Syslog{
        SiemConfig::Syslog::Transport::tls, "logs.acme.test", 6514, true, true, false, 20, 65'000, 2s};
    CPPUNIT_ASSERT(config.siem.at(1) == soc);
    const auto& near = std::get<SiemConfig::Syslog>(config.siem.at(2).to);
    CPPUNIT_ASSERT_EQUAL(std::string("::1"), near.host);
    CPPUNIT_ASSERT_EQUAL(5514, static_cast<int>(near.port));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("UDP has less", std::size_t{2048}, near.max_size);
    const SiemConfig::File file{(fixtures / "audit.ndjson").string(), 1000, 3};
    CPPUNIT_ASSERT(std::get<SiemConfig::File>(config.siem.at(3).to) == file);
  }

  void a_quota_can_be_switched_off() {
    for (const char* off : {"0", "off", "'off'"}) {
      std::string text = smallest;
      text.insert(text.find("hosted") + 6, std::string(", quota: {calls_a_day: ") + off + "}");
      const Config config = load(folder_.write("countersign.yaml", text));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(off, std::int64_t{0}, config.queue("acme")->quota.calls_a_day);
    }
  }

  void reads_when_guessers_are_shut_out() {
    const Environment home("COUNTERSIGN_HOME", fixtures.string());
    const auto rules = [&](const std::string& lockout) {
      return load(folder_.write("countersign.yaml", "access: {lockout: {" + lockout + "}}\n" + smallest))
          .access.lockout;
    };
    const auto all = rules(
        "failures: 3, failures_of_address: 9, forget: 5m, lock: 1m, growth: 3, longest_lock: 1h, "
        "forget_locks: 2d, except: [192.0.2.0/24, 3fa97f2c]");
    CPPUNIT_ASSERT(all.failures_of_id == 3 && all.failures_of_address == 9 && all.growth == 3);
    CPPUNIT_ASSERT(all.forget == 5min && all.lock == 1min && all.longest_lock == 1h &&
                   all.forget_locks == 48h);
    CPPUNIT_ASSERT(all.except_ids.contains("3fa97f2c") && all.except_addresses.entries().size() == 1);
    CPPUNIT_ASSERT(rules("lock: 7d").longest_lock == 24h * 7);
    CPPUNIT_ASSERT(rules("failures: 0").longest_lock == 24h);
  }

  void what_is_absent_has_its_default() {
    const Environment home("COUNTERSIGN_HOME", fixtures.string());
    const Config config = load(folder_.write("countersign.yaml", smallest));
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), config.address);
    CPPUNIT_ASSERT_EQUAL(8080, static_cast<int>(config.port));
    CPPUNIT_ASSERT_EQUAL("sqlite:" + (folder_.path() / "var/countersign.db").string(), config.store);
    CPPUNIT_ASSERT_EQUAL(std::string("info"), config.log_level);
    CPPUNIT_ASSERT_EQUAL(32, config.http_workers);
    CPPUNIT_ASSERT(config.request_deadline == 30s);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2000}, config.max_connections);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1} << 20, config.bulk_body);
    CPPUNIT_ASSERT(config.ca_file.empty() && config.public_url.empty());
    CPPUNIT_ASSERT(config.queue("acme")->quota == bridge::QuotaConfig{});
    const auto& desk = config.desks.at(0);
    CPPUNIT_ASSERT_EQUAL(std::string("{}"), desk.settings.reveal());
    CPPUNIT_ASSERT_EQUAL(std::string("standard"), desk.workflow);
    CPPUNIT_ASSERT(desk.fallback_mapping.empty() && !desk.poll && !desk.in_flight);
    CPPUNIT_ASSERT(desk.reconcile == 5min);
  }

  void a_port_alone_is_one_of_loopback() {
    const Environment home("COUNTERSIGN_HOME", fixtures.string());
    const Config config = load(folder_.write("countersign.yaml", "listen: 9099\n" + smallest));
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), config.address);
    CPPUNIT_ASSERT_EQUAL(9099, static_cast<int>(config.port));
  }

  void each_mistake_is_one_error_at_its_place() {
    const Environment home("COUNTERSIGN_HOME", fixtures.string());
    for (const fs::path& file : files_in("wrong")) {
      Diagnostics diagnostics;
      const auto config = load_config(file, diagnostics);
      const std::string about = file.filename().string() + "\n" + diagnostics.to_text();
      CPPUNIT_ASSERT_MESSAGE(about, !config);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(about, std::size_t{1}, diagnostics.errors());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(about, std::size_t{0}, diagnostics.warnings());
      const auto& error = diagnostics.all()[0];
      const Expected expected = expected_of(file);
      check(about, expected.code, error.code);
      check(about, expected.line, std::to_string(error.where.line));
      check(about, expected.column, std::to_string(error.where.column));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(about, file.string(), error.where.file);
      CPPUNIT_ASSERT_MESSAGE(about, !error.message.empty() && error.message.back() != '.');
    }
  }

  void what_is_odd_is_a_warning_and_still_loads() {
    const Environment home("COUNTERSIGN_HOME", fixtures.string());
    for (const fs::path& file : files_in("warned")) {
      Diagnostics diagnostics;
      const auto config = load_config(file, diagnostics);
      const std::string about = file.filename().string() + "\n" + diagnostics.to_text();
      CPPUNIT_ASSERT_MESSAGE(about, config.has_value());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(about, std::size_t{1}, diagnostics.all().size());
      const Expected expected = expected_of(file);
      check(about, expected.code, diagnostics.all()[0].code);
      check(about, expected.line, std::to_string(diagnostics.all()[0].where.line));
      check(about, expected.column, std::to_string(diagnostics.all()[0].where.column));
    }
  }

  void a_secret_in_the_file_is_never_repeated() {
    const Environment home("COUNTERSIGN_HOME", fixtures.string());
    int with_secret = 0;
    for (const fs::path& file : files_in("wrong")) {
      Diagnostics diagnostics;
      (void)load_config(file, diagnostics);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(file.string(), std::string::npos, shown(diagnostics).find(leaked));
      with_secret += expected_of(file).code == "secret-in-file";
    }
    CPPUNIT_ASSERT(with_secret >= 4);
  }

  void a_secret_is_hidden_also_when_its_line_has_another_mistake() {
    const Environment home("COUNTERSIGN_HOME", fixtures.string());
    for (const char* line :
         {"  - {name: NOT GOOD, kind: remote, url: \"https://q.test\", key: hunter2hunter2}\n",
          "  - {name: q, kind: remote, url: \"https://q.test\", key: hunter2hunter2, pol: 3s}\n",
          "  - {name: q, kind: remote, url: \"https://q.test\", key: hunter2hunter2\n",
          "  - {name: q, kind: remote, url: \"https://q.test\", key: hunter2: hunter2}\n",
          "  - {name: q, kind: remote, url: \"https://q.test\", key: [hunter2hunter2]}\n"}) {
      Diagnostics diagnostics;
      CPPUNIT_ASSERT(!load_config(
          folder_.write("c.yaml", "queues:\n" + std::string(line) + smallest.substr(8)), diagnostics));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(line, std::string::npos, shown(diagnostics).find(leaked));
    }
  }

  void a_secret_is_hidden_in_a_file_of_the_wrong_shape() {
    const Environment home("COUNTERSIGN_HOME", fixtures.string());
    for (const char* text :
         {"queues: {acme: {kind: remote, key: hunter2hunter2}}\n",
          "desks:\n  snow: {connector: servicenow, settings: {password: hunter2hunter2}}\n",
          "desks:\n  - {name: snow, settings: [{password: hunter2hunter2}]}\n",
          "http: {workers: 1, api_key: hunter2hunter2}\n", "password: hunter2hunter2\n",
          "proxy: https://me:hunter2hunter2@proxy.test\n"}) {
      Diagnostics diagnostics;
      CPPUNIT_ASSERT(!load_config(folder_.write("c.yaml", text), diagnostics));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string::npos, shown(diagnostics).find(leaked));
    }
  }

  void a_secret_from_elsewhere_stays_out_of_diagnostics() {
    const Environment home("COUNTERSIGN_HOME", fixtures.string());
    const Environment broken("COUNTERSIGN_TEST_KEY", "hunter2\xff");
    Diagnostics diagnostics;
    CPPUNIT_ASSERT(!load_config(
        folder_.write("c.yaml",
                      "queues:\n  - {name: acme, kind: hosted}\n"
                      "desks:\n  - name: snow\n    connector: servicenow\n    mapping: servicenow/elevation\n"
                      "    settings:\n      password: {env: COUNTERSIGN_TEST_KEY}\n"
                      "routes:\n  - {queue: acme, desk: snow}\n"),
        diagnostics));
    CPPUNIT_ASSERT_EQUAL(std::string("secret-not-text"), diagnostics.all().at(0).code);
    CPPUNIT_ASSERT_EQUAL(std::string::npos, shown(diagnostics).find(leaked));
  }

  void suggests_the_name_that_was_meant() {
    const Environment home("COUNTERSIGN_HOME", fixtures.string());
    const std::pair<const char*, const char*> cases[] = {
        {"unknown-queue-in-route", "did you mean acme?"},
        {"unknown-desk-in-route", "did you mean snow?"},
        {"unknown-connector", "did you mean servicenow?"},
        {"unknown-mapping", "did you mean servicenow/elevation?"},
        {"unknown-workflow", "did you mean standard?"}};
    for (const auto& [name, hint] : cases) {
      Diagnostics diagnostics;
      (void)load_config(fixtures / "wrong" / (std::string(name) + ".yaml"), diagnostics);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string(hint), diagnostics.all().at(0).hint);
    }
  }

  void folders_beside_the_file_go_before_the_installation() {
    const Environment home("COUNTERSIGN_HOME", fixtures.string());
    fs::create_directories(folder_.path() / "workflows");
    folder_.write("elsewhere/servicenow/connector.yaml", "connector: servicenow\n");
    folder_.write("workflows/standard.yaml", "workflow: standard\n");
    const Config config =
        load(folder_.write("countersign.yaml", "folders: {connectors: elsewhere}\n" + smallest));
    CPPUNIT_ASSERT_EQUAL((folder_.path() / "workflows").string(), config.workflows.string());
    CPPUNIT_ASSERT_EQUAL((folder_.path() / "elsewhere").string(), config.connectors.string());
    CPPUNIT_ASSERT_EQUAL((fixtures / "mappings").string(), config.mappings.string());
  }

  void finds_the_source_tree_it_was_built_in() {
    CPPUNIT_ASSERT_EQUAL(fs::canonical(SOURCE_DIR).string(), fs::canonical(bridge::installation()).string());
    const Environment home("COUNTERSIGN_HOME", "/opt/countersign");
    CPPUNIT_ASSERT_EQUAL(std::string("/opt/countersign"), bridge::installation().string());
  }

  void a_file_that_is_not_there_is_an_error() {
    Diagnostics diagnostics;
    CPPUNIT_ASSERT(!load_config(folder_.path() / "absent.yaml", diagnostics));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, diagnostics.errors());
  }

 private:
  static Config load(const fs::path& file) {
    Diagnostics diagnostics;
    auto config = load_config(file, diagnostics);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(diagnostics.to_text(), std::size_t{0}, diagnostics.all().size());
    return std::move(config).value();
  }
  static std::string shown(const Diagnostics& diagnostics) {
    return diagnostics.to_text() + diagnostics.to_json().dump();
  }
  tests::TemporaryFolder folder_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(ConfigTest);
