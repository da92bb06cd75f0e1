#include "bridge/api/events_api.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/direct_api.h"

using bridge::Reply;
using mappings::Json;
using tests::header_of;
using tests::message_of;

namespace {
// The fake clock stands at 2023-11-14T22:13:20.
std::string event(int code, const std::string& utc, const std::string& rest = "") {
  return "{\"eventCode\":" + std::to_string(code) + ",\"eventTimeUTC\":\"" + utc + "\"" + rest + "}";
}
const std::string today = "2023-11-14T10:00:00";
}  // namespace

class EventsApiTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(EventsApiTest);
  CPPUNIT_TEST(takes_an_event_in_and_shows_it_whole);
  CPPUNIT_TEST(takes_a_list_in_whole_or_not_at_all);
  CPPUNIT_TEST(a_repeated_intake_answers_with_the_first_events);
  CPPUNIT_TEST(refuses_what_is_no_event);
  CPPUNIT_TEST(fills_in_times_and_leaves_zones_out);
  CPPUNIT_TEST(lists_by_start_take_and_last);
  CPPUNIT_TEST(lists_the_last_thirty_days_unless_told_otherwise);
  CPPUNIT_TEST(filters_by_code);
  CPPUNIT_TEST(lists_by_computer_and_by_user);
  CPPUNIT_TEST(filters_come_by_query_or_header_in_any_case);
  CPPUNIT_TEST(a_key_opens_its_own_queue_only);
  CPPUNIT_TEST(numbers_and_dates_that_are_none_are_refused);
  CPPUNIT_TEST(a_collector_that_asks_on_from_the_last_id_sees_every_event_once);
  CPPUNIT_TEST(a_reader_that_asks_from_the_last_id_sees_that_one_again);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { served_.emplace(); }
  void tearDown() override { served_.reset(); }

  void takes_an_event_in_and_shows_it_whole() {
    const Reply made = post(
        R"({"eventCode":92,"eventLevel":2,"eventTime":"2023-11-14T09:00:00.817","computerName":"PC-0042",
            "userAccount":"ACME\\ann","userName":"Ann Example","id":77,"colour":"red",
            "application":{"file":"x.exe","sha256":"3BC4"}})");
    CPPUNIT_ASSERT_EQUAL(201, made.status);
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            R"({"id":1,"eventCode":92,"eventLevel":2,"eventText":"Execution of file blocked by policy",)"
            R"("eventTime":"2023-11-14T09:00:00.817","eventTimeUTC":"2023-11-14T09:00:00.817",)"
            R"("computerName":"PC-0042","userAccount":"ACME\\ann","userName":"Ann Example","alertAccount":null,)"
            R"("auditLogURL":null,"rollback":false,"additionalData":null,"application":{"file":"x.exe",)"
            R"("path":null,"name":null,"vendor":null,"version":null,"sha256":"3BC4"}})"),
        made.body);
    CPPUNIT_ASSERT_EQUAL(std::string("/events/1"), header_of(made, "Location"));
    CPPUNIT_ASSERT_EQUAL(made.body, served_->ask("GET", "/events/1").body);
    CPPUNIT_ASSERT_EQUAL("[" + made.body + "]", served_->ask("GET", "/events").body);
    CPPUNIT_ASSERT_EQUAL("[" + made.body + "]", served_->ask("GET", "//events/").body);
    for (const char* id : {"2", "0", "abc", "-1", "99999999999999999999"}) {
      const Reply unknown = served_->ask("GET", std::string("/events/") + id);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(id, 404, unknown.status);
      message_of(unknown);
    }
  }

  void takes_a_list_in_whole_or_not_at_all() {
    const Reply made = post("[" + event(5, today) + "," + event(6, today) + "]");
    CPPUNIT_ASSERT_EQUAL(201, made.status);
    CPPUNIT_ASSERT_EQUAL(made.body, served_->ask("GET", "/events").body);
    CPPUNIT_ASSERT_EQUAL(std::string("[]"), post("[]").body);
    const Reply refused = post("[" + event(5, today) + ",{},7," + event(5, "soon") + "]");
    CPPUNIT_ASSERT_EQUAL(400, refused.status);
    CPPUNIT_ASSERT_EQUAL(std::string("[1]: eventCode must be given; [2]: an event must be an object; "
                                     "[3]: eventTimeUTC must be a time, as 2026-01-31T10:00:00"),
                         message_of(refused));
    CPPUNIT_ASSERT_EQUAL(std::string("1 2"), served_->ids("/events"));
    std::string many = "[";
    for (int i = 0; i < 10001; ++i) many += i > 0 ? ",{}" : "{}";
    CPPUNIT_ASSERT_EQUAL(std::string("At most 10000 events can be sent at once"),
                         message_of(post(many + "]")));
  }

  void a_repeated_intake_answers_with_the_first_events() {
    const std::string body = "[" + event(5, today) + "," + event(6, today) + "]";
    const Reply first = post(body, {{"Idempotency-Key", "one"}});
    const Reply again = post(body, {{"idempotency-key", "one"}});
    CPPUNIT_ASSERT_EQUAL(201, again.status);
    CPPUNIT_ASSERT_EQUAL(first.body, again.body);
    CPPUNIT_ASSERT_EQUAL(std::string(), header_of(first, "Idempotency-Replayed"));
    CPPUNIT_ASSERT_EQUAL(std::string("true"), header_of(again, "Idempotency-Replayed"));
    const Reply other = post(event(5, today), {{"Idempotency-Key", "one"}});
    CPPUNIT_ASSERT_EQUAL(422, other.status);
    message_of(other);
    CPPUNIT_ASSERT_EQUAL(400, post(body, {{"Idempotency-Key", "a\tb"}}).status);
    CPPUNIT_ASSERT_EQUAL(std::string("1 2"), served_->ids("/events"));
  }

  void refuses_what_is_no_event() {
    const std::pair<const char*, const char*> cases[] = {
        {"5", "The body must be an event or a list of events"},
        {R"({"eventCode":92,"application":{"file":5}})", "application.file must be text"},
        {R"({"eventCode":92,"eventLevel":3})",
         "eventLevel must be 0 (informational), 1 (warning) or 2 (alert)"},
        {R"({"eventCode":92,"eventTime":"14.11.2023"})", "eventTime must be a time, as 2026-01-31T10:00:00"},
        {R"({"eventCode":92,"eventTime":5})", "eventTime must be text"},
        {R"({"eventCode":92,"eventTimeUTC":"+202-01-31T10:00:00"})",
         "eventTimeUTC must be a time, as 2026-01-31T10:00:00"},
    };
    for (const auto& [body, message] : cases) {
      const Reply refused = post(body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400, refused.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, std::string(message), message_of(refused));
    }
    for (const char* body : {"", "{", "not json", "{\"eventCode\":1,\"eventCode\":2}"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400, post(body).status);
    CPPUNIT_ASSERT_EQUAL(std::string(), served_->ids("/events"));
  }

  void fills_in_times_and_leaves_zones_out() {
    const struct {
      const char *given, *local, *utc;
    } cases[] = {
        {R"({"eventCode":5})", "2023-11-14T22:13:20", "2023-11-14T22:13:20"},
        {R"({"eventCode":5,"eventTime":"2023-11-14T08:00:00"})", "2023-11-14T08:00:00",
         "2023-11-14T08:00:00"},
        {R"({"eventCode":5,"eventTimeUTC":"2023-11-14T08:00:00.5Z"})", "2023-11-14T08:00:00.5",
         "2023-11-14T08:00:00.5"},
        {R"({"eventCode":5,"eventTime":"2023-11-14 09:00:00","eventTimeUTC":"2023-11-14T08:00:00+00:00"})",
         "2023-11-14T09:00:00", "2023-11-14T08:00:00"},
    };
    for (const auto& row : cases) {
      const Json made = Json::parse(post(row.given).body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.given, std::string(row.local), made.get("eventTime").string_or(""));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.given, std::string(row.utc), made.get("eventTimeUTC").string_or(""));
    }
  }

  void lists_by_start_take_and_last() {
    fill(120);
    CPPUNIT_ASSERT_EQUAL(std::size_t{50}, served_->get("/events").size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{120}, served_->get("/events?take=99999").size());
    CPPUNIT_ASSERT_EQUAL(std::string("119 120"), served_->ids("/events?startid=119&take=5"));
    CPPUNIT_ASSERT_EQUAL(std::string("119"), served_->ids("/events?startid=119&take=1"));
    CPPUNIT_ASSERT_EQUAL(std::string("120 119 118"), served_->ids("/events?last=3&take=1&startid=1"));
    CPPUNIT_ASSERT_EQUAL(std::string("[]"), served_->ask("GET", "/events?startid=121").body);
    CPPUNIT_ASSERT_EQUAL(std::size_t{50},
                         served_->get("/events?take=0&startid=&last=&code=&days=&startdate=&level=2").size());
  }

  void lists_the_last_thirty_days_unless_told_otherwise() {
    post("[" + event(1, "2023-10-01T10:00:00") + "," + event(1, "2023-10-15T00:00:00") + "," +
         event(1, "2023-11-13T23:59:59") + "," + event(1, today) + "," + event(1, "2023-10-14T23:59:59") +
         "]");
    const std::pair<const char*, const char*> cases[] = {
        {"", "2 3 4"},
        {"?days=60", "1 2 3 4 5"},
        {"?days=1", "3 4"},
        {"?startdate=2023-11-14", "4"},
        {"?startdate=2023-11-14T00:00:00", "4"},
        {"?startdate=2023-01-01&days=1", "1 2 3 4 5"},
        {"?startdate=2023-01-01&enddate=2023-10-14", "1 5"},
        {"?startdate=2023-10-14&enddate=2023-11-13", "2 3 5"},
        {"?startdate=2023-11-14&enddate=2023-11-14", "4"},
        {"?startdate=2024-01-01", ""},
        {"?days=60&last=2", "5 4"},
        {"?enddate=2023-11-13", "2 3"},
    };
    for (const auto& [query, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(query, std::string(expected),
                                   served_->ids(std::string("/events") + query));
  }

  void filters_by_code() {
    post("[" + event(92, today) + "," + event(40, today) + "," + event(92, today) + "," + event(0, today) +
         "]");
    CPPUNIT_ASSERT_EQUAL(std::string("1 3"), served_->ids("/events?code=92"));
    CPPUNIT_ASSERT_EQUAL(std::string("3 1"), served_->ids("/events?code=92&last=5"));
    CPPUNIT_ASSERT_EQUAL(std::string("4"), served_->ids("/events?code=0"));
    CPPUNIT_ASSERT_EQUAL(std::string(), served_->ids("/events?code=93"));
  }

  void lists_by_computer_and_by_user() {
    post("[" +
         event(5, today, R"(,"computerName":"PC-0042","userAccount":"ACME\\ann","userName":"Ann Example")") +
         "," + event(6, today, R"(,"computerName":"pc-0042","userAccount":"BOB","userName":"Åsa Öberg")") +
         "," + event(6, "2023-01-01T10:00:00", R"(,"computerName":"PC 7","userAccount":"ann")") + "," +
         event(6, today) + "]");
    const std::pair<const char*, const char*> cases[] = {
        {"/computers/Pc-0042/events", "1 2"},
        {"/COMPUTERS/PC-0042/events?code=6", "2"},
        {"/computers/PC%207/events", ""},
        {"/computers/PC%207/events?days=400", "3"},
        {"/computers/nowhere/events", ""},
        {"/users/acme%5CANN/events?days=400", "1 3"},
        {"/users/contoso%5CANN/events?days=400", "3"},
        {"/users/ann/events?days=400", "1 3"},
        {"/users/Ann%20Example/events", "1"},
        {"/users/%C3%A5SA%20%C3%B6BERG/events", "2"},
        {"/users/bob/events?take=1", "2"},
        {"/users/nobody/events", ""},
    };
    for (const auto& [target, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(target, std::string(expected), served_->ids(target));
  }

  void filters_come_by_query_or_header_in_any_case() {
    fill(9);
    for (const auto form : {tests::DirectApi::Key::header, tests::DirectApi::Key::basic}) {
      served_->key_form = form;
      CPPUNIT_ASSERT_EQUAL(std::string("3 4"), served_->ids("/events", {{"startid", "3"}, {"Take", "2"}}));
      CPPUNIT_ASSERT_EQUAL(std::string("9 8"), served_->ids("/events", {{"LAST", "2"}}));
      CPPUNIT_ASSERT_EQUAL(std::string("5"), served_->ids("/events?STARTID=5&take=1", {{"startid", "1"}}));
      CPPUNIT_ASSERT_EQUAL(std::string(), served_->ids("/computers/x/events", {{"code", "5"}}));
    }
    // Clients say of a GET what content it has, and send one.
    const Reply told =
        served_->ask("GET", "/events?take=1", {{"Content-Type", "application/csv"}}, "not json");
    CPPUNIT_ASSERT_EQUAL(200, told.status);
    CPPUNIT_ASSERT_EQUAL(std::string("application/json; charset=utf-8"), header_of(told, "Content-Type"));
  }

  void a_key_opens_its_own_queue_only() {
    fill(2);
    served_->use_queue("contoso");
    CPPUNIT_ASSERT_EQUAL(std::string(), served_->ids("/events"));
    CPPUNIT_ASSERT_EQUAL(404, served_->ask("GET", "/events/1").status);
    served_->key.clear();
    for (const char* path : {"/events", "/events/1", "/computers/a/events", "/users/a/events"}) {
      const Reply refused = served_->ask("GET", path);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 401, refused.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, std::string("Invalid API key"), message_of(refused));
    }
    CPPUNIT_ASSERT_EQUAL(401, post("{}").status);
  }

  void numbers_and_dates_that_are_none_are_refused() {
    for (const char* query : {"take=ten", "startid=-1", "last=1.5", "code=x", "days=-1",
                              "startdate=yesterday", "enddate=2023-02-30"}) {
      const Reply refused = served_->ask("GET", std::string("/events?") + query);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(query, 400, refused.status);
      const std::string name = std::string(query).substr(0, std::string(query).find('='));
      CPPUNIT_ASSERT_MESSAGE(query, message_of(refused).starts_with(name + " must be"));
    }
  }

  // XSOAR: a first day, then behind the last id until a page is empty; Elastic: 60 days, the same way.
  void a_collector_that_asks_on_from_the_last_id_sees_every_event_once() {
    fill(25);
    for (const std::string& first : {std::string("/events?startdate=2023-11-14&enddate=2023-11-14&take=10"),
                                     std::string("/events?days=60&take=10")}) {
      std::int64_t expected = 1;
      std::string target = first;
      for (Json page = served_->get(target); page.size() > 0; page = served_->get(target)) {
        CPPUNIT_ASSERT_EQUAL_MESSAGE(target, expected, page.at(0).get("id").as_integer().value_or(0));
        expected = page.at(page.size() - 1).get("id").as_integer().value_or(0) + 1;
        target = "/events?startid=" + std::to_string(expected) + "&take=10";
      }
      CPPUNIT_ASSERT_EQUAL_MESSAGE(first, std::int64_t{26}, expected);
    }
    post(event(5, today));
    CPPUNIT_ASSERT_EQUAL(std::string("26"), served_->ids("/events?startid=26&take=10000"));
    CPPUNIT_ASSERT_EQUAL(std::string("1"), served_->ids("/events?take=1"));
  }

  // QRadar: no + 1, one page of the default size.
  void a_reader_that_asks_from_the_last_id_sees_that_one_again() {
    fill(60);
    CPPUNIT_ASSERT(served_->ids("/events?startid=1").ends_with(" 49 50"));
    CPPUNIT_ASSERT(served_->ids("/events?startid=50").starts_with("50 51 "));
    CPPUNIT_ASSERT_EQUAL(std::string("60"), served_->ids("/events?startid=60"));
  }

 private:
  Reply post(const std::string& body, const bridge::HeaderList& headers = {}) {
    return served_->ask("POST", "/events", headers, body);
  }
  void fill(int count) {
    std::string body = "[";
    for (int i = 0; i < count; ++i) body += (i > 0 ? "," : "") + event(5, today);
    CPPUNIT_ASSERT_EQUAL(201, post(body + "]").status);
  }

  std::optional<tests::DirectApi> served_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(EventsApiTest);
