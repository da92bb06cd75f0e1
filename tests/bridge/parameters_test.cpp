#include "bridge/api/parameters.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/error.h"

using bridge::HeaderList;

namespace {
// A call with what its query and its headers say.
struct Asked {
  explicit Asked(HeaderList query, HeaderList headers = {}, std::string part = "7") {
    request.query = std::move(query);
    request.headers = std::move(headers);
    call.parts.push_back(std::move(part));
  }
  bridge::Incoming request;
  bridge::Caller caller;
  bridge::Call call{request, caller, {}};
};

bridge::Time at(const char* text) {
  return bridge::from_iso(text).value();
}
const bridge::Time now = at("2026-03-15T13:45:10");

std::string shown(const std::optional<bridge::Time>& time) {
  return time ? bridge::to_api_time(*time) : "none";
}
std::string period(const HeaderList& query) {
  const auto found = bridge::period_of(Asked(query).call, now, 30);
  return shown(found.from) + " " + shown(found.until);
}
}  // namespace

class ParametersTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ParametersTest);
  CPPUNIT_TEST(names_match_in_any_case_and_the_query_wins);
  CPPUNIT_TEST(a_count_is_cut_to_the_largest);
  CPPUNIT_TEST(a_number_that_is_none_is_refused_by_its_name);
  CPPUNIT_TEST(a_period_counts_whole_days);
  CPPUNIT_TEST(a_date_that_is_none_is_refused);
  CPPUNIT_TEST(an_id_that_is_none_is_not_found);
  CPPUNIT_TEST_SUITE_END();

 public:
  void names_match_in_any_case_and_the_query_wins() {
    const Asked both({{"STARTID", "5"}}, {{"startid", "6"}, {"Reason", "J\xf6rg"}, {"wantScanDetails", "1"}});
    CPPUNIT_ASSERT_EQUAL(std::int64_t(5), bridge::number_of(both.call, "startid"));
    CPPUNIT_ASSERT_EQUAL(std::string("J\xc3\xb6rg"), bridge::text_of(both.call, "reason"));
    CPPUNIT_ASSERT(bridge::flag_of(both.call, "wantscandetails"));
    CPPUNIT_ASSERT_EQUAL(std::string(), bridge::text_of(both.call, "status"));
  }

  void a_count_is_cut_to_the_largest() {
    const std::pair<const char*, int> cases[] = {{"", 50},       {"0", 50},      {"1", 1},
                                                 {"1000", 1000}, {"1001", 1000}, {"9000000000", 1000}};
    for (const auto& [text, count] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          text, count, bridge::count_of(Asked(HeaderList{{"take", text}}).call, "take", 50, 1000));
  }

  void a_number_that_is_none_is_refused_by_its_name() {
    for (const char* text : {"x", "1.5", "-1", "1 ", "99999999999999999999"}) {
      try {
        bridge::number_of(Asked(HeaderList{{"take", text}}).call, "take");
        CPPUNIT_FAIL(text);
      } catch (const bridge::Error& error) {
        CPPUNIT_ASSERT(error.code() == bridge::ErrorCode::invalid_request);
        CPPUNIT_ASSERT_EQUAL(std::string("take must be a whole number from 0"), std::string(error.what()));
      }
    }
  }

  void a_period_counts_whole_days() {
    const std::pair<HeaderList, const char*> cases[] = {
        {{}, "2026-02-13T00:00:00 none"},
        {{{"days", "1"}}, "2026-03-14T00:00:00 none"},
        {{{"days", "99999999999"}}, "0109-09-01T00:00:00 none"},
        {{{"startdate", "2026-01-31"}, {"days", "1"}}, "2026-01-31T00:00:00 none"},
        {{{"startdate", "2026-01-31"}, {"enddate", "2026-01-31"}}, "2026-01-31T00:00:00 2026-02-01T00:00:00"},
        {{{"startdate", "2026-01-31T00:00:00"}, {"enddate", "2026-01-31T00:00:00"}},
         "2026-01-31T00:00:00 2026-02-01T00:00:00"},
        {{{"startdate", "2026-01-31T10:00:00"}, {"enddate", "2026-01-31T10:00:00"}},
         "2026-01-31T10:00:00 2026-01-31T10:00:01"},
        {{{"enddate", "2026-03-01"}}, "2026-02-13T00:00:00 2026-03-02T00:00:00"},
    };
    for (const auto& [query, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(expected, std::string(expected), period(query));
    CPPUNIT_ASSERT(!bridge::period_of(Asked({}).call, now, 0).from);
  }

  void a_date_that_is_none_is_refused() {
    for (const char* text : {"today", "2026-02-30", "2026-1-1", "31.01.2026", "2026-01-31T25:00:00"})
      CPPUNIT_ASSERT_THROW_MESSAGE(text, period({{"startdate", text}}), bridge::Error);
  }

  void an_id_that_is_none_is_not_found() {
    CPPUNIT_ASSERT_EQUAL(std::int64_t(615670), bridge::id_of(Asked({}, {}, "615670").call, "request"));
    for (const char* text : {"0", "-1", "x", "1x", ""})
      CPPUNIT_ASSERT_THROW_MESSAGE(text, bridge::id_of(Asked({}, {}, text).call, "request"), bridge::Error);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ParametersTest);
