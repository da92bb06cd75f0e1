#pragma once

// What every store's Mirror keeps to. A suite for a database derives from this, says how to open it, and
// lists these tests with MIRROR_CONTRACT_TESTS.

#include <memory>
#include <string>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/store/store.h"

namespace tests {

#define MIRROR_CONTRACT_TESTS                                  \
  CPPUNIT_TEST(an_entry_that_did_not_change_is_not_touched);   \
  CPPUNIT_TEST(lists_entries_as_requests_are_listed);          \
  CPPUNIT_TEST(entries_are_apart_from_requests);               \
  CPPUNIT_TEST(events_keep_their_ids_and_come_once);           \
  CPPUNIT_TEST(computers_keep_their_ids_and_names_may_repeat); \
  CPPUNIT_TEST(only_the_computers_that_are_named_are_kept)

class MirrorContract : public CppUnit::TestFixture {
 public:
  void setUp() override { store_ = open(); }
  void tearDown() override { store_.reset(); }

  void an_entry_that_did_not_change_is_not_touched();
  void lists_entries_as_requests_are_listed();
  void entries_are_apart_from_requests();
  void events_keep_their_ids_and_come_once();
  void computers_keep_their_ids_and_names_may_repeat();
  void only_the_computers_that_are_named_are_kept();

 protected:
  virtual std::unique_ptr<bridge::Store> open() = 0;
  std::string entries(const bridge::AuditlogQuery& query, const std::string& queue = "acme");
  std::string computers();

  std::unique_ptr<bridge::Store> store_;
};

}  // namespace tests
