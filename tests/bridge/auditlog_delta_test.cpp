// What changed since a time, as clients follow it.

#include <cmath>

#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/hosted_api.h"

using mappings::Json;
using tests::ids_of;

namespace {

constexpr std::chrono::hours day{24};

}  // namespace

class AuditlogDeltaTest : public tests::HostedApi {
  CPPUNIT_TEST_SUITE(AuditlogDeltaTest);
  CPPUNIT_TEST(the_first_delta_is_a_time_and_nothing_else);
  CPPUNIT_TEST(the_delta_tells_each_change_once_by_id_and_uncut);
  CPPUNIT_TEST(the_time_of_the_delta_may_come_back_rounded);
  CPPUNIT_TEST(the_delta_without_a_time_pages_the_history);
  CPPUNIT_TEST(parameters_of_the_delta_come_by_header_too);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_first_delta_is_a_time_and_nothing_else() {
    const Json empty = get("/auditlog/delta");
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"entries":[],"timeNow":621355968000000000})"), empty.dump());
    post("{}");
    const std::string first = ask("GET", "/auditlog/delta").body;
    CPPUNIT_ASSERT_EQUAL(std::size_t(0), first.find(R"({"entries":[],"timeNow":6)"));
    CPPUNIT_ASSERT(first.ends_with("000}"));
    bench_->clock.advance(std::chrono::hours(5));
    CPPUNIT_ASSERT_EQUAL(first, ask("GET", "/auditlog/delta").body);
    CPPUNIT_ASSERT_EQUAL(first, ask("GET", "/auditlog/delta?wantscandetails=1").body);
    // What is there before the first change is told after it.
    CPPUNIT_ASSERT_EQUAL(std::string("1"), delta(empty));
  }

  void the_delta_tells_each_change_once_by_id_and_uncut() {
    for (int i = 0; i < 70; ++i) post("{}");
    Json last = get("/auditlog/delta");
    CPPUNIT_ASSERT_EQUAL(std::string(), delta(last));
    ask("PUT", "/requests/60");
    ask("DELETE", "/requests/5");
    const Json next = get("/auditlog/delta?deltaTime=" + time_of(last));
    CPPUNIT_ASSERT_EQUAL(std::string("5 60"), ids_of(next.get("entries")));
    CPPUNIT_ASSERT_EQUAL(std::string(), delta(next));
    CPPUNIT_ASSERT_EQUAL(std::string("5 60"), delta(last));
    // A step of the ticket is no change of the entry.
    bench_->work();
    CPPUNIT_ASSERT_EQUAL(time_of(next), time_of(get("/auditlog/delta")));
    // Approved, used, used up: each counts.
    last = next;
    for (const char* status : {"Running", "Finished"}) {
      ask("PUT", "/auditlog/60", {}, std::string(R"({"status":")") + status + "\"}");
      CPPUNIT_ASSERT_EQUAL(std::string("60"), delta(last));
      last = get("/auditlog/delta");
    }
    // Nothing is cut, whatever take says.
    CPPUNIT_ASSERT_EQUAL(std::size_t(70),
                         get("/auditlog/delta?take=5&deltaTime=621355968000000000").get("entries").size());
    // No-ops are no changes.
    ask("PUT", "/requests/60");
    ask("DELETE", "/requests/60");
    ask("PUT", "/auditlog/60", {}, R"({"status":"Finished"})");
    CPPUNIT_ASSERT_EQUAL(time_of(last), time_of(get("/auditlog/delta")));
  }

  void the_time_of_the_delta_may_come_back_rounded() {
    bench_->clock.advance(std::chrono::microseconds(123'457));
    post("{}");
    const std::string answer = ask("GET", "/auditlog/delta").body;
    const std::string time = answer.substr(answer.find("Now\":") + 5, 18);
    post("{}");
    const std::int64_t exact = std::stoll(time);
    char as_double[40];
    std::snprintf(as_double, sizeof as_double, "%.17e", static_cast<double>(exact));
    for (const std::string& sent :
         {time, std::to_string(exact + 64), std::to_string(exact - 64), std::string(as_double)})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(sent, std::string("2"),
                                   ids_of(get("/auditlog/delta?deltaTime=" + sent).get("entries")));
    CPPUNIT_ASSERT_EQUAL(std::string("1 2"), ids_of(get("/auditlog/delta?deltaTime=0").get("entries")));
    for (const char* wrong : {"x", "12x", "nan", "1e300"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(wrong, 400,
                                   ask("GET", std::string("/auditlog/delta?deltaTime=") + wrong).status);
  }

  void the_delta_without_a_time_pages_the_history() {
    post("{}");
    bench_->clock.advance(50 * day);
    for (int i = 0; i < 60; ++i) post("{}");
    // As one client does it: by pages until one is empty, then by the time.
    std::size_t count = 0;
    std::int64_t start = 0;
    Json page;
    do {
      page = get("/auditlog/delta?days=60&take=25&wantscandetails=1&startid=" + std::to_string(start));
      const std::size_t size = page.get("entries").size();
      count += size;
      if (size > 0) start = page.get("entries").at(size - 1).get("id").as_integer().value() + 1;
    } while (page.get("entries").size() > 0);
    CPPUNIT_ASSERT_EQUAL(std::size_t(61), count);
    CPPUNIT_ASSERT_EQUAL(std::string(), delta(page));
    CPPUNIT_ASSERT_EQUAL(std::size_t(50), get("/auditlog/delta?days=30").get("entries").size());
    CPPUNIT_ASSERT_EQUAL(std::string("2"), ids_of(get("/auditlog/delta?take=1").get("entries")));
  }

  void parameters_of_the_delta_come_by_header_too() {
    post("{}");
    const std::string time = time_of(get("/auditlog/delta"));
    post("{}");
    CPPUNIT_ASSERT_EQUAL(std::string("2"),
                         ids_of(get("/auditlog/delta", {{"deltaTime", time}}).get("entries")));
    CPPUNIT_ASSERT_EQUAL(std::string("1 2"),
                         ids_of(get("/auditlog/delta?deltatime=1", {{"DELTATIME", time}}).get("entries")));
  }

 private:
  // As a client has it that holds numbers in doubles: up to 64 ticks off.
  static std::string time_of(const Json& delta) {
    return std::to_string(std::llround(delta.get("timeNow").as_number().value()));
  }
  // The ids that changed since `last`.
  std::string delta(const Json& last) {
    return ids_of(get("/auditlog/delta?deltaTime=" + time_of(last)).get("entries"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AuditlogDeltaTest);
