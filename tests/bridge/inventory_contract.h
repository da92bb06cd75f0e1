#pragma once

// What every store's Inventory keeps to. A suite for a database derives from this, says how to open it, and
// lists these tests with INVENTORY_CONTRACT_TESTS.

#include <memory>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/store/store.h"

namespace tests {

#define INVENTORY_CONTRACT_TESTS                              \
  CPPUNIT_TEST(gives_a_computer_back_as_it_was_stored);       \
  CPPUNIT_TEST(replaces_a_computer_and_keeps_its_id);         \
  CPPUNIT_TEST(forgets_a_computer_and_never_its_id);          \
  CPPUNIT_TEST(pages_computers_and_leaves_out_what_is_large); \
  CPPUNIT_TEST(counts_workstations_and_servers)

class InventoryContract : public CppUnit::TestFixture {
 public:
  void setUp() override { store_ = open(); }
  void tearDown() override { store_.reset(); }

  void gives_a_computer_back_as_it_was_stored();
  void replaces_a_computer_and_keeps_its_id();
  void forgets_a_computer_and_never_its_id();
  void pages_computers_and_leaves_out_what_is_large();
  void counts_workstations_and_servers();

 protected:
  virtual std::unique_ptr<bridge::Store> open() = 0;

  std::unique_ptr<bridge::Store> store_;
};

// Its object is {"id":<id>}.
bridge::NewComputer sample_computer(const std::string& name, const std::string& queue = "acme");

}  // namespace tests
