#pragma once

// What every store's Trail keeps to. A suite for a database derives from this, says how to open it, and lists
// these tests with TRAIL_CONTRACT_TESTS.

#include <memory>
#include <string>
#include <vector>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/store/store.h"

namespace tests {

#define TRAIL_CONTRACT_TESTS                                           \
  CPPUNIT_TEST(gives_rows_back_as_they_were_recorded);                 \
  CPPUNIT_TEST(stores_what_every_export_shows_alike);                  \
  CPPUNIT_TEST(chains_each_row_to_the_one_before);                     \
  CPPUNIT_TEST(goes_on_with_the_chain_when_reopened);                  \
  CPPUNIT_TEST(records_with_the_write_or_not_at_all);                  \
  CPPUNIT_TEST(names_the_request_of_an_entry_that_names_nothing);      \
  CPPUNIT_TEST(keeps_the_chain_whole_under_eight_threads);             \
  CPPUNIT_TEST(keeps_the_chain_whole_when_a_neighbour_fails);          \
  CPPUNIT_TEST(finds_rows_by_each_question);                           \
  CPPUNIT_TEST(finds_a_period_when_the_clock_was_set_back);            \
  CPPUNIT_TEST(finds_a_period_among_many_rows_whatever_the_clock_did); \
  CPPUNIT_TEST(looks_at_few_rows_for_a_short_period);                  \
  CPPUNIT_TEST(says_where_a_search_goes_on);                           \
  CPPUNIT_TEST(pages_in_both_directions)

class TrailContract : public CppUnit::TestFixture {
 public:
  void setUp() override { store_ = open(); }
  void tearDown() override { store_.reset(); }

  void gives_rows_back_as_they_were_recorded();
  void stores_what_every_export_shows_alike();
  void chains_each_row_to_the_one_before();
  void goes_on_with_the_chain_when_reopened();
  void records_with_the_write_or_not_at_all();
  void names_the_request_of_an_entry_that_names_nothing();
  void keeps_the_chain_whole_under_eight_threads();
  void keeps_the_chain_whole_when_a_neighbour_fails();
  void finds_rows_by_each_question();
  void finds_a_period_when_the_clock_was_set_back();
  void finds_a_period_among_many_rows_whatever_the_clock_did();
  void looks_at_few_rows_for_a_short_period();
  void says_where_a_search_goes_on();
  void pages_in_both_directions();

 protected:
  // The suite's database: the same one each time within a test, a new one for each test.
  virtual std::unique_ptr<bridge::Store> open() = 0;
  std::vector<bridge::TrailRecord> rows();
  // The sequences that a question finds: "1 2 3".
  std::string found(const bridge::TrailQuery& query);
  std::int64_t counted(bridge::TrailQuery query, std::int64_t most);

  std::unique_ptr<bridge::Store> store_;
};

// At tests::at(seconds): "bob@acme.test" approves request acme:7.
bridge::TrailEntry sample_entry(int seconds = 0);
// The first row that does not fit, as "6 previous"; "" when the chain is whole.
std::string first_break(bridge::Trail& trail);

}  // namespace tests
