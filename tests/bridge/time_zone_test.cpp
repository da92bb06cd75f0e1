#include "bridge/ops/time_zone.h"

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using bridge::PosixZone;
using bridge::Time;
using bridge::TimeZone;
using namespace std::chrono_literals;

namespace {
Time utc(const char* text) {
  const auto time = bridge::from_iso(text);
  CPPUNIT_ASSERT_MESSAGE(text, time.has_value());
  return *time;
}

TimeZone zone(const std::string& name) {
  auto found = TimeZone::load(name);
  CPPUNIT_ASSERT_MESSAGE(name, found.has_value());
  return *found;
}

std::chrono::local_days day(int y, unsigned m, unsigned d) {
  return std::chrono::local_days(std::chrono::year(y) / std::chrono::month(m) / std::chrono::day(d));
}

// What the C library says, which reads the zone from the environment: for a test of one thread.
class LibraryZone {
 public:
  explicit LibraryZone(const std::string& name) {
    ::setenv("TZ", name.c_str(), 1);
    ::tzset();
  }
  ~LibraryZone() {
    ::unsetenv("TZ");
    ::tzset();
  }
  static long offset_at(std::time_t time) {
    std::tm parts{};
    ::localtime_r(&time, &parts);
    return parts.tm_gmtoff;
  }
};

std::string bytes_of(const std::string& name) {
  std::ifstream in("/usr/share/zoneinfo/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
}  // namespace

class TimeZoneTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TimeZoneTest);
  CPPUNIT_TEST(says_what_the_c_library_says);
  CPPUNIT_TEST(knows_the_hours_around_a_change);
  CPPUNIT_TEST(a_day_starts_at_midnight_or_where_the_clocks_leap_to);
  CPPUNIT_TEST(a_rule_alone_counts_from_the_first_day);
  CPPUNIT_TEST(writes_a_time_with_its_offset);
  CPPUNIT_TEST(refuses_names_that_are_no_zone);
  CPPUNIT_TEST(refuses_bytes_that_are_no_zone);
  CPPUNIT_TEST(refuses_rules_that_are_none);
  CPPUNIT_TEST_SUITE_END();

 public:
  void says_what_the_c_library_says() {
    for (const char* name :
         {"Europe/Berlin", "Europe/Dublin", "Europe/London", "America/New_York", "America/St_Johns",
          "America/Havana", "America/Sao_Paulo", "America/Los_Angeles", "Africa/Casablanca", "Asia/Kathmandu",
          "Asia/Gaza", "Asia/Singapore", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Auckland",
          "Antarctica/Troll", "America/Nuuk", "Etc/GMT+5", "UTC"}) {
      const TimeZone ours = zone(name);
      const LibraryZone theirs(name);
      // 1950 to 2100 in steps that meet every hour of the day and every day of the year.
      for (std::time_t at = -631152000; at < 4102444800; at += 132 * 3600 + 1801) {
        const long wanted = LibraryZone::offset_at(at);
        const long got = ours.offset_at(bridge::from_micros(at * 1'000'000)).count();
        if (wanted != got) CPPUNIT_ASSERT_EQUAL_MESSAGE(name + (' ' + std::to_string(at)), wanted, got);
      }
    }
  }

  void knows_the_hours_around_a_change() {
    const struct {
      const char* zone;
      const char* change;
      std::chrono::minutes before, after;
    } cases[] = {
        {"Europe/Berlin", "2026-03-29T01:00:00", 60min, 120min},
        {"Europe/Berlin", "2026-10-25T01:00:00", 120min, 60min},
        {"Europe/Dublin", "2026-03-29T01:00:00", 0min, 60min},
        {"America/New_York", "2026-03-08T07:00:00", -300min, -240min},
        {"America/New_York", "2026-11-01T06:00:00", -240min, -300min},
        // Past the changes that the files list.
        {"Europe/Berlin", "2055-03-28T01:00:00", 60min, 120min},
        {"Australia/Lord_Howe", "2055-04-03T15:00:00", 660min, 630min},
        {"Pacific/Auckland", "2055-09-25T14:00:00", 720min, 780min},
    };
    for (const auto& row : cases) {
      const std::string name = std::string(row.zone) + ' ' + row.change;
      const Time change = utc(row.change);
      const TimeZone found = zone(row.zone);
      CPPUNIT_ASSERT_MESSAGE(name, found.offset_at(change - 1us) == row.before);
      CPPUNIT_ASSERT_MESSAGE(name, found.offset_at(change) == row.after);
    }
  }

  void a_day_starts_at_midnight_or_where_the_clocks_leap_to() {
    const struct {
      const char* zone = nullptr;
      std::chrono::local_days day;
      const char* start = nullptr;
    } cases[] = {
        {"UTC", day(2026, 3, 1), "2026-03-01T00:00:00"},
        {"Europe/Berlin", day(2026, 3, 29), "2026-03-28T23:00:00"},
        {"Europe/Berlin", day(2026, 3, 30), "2026-03-29T22:00:00"},
        {"Europe/Berlin", day(2026, 10, 26), "2026-10-25T23:00:00"},
        {"America/New_York", day(2026, 11, 2), "2026-11-02T05:00:00"},
        {"Asia/Kathmandu", day(2026, 1, 1), "2025-12-31T18:15:00"},
        // Midnight is leapt over.
        {"America/Havana", day(2026, 3, 8), "2026-03-08T05:00:00"},
        {"America/Sao_Paulo", day(2018, 11, 4), "2018-11-04T03:00:00"},
        // A whole day was left out: 2011-12-30 never came.
        {"Pacific/Apia", day(2011, 12, 30), "2011-12-30T10:00:00"},
        {"Pacific/Apia", day(2011, 12, 31), "2011-12-30T10:00:00"},
    };
    for (const auto& row : cases) {
      const TimeZone found = zone(row.zone);
      const std::string name = std::string(row.zone) + ' ' + row.start;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string(row.start),
                                   bridge::to_api_time(found.start_of(row.day)));
    }
  }

  void a_rule_alone_counts_from_the_first_day() {
    const auto rule = PosixZone::parse("<-0330>3:30<-0230>,J60/0,300/-1:30");
    CPPUNIT_ASSERT(rule.has_value());
    // J60 is the first of March in every year; 300 counts from 0 and counts the 29th of February.
    CPPUNIT_ASSERT(rule->offset_at(utc("2024-03-01T03:29:59")) == -210min);
    CPPUNIT_ASSERT(rule->offset_at(utc("2024-03-01T03:30:00")) == -150min);
    CPPUNIT_ASSERT(rule->offset_at(utc("2025-03-01T03:30:00")) == -150min);
    CPPUNIT_ASSERT(rule->offset_at(utc("2024-10-27T00:59:59")) == -150min);
    CPPUNIT_ASSERT(rule->offset_at(utc("2024-10-27T01:00:00")) == -210min);
  }

  void writes_a_time_with_its_offset() {
    CPPUNIT_ASSERT_EQUAL(std::string("2026-03-30T00:00:00+02:00"),
                         zone("Europe/Berlin").to_iso(utc("2026-03-29T22:00:00")));
    CPPUNIT_ASSERT_EQUAL(std::string("2026-01-01T00:00:00-03:30"),
                         zone("America/St_Johns").to_iso(utc("2026-01-01T03:30:00")));
    CPPUNIT_ASSERT_EQUAL(std::string("2026-01-01T00:00:00+00:00"),
                         TimeZone().to_iso(utc("2026-01-01T00:00:00")));
  }

  void refuses_names_that_are_no_zone() {
    for (const char* name : {"", "Europe", "Europe/Bärlin", "Europe/Atlantis", "/etc/passwd",
                             "../zoneinfo/UTC", "zone.tab", "Europe/Berlin ", "tzdata.zi"})
      CPPUNIT_ASSERT_MESSAGE(name, !TimeZone::load(name));
    CPPUNIT_ASSERT(TimeZone::load("UTC", "/nowhere").has_value());
  }

  void refuses_bytes_that_are_no_zone() {
    const std::string good = bytes_of("Europe/Berlin");
    CPPUNIT_ASSERT(TimeZone::read(good).has_value());
    for (std::size_t size = 0; size + 1 < good.size(); size += size < 200 ? 1 : 97)
      CPPUNIT_ASSERT_MESSAGE(std::to_string(size), !TimeZone::read(good.substr(0, size)));
    for (std::size_t at : {std::size_t(0), std::size_t(4), std::size_t(32), std::size_t(36)}) {
      std::string bad = good;
      bad[at] = '\xff';
      CPPUNIT_ASSERT_MESSAGE(std::to_string(at), !TimeZone::read(bad));
    }
  }

  void refuses_rules_that_are_none() {
    for (const char* rule : {"", "CET", "CE-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
                             "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,M3.5.0,J0",
                             "CET-1CEST,M3.5.0,M10.5.0/", "CET-1CEST,M3.5.0,M10.5.0 ", "<CET-1", "CET-168",
                             "CET-1:60", "CET-1CEST,M3.5.0/2:00:60,M10.5.0"})
      CPPUNIT_ASSERT_MESSAGE(rule, !PosixZone::parse(rule));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(TimeZoneTest);
