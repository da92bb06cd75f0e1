#include "bridge/api/quota.h"

#include <atomic>
#include <thread>

#include <cppunit/extensions/HelperMacros.h>

#include "bridge/api/api.h"
#include "tests/support/fake_clock.h"
#include "tests/support/key_ring.h"
#include "tests/support/key_store.h"
#include "tests/support/queue_stub.h"
#include "tests/support/quiet_fixture.h"
#include "tests/support/temporary_folder.h"

using bridge::Quota;
using bridge::Time;
using namespace std::chrono_literals;

namespace {
constexpr std::int64_t half_a_day = 43200;

Time utc(const char* text) {
  return bridge::from_iso(text).value();
}

// What a reply says under that name.
std::string header(const bridge::Reply& reply, const std::string& name) {
  for (const auto& [key, value] : reply.headers)
    if (key == name) return value;
  return {};
}
}  // namespace

class QuotaTest : public tests::QuietFixture {
  CPPUNIT_TEST_SUITE(QuotaTest);
  CPPUNIT_TEST(counts_down_and_then_refuses);
  CPPUNIT_TEST(a_queue_without_quota_is_not_counted);
  CPPUNIT_TEST(queues_count_for_themselves);
  CPPUNIT_TEST(midnight_of_the_zone_begins_a_day);
  CPPUNIT_TEST(opens_again_when_the_next_business_day_begins);
  CPPUNIT_TEST(a_day_that_was_not_used_up_ends_at_midnight_on_weekends_too);
  CPPUNIT_TEST(eight_threads_at_once_get_exactly_the_limit);
  CPPUNIT_TEST(a_clock_that_jumps_back_neither_forgets_nor_locks_out);
  CPPUNIT_TEST(goes_on_where_the_last_process_stopped);
  CPPUNIT_TEST(stays_closed_over_a_restart_unless_the_limit_was_raised);
  CPPUNIT_TEST(a_value_that_makes_no_sense_begins_anew);
  CPPUNIT_TEST(writes_only_what_changed);
  CPPUNIT_TEST(metrics_tell_limit_use_and_closing);
  CPPUNIT_TEST(every_answer_to_a_key_says_what_is_left);
  CPPUNIT_TEST(a_used_up_quota_answers_429_and_leaves_the_rest_open);
  CPPUNIT_TEST(a_wrong_key_counts_against_nobody);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    QuietFixture::setUp();
    at("2026-11-18T12:00:00");  // a Wednesday
  }
  void counts_down_and_then_refuses() {
    Quota quota(clock_, {{"acme", limit(3)}});
    for (std::int64_t left : {2, 1, 0}) {
      const auto charge = quota.charge("acme");
      CPPUNIT_ASSERT(charge && charge->allowed);
      CPPUNIT_ASSERT_EQUAL(left, charge->remaining);
      CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, charge->limit);
      CPPUNIT_ASSERT_EQUAL(half_a_day, charge->reset_s);
    }
    for (int i = 0; i < 3; ++i) {
      const auto charge = quota.charge("acme");
      CPPUNIT_ASSERT(charge && !charge->allowed);
      CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, charge->remaining);
      CPPUNIT_ASSERT_EQUAL(half_a_day, charge->reset_s);
      CPPUNIT_ASSERT_EQUAL(std::string("2026-11-19T00:00:00+00:00 (UTC)"), charge->opens);
    }
    // Rounded up: whoever waits that long is not refused again.
    clock_.advance(1us);
    CPPUNIT_ASSERT_EQUAL(half_a_day, quota.charge("acme")->reset_s);
    clock_.advance(12h - 2us);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, quota.charge("acme")->reset_s);
    clock_.advance(1us);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, quota.charge("acme")->remaining);
  }

  void a_queue_without_quota_is_not_counted() {
    Quota quota(clock_, {{"acme", limit(0)}});
    CPPUNIT_ASSERT(!quota.charge("acme"));
    CPPUNIT_ASSERT(!quota.charge("nobody"));
  }

  void queues_count_for_themselves() {
    Quota quota(clock_, {{"acme", limit(1)}, {"contoso", limit(1)}});
    CPPUNIT_ASSERT(quota.charge("acme")->allowed);
    CPPUNIT_ASSERT(!quota.charge("acme")->allowed);
    CPPUNIT_ASSERT(quota.charge("contoso")->allowed);
  }

  void midnight_of_the_zone_begins_a_day() {
    const struct {
      const char* zone;
      const char* now;
      std::int64_t left;  // seconds of the day
    } cases[] = {
        {"UTC", "2026-11-18T23:59:59", 1},
        {"Europe/Berlin", "2026-11-18T22:59:00", 60},
        {"Europe/Berlin", "2026-11-18T23:00:00", std::int64_t{86400}},
        {"America/New_York", "2026-11-18T04:00:00", 3600},
        // 23 hours, and 25.
        {"Europe/Berlin", "2026-03-28T23:00:00", std::int64_t{82800}},
        {"Europe/Berlin", "2026-10-24T22:00:00", std::int64_t{90000}},
        {"America/New_York", "2026-11-01T04:00:00", std::int64_t{90000}},
    };
    for (const auto& row : cases) {
      const std::string name = std::string(row.zone) + ' ' + row.now;
      at(row.now);
      Quota quota(clock_, {{"acme", limit(2, row.zone)}});
      quota.charge("acme");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, row.left, quota.charge("acme")->reset_s);
      clock_.advance(std::chrono::seconds(row.left) - 1us);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::int64_t{0}, quota.charge("acme")->remaining);
    }
  }

  void opens_again_when_the_next_business_day_begins() {
    using std::chrono::Saturday, std::chrono::Sunday, std::chrono::Thursday;
    const struct {
      const char* name;
      const char* now;
      const char* zone;
      std::vector<std::chrono::weekday> days;  // empty: Monday to Friday
      const char* opens;
    } cases[] = {
        {"in the week", "2026-11-18T12:00:00", "UTC", {}, "2026-11-19T00:00:00+00:00 (UTC)"},
        {"Friday", "2026-11-20T12:00:00", "UTC", {}, "2026-11-23T00:00:00+00:00 (UTC)"},
        {"Saturday", "2026-11-21T12:00:00", "UTC", {}, "2026-11-23T00:00:00+00:00 (UTC)"},
        {"Sunday", "2026-11-22T12:00:00", "UTC", {}, "2026-11-23T00:00:00+00:00 (UTC)"},
        {"already Saturday there",
         "2026-11-20T23:30:00",
         "Europe/Berlin",
         {},
         "2026-11-23T00:00:00+01:00 (Europe/Berlin)"},
        {"still Thursday there",
         "2026-11-20T04:30:00",
         "America/New_York",
         {},
         "2026-11-20T00:00:00-05:00 (America/New_York)"},
        {"summer time begins on the way",
         "2026-03-27T12:00:00",
         "Europe/Berlin",
         {},
         "2026-03-30T00:00:00+02:00 (Europe/Berlin)"},
        {"summer time ends on the way",
         "2026-10-23T12:00:00",
         "Europe/Berlin",
         {},
         "2026-10-26T00:00:00+01:00 (Europe/Berlin)"},
        {"a week that starts on Sunday",
         "2026-11-19T12:00:00",
         "Asia/Dubai",
         {Sunday, Thursday},
         "2026-11-22T00:00:00+04:00 (Asia/Dubai)"},
        {"one day a week", "2026-11-21T12:00:00", "UTC", {Saturday}, "2026-11-28T00:00:00+00:00 (UTC)"},
        {"over the turn of the year", "2027-01-01T12:00:00", "UTC", {}, "2027-01-04T00:00:00+00:00 (UTC)"},
    };
    for (const auto& row : cases) {
      at(row.now);
      auto settings = limit(1, row.zone);
      if (!row.days.empty()) settings.business_days = row.days;
      Quota quota(clock_, {{"acme", settings}});
      CPPUNIT_ASSERT_MESSAGE(row.name, quota.charge("acme")->allowed);
      const auto refused = quota.charge("acme");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, std::string(row.opens), refused->opens);
      clock_.advance(std::chrono::seconds(refused->reset_s) - 1s);
      CPPUNIT_ASSERT_MESSAGE(row.name, !quota.charge("acme")->allowed);
      clock_.advance(1s);
      CPPUNIT_ASSERT_MESSAGE(row.name, quota.charge("acme")->allowed);
    }
  }

  void a_day_that_was_not_used_up_ends_at_midnight_on_weekends_too() {
    at("2026-11-20T23:00:00");  // a Friday
    Quota quota(clock_, {{"acme", limit(1)}});
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, quota.charge("acme")->remaining);
    clock_.advance(1h);
    CPPUNIT_ASSERT(quota.charge("acme")->allowed);
  }

  void eight_threads_at_once_get_exactly_the_limit() {
    Quota quota(clock_, {{"acme", limit(10'000)}});
    std::atomic<int> allowed{0}, refused{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 2000; ++n) ++(quota.charge("acme")->allowed ? allowed : refused);
      });
    for (auto& thread : threads) thread.join();
    CPPUNIT_ASSERT_EQUAL(10'000, allowed.load());
    CPPUNIT_ASSERT_EQUAL(6'000, refused.load());
  }

  void a_clock_that_jumps_back_neither_forgets_nor_locks_out() {
    at("2026-11-18T00:10:00");
    Quota quota(clock_, {{"acme", limit(1)}});
    CPPUNIT_ASSERT(quota.charge("acme")->allowed);
    clock_.advance(-30min);
    CPPUNIT_ASSERT(!quota.charge("acme")->allowed);
    clock_.advance(std::chrono::hours(24 * 365));
    CPPUNIT_ASSERT(quota.charge("acme")->allowed);
    CPPUNIT_ASSERT(!quota.charge("acme")->allowed);
    clock_.advance(-std::chrono::hours(24 * 365));
    CPPUNIT_ASSERT(quota.charge("acme")->allowed);
  }

  void goes_on_where_the_last_process_stopped() {
    const auto store = open();
    spend(*store, limit(10), 4);
    Quota quota(clock_, {{"acme", limit(10)}});
    quota.load(*store);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, quota.charge("acme")->remaining);
    quota.save(*store);
    clock_.advance(12h);
    Quota tomorrow(clock_, {{"acme", limit(10)}});
    tomorrow.load(*store);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{9}, tomorrow.charge("acme")->remaining);
  }

  void stays_closed_over_a_restart_unless_the_limit_was_raised() {
    const auto store = open();
    at("2026-11-20T12:00:00");  // a Friday
    spend(*store, limit(2), 3);
    clock_.advance(24h);
    Quota closed(clock_, {{"acme", limit(2)}});
    closed.load(*store);
    const auto charge = closed.charge("acme");
    CPPUNIT_ASSERT(!charge->allowed);
    CPPUNIT_ASSERT_EQUAL(std::string("2026-11-23T00:00:00+00:00 (UTC)"), charge->opens);
    Quota raised(clock_, {{"acme", limit(5)}});
    raised.load(*store);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, raised.charge("acme")->remaining);
    clock_.advance(36h);
    Quota monday(clock_, {{"acme", limit(2)}});
    monday.load(*store);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, monday.charge("acme")->remaining);
  }

  void a_value_that_makes_no_sense_begins_anew() {
    const auto store = open();
    for (const char* value :
         {"", "x", "[]", "{}", R"({"day":"2026-13-40","used":1})", R"({"day":7,"used":"x","closed":1})"}) {
      store->set_value("quota:acme", value, clock_.now());
      Quota quota(clock_, {{"acme", limit(2)}});
      quota.load(*store);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(value, std::int64_t{1}, quota.charge("acme")->remaining);
    }
  }

  void writes_only_what_changed() {
    const auto store = open();
    Quota quota(clock_, {{"acme", limit(2)}, {"contoso", limit(2)}});
    quota.load(*store);
    quota.charge("acme");
    quota.save(*store);
    const auto verbs = store->writes().verbs;
    quota.save(*store);
    CPPUNIT_ASSERT_EQUAL(verbs, store->writes().verbs);
    quota.charge("acme");
    quota.save(*store);
    CPPUNIT_ASSERT_EQUAL(verbs + 1, store->writes().verbs);
  }

  void metrics_tell_limit_use_and_closing() {
    bridge::Metrics all;
    const auto told = [&](Quota& quota) {
      quota.measure(all);
      return std::vector{all.quota_calls_a_day.at("acme").value(), all.quota_calls_used.at("acme").value(),
                         all.quota_closed.at("acme").value()};
    };
    Quota quota(clock_, {{"acme", limit(2)}});
    CPPUNIT_ASSERT((std::vector<double>{2, 0, 0}) == told(quota));
    quota.charge("acme");
    CPPUNIT_ASSERT((std::vector<double>{2, 1, 0}) == told(quota));
    for (int i = 0; i < 5; ++i) quota.charge("acme");
    CPPUNIT_ASSERT((std::vector<double>{2, 2, 1}) == told(quota));
    clock_.advance(12h);
    CPPUNIT_ASSERT((std::vector<double>{2, 0, 0}) == told(quota));
  }

  void every_answer_to_a_key_says_what_is_left() {
    Quota quota(clock_, {{"acme", limit(10)}});
    serve(quota);
    std::int64_t left = 10;
    const std::pair<const char*, const char*> calls[] = {
        {"GET", "/requests"}, {"HEAD", "/requests"}, {"GET", "/requests/5"}, {"GET", "/requests/abc"}};
    for (const auto& [method, path] : calls) {
      const auto reply = ask(method, path, key_);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, std::string("10"), header(reply, "X-RateLimit-Limit"));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, std::to_string(--left), header(reply, "X-RateLimit-Remaining"));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, std::string("43200"), header(reply, "X-RateLimit-Reset"));
    }
    for (const char* path : {"/healthz", "/metrics", "/nowhere"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, std::string(),
                                   header(ask("GET", path, key_), "X-RateLimit-Remaining"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, quota.charge("acme")->remaining);
  }

  void a_used_up_quota_answers_429_and_leaves_the_rest_open() {
    Quota quota(clock_, {{"acme", limit(1)}});
    serve(quota);
    ask("GET", "/requests/5", key_);
    const auto reply = ask("GET", "/requests/5", key_);
    CPPUNIT_ASSERT_EQUAL(429, reply.status);
    CPPUNIT_ASSERT_EQUAL(std::string("43200"), header(reply, "Retry-After"));
    CPPUNIT_ASSERT_EQUAL(std::string("0"), header(reply, "X-RateLimit-Remaining"));
    CPPUNIT_ASSERT_EQUAL(std::string(R"x({"Message":"The quota of 1 calls a day is used up. )x"
                                     R"x(Calls are answered again from 2026-11-19T00:00:00+00:00 (UTC)"})x"),
                         reply.body);
    for (const char* path : {"/healthz", "/readyz", "/metrics"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 200, ask("GET", path, key_).status);
    CPPUNIT_ASSERT_EQUAL(202, ask("POST", "/hooks/snow", "").status);
    CPPUNIT_ASSERT_EQUAL(401, ask("GET", "/requests", "wrong").status);
  }

  void a_wrong_key_counts_against_nobody() {
    Quota quota(clock_, {{"acme", limit(5)}});
    serve(quota);
    for (const std::string& key : {std::string(), std::string("wrong"), key_ + "x"}) {
      const auto reply = ask("GET", "/requests", key);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(key, 401, reply.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(key, std::string(), header(reply, "X-RateLimit-Limit"));
    }
    CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, quota.charge("acme")->remaining);
  }

 private:
  void at(const char* now) { clock_.advance(utc(now) - clock_.now()); }

  static Quota::Settings limit(std::int64_t calls, const std::string& zone = "UTC") {
    Quota::Settings settings;
    settings.calls_a_day = calls;
    settings.zone = bridge::TimeZone::load(zone).value();
    return settings;
  }

  std::unique_ptr<bridge::Store> open() {
    return bridge::open_store("sqlite:" + (directory_ / "quota.db").string());
  }

  // A process that makes so many calls and stops.
  void spend(bridge::Store& store, const Quota::Settings& settings, int calls) {
    Quota quota(clock_, {{"acme", settings}});
    quota.load(store);
    for (int i = 0; i < calls; ++i) quota.charge("acme");
    quota.save(store);
  }

  void serve(Quota& quota) {
    key_ = tests::add_key(keys_, "acme");
    access_ = tests::make_access(keys_);
    bridge::ApiParts parts;
    parts.metrics = [] { return std::string("up 1\n"); };
    parts.webhook = [](const std::string&, const bridge::HeaderList&, const std::string&) {
      return bridge::Reply{202, {}, {}};
    };
    parts.quota = &quota;
    api_ = std::make_unique<bridge::Api>(keys_, queue_, *access_, std::move(parts));
  }

  bridge::Reply ask(const std::string& method, const std::string& path, const std::string& key) {
    bridge::Incoming request;
    request.method = method;
    request.path = path;
    if (!key.empty()) request.headers.emplace_back("apikey", key);
    return api_->handle(request);
  }

  tests::FakeClock clock_;
  tests::TemporaryFolder directory_;
  tests::KeyStore keys_;
  tests::QueueStub queue_;
  std::string key_;
  std::unique_ptr<bridge::Access> access_;
  std::unique_ptr<bridge::Api> api_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(QuotaTest);
