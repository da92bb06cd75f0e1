// What a server of the Admin By Request API must do, rule by rule, for each way in: HTTP and HTTPS, key as a
// header and by Basic.

#include <algorithm>
#include <charconv>
#include <regex>
#include <set>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "mappings/engine/text.h"
#include "tests/acceptance/api_site.h"

namespace {

using acceptance::ApiAnswer;
using acceptance::for_each_door;
using acceptance::HeaderLines;
using acceptance::ids;
using acceptance::Json;
using acceptance::keys_of;
using acceptance::Tenant;
using acceptance::text;

void expect_status(const Tenant& tenant, const std::string& what, int status, const ApiAnswer& answer) {
  CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": " + what + ": " + answer.text.substr(0, 300), status,
                               answer.status);
}

void expect(const Tenant& tenant, const std::string& what, const std::string& wanted,
            const std::string& found) {
  CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": " + what, wanted, found);
}

// Exactly {"Message": "..."}.
void expect_message(const Tenant& tenant, const std::string& what, int status, const ApiAnswer& answer,
                    const std::string& message = {}) {
  expect_status(tenant, what, status, answer);
  expect(tenant, what, "Message", keys_of(answer.json));
  if (!message.empty()) expect(tenant, what, message, answer.json.get("Message").string_or(""));
  CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": " + what + ": " + answer.header("Content-Type"),
                         answer.header("Content-Type").starts_with("application/json"));
}

void expect_ids(const Tenant& tenant, const std::string& path, const std::string& wanted,
                const HeaderLines& headers = {}) {
  const auto answer = tenant.get(path, headers);
  expect_status(tenant, path, 200, answer);
  CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": a bare array: " + path, answer.json.is_array());
  expect(tenant, path, wanted, ids(answer.json));
}

const char* const request_keys =
    "scanResults,id,traceNo,settingsName,type,typeCode,status,statusCode,application,user,computer,reason,"
    "approvedBy,approvedByEmail,deniedReason,deniedBy,deniedByEmail,requestTime,auditlogLink";
const char* const entry_keys =
    "installs,uninstalls,elevatedApplications,scanResults,id,traceNo,settingsName,type,typeCode,status,"
    "statusCode,application,user,computer,reason,approvedBy,approvedByEmail,deniedReason,deniedBy,"
    "deniedByEmail,ssoValidated,requestTime,requestTimeUTC,startTime,startTimeUTC,endTime,endTimeUTC,"
    "responseTime,auditlogLink";
const char* const application_keys =
    "file,path,name,vendor,version,sha256,scanResult,scanResultCode,threat,virustotalLink,preapproved";
const char* const event_keys =
    "id,eventCode,eventLevel,eventText,eventTime,eventTimeUTC,computerName,userAccount,userName,"
    "alertAccount,auditLogURL,rollback,additionalData,application";
const char* const inventory_keys =
    "id,name,inventoryAvailable,inventoryDate,abrClientVersion,abrClientInstallDate,notes,user,owner,"
    "computer,operatingSystem,hardware,network,location,software";
const char* const whoami_keys =
    "tenantName,apiUrl,workstationSeats,workstationUsage,workstationExpiryDate,serverSeats,serverUsage,"
    "serverExpiryDate";

// In every object, however deep: no two keys that differ in case only, no time with a zone, ids below 2^31.
void check_shape(const Tenant& tenant, const Json& value, const std::string& path) {
  static const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?)");
  for (std::size_t i = 0; value.is_array() && i < value.size(); ++i)
    check_shape(tenant, value.at(i), path + '[' + std::to_string(i) + ']');
  std::set<std::string> seen;
  for (const std::string& key : value.keys()) {
    const Json member = value.get(key);
    const std::string place = path + '.' + key;
    CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": two keys of one name: " + place,
                           seen.insert(mappings::lower_case(key)).second);
    const bool is_time = key.ends_with("Time") || key.ends_with("TimeUTC") || key.ends_with("Date");
    if (is_time && key != "responseTime" && member.is_string())
      CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": a time without zone: " + place + " is " + member.dump(),
                             std::regex_match(member.string_or(""), time));
    if (key == "id")
      CPPUNIT_ASSERT_MESSAGE(
          tenant.name() + ": " + place,
          member.as_integer().value_or(0) > 0 && member.as_integer().value_or(0) < std::int64_t{1} << 31);
    if (key == "traceNo")
      CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": " + place + " is text", member.is_string());
    check_shape(tenant, member, place);
  }
}

// The shortest digits that name a number, as JavaScript and Go print it, and so many zeros as it has places.
std::string printed(double number) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific).ptr;
  const std::string text(buffer, end);
  std::string digits = text.substr(0, text.find('e'));
  digits.erase(std::remove(digits.begin(), digits.end(), '.'), digits.end());
  digits.resize(static_cast<std::size_t>(std::stoi(text.substr(text.find('e') + 1))) + 1, '0');
  return digits;
}

std::string time_now(const Tenant& tenant, const ApiAnswer& delta) {
  static const std::regex number(R"("timeNow":\s*(\d+))");
  std::smatch found;
  CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": timeNow is always there: " + delta.text.substr(0, 300),
                         std::regex_search(delta.text, found, number));
  return found[1];
}

}  // namespace

class ApiRulesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ApiRulesTest);
  CPPUNIT_TEST(rule_1_paths_start_at_the_root_with_or_without_slashes);
  CPPUNIT_TEST(rule_2_the_key_opens_every_route_as_header_and_as_basic_password);
  CPPUNIT_TEST(rule_3_parameters_come_by_query_or_header);
  CPPUNIT_TEST(rule_4_lists_are_bare_arrays_in_pages);
  CPPUNIT_TEST(rule_4_take_over_the_maximum_is_cut);
  CPPUNIT_TEST(rule_5_every_key_is_there_in_order);
  CPPUNIT_TEST(rule_6_decisions_are_final_and_answer_204);
  CPPUNIT_TEST(rule_6_names_of_deciders_are_those_of_known_approvers);
  CPPUNIT_TEST(rule_6_a_put_that_says_denied_does_not_approve);
  CPPUNIT_TEST(rule_7_delta_tells_every_change_once);
  CPPUNIT_TEST(rule_8_errors_are_a_message);
  CPPUNIT_TEST(rule_9_a_status_that_nobody_knows_is_no_failure);
  CPPUNIT_TEST(rule_10_a_tenant_over_its_quota_is_told_when_to_come_back);
  CPPUNIT_TEST(rule_11_pin_says_why_not_and_whoami_says_who);
  CPPUNIT_TEST(rule_12_computers_and_users_are_found_in_any_case);
  CPPUNIT_TEST_SUITE_END();

 public:
  void rule_1_paths_start_at_the_root_with_or_without_slashes() {
    for_each_door([](const Tenant& tenant) {
      const std::string id = text(tenant.submit());
      for (const char* path : {"/requests", "/requests/", "//requests", "//requests//", "/Requests"})
        expect_ids(tenant, path, id);
      for (const std::string& path : {"/requests/" + id, "//requests/" + id, "/requests/" + id + "/"})
        expect_status(tenant, path, 200, tenant.get(path));
    });
  }

  void rule_2_the_key_opens_every_route_as_header_and_as_basic_password() {
    for_each_door([](const Tenant& tenant) {
      const std::string id = text(tenant.submit());
      const std::string event = text(tenant.post_event());
      tenant.put_computer("PC-0042");
      for (const std::string& path :
           {std::string("/requests"), "/requests/" + id, std::string("/auditlog"), "/auditlog/" + id,
            std::string("/auditlog/delta"), std::string("/computers/PC-0042/auditlog"),
            std::string("/users/Ann%20Example/auditlog"), std::string("/events"), "/events/" + event,
            std::string("/computers/PC-0042/events"), std::string("/users/Ann%20Example/events"),
            std::string("/inventory"), std::string("/inventory/PC-0042"), std::string("/whoami")}) {
        expect_status(tenant, path, 200, tenant.get(path));
        expect_message(tenant, path + " without a key", 401, tenant.call_as({}, "GET", path),
                       "Invalid API key");
      }
      for (const char* name : {"apikey", "apiKey", "ApiKey", "APIKEY"})
        expect_status(tenant, name, 200, tenant.call_as({{name, tenant.key()}}, "GET", "/requests"));
    });
  }

  void rule_3_parameters_come_by_query_or_header() {
    for_each_door([](const Tenant& tenant) {
      const std::int64_t first = tenant.submit();
      tenant.deny(tenant.submit());
      const std::int64_t third = tenant.submit();
      expect_ids(tenant, "/requests?status=pending&take=1", text(first));
      expect_ids(tenant, "/requests?STATUS=Pending&Take=1", text(first));
      expect_ids(tenant, "/requests", text(first), {{"status", "pending"}, {"take", "1"}});
      expect_ids(tenant, "/requests", text(first), {{"Status", "Pending"}, {"TAKE", "1"}});
      // The query wins.
      expect_ids(tenant, "/requests?status=pending&take=1", text(first),
                 {{"take", "2"}, {"status", "denied"}});
      expect_ids(tenant, "/requests?status=pending&wanthardware=1&level=7&sid=x",
                 text(first) + ',' + text(third), {{"timeNow", "5"}});
      // Clients that say what they send although they send nothing.
      for (const char* type : {"application/json", "application/csv"})
        expect_ids(tenant, "/requests?take=1", text(first), {{"Content-Type", type}});
      const auto with_body = tenant.call("GET", "/requests?take=1", {}, R"({"take": 3})");
      expect_status(tenant, "GET with a body", 200, with_body);
      expect(tenant, "GET with a body", text(first), ids(with_body.json));
    });
  }

  void rule_4_lists_are_bare_arrays_in_pages() {
    for_each_door([](const Tenant& tenant) {
      for (const char* path : {"/requests", "/auditlog", "/events", "/inventory"})
        expect_ids(tenant, path, "");
      std::int64_t first = 0, last = 0;
      for (int n = 0; n < 52; ++n) {
        last = tenant.submit();
        if (n == 0) first = last;
      }
      for (const std::string path : {"/requests", "/auditlog"}) {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": 50 when nothing is said: " + path, std::size_t{50},
                                     tenant.get(path).json.size());
        expect_ids(tenant, path + "?take=2", text(first) + ',' + text(first + 1));
        expect_ids(tenant, path + "?startid=" + text(last - 1), text(last - 1) + ',' + text(last));
        expect_ids(tenant, path + "?startid=" + text(last + 1), "");
        expect_ids(tenant, path + "?last=2", text(last) + ',' + text(last - 1));
        expect_ids(tenant, path + "?last=1&take=7&startid=1", text(last));
      }
      for (int n = 0; n < 52; ++n) last = tenant.post_event();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": 50 events when nothing is said", std::size_t{50},
                                   tenant.get("/events").json.size());
      expect_ids(tenant, "/events?startid=" + text(last - 1), text(last - 1) + ',' + text(last));
      expect_ids(tenant, "/events?last=2", text(last) + ',' + text(last - 1));
      expect_ids(tenant, "/events?startid=" + text(last + 1), "");
    });
  }

  void rule_4_take_over_the_maximum_is_cut() {
    for_each_door([](const Tenant& tenant) {
      std::string lines;
      for (int n = 0; n < 1001; ++n) lines += "{\"reason\":\"" + text(n) + "\"}\n";
      const auto taken = tenant.call("POST", "/requests", {{"Content-Type", "application/x-ndjson"}}, lines);
      expect_status(tenant, "bulk intake", 200, taken);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": GET /requests gives at most 1,000", std::size_t{1000},
                                   tenant.get("/requests?take=5000").json.size());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": the last at most 1,000", std::size_t{1000},
                                   tenant.get("/requests?last=5000").json.size());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": GET /auditlog gives up to 10,000", std::size_t{1001},
                                   tenant.get("/auditlog?take=20000").json.size());
    });
  }

  void rule_5_every_key_is_there_in_order() {
    for_each_door([](const Tenant& tenant) {
      // As little as can be said: the rest is null, but there.
      const auto bare = tenant.call("POST", "/requests", {}, "{}");
      expect_status(tenant, "an empty request", 201, bare);
      const std::int64_t full = tenant.submit();
      tenant.use(full);
      const std::int64_t event = tenant.post_event();
      tenant.put_computer("PC-0042");

      for (const std::string& id : {text(bare.json.get("id").as_integer().value()), text(full)}) {
        const Json request = tenant.get("/requests/" + id + "?wantscandetails=1").json;
        expect(tenant, "request", request_keys, keys_of(request));
        expect(tenant, "its application", application_keys, keys_of(request.get("application")));
        expect(tenant, "its user", "account,fullName,email,phone,isAdmin", keys_of(request.get("user")));
        expect(tenant, "its computer", "name,platform,platformCode,make,model",
               keys_of(request.get("computer")));
        const Json entry = tenant.get("/auditlog/" + id + "?wantscandetails=1").json;
        expect(tenant, "auditlog entry", entry_keys, keys_of(entry));
        check_shape(tenant, request, "request");
        check_shape(tenant, entry, "entry");
      }
      static const std::regex seven_digits(R"(\d\d:\d\d:\d\d\.\d{7})");
      const Json used = tenant.get("/auditlog/" + text(full)).json;
      CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": responseTime " + used.get("responseTime").dump(),
                             std::regex_match(used.get("responseTime").string_or(""), seven_digits));
      expect(tenant, "scan results only when asked for", "[]", used.get("scanResults").dump());
      expect(tenant, "scan results", "scanResult,scanResultCode,engine,threat",
             keys_of(
                 tenant.get("/auditlog/" + text(full) + "?wantscandetails=1").json.get("scanResults").at(0)));
      expect(tenant, "installs", "application,version,vendor", keys_of(used.get("installs").at(0)));
      expect(tenant, "uninstalls", "application,version,vendor", keys_of(used.get("uninstalls").at(0)));
      expect(tenant, "elevated applications",
             "name,path,file,version,vendor,sha256,scanResult,scanResultCode,threat,virustotalLink",
             keys_of(used.get("elevatedApplications").at(0)));

      const Json shown_event = tenant.get("/events/" + text(event)).json;
      expect(tenant, "event", event_keys, keys_of(shown_event));
      expect(tenant, "its application", "file,path,name,vendor,version,sha256",
             keys_of(shown_event.get("application")));
      expect(tenant, "its text", "Execution of file blocked by policy",
             shown_event.get("eventText").string_or(""));
      check_shape(tenant, shown_event, "event");
      const Json computer = tenant.get("/inventory/PC-0042").json;
      expect(tenant, "computer", inventory_keys, keys_of(computer));
      expect(tenant, "software is null unless asked for", "null", computer.get("software").dump());
      expect(tenant, "groups are null unless asked for", "null", computer.get("user").get("groups").dump());
      expect(tenant, "latitude is text", "\"52.1\"", computer.get("location").get("latitude").dump());
      check_shape(tenant, computer, "computer");
      const Json with = tenant.get("/inventory/PC-0042?wantsoftware=1&wantgroups=1").json;
      expect(tenant, "software", "name,version,vendor,installDate,size,bits",
             keys_of(with.get("software").at(0)));
      expect(tenant, "groups", R"(["Laptops"])", with.get("computer").get("groups").dump());
    });
  }

  void rule_6_decisions_are_final_and_answer_204() {
    for_each_door([](const Tenant& tenant) {
      const std::string approved = "/requests/" + text(tenant.submit());
      const std::string denied = "/requests/" + text(tenant.submit());
      const auto decide = [&tenant](const std::string& method, const std::string& path) {
        const auto answer = tenant.call(method, path);
        expect_status(tenant, method + ' ' + path, 204, answer);
        expect(tenant, method + " has no body", "", answer.text);
      };
      decide("PUT", approved);
      decide("DELETE", denied + "?reason=Too%20old");
      const std::string first = tenant.get(approved).text, second = tenant.get(denied).text;
      // Again, and the other way round: nothing happens.
      for (const std::string& path : {approved, denied}) {
        decide("PUT", path + "?approvedby=bob+abr@acme.test");
        decide("DELETE", path + "?reason=Another");
      }
      expect(tenant, "an approval is final", first, tenant.get(approved).text);
      expect(tenant, "a denial is final", second, tenant.get(denied).text);
      expect(tenant, "denied", "3", tenant.get(denied).json.get("statusCode").dump());
      expect(tenant, "its reason", "Too old", tenant.get(denied).json.get("deniedReason").string_or(""));
    });
  }

  void rule_6_names_of_deciders_are_those_of_known_approvers() {
    for_each_door([](const Tenant& tenant) {
      struct Case {
        const char* what;
        const char* query;
        HeaderLines headers;
        const char* recorded;
      };
      for (const Case& c :
           {Case{"a plus sign as it is", "?approvedby=bob+abr@acme.test", {}, "\"bob+abr@acme.test\""},
            Case{"a plus sign escaped", "?approvedby=bob%2Babr%40acme.test", {}, "\"bob+abr@acme.test\""},
            Case{"a plus sign that became a space",
                 "?approvedby=bob%20abr@acme.test",
                 {},
                 "\"bob+abr@acme.test\""},
            Case{"by header", "", {{"approvedby", "bob+abr@acme.test"}}, "\"bob+abr@acme.test\""},
            Case{"the query wins",
                 "?approvedby=bob+abr@acme.test",
                 {{"approvedby", "eve@acme.test"}},
                 "\"bob+abr@acme.test\""},
            Case{"somebody unknown", "?approvedby=eve@acme.test", {}, "null"},
            Case{"nobody", "", {}, "null"}}) {
        const std::string path = "/requests/" + text(tenant.submit());
        expect_status(tenant, c.what, 204, tenant.call("PUT", path + c.query, c.headers));
        const Json request = tenant.get(path).json;
        expect(tenant, c.what, c.recorded, request.get("approvedByEmail").dump());
        CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": approved all the same: " + c.what,
                               request.get("statusCode").as_integer().value_or(4) < 3);
      }
    });
  }

  void rule_6_a_put_that_says_denied_does_not_approve() {
    for_each_door([](const Tenant& tenant) {
      const std::string path = "/requests/" + text(tenant.submit());
      for (const char* body : {R"({"status":"Denied","reason":"no"})", R"({"Status":"denied"})"})
        expect_message(tenant, body, 400,
                       tenant.call("PUT", path, {{"Content-Type", "application/json"}}, body));
      expect(tenant, "still pending", "4", tenant.get(path).json.get("statusCode").dump());
      expect_status(tenant, "a body that says approved", 204,
                    tenant.call("PUT", path, {}, R"({"status":"Approved","reason":"yes"})"));
    });
  }

  void rule_7_delta_tells_every_change_once() {
    for_each_door([](const Tenant& tenant) {
      const auto fresh = tenant.get("/auditlog/delta");
      expect_status(tenant, "delta without parameters", 200, fresh);
      expect(tenant, "delta", "entries,timeNow", keys_of(fresh.json));
      expect(tenant, "no entries", "[]", fresh.json.get("entries").dump());

      const std::int64_t first = tenant.submit();
      const std::int64_t second = tenant.submit();
      const auto changed_since = [&tenant](const std::string& when) {
        return tenant.get("/auditlog/delta?deltaTime=" + when);
      };
      const auto created = changed_since(time_now(tenant, fresh));
      expect(tenant, "created", text(first) + ',' + text(second), ids(created.json.get("entries")));
      const std::string after_creation = time_now(tenant, created);
      expect(tenant, "nothing since", "", ids(changed_since(after_creation).json.get("entries")));
      expect(tenant, "the same time while nothing changes", after_creation,
             time_now(tenant, tenant.get("/auditlog/delta")));

      tenant.use(second);
      tenant.deny(first);
      const auto decided = changed_since(after_creation);
      expect(tenant, "approved and used, denied; ascending", text(first) + ',' + text(second),
             ids(decided.json.get("entries")));
      expect(tenant, "by header", text(first) + ',' + text(second),
             ids(tenant.get("/auditlog/delta", {{"deltaTime", after_creation}}).json.get("entries")));

      // Clients read the number as a double, and some cast that to an integer.
      const std::string now = time_now(tenant, decided);
      expect(tenant, "survives a double", now, printed(std::stod(now)));
      for (int off : {-64, 64})
        expect(tenant, "as a client's arithmetic has it", "",
               ids(changed_since(std::to_string(std::stoll(now) + off)).json.get("entries")));
      // Uncut, though no take was given.
      for (int n = 0; n < 60; ++n) tenant.submit();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": all changes in one answer", std::size_t{60},
                                   changed_since(now).json.get("entries").size());
      // A page of history.
      expect(tenant, "history", text(first) + ',' + text(second),
             ids(tenant.get("/auditlog/delta?days=60&startid=0&take=2").json.get("entries")));
    });
  }

  void rule_8_errors_are_a_message() {
    for_each_door([](const Tenant& tenant) {
      for (const char* path : {"/requests/999999", "/requests/x", "/auditlog/999999", "/events/999999",
                               "/inventory/no-such-computer", "/nothing", "/"})
        expect_message(tenant, path, 404, tenant.get(path));
      expect_message(tenant, "DELETE of an unknown one", 404, tenant.call("DELETE", "/requests/999999"));
      expect_message(tenant, "PUT of an unknown one", 404, tenant.call("PUT", "/requests/999999"));
      expect_message(tenant, "take", 400, tenant.get("/requests?take=many"));
      std::string wrong = tenant.key();
      wrong[wrong.size() / 2] = wrong[wrong.size() / 2] == 'a' ? 'b' : 'a';
      for (const HeaderLines& credentials :
           {HeaderLines{{"apikey", wrong}}, HeaderLines{{"apikey", ""}},
            HeaderLines{{"apikey", "00000000-0000-0000-0000-000000000000"}},
            HeaderLines{{"Authorization", "Basic eDp5"}}, HeaderLines{{"Authorization", "Digest x"}}})
        expect_message(tenant, credentials.at(0).first, 401, tenant.call_as(credentials, "GET", "/requests"),
                       "Invalid API key");
    });
  }

  void rule_9_a_status_that_nobody_knows_is_no_failure() {
    for_each_door([](const Tenant& tenant) {
      tenant.submit();
      for (const char* path : {"/requests?status=ABR_Status.pending", "/auditlog?status=ABR_Status.pending",
                               "/auditlog?type=none"})
        expect_ids(tenant, path, "");
    });
  }

  void rule_10_a_tenant_over_its_quota_is_told_when_to_come_back() {
    for_each_door(
        [](const Tenant& tenant) {
          for (int n = 0; n < 6; ++n) {
            const auto answer = tenant.get("/requests");
            expect_status(tenant, "within the quota", 200, answer);
            expect(tenant, "limit", "6", answer.header("X-RateLimit-Limit"));
            expect(tenant, "remaining", text(5 - n), answer.header("X-RateLimit-Remaining"));
          }
          const auto over = tenant.get("/requests");
          expect_message(tenant, "over the quota", 429, over);
          CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": Retry-After " + over.header("Retry-After"),
                                 std::atoll(over.header("Retry-After").c_str()) > 0);
          expect_status(tenant, "health is free", 200, tenant.get("/healthz"));
        },
        true);
  }

  void rule_11_pin_says_why_not_and_whoami_says_who() {
    for_each_door([](const Tenant& tenant) {
      tenant.put_computer("PC-0042");
      const auto pin = tenant.get("/inventory/PC-0042/pin?pintype=challenge&pin1=123456");
      expect_message(tenant, "pin", 501, pin);
      const auto who = tenant.get("/whoami");
      expect_status(tenant, "whoami", 200, who);
      expect(tenant, "whoami", whoami_keys, keys_of(who.json));
      expect(tenant, "its name", tenant.queue(), who.json.get("tenantName").string_or(""));
      CPPUNIT_ASSERT_MESSAGE(
          tenant.name() + ": seats are numbers",
          who.json.get("workstationSeats").is_integer() && who.json.get("workstationUsage").is_integer());
    });
  }

  void rule_12_computers_and_users_are_found_in_any_case() {
    for_each_door([](const Tenant& tenant) {
      const std::string id = text(tenant.submit());
      tenant.submit(
          Json::parse(R"({"computer":{"name":"OTHER"},"user":{"account":"ACME\\bea","fullName":"Bea"}})"));
      const std::string event = text(tenant.post_event());
      tenant.put_computer("PC-0042");
      for (const char* who : {"/computers/PC-0042", "/computers/pc-0042", "/users/ACME%5Cann",
                              "/users/acme%5CANN", "/users/Ann%20Example", "/users/ann%20example"}) {
        expect_ids(tenant, std::string(who) + "/auditlog", id);
        expect_ids(tenant, std::string(who) + "/events", event);
      }
      expect_ids(tenant, "/users/nobody/auditlog", "");
      const std::string computer = tenant.get("/inventory/pc-0042").text;
      expect_status(tenant, "inventory in any case", 200, tenant.get("/inventory/pc-0042"));
      expect(tenant, "by id", computer,
             tenant.get("/inventory/" + text(Json::parse(computer).get("id").as_integer().value())).text);
      expect_status(tenant, "delete", 204, tenant.call("DELETE", "/inventory/Pc-0042"));
      expect_message(tenant, "deleted", 404, tenant.get("/inventory/PC-0042"));
    });
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ApiRulesTest);
