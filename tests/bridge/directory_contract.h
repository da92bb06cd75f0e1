#pragma once

// What every store's Directory keeps to. A suite for a database derives from this, says how to open it, and
// lists these tests with DIRECTORY_CONTRACT_TESTS.

#include <memory>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/store/store.h"

namespace tests {

#define DIRECTORY_CONTRACT_TESTS                         \
  CPPUNIT_TEST(gives_people_back_as_they_were_stored);   \
  CPPUNIT_TEST(finds_people_by_id_name_and_other_id);    \
  CPPUNIT_TEST(one_user_of_a_queue_has_a_name);          \
  CPPUNIT_TEST(changes_the_version_it_was_told);         \
  CPPUNIT_TEST(keeps_who_is_in_which_group);             \
  CPPUNIT_TEST(a_user_who_is_removed_leaves_all_groups); \
  CPPUNIT_TEST(refuses_members_that_are_not_there);      \
  CPPUNIT_TEST(pages_people_by_age);                     \
  CPPUNIT_TEST(counts_every_change_of_a_queue);          \
  CPPUNIT_TEST(records_what_it_does_and_nothing_else)

class DirectoryContract : public CppUnit::TestFixture {
 public:
  void setUp() override { store_ = open(); }
  void tearDown() override { store_.reset(); }

  void gives_people_back_as_they_were_stored();
  void finds_people_by_id_name_and_other_id();
  void one_user_of_a_queue_has_a_name();
  void changes_the_version_it_was_told();
  void keeps_who_is_in_which_group();
  void a_user_who_is_removed_leaves_all_groups();
  void refuses_members_that_are_not_there();
  void pages_people_by_age();
  void counts_every_change_of_a_queue();
  void records_what_it_does_and_nothing_else();

 protected:
  virtual std::unique_ptr<bridge::Store> open() = 0;

  std::unique_ptr<bridge::Store> store_;
};

bridge::DirectoryUser sample_user(const std::string& id, const std::string& queue = "acme");
bridge::DirectoryGroup sample_group(const std::string& id, const std::string& queue = "acme");

}  // namespace tests
