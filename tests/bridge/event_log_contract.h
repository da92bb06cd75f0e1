#pragma once

// What every store's EventLog keeps to. A suite for a database derives from this, says how to open it, and
// lists these tests with EVENT_LOG_CONTRACT_TESTS.

#include <memory>
#include <string>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/store/store.h"

namespace tests {

#define EVENT_LOG_CONTRACT_TESTS                                  \
  CPPUNIT_TEST(gives_events_back_as_they_were_stored);            \
  CPPUNIT_TEST(stores_events_of_one_call_all_or_none);            \
  CPPUNIT_TEST(answers_a_repeated_key_with_the_first_events);     \
  CPPUNIT_TEST(gives_ids_in_commit_order_to_eight_threads);       \
  CPPUNIT_TEST(pages_by_start_take_and_last);                     \
  CPPUNIT_TEST(finds_a_computers_events_in_any_case);             \
  CPPUNIT_TEST(finds_a_users_events_by_account_domain_and_name);  \
  CPPUNIT_TEST(finds_a_period_whatever_the_order_events_came_in); \
  CPPUNIT_TEST(finds_what_a_full_scan_finds_for_random_questions)

class EventLogContract : public CppUnit::TestFixture {
 public:
  void setUp() override { store_ = open(); }
  void tearDown() override { store_.reset(); }

  void gives_events_back_as_they_were_stored();
  void stores_events_of_one_call_all_or_none();
  void answers_a_repeated_key_with_the_first_events();
  void gives_ids_in_commit_order_to_eight_threads();
  void pages_by_start_take_and_last();
  void finds_a_computers_events_in_any_case();
  void finds_a_users_events_by_account_domain_and_name();
  void finds_a_period_whatever_the_order_events_came_in();
  void finds_what_a_full_scan_finds_for_random_questions();

 protected:
  virtual std::unique_ptr<bridge::Store> open() = 0;
  // The ids that a page has: "1 2 3".
  std::string found(const bridge::EventQuery& query, const std::string& queue = "acme");
  std::int64_t add(const bridge::NewEvent& event, const std::string& queue = "acme");

  std::unique_ptr<bridge::Store> store_;
};

// At tests::at(seconds); its object is {"id":<id>}.
bridge::NewEvent sample_event(int seconds = 0);

}  // namespace tests
