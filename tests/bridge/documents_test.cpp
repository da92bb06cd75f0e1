// Documents that must say what the program does: they are generated from it, or checked against it.

#include <filesystem>
#include <fstream>
#include <set>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/config/config.h"
#include "bridge/config/siem_config.h"
#include "bridge/ops/metrics.h"
#include "connectors/engine/outcome.h"
#include "mappings/engine/duration.h"
#include "mappings/engine/schema.h"
#include "tests/support/generated_block.h"
#include "tests/support/schema_table.h"

using mappings::Json;

namespace {
Json schema(const char* name) {
  return Json::parse(mappings::schema_text(name));
}

// The default that the schema names for "http.workers" or "desks[].workflow".
std::string default_of(const std::string& key) {
  Json at = schema("config");
  for (std::size_t from = 0; from <= key.size();) {
    const auto dot = std::min(key.find('.', from), key.size());
    std::string name = key.substr(from, dot - from);
    from = dot + 1;
    const bool list = name.ends_with("[]");
    if (list) name.resize(name.size() - 2);
    at = at.get("properties").get(name);
    if (list) at = at.get("items");
  }
  return at.get("default").string_or(at.get("default").dump());
}

// The codes of the diagnostics that a source makes: in each such call the first text that looks like one.
std::set<std::string> codes_in(const std::string& source) {
  constexpr auto none = std::string::npos;
  std::set<std::string> codes;
  for (const char* call : {"error(", "warning("})
    for (auto at = source.find(call); at != none; at = source.find(call, at + 1)) {
      const auto end = source.find(';', at);
      for (auto open = source.find('"', at); open < end; open = source.find('"', open + 1)) {
        const auto from = open + 1;
        open = source.find('"', from);
        const std::string text = source.substr(from, open - from);
        const bool code = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == none;
        if (!code || text.find('-') == none || text.ends_with('-')) continue;
        codes.insert(text);
        break;
      }
    }
  return codes;
}

// In the first column of a table.
bool has_row(const std::string& page, const std::string& code) {
  for (const char* before : {"| ", ", "})
    for (const char* behind : {" |", ","})
      if (page.find(before + code + behind) != std::string::npos) return true;
  return false;
}
}  // namespace

class DocumentsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DocumentsTest);
  CPPUNIT_TEST(configuration_page_lists_every_key);
  CPPUNIT_TEST(workflow_page_lists_every_key);
  CPPUNIT_TEST(defaults_of_the_schema_are_those_of_the_program);
  CPPUNIT_TEST(diagnostics_page_has_every_code_of_the_sources);
  CPPUNIT_TEST(diagnostics_page_has_every_code_of_the_configuration);
  CPPUNIT_TEST(operating_page_has_a_heading_for_every_reason);
  CPPUNIT_TEST(operating_page_lists_every_metric);
  CPPUNIT_TEST_SUITE_END();

 public:
  void configuration_page_lists_every_key() {
    tests::check_generated_block("docs/configuration.md", "keys", tests::schema_table(schema("config")));
  }

  void workflow_page_lists_every_key() {
    tests::check_generated_block("docs/workflows.md", "keys", tests::schema_table(schema("workflow")));
  }

  void defaults_of_the_schema_are_those_of_the_program() {
    const bridge::Config config;
    const bridge::QueueConfig queue;
    const bridge::DeskConfig desk;
    const bridge::HookConfig hook;
    const bridge::SiemConfig sink;
    const bridge::SplunkConfig splunk;
    const bridge::SyslogConfig syslog;
    const bridge::SiemFileConfig file;
    using mappings::format_duration;
    const std::pair<const char*, std::string> cases[] = {
        {"listen", config.address + ':' + std::to_string(config.port)},
        {"store", config.store},
        {"log.level", config.log_level},
        {"http.workers", std::to_string(config.http_workers)},
        {"http.request_deadline", format_duration(config.request_deadline)},
        {"http.max_connections", std::to_string(config.max_connections)},
        {"http.bulk_body", std::to_string(config.bulk_body)},
        {"queues[].poll", format_duration(queue.poll)},
        {"queues[].poll_quick", format_duration(queue.poll_quick)},
        {"queues[].calls_a_day", std::to_string(queue.calls_a_day)},
        {"queues[].decision_reserve", std::to_string(queue.decision_reserve)},
        {"queues[].reconcile", format_duration(queue.reconcile)},
        {"queues[].workstation_seats", std::to_string(queue.workstation_seats)},
        {"queues[].server_seats", std::to_string(queue.server_seats)},
        {"queues[].quota.calls_a_day", std::to_string(queue.quota.calls_a_day)},
        {"queues[].quota.time_zone", queue.quota.time_zone.name()},
        {"desks[].reconcile", format_duration(desk.reconcile)},
        {"hooks.subscriptions[].timeout", format_duration(hook.timeout)},
        {"hooks.subscriptions[].retry_for", format_duration(hook.retry_for)},
        {"hooks.subscriptions[].wait_for_ticket", format_duration(hook.wait_for_ticket)},
        {"siem[].splunk.sourcetype", splunk.sourcetype},
        {"siem[].splunk.acknowledge", splunk.acknowledge ? "true" : "false"},
        {"siem[].splunk.acknowledge_within", format_duration(splunk.acknowledge_within)},
        {"siem[].syslog.facility", bridge::syslog_facilities().at(static_cast<std::size_t>(syslog.facility))},
        {"siem[].syslog.byte_order_mark", syslog.byte_order_mark ? "true" : "false"},
        {"siem[].syslog.settle", format_duration(syslog.settle)},
        {"siem[].file.max_size", std::to_string(file.max_size)},
        {"siem[].file.keep", std::to_string(file.keep)},
        {"siem[].timeout", format_duration(sink.timeout)},
    };
    for (const auto& [key, value] : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(key, value, default_of(key));
  }

  void diagnostics_page_has_every_code_of_the_sources() {
    const std::string page = tests::read_source_file("docs/diagnostics.md");
    std::set<std::string> codes;
    for (const char* folder : {"mappings/engine", "connectors/engine", "workflows/engine", "bridge"})
      for (const auto& entry :
           std::filesystem::recursive_directory_iterator(std::string(SOURCE_DIR) + '/' + folder))
        if (entry.path().extension() == ".cpp")
          codes.merge(codes_in(tests::read_source_file(std::filesystem::relative(entry.path(), SOURCE_DIR))));
    CPPUNIT_ASSERT_MESSAGE("the sources were not understood",
                           codes.size() > 80 && codes.contains("yaml-tag"));
    for (const std::string& code : codes)
      CPPUNIT_ASSERT_MESSAGE("docs/diagnostics.md has no row for " + code, has_row(page, code));
  }

  // The fixtures hold one mistake of each kind; their first line names its code.
  void diagnostics_page_has_every_code_of_the_configuration() {
    const std::string page = tests::read_source_file("docs/diagnostics.md");
    int own = 0;
    for (const char* folder : {"wrong", "warned"})
      for (const auto& entry : std::filesystem::directory_iterator(
               std::string(SOURCE_DIR) + "/tests/bridge/fixtures/config/" + folder)) {
        std::ifstream in(entry.path());
        std::string hash, word, code;
        in >> hash >> word >> code;
        ++own;
        CPPUNIT_ASSERT_MESSAGE("docs/diagnostics.md has no row for " + code, has_row(page, code));
      }
    CPPUNIT_ASSERT(own > 20);
  }

  void operating_page_has_a_heading_for_every_reason() {
    const std::string page = tests::read_source_file("docs/operating.md");
    for (const auto& [reason, meaning] : connectors::reasons()) {
      if (reason == "ok") continue;
      const std::string heading = "\n### `" + std::string(reason) + "`\n";
      const auto at = page.find(heading);
      CPPUNIT_ASSERT_MESSAGE("docs/operating.md has no heading for " + std::string(reason),
                             at != std::string::npos);
      const auto text = page.find_first_not_of('\n', at + heading.size());
      CPPUNIT_ASSERT_MESSAGE("docs/operating.md says nothing of " + std::string(reason),
                             text != std::string::npos && page[text] != '#');
    }
  }

  void operating_page_lists_every_metric() {
    std::string table = "| metric | type | labels | meaning |\n|---|---|---|---|\n";
    for (const auto& metric : bridge::all_metrics())
      table += "| `" + std::string(metric.name) + "` | " + std::string(metric.type) + " | " +
               std::string(metric.labels) + " | " + std::string(metric.help) + " |\n";
    tests::check_generated_block("docs/operating.md", "metrics", table);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(DocumentsTest);
