// How an event reads on the wire: JSON, CEF and RFC 5424, letter by letter where a receiver counts letters.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/siem/cef.h"
#include "bridge/siem/syslog_message.h"
#include "bridge/store/trail_json.h"
#include "mappings/engine/json.h"

using bridge::SiemEvent;
using mappings::Json;

namespace {

SiemEvent sample() {
  bridge::TrailRecord record;
  record.sequence = 17;
  record.entry.at = bridge::from_micros(1'700'000'000'123'000);
  record.entry.actor = {"bob@acme.test", "ann@acme.test", "approver", "192.0.2.7", "curl/8"};
  record.entry.action = "request.approved";
  record.entry.queue = "acme";
  record.entry.object = "request acme:615670";
  record.entry.old_value = R"({"status":"Pending approval"})";
  record.entry.new_value = R"({"status":"Open"})";
  record.entry.detail = "approved by Bob";
  record.previous = std::string(64, '0');
  record.hash = std::string(64, 'a');
  return bridge::audit_event(record);
}

// The text behind the structured data.
std::string body_of(const std::string& message) {
  return message.substr(message.find("\"] ") + 3);
}

std::string head_of(const std::string& message) {
  return message.substr(0, message.find(" ["));
}

}  // namespace

class SiemFormatTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SiemFormatTest);
  CPPUNIT_TEST(json_is_the_row_as_it_is_exported);
  CPPUNIT_TEST(ascii_json_says_the_same);
  CPPUNIT_TEST(an_auditlog_entry_is_named_by_its_status);
  CPPUNIT_TEST(cef_has_header_and_extension);
  CPPUNIT_TEST(cef_severity_of_who_may_do_what_is_above_the_rest);
  CPPUNIT_TEST(cef_escapes_as_arcsight_says);
  CPPUNIT_TEST(cef_names_an_ipv6_source_by_its_own_key);
  CPPUNIT_TEST(cef_tells_an_auditlog_entry);
  CPPUNIT_TEST(cef_tells_an_entry_that_is_no_json_without_it);
  CPPUNIT_TEST(syslog_header_is_that_of_rfc_5424);
  CPPUNIT_TEST(syslog_severity_follows_what_happened);
  CPPUNIT_TEST(syslog_header_fields_are_plain_and_short);
  CPPUNIT_TEST(syslog_structured_data_is_escaped_and_counts);
  CPPUNIT_TEST(a_byte_order_mark_stands_only_before_what_is_not_ascii);
  CPPUNIT_TEST(frames_count_octets_not_letters);
  CPPUNIT_TEST(a_long_message_is_told_in_short_then_cut);
  CPPUNIT_TEST_SUITE_END();

 public:
  void json_is_the_row_as_it_is_exported() {
    std::string row;
    append_json(row, sample().row);
    CPPUNIT_ASSERT_EQUAL("{\"source\":\"audit\"," + row.substr(1), bridge::event_json(sample()));
  }

  void ascii_json_says_the_same() {
    SiemEvent event = sample();
    event.row.entry.detail = "Grüße, 你好 \U0001F600 \"x\"";
    const std::string json = bridge::event_json(event), ascii = bridge::to_ascii_json(json);
    CPPUNIT_ASSERT(std::all_of(ascii.begin(), ascii.end(), [](char c) { return c > 0x1f && c < 0x7f; }));
    CPPUNIT_ASSERT(Json::parse(json) == Json::parse(ascii));
    CPPUNIT_ASSERT(ascii.find("Gr\\u00fc\\u00dfe") != std::string::npos);
    CPPUNIT_ASSERT(ascii.find("\\ud83d\\ude00") != std::string::npos);
  }

  void an_auditlog_entry_is_named_by_its_status() {
    const SiemEvent event =
        bridge::auditlog_event("acme", 5, "Pending approval", bridge::from_micros(7), R"({"id":5})");
    CPPUNIT_ASSERT_EQUAL(std::string("auditlog.pending"), event.row.entry.action);
    const Json read = Json::parse(bridge::event_json(event));
    CPPUNIT_ASSERT_EQUAL(std::string("request acme:5"), read.get("object").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"id":5})"), read.get("entry").dump());
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            R"({"source":"auditlog","sequence":7,"at":"1970-01-01T00:00:00.000Z",)"
            R"("action":"auditlog.pending","queue":"acme","object":"request acme:5","entry":{"id":5}})"),
        bridge::event_json(event));
  }

  void cef_has_header_and_extension() {
    const std::string text = bridge::event_cef(sample());
    CPPUNIT_ASSERT_EQUAL(
        "CEF:0|Countersign|audit|" + text.substr(24, text.find('|', 24) - 24) +
            R"(|request.approved|Request approved|3|eventId=17 rt=1700000000123 cat=audit src=192.0.2.7 suser=bob@acme.test )"
            R"(cs1Label=EntityName cs1=request acme:615670 cs2Label=Old Value cs2={"status":"Pending approval"} )"
            R"(cs3Label=New Value cs3={"status":"Open"} requestClientApplication=curl/8 msg=approved by Bob )"
            R"(cs4Label=Role cs4=approver cs5Label=On Behalf Of cs5=ann@acme.test cs6Label=Queue cs6=acme )"
            R"(flexString1Label=Hash flexString1=)" +
            std::string(64, 'a'),
        text);
  }

  void cef_severity_of_who_may_do_what_is_above_the_rest() {
    const std::pair<const char*, int> cases[] = {
        {"login.refused", 7},           {"configuration.reload_refused", 7},
        {"login.unlocked", 5},          {"directory.user_changed", 5},
        {"directory.group_removed", 5}, {"credential.rotated", 5},
        {"key_group.created", 5},       {"role.changed", 5},
        {"request.parked", 5},          {"request.decision_lost", 5},
        {"request.approved", 3},        {"bridge.started", 3}};
    for (const auto& [action, severity] : cases) {
      SiemEvent event = sample();
      event.row.entry.action = action;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(action, severity, bridge::severity_of(event));
    }
  }

  void cef_escapes_as_arcsight_says() {
    SiemEvent event = sample();
    event.row.entry.action = "odd|a\\b\nc";
    event.row.entry.detail = "a=b\\c|d\r\ne\tf";
    const std::string text = bridge::event_cef(event);
    CPPUNIT_ASSERT_MESSAGE(text, text.find("|odd\\|a\\\\b c|") != std::string::npos);
    CPPUNIT_ASSERT_MESSAGE(text, text.find("msg=a\\=b\\\\c|d\\r\\ne f ") != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::string::npos, text.find('\n'));
  }

  void cef_names_an_ipv6_source_by_its_own_key() {
    SiemEvent event = sample();
    event.row.entry.actor.ip = "2001:db8::7";
    const std::string text = bridge::event_cef(event);
    CPPUNIT_ASSERT_MESSAGE(
        text, text.find(" c6a2Label=Source IPv6 Address c6a2=2001:db8::7 ") != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::string::npos, text.find(" src="));
  }

  void cef_tells_an_auditlog_entry() {
    const SiemEvent event = bridge::auditlog_event(
        "acme", 5, "denied", bridge::from_micros(1'700'000'000'000'000),
        R"({"id":5,"type":"Run As Admin","status":"Denied","reason":"a=b","deniedBy":"Bob","user":{"account":"ACME\\ann"},)"
        R"("computer":{"name":"PC-1"},"application":{"name":"7-Zip","sha256":"AB"}})");
    const std::string text = bridge::event_cef(event);
    CPPUNIT_ASSERT_MESSAGE(
        text,
        text.find(
            "suser=ACME\\\\ann shost=PC-1 fname=7-Zip fileHash=AB outcome=Denied duser=Bob cs4Label=Type "
            "cs4=Run As Admin reason=a\\=b cs1Label=EntityName cs1=request acme:5") != std::string::npos);
  }

  void cef_tells_an_entry_that_is_no_json_without_it() {
    const SiemEvent event = bridge::auditlog_event(
        "acme", 5, "denied", bridge::from_micros(1'700'000'000'000'000), R"({"id":5,"status":"Den)");
    const std::string text = bridge::event_cef(event);
    CPPUNIT_ASSERT_MESSAGE(text, text.find("cs1=request acme:5") != std::string::npos);
    CPPUNIT_ASSERT_MESSAGE(text, text.find("outcome=") == std::string::npos);
  }

  void syslog_header_is_that_of_rfc_5424() {
    bridge::SyslogWriter writer({}, "bridge.acme.test");
    const std::string message = writer.message(sample());
    const std::string head = head_of(message);
    CPPUNIT_ASSERT_EQUAL(std::string("<109>1 2023-11-14T22:13:20.123Z bridge.acme.test countersign "),
                         head.substr(0, head.find("countersign ") + 12));
    CPPUNIT_ASSERT_EQUAL(std::string(" request.approved"), head.substr(head.rfind(' ')));
    CPPUNIT_ASSERT_MESSAGE(message, message.find("[meta sequenceId=\"1\"][countersign@32473 source=\"audit\" "
                                                 "sequence=\"17\" queue=\"acme\"] {") != std::string::npos);
    CPPUNIT_ASSERT(Json::parse(body_of(message)).get("hash").is_string());
  }

  void syslog_severity_follows_what_happened() {
    const std::pair<const char*, int> cases[] = {
        {"request.approved", 5}, {"login.refused", 4}, {"credential.created", 5}, {"login.unlocked", 5}};
    bridge::SyslogConfig config;
    config.facility = 16;
    for (const auto& [action, severity] : cases) {
      SiemEvent event = sample();
      event.row.entry.action = action;
      bridge::SyslogWriter writer(config, "h");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(action, '<' + std::to_string(16 * 8 + severity) + '>',
                                   writer.message(event).substr(0, 5));
    }
    SiemEvent entry = bridge::auditlog_event("acme", 1, "running", {}, "{}");
    bridge::SyslogWriter writer(config, "h");
    CPPUNIT_ASSERT_EQUAL(std::string("<134>"), writer.message(entry).substr(0, 5));
  }

  void syslog_header_fields_are_plain_and_short() {
    SiemEvent event = sample();
    event.row.entry.action = "an action with blanks that is longer than allowed";
    bridge::SyslogWriter writer({}, "");
    const std::string head = head_of(writer.message(event));
    CPPUNIT_ASSERT_MESSAGE(head, head.find("Z - countersign ") != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::string("an?action?with?blanks?that?is?lo"), head.substr(head.rfind(' ') + 1));
  }

  void syslog_structured_data_is_escaped_and_counts() {
    SiemEvent event = sample();
    event.row.entry.queue = "a\"b]c\\d\n";
    bridge::SyslogWriter writer({}, "h");
    writer.message(event);
    const std::string message = writer.message(event);
    CPPUNIT_ASSERT_MESSAGE(message, message.find("[meta sequenceId=\"2\"]") != std::string::npos);
    CPPUNIT_ASSERT_MESSAGE(message, message.find("queue=\"a\\\"b\\]c\\\\d \"] ") != std::string::npos);
  }

  void a_byte_order_mark_stands_only_before_what_is_not_ascii() {
    SiemEvent german = sample();
    german.row.entry.detail = "Grüße";
    const std::string mark = "\xEF\xBB\xBF";
    for (const bool cef : {false, true})
      for (const bool wanted : {false, true}) {
        bridge::SyslogConfig config;
        config.cef = cef;
        config.byte_order_mark = wanted;
        bridge::SyslogWriter writer(config, "h");
        const std::string about = std::string(cef ? "cef" : "json") + (wanted ? " with" : " without");
        CPPUNIT_ASSERT_EQUAL_MESSAGE(about, std::string::npos, writer.message(sample()).find(mark));
        const std::string message = writer.message(german);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(about, cef && wanted,
                                     message.find("] " + mark + "CEF:0|") != std::string::npos);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(about, cef && wanted, message.find(mark) != std::string::npos);
      }
  }

  void frames_count_octets_not_letters() {
    bridge::SyslogConfig config;
    config.cef = true;
    SiemEvent event = sample();
    event.row.entry.detail = "Grüße";
    const std::string frame = bridge::SyslogWriter(config, "h").frame(event);
    const auto space = frame.find(' ');
    CPPUNIT_ASSERT_EQUAL(std::to_string(frame.size() - space - 1), frame.substr(0, space));
    config.newline_framing = true;
    event.row.entry.detail = "two\nlines";
    const std::string line = bridge::SyslogWriter(config, "h").frame(event);
    CPPUNIT_ASSERT_EQUAL(line.size() - 1, line.find('\n'));
  }

  void a_long_message_is_told_in_short_then_cut() {
    for (const bool cef : {false, true}) {
      const std::string about = cef ? "cef" : "json";
      bridge::SyslogConfig config;
      config.cef = cef;
      config.max_size = 2048;
      SiemEvent event = sample();
      event.row.entry.old_value = '"' + std::string(3000, 'x') + '"';
      const std::string brief = bridge::SyslogWriter(config, "h").message(event);
      CPPUNIT_ASSERT_MESSAGE(about, brief.size() <= 2048);
      CPPUNIT_ASSERT_MESSAGE(brief, brief.find(" cutFrom=\"3") != std::string::npos);
      CPPUNIT_ASSERT_MESSAGE(brief, brief.find("xxx") == std::string::npos);
      CPPUNIT_ASSERT_MESSAGE(brief, brief.find(std::string(64, 'a')) != std::string::npos);
      if (!cef) CPPUNIT_ASSERT(Json::parse(body_of(brief)).get("cut").as_bool().value_or(false));
      event.row.entry.object = "ü";
      for (int i = 0; i < 2000; ++i) event.row.entry.object += "ü";
      const std::string cut = bridge::SyslogWriter(config, "h").message(event);
      CPPUNIT_ASSERT_MESSAGE(cut, cut.size() <= 2048 && cut.size() > 2040 && cut.ends_with("..."));
      CPPUNIT_ASSERT_MESSAGE(about, mappings::is_valid_utf8(cut));
    }
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SiemFormatTest);
