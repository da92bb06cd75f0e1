#include "bridge/queue/auditlog_entry.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "mappings/engine/json.h"
#include "mappings/engine/request_shape.h"

using bridge::AuditlogRecord;
using mappings::Json;
using std::chrono::microseconds;

namespace {
bridge::Time at(const char* text) {
  return bridge::from_iso(text).value();
}

std::string entry_of(const AuditlogRecord& record, bool scan_results = false) {
  std::string text;
  bridge::append_auditlog_entry(text, record, scan_results);
  return text;
}

AuditlogRecord record_of(const Json& given) {
  std::vector<std::string> problems;
  Json whole = mappings::complete_request(given, problems);
  CPPUNIT_ASSERT(problems.empty());
  AuditlogRecord record;
  record.scan_results = whole.get("scanResults").dump();
  whole.set("scanResults", Json::array());
  record.body = whole.dump();
  record.requested = record.received = at("2026-03-01T10:00:00");
  return record;
}

AuditlogRecord whole_record() {
  AuditlogRecord record = record_of(Json::parse(R"({"id":95423845,"traceNo":"76136611","status":"Finished",
    "scanResults":[{"scanResult":"Clean","engine":"BitDefender"}],
    "application":{"file":"7z.exe"},"user":{"account":"ACME\\ann"},"computer":{"name":"PC-0042"},
    "reason":"say \",\"requestTime\": here, and ,\"auditlogLink\":","approvedBy":"Bob",
    "requestTime":"2026-03-01T04:00:00","auditlogLink":"https://a.test/?x=,\"requestTime\":1"})"));
  record.status_code = 2;
  record.decided = record.received + std::chrono::minutes(2) + microseconds(41'813'000);
  record.use.started = at("2026-03-01T04:03:00");
  record.use.started_utc = at("2026-03-01T10:03:00");
  record.use.ended = at("2026-03-01T04:08:25");
  record.use.ended_utc = at("2026-03-01T10:08:25");
  record.use.sso_validated = true;
  record.use.installs = R"([{"application":"7-Zip","version":"23.01","vendor":"Igor Pavlov"}])";
  record.use.elevated_applications = R"([{"name":"7-Zip Installer"}])";
  return record;
}
}  // namespace

class AuditlogEntryTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AuditlogEntryTest);
  CPPUNIT_TEST(has_every_key_in_the_order_of_the_service);
  CPPUNIT_TEST(holds_what_the_request_and_its_use_say);
  CPPUNIT_TEST(is_null_where_nothing_is_known);
  CPPUNIT_TEST(one_clock_stands_for_both);
  CPPUNIT_TEST(scan_results_come_only_when_asked_for);
  CPPUNIT_TEST(a_decision_that_is_still_to_be_written_has_no_response_time);
  CPPUNIT_TEST(time_spans_have_seven_digits);
  CPPUNIT_TEST(another_status_changes_nothing_else);
  CPPUNIT_TEST(ticks_survive_a_double);
  CPPUNIT_TEST(ticks_of_a_client_go_to_the_nearest_change);
  CPPUNIT_TEST_SUITE_END();

 public:
  void has_every_key_in_the_order_of_the_service() {
    std::string keys;
    for (const std::string& key : Json::parse(entry_of(whole_record())).keys()) keys += key + ' ';
    CPPUNIT_ASSERT_EQUAL(
        std::string("installs uninstalls elevatedApplications scanResults id traceNo settingsName type "
                    "typeCode status statusCode application user computer reason approvedBy approvedByEmail "
                    "deniedReason deniedBy deniedByEmail ssoValidated requestTime requestTimeUTC startTime "
                    "startTimeUTC endTime endTimeUTC responseTime auditlogLink "),
        keys);
  }

  void holds_what_the_request_and_its_use_say() {
    const AuditlogRecord record = whole_record();
    Json entry = Json::parse(entry_of(record));
    const std::pair<const char*, const char*> cases[] = {
        {"requestTime", "2026-03-01T04:00:00"}, {"requestTimeUTC", "2026-03-01T10:00:00"},
        {"startTime", "2026-03-01T04:03:00"},   {"startTimeUTC", "2026-03-01T10:03:00"},
        {"endTime", "2026-03-01T04:08:25"},     {"endTimeUTC", "2026-03-01T10:08:25"},
        {"responseTime", "00:02:41.8130000"},
    };
    for (const auto& [key, value] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(key, std::string(value), entry.get(key).string_or(""));
    CPPUNIT_ASSERT(entry.get("ssoValidated") == Json(true));
    CPPUNIT_ASSERT_EQUAL(record.use.installs, entry.get("installs").dump());
    CPPUNIT_ASSERT_EQUAL(std::string("[]"), entry.get("uninstalls").dump());
    CPPUNIT_ASSERT_EQUAL(record.use.elevated_applications, entry.get("elevatedApplications").dump());
    // All that the request's own object says is in it, unchanged.
    for (const char* added :
         {"installs", "uninstalls", "elevatedApplications", "ssoValidated", "requestTimeUTC", "startTime",
          "startTimeUTC", "endTime", "endTimeUTC", "responseTime"})
      entry.erase(added);
    CPPUNIT_ASSERT_EQUAL(record.body, entry.dump());
  }

  void is_null_where_nothing_is_known() {
    const Json entry = Json::parse(entry_of(record_of(Json::object())));
    for (const char* key : {"startTime", "startTimeUTC", "endTime", "endTimeUTC", "responseTime",
                            "requestTime", "auditlogLink"})
      CPPUNIT_ASSERT_MESSAGE(key, entry.has(key) && entry.get(key).is_null());
    CPPUNIT_ASSERT(entry.get("ssoValidated") == Json(false));
    CPPUNIT_ASSERT_EQUAL(std::string("[]"), entry.get("installs").dump());
  }

  void one_clock_stands_for_both() {
    AuditlogRecord record = record_of(Json::object());
    record.use.started = at("2026-03-01T04:03:00");
    record.use.ended_utc = at("2026-03-01T10:08:25");
    const Json entry = Json::parse(entry_of(record));
    CPPUNIT_ASSERT_EQUAL(std::string("2026-03-01T04:03:00"), entry.get("startTimeUTC").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("2026-03-01T10:08:25"), entry.get("endTime").string_or(""));
  }

  void scan_results_come_only_when_asked_for() {
    const AuditlogRecord record = whole_record();
    CPPUNIT_ASSERT_EQUAL(std::string("[]"), Json::parse(entry_of(record)).get("scanResults").dump());
    CPPUNIT_ASSERT_EQUAL(record.scan_results, Json::parse(entry_of(record, true)).get("scanResults").dump());
  }

  void a_decision_that_is_still_to_be_written_has_no_response_time() {
    AuditlogRecord record = whole_record();
    record.status_code = 4;
    CPPUNIT_ASSERT(Json::parse(entry_of(record)).get("responseTime").is_null());
  }

  void time_spans_have_seven_digits() {
    using namespace std::chrono;
    const std::pair<microseconds, const char*> cases[] = {
        {microseconds(0), "00:00:00.0000000"},
        {microseconds(1), "00:00:00.0000010"},
        {microseconds(-5), "00:00:00.0000000"},
        {hours(23) + minutes(59) + seconds(59) + microseconds(999'999), "23:59:59.9999990"},
        {hours(24), "1.00:00:00.0000000"},
        {days(1) + hours(2) + minutes(3) + seconds(4), "1.02:03:04.0000000"},
        {days(400), "400.00:00:00.0000000"},
    };
    for (const auto& [duration, text] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string(text), bridge::to_time_span(duration));
  }

  void another_status_changes_nothing_else() {
    const std::string before = whole_record().body;
    Json expected = Json::parse(before);
    expected.set("status", "Running");
    expected.set("statusCode", 1);
    CPPUNIT_ASSERT_EQUAL(expected.dump(), bridge::with_status(before, 1));
    CPPUNIT_ASSERT_EQUAL(before, bridge::with_status(before, 2));
    CPPUNIT_ASSERT_EQUAL(before, bridge::with_status(before, 77));
  }

  void ticks_survive_a_double() {
    const bridge::Time time = at("2022-01-27T14:26:24") + microseconds(70'800);
    const std::int64_t ticks = bridge::to_ticks(time);
    CPPUNIT_ASSERT_EQUAL(std::int64_t(637'788'903'840'708'000), ticks);
    for (std::int64_t i = 0; i < 1000; ++i) {
      const std::int64_t one = bridge::to_ticks(time + microseconds(100 * i));
      CPPUNIT_ASSERT_EQUAL(std::int64_t(0), one % 1000);
      // Fifteen digits are what a double keeps, however it is printed.
      char printed[40];
      std::snprintf(printed, sizeof printed, "%.15g", static_cast<double>(one));
      CPPUNIT_ASSERT_EQUAL(static_cast<double>(one), std::strtod(printed, nullptr));
      CPPUNIT_ASSERT(bridge::from_ticks(static_cast<std::int64_t>(static_cast<double>(one))) ==
                     time + microseconds(100 * i));
    }
  }

  void ticks_of_a_client_go_to_the_nearest_change() {
    const bridge::Time time = at("2022-01-27T14:26:24") + microseconds(70'800);
    const std::int64_t ticks = bridge::to_ticks(time);
    for (const int off : {-64, 0, 64, 499, -500})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(off), bridge::to_micros(time),
                                   bridge::to_micros(bridge::from_ticks(ticks + off)));
    CPPUNIT_ASSERT(bridge::from_ticks(ticks + 500) == time + microseconds(100));
    CPPUNIT_ASSERT(bridge::from_ticks(0) == bridge::Time{});
    CPPUNIT_ASSERT(bridge::from_ticks(-1) == bridge::Time{});
    CPPUNIT_ASSERT(bridge::from_ticks(std::numeric_limits<std::int64_t>::max()) > at("9999-12-31T23:00:00"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AuditlogEntryTest);
