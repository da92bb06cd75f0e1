#pragma once

// What every store keeps to, whatever database stands behind it. A suite for a database derives from this,
// says how to open it, and lists these tests with STORE_CONTRACT_TESTS.

#include <memory>
#include <string>
#include <vector>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/store/store.h"
#include "tests/support/store_samples.h"

namespace tests {

#define STORE_CONTRACT_TESTS  \
  REQUEST_CONTRACT_TESTS;     \
  EFFECTS_CONTRACT_TESTS;     \
  LISTS_CONTRACT_TESTS;       \
  CREDENTIALS_CONTRACT_TESTS; \
  DELIVERIES_CONTRACT_TESTS;  \
  AUDITLOG_CONTRACT_TESTS

#define REQUEST_CONTRACT_TESTS                                        \
  CPPUNIT_TEST(gives_a_request_back_as_it_was_stored);                \
  CPPUNIT_TEST(keeps_everything_when_reopened);                       \
  CPPUNIT_TEST(gives_ids_behind_the_highest_ever_used);               \
  CPPUNIT_TEST(refuses_an_id_that_is_taken);                          \
  CPPUNIT_TEST(gives_gapless_ids_in_commit_order_to_sixteen_threads); \
  CPPUNIT_TEST(answers_a_repeated_key_with_the_first_request);        \
  CPPUNIT_TEST(stores_one_request_when_eight_arrive_with_one_key);    \
  CPPUNIT_TEST(fails_a_bad_request_alone);                            \
  CPPUNIT_TEST(stores_only_the_unknown_of_a_page);                    \
  CPPUNIT_TEST(takes_a_step_once);                                    \
  CPPUNIT_TEST(takes_steps_of_one_call_each_on_its_own);              \
  CPPUNIT_TEST(takes_steps_that_nobody_waits_for);                    \
  CPPUNIT_TEST(forgets_a_decision_that_a_step_takes_back);            \
  CPPUNIT_TEST(keeps_named_values)

// Each in the file of its name: effects_contract.cpp ...
#define EFFECTS_CONTRACT_TESTS                                         \
  CPPUNIT_TEST(claims_by_priority_then_age);                           \
  CPPUNIT_TEST(claims_nothing_before_its_time);                        \
  CPPUNIT_TEST(claims_again_when_a_lease_has_ended);                   \
  CPPUNIT_TEST(leases_an_effect_from_the_beginning);                   \
  CPPUNIT_TEST(leases_no_effect_beside_another_one);                   \
  CPPUNIT_TEST(claims_one_effect_of_a_request_at_a_time);              \
  CPPUNIT_TEST(gives_an_effect_to_one_of_many_claimers);               \
  CPPUNIT_TEST(replaces_a_slot_and_waits_for_its_lease);               \
  CPPUNIT_TEST(waits_no_longer_than_the_work_that_was_under_way);      \
  CPPUNIT_TEST(waits_no_longer_for_a_lease_of_a_process_that_is_gone); \
  CPPUNIT_TEST(removes_a_finished_effect_only_while_it_exists);        \
  CPPUNIT_TEST(drops_timers_and_main);                                 \
  CPPUNIT_TEST(postpones_and_finishes_effects);                        \
  CPPUNIT_TEST(refuses_to_write_about_a_request_it_does_not_have);     \
  CPPUNIT_TEST(knows_when_a_lane_is_next_due)

#define LISTS_CONTRACT_TESTS                                       \
  CPPUNIT_TEST(pages_by_status_and_start);                         \
  CPPUNIT_TEST(puts_scan_results_in_when_asked);                   \
  CPPUNIT_TEST(lists_by_queue_desk_and_state_behind_a_row);        \
  CPPUNIT_TEST(finds_a_request_by_its_ticket);                     \
  CPPUNIT_TEST(keeps_the_timeline_in_order);                       \
  CPPUNIT_TEST(counts_what_a_full_scan_counts_after_random_steps); \
  CPPUNIT_TEST(knows_who_stands_longest)

#define CREDENTIALS_CONTRACT_TESTS                           \
  CPPUNIT_TEST(keeps_credentials);                           \
  CPPUNIT_TEST(records_each_change_of_a_credential_with_it); \
  CPPUNIT_TEST(notes_uses_without_a_change);                 \
  CPPUNIT_TEST(keeps_key_groups_and_roles);                  \
  CPPUNIT_TEST(lets_one_of_two_make_a_key_group_or_a_role);  \
  CPPUNIT_TEST(makes_nothing_again_that_is_gone);            \
  CPPUNIT_TEST(keeps_what_is_locked)

#define DELIVERIES_CONTRACT_TESTS                         \
  CPPUNIT_TEST(delivers_a_requests_changes_in_order);     \
  CPPUNIT_TEST(holds_nothing_else_up_with_a_delivery);    \
  CPPUNIT_TEST(gives_a_new_requests_delivery_its_object); \
  CPPUNIT_TEST(keeps_webhooks_and_their_messages)

#define AUDITLOG_CONTRACT_TESTS                                  \
  CPPUNIT_TEST(submits_many_in_their_order);                     \
  CPPUNIT_TEST(gives_an_auditlog_record_as_it_stands);           \
  CPPUNIT_TEST(lists_the_auditlog_by_start_take_and_last);       \
  CPPUNIT_TEST(lists_the_auditlog_by_status_and_type);           \
  CPPUNIT_TEST(lists_the_auditlog_of_a_period);                  \
  CPPUNIT_TEST(lists_the_auditlog_of_a_computer);                \
  CPPUNIT_TEST(lists_the_auditlog_of_a_user_by_account_or_name); \
  CPPUNIT_TEST(a_change_of_the_object_moves_the_time_of_change); \
  CPPUNIT_TEST(an_inner_step_moves_no_time_of_change);           \
  CPPUNIT_TEST(times_of_change_grow_when_the_clock_does_not);    \
  CPPUNIT_TEST(times_of_change_are_apart_for_sixteen_threads);   \
  CPPUNIT_TEST(gives_all_that_changed_after_a_time_by_id);       \
  CPPUNIT_TEST(gives_the_oldest_changes_in_their_order);         \
  CPPUNIT_TEST(a_report_of_use_adds_to_what_is_known);           \
  CPPUNIT_TEST(a_repeated_report_of_use_changes_nothing);        \
  CPPUNIT_TEST(a_report_of_use_never_goes_back);                 \
  CPPUNIT_TEST(refuses_a_report_of_use_for_what_is_not_approved)

class StoreContract : public CppUnit::TestFixture {
 public:
  void setUp() override { store_ = open(); }
  void tearDown() override { store_.reset(); }

  void gives_a_request_back_as_it_was_stored();
  void keeps_everything_when_reopened();
  void gives_ids_behind_the_highest_ever_used();
  void refuses_an_id_that_is_taken();
  void gives_gapless_ids_in_commit_order_to_sixteen_threads();
  void answers_a_repeated_key_with_the_first_request();
  void stores_one_request_when_eight_arrive_with_one_key();
  void fails_a_bad_request_alone();
  void stores_only_the_unknown_of_a_page();
  void takes_a_step_once();
  void takes_steps_of_one_call_each_on_its_own();
  void takes_steps_that_nobody_waits_for();
  void forgets_a_decision_that_a_step_takes_back();
  void claims_by_priority_then_age();
  void claims_nothing_before_its_time();
  void claims_again_when_a_lease_has_ended();
  void leases_an_effect_from_the_beginning();
  void leases_no_effect_beside_another_one();
  void claims_one_effect_of_a_request_at_a_time();
  void gives_an_effect_to_one_of_many_claimers();
  void replaces_a_slot_and_waits_for_its_lease();
  void waits_no_longer_than_the_work_that_was_under_way();
  void waits_no_longer_for_a_lease_of_a_process_that_is_gone();
  void removes_a_finished_effect_only_while_it_exists();
  void drops_timers_and_main();
  void postpones_and_finishes_effects();
  void refuses_to_write_about_a_request_it_does_not_have();
  void knows_when_a_lane_is_next_due();
  void pages_by_status_and_start();
  void puts_scan_results_in_when_asked();
  void lists_by_queue_desk_and_state_behind_a_row();
  void finds_a_request_by_its_ticket();
  void keeps_the_timeline_in_order();
  void keeps_named_values();
  void keeps_credentials();
  void records_each_change_of_a_credential_with_it();
  void notes_uses_without_a_change();
  void keeps_key_groups_and_roles();
  void lets_one_of_two_make_a_key_group_or_a_role();
  void makes_nothing_again_that_is_gone();
  void keeps_what_is_locked();
  void counts_what_a_full_scan_counts_after_random_steps();
  void knows_who_stands_longest();
  void delivers_a_requests_changes_in_order();
  void holds_nothing_else_up_with_a_delivery();
  void gives_a_new_requests_delivery_its_object();
  void keeps_webhooks_and_their_messages();

  void submits_many_in_their_order();
  void gives_an_auditlog_record_as_it_stands();
  void lists_the_auditlog_by_start_take_and_last();
  void lists_the_auditlog_by_status_and_type();
  void lists_the_auditlog_of_a_period();
  void lists_the_auditlog_of_a_computer();
  void lists_the_auditlog_of_a_user_by_account_or_name();
  void a_change_of_the_object_moves_the_time_of_change();
  void an_inner_step_moves_no_time_of_change();
  void times_of_change_grow_when_the_clock_does_not();
  void times_of_change_are_apart_for_sixteen_threads();
  void gives_all_that_changed_after_a_time_by_id();
  void gives_the_oldest_changes_in_their_order();
  void a_report_of_use_adds_to_what_is_known();
  void a_repeated_report_of_use_changes_nothing();
  void a_report_of_use_never_goes_back();
  void refuses_a_report_of_use_for_what_is_not_approved();

 protected:
  // The suite's database: the same one each time within a test, a new one for each test.
  virtual std::unique_ptr<bridge::Store> open() = 0;
  // What apply_later() tells of the step.
  bridge::Step stored_later(const bridge::Change& change);
  void reopen() {
    store_.reset();
    store_ = open();
  }

  // "3 4 5": of queue "acme".
  std::string listed(const bridge::AuditlogQuery& query);
  std::optional<bridge::AuditlogRecord> entry(std::int64_t id);
  // A step of the request that changes its object: to this status.
  void set_status(std::int64_t id, int status_code, bridge::Time when);

  std::unique_ptr<bridge::Store> store_;
};

}  // namespace tests
