// The calls that known clients of the Admin By Request API make, in their order and form, and what each of
// them needs of the answers; for each way in: HTTP and HTTPS, key as a header and by Basic.

#include <chrono>
#include <ctime>
#include <functional>
#include <regex>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/acceptance/api_site.h"

namespace {

using acceptance::ApiAnswer;
using acceptance::for_each_door;
using acceptance::HeaderLines;
using acceptance::ids;
using acceptance::Json;
using acceptance::Tenant;
using acceptance::text;

// What every client needs of a list: 200, JSON, a bare array.
Json list(const Tenant& tenant, const std::string& path, const HeaderLines& headers = {}) {
  const auto answer = tenant.get(path, headers);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": " + path + ": " + answer.text.substr(0, 300), 200,
                               answer.status);
  CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": JSON: " + path,
                         answer.header("Content-Type").starts_with("application/json"));
  CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": a bare array: " + path, answer.json.is_array());
  return answer.json;
}

void expect_ids(const Tenant& tenant, const std::string& what, const std::string& wanted, const Json& rows) {
  CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": " + what, wanted, ids(rows));
}

std::int64_t last_id(const Json& rows) {
  return rows.at(rows.size() - 1).get("id").as_integer().value();
}

std::int64_t status_code(const Tenant& tenant, std::int64_t id) {
  return tenant.get("/requests/" + text(id)).json.get("statusCode").as_integer().value();
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char date[16];
  return {date, std::strftime(date, sizeof date, "%Y-%m-%d", &utc)};
}

// timeNow as JavaScript and Go read and write it: through a double.
std::string time_now_through_a_double(const ApiAnswer& delta) {
  static const std::regex number(R"("timeNow":\s*(\d+))");
  std::smatch found;
  CPPUNIT_ASSERT_MESSAGE("timeNow: " + delta.text.substr(0, 300),
                         std::regex_search(delta.text, found, number));
  return std::to_string(static_cast<std::int64_t>(std::stod(found[1])));
}

}  // namespace

class ApiClientsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ApiClientsTest);
  CPPUNIT_TEST(the_python_wrapper);
  CPPUNIT_TEST(the_python_wrappers_broken_calls_get_an_answer);
  CPPUNIT_TEST(the_xsoar_collector_pages_until_an_empty_array);
  CPPUNIT_TEST(the_xsoar_commands_need_204);
  CPPUNIT_TEST(elastic_follows_the_auditlog_delta);
  CPPUNIT_TEST(elastic_pages_events);
  CPPUNIT_TEST(the_powershell_module_sends_everything_as_headers);
  CPPUNIT_TEST(the_cribl_template_reads_its_last_row_again);
  CPPUNIT_TEST(the_qradar_script_reads_one_page_of_events);
  CPPUNIT_TEST(the_base44_functions_decide_without_names);
  CPPUNIT_TEST(the_dotnet_client_reads_a_year_of_finished_elevations);
  CPPUNIT_TEST(the_go_client_denies_by_put_and_is_refused);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_python_wrapper() {
    for_each_door([](const Tenant& tenant) {
      const std::int64_t id = tenant.submit(), other = tenant.submit(), third = tenant.submit();
      tenant.use(third);
      const std::string all = text(id) + ',' + text(other) + ',' + text(third);
      expect_ids(tenant, "auditlog", all, list(tenant, "/auditlog?take=50&days=30"));
      expect_ids(
          tenant, "auditlog, with all options left empty", all,
          list(tenant,
               "/auditlog?take=50&days=30&startid=&wantscandetails=&type=&status=&startdate=&enddate="));
      expect_ids(tenant, "dates with a time of day", all,
                 list(tenant, "/auditlog?take=50&days=30&startdate=2024-01-01T00:00:00&enddate=" + today() +
                                  "T23:59:59"));
      expect_ids(tenant, "requests", text(id) + ',' + text(other),
                 list(tenant, "/requests?take=50&status=Pending&startid=&wantscandetails="));
      expect_ids(tenant, "an enumeration printed by mistake", "",
                 list(tenant, "/requests?take=50&status=ABR_Status.pending"));
      // It reads every key without asking whether it is there.
      const Json one = tenant.get("/requests/" + text(id)).json;
      for (const char* key : {"file", "path", "name", "vendor", "version", "sha256", "scanResult", "threat"})
        CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": application." + key, one.get("application").has(key));
      tenant.call("PUT", "/requests/" + text(id) + "?approvedby=bob+abr@acme.test");
      // It escapes nothing: what follows the & is another parameter, which nobody knows.
      tenant.call("DELETE",
                  "/requests/" + text(other) + "?reason=Too%20old%20&%20risky&deniedby=bob+abr@acme.test");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name(), std::int64_t{3}, status_code(tenant, other));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": approved", true, status_code(tenant, id) < 3);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": a client bug, the singular path", 404,
                                   tenant.call("PUT", "/request/" + text(id)).status);
      tenant.put_computer("PC-0042");
      const Json computers = list(tenant, "/inventory?take=50");
      CPPUNIT_ASSERT_EQUAL(std::size_t{1}, computers.size());
      for (const std::string& which : {std::string("PC-0042"), text(last_id(computers))})
        CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": " + which, 200,
                                     tenant.get("/inventory/" + which + "?take=50").status);
      const std::string event = text(tenant.post_event());
      expect_ids(tenant, "events", event, list(tenant, "/events?take=50&days=30&code=92"));
      expect_ids(tenant, "events of another code", "", list(tenant, "/events?take=50&days=30&code=1"));
      expect_ids(tenant, "events of a computer", event, list(tenant, "/computers/PC-0042/events"));
      expect_ids(tenant, "events of a user", "", list(tenant, "/users/Nobody/events"));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": delete", 204,
                                   tenant.call("DELETE", "/inventory/PC-0042?take=50").status);
    });
  }

  void the_python_wrappers_broken_calls_get_an_answer() {
    for_each_door([](const Tenant& tenant) {
      const auto answer = tenant.get("/&days=30");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name(), 404, answer.status);
      CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": it looks for Message only", answer.json.has("Message"));
      const auto wrong = tenant.call_as({{"apikey", "wrong"}}, "GET", "/auditlog?take=50&days=30");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name(), std::string("Invalid API key"),
                                   wrong.json.get("Message").string_or(""));
    });
  }

  void the_xsoar_collector_pages_until_an_empty_array() {
    for_each_door([](const Tenant& tenant) {
      for (int n = 0; n < 5; ++n) {
        tenant.submit();
        tenant.post_event();
      }
      const std::string days = "?startdate=" + today() + "&enddate=" + today();
      struct Collected {
        const char* path;
        const char* first;
        const char* take;
      };
      for (const Collected& c : {Collected{"/auditlog", days.c_str(), "&take=2"},
                                 {"/events", days.c_str(), "&take=2"},
                                 {"/requests", "?wantscandetails=1", "&take=2"}}) {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": its connection test", std::size_t{1},
                                     list(tenant, std::string(c.path) + "?take=1").size());
        std::size_t seen = 0;
        for (Json page = list(tenant, std::string(c.path) + c.first + c.take); page.size() > 0;
             page = list(tenant, std::string(c.path) + "?startid=" + text(last_id(page) + 1) + c.take))
          seen += page.size();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": all of " + c.path, std::size_t{5}, seen);
      }
      for (const char* path : {"/auditlog?take=10000", "/events?take=10000", "/requests?take=1000"})
        CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": " + path, std::size_t{5}, list(tenant, path).size());
    });
  }

  void the_xsoar_commands_need_204() {
    for_each_door([](const Tenant& tenant) {
      const std::int64_t yes = tenant.submit(), no = tenant.submit();
      list(tenant, "/requests?take=50&status=Pending");
      const auto approved =
          tenant.call("PUT", "/requests/" + text(yes), {{"approvedby", "bob+abr@acme.test"}});
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": approve", 204, approved.status);
      const auto denied =
          tenant.call("DELETE", "/requests/" + text(no),
                      {{"deniedby", "bob+abr@acme.test"}, {"reason", "Zu alt: \xC3\xA4lter"}});
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": deny", 204, denied.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          tenant.name() + ": a reason in UTF-8 by header", std::string("Zu alt: \xC3\xA4lter"),
          tenant.get("/requests/" + text(no)).json.get("deniedReason").string_or(""));
      // Python's http library can only send latin-1.
      const std::int64_t latin = tenant.submit();
      tenant.call("DELETE", "/requests/" + text(latin), {{"reason", "\xE4lter"}});
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          tenant.name() + ": a reason in latin-1 by header", std::string("\xC3\xA4lter"),
          tenant.get("/requests/" + text(latin)).json.get("deniedReason").string_or(""));
    });
  }

  void elastic_follows_the_auditlog_delta() {
    for_each_door([](const Tenant& tenant) {
      const HeaderLines headers{{"Content-Type", "application/json"}};
      const std::int64_t first = tenant.submit(), second = tenant.submit(), third = tenant.submit();
      tenant.use(second);
      const auto page = [&](std::int64_t from) {
        const auto answer = tenant.get(
            "/auditlog/delta?days=60&startid=" + text(from) + "&take=2&wantscandetails=1", headers);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": history: " + answer.text, 200, answer.status);
        CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": entries", answer.json.get("entries").is_array());
        return answer;
      };
      const auto one = page(0);
      expect_ids(tenant, "first page", text(first) + ',' + text(second), one.json.get("entries"));
      const auto two = page(second + 1);
      expect_ids(tenant, "second page", text(third), two.json.get("entries"));
      const auto end = page(third + 1);
      expect_ids(tenant, "the end, with timeNow all the same", "", end.json.get("entries"));
      const std::string now = time_now_through_a_double(end);

      const auto nothing = tenant.get("/auditlog/delta?deltaTime=" + now + "&wantscandetails=1", headers);
      expect_ids(tenant, "nothing has changed", "", nothing.json.get("entries"));
      tenant.use(first);
      const auto changed = tenant.get("/auditlog/delta?deltaTime=" + now + "&wantscandetails=1", headers);
      expect_ids(tenant, "what has changed", text(first), changed.json.get("entries"));
      const Json entry = changed.json.get("entries").at(0);
      // Its pattern for response times allows nothing else, and its time field is this one.
      static const std::regex pattern(R"(^\d{2}:\d{2}:\d{2}\.\d{7}$)");
      CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": responseTime " + entry.get("responseTime").dump(),
                             std::regex_match(entry.get("responseTime").string_or(""), pattern));
      CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": requestTimeUTC", entry.get("requestTimeUTC").is_string());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": scan details", std::size_t{1},
                                   entry.get("scanResults").size());
    });
  }

  void elastic_pages_events() {
    for_each_door([](const Tenant& tenant) {
      for (int n = 0; n < 5; ++n) tenant.post_event();
      std::size_t seen = 0;
      Json page = list(tenant, "/events?days=60&take=2");
      for (; page.size() == 2; page = list(tenant, "/events?startid=" + text(last_id(page) + 1) + "&take=2"))
        seen += page.size();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": while the page is full", std::size_t{5},
                                   seen + page.size());
    });
  }

  void the_powershell_module_sends_everything_as_headers() {
    for_each_door([](const Tenant& tenant) {
      const std::int64_t id = tenant.submit(), other = tenant.submit();
      tenant.put_computer("PC-0042");
      expect_ids(tenant, "requests", text(id),
                 list(tenant, "/requests", {{"status", "pending"}, {"take", "1"}}));
      const auto delta = tenant.get("/auditlog/delta");
      tenant.call("PUT", "/requests/" + text(id), {{"approvedby", "bob+abr@acme.test"}});
      tenant.call("DELETE", "/requests/" + text(other),
                  {{"deniedby", "bob+abr@acme.test"}, {"reason", "no"}});
      expect_ids(tenant, "delta", text(id) + ',' + text(other),
                 tenant.get("/auditlog/delta", {{"deltaTime", time_now_through_a_double(delta)}})
                     .json.get("entries"));
      const Json denied = tenant.get("/requests/" + text(other)).json;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": denied by", std::string("bob+abr@acme.test"),
                                   denied.get("deniedByEmail").string_or(""));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": reason", std::string("no"),
                                   denied.get("deniedReason").string_or(""));
      // It escapes no backslash and no apostrophe, but blanks.
      expect_ids(tenant, "by full name", text(id) + ',' + text(other),
                 list(tenant, "/users/Ann%20Example/auditlog"));
      const auto pin = tenant.get("/inventory/PC-0042/pin", {{"pintype", "Challenge"}, {"pin1", "123456"}});
      CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": says that there are no PINs here: " + pin.text,
                             pin.status >= 400 && pin.json.has("Message"));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": whoami", tenant.queue(),
                                   tenant.get("/whoami").json.get("tenantName").string_or(""));
    });
  }

  void the_cribl_template_reads_its_last_row_again() {
    for_each_door([](const Tenant& tenant) {
      const std::int64_t first = tenant.submit(), second = tenant.submit();
      const std::string days =
          "/auditlog?startdate=" + today() + "&enddate=" + today() + "&take=1000&startid=";
      expect_ids(tenant, "at the first run", text(first) + ',' + text(second), list(tenant, days + "1"));
      const std::int64_t third = tenant.submit();
      const Json again = list(tenant, days + text(second));
      expect_ids(tenant, "from the last row on", text(second) + ',' + text(third), again);
      CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": its time field",
                             again.at(0).get("requestTimeUTC").is_string());
    });
  }

  void the_qradar_script_reads_one_page_of_events() {
    for_each_door([](const Tenant& tenant) {
      std::int64_t last = 0;
      for (int n = 0; n < 3; ++n) last = tenant.post_event();
      const Json page = list(tenant, "/events?startid=" + text(last - 1));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": its [-1].id", last, last_id(page));
    });
  }

  void the_base44_functions_decide_without_names() {
    for_each_door([](const Tenant& tenant) {
      const std::int64_t yes = tenant.submit(), no = tenant.submit();
      expect_ids(tenant, "pending", text(yes) + ',' + text(no), list(tenant, "/requests?status=pending"));
      const auto put = tenant.call("PUT", "/requests/" + text(yes));
      const auto del = tenant.call("DELETE", "/requests/" + text(no));
      CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": ok", put.status / 100 == 2 && del.status / 100 == 2);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name(), std::int64_t{3}, status_code(tenant, no));
    });
  }

  void the_dotnet_client_reads_a_year_of_finished_elevations() {
    for_each_door([](const Tenant& tenant) {
      const std::int64_t used = tenant.submit();
      tenant.submit();
      tenant.use(used);
      const Json rows = list(tenant,
                             "/auditlog?take=1000&wantscandetails=1&startdate=2023-01-01&enddate=2099-12-31"
                             "&status=Finished&type=app");
      expect_ids(tenant, "finished elevations", text(used), rows);
      // DateTime.Parse and TimeSpan.Parse.
      static const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?)");
      for (const char* key :
           {"requestTime", "requestTimeUTC", "startTime", "startTimeUTC", "endTime", "endTimeUTC"})
        CPPUNIT_ASSERT_MESSAGE(tenant.name() + ": " + key,
                               std::regex_match(rows.at(0).get(key).string_or(""), time));
      tenant.put_computer("PC-0042");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": inventory", std::size_t{1},
                                   list(tenant, "/inventory").size());
    });
  }

  void the_go_client_denies_by_put_and_is_refused() {
    for_each_door([](const Tenant& tenant) {
      const std::int64_t id = tenant.submit();
      for (const char* path :
           {"/auditlog?take=1", "/auditlog", "/requests?take=100&startid=0", "/inventory", "/events"})
        list(tenant, path);
      const auto denied = tenant.call("PUT", "/requests/" + text(id), {{"Content-Type", "application/json"}},
                                      R"({"status":"Denied","reason":"not now"})");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": must not approve", 400, denied.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": still pending", std::int64_t{4},
                                   status_code(tenant, id));
      const auto approved =
          tenant.call("PUT", "/requests/" + text(id), {{"Content-Type", "application/json"}},
                      R"({"status":"Approved","reason":"go on"})");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(tenant.name() + ": approves", 204, approved.status);
    });
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ApiClientsTest);
