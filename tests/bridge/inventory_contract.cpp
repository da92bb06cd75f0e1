#include "tests/bridge/inventory_contract.h"

namespace tests {

using bridge::Computer;
using bridge::Inventory;
using bridge::InventoryQuery;
using bridge::NewComputer;

namespace {
std::string shown(const std::optional<Computer>& computer) {
  if (!computer) return "none";
  return std::to_string(computer->id) + ' ' + computer->body + ' ' + computer->software + ' ' +
         computer->user_groups + ' ' + computer->computer_groups;
}
std::string shown(const std::vector<Computer>& computers) {
  std::string text;
  for (const Computer& computer : computers) text += shown(std::optional(computer)) + '\n';
  return text;
}
}  // namespace

NewComputer sample_computer(const std::string& name, const std::string& queue) {
  NewComputer computer;
  computer.queue = queue;
  computer.name = name;
  computer.body = [](std::int64_t id) { return "{\"id\":" + std::to_string(id) + "}"; };
  computer.software = R"([{"name":"x"}])";
  computer.user_groups = R"(["u"])";
  computer.computer_groups = R"(["c"])";
  return computer;
}

void InventoryContract::gives_a_computer_back_as_it_was_stored() {
  Inventory& inventory = store_->inventory();
  CPPUNIT_ASSERT_EQUAL(std::string("none"), shown(inventory.find("acme", std::string("PC-1"))));
  const auto put = inventory.put(sample_computer("PC-1"));
  CPPUNIT_ASSERT(put.created);
  const std::string whole = R"(1 {"id":1} [{"name":"x"}] ["u"] ["c"])";
  CPPUNIT_ASSERT_EQUAL(whole, shown(std::optional(put.computer)));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, inventory.put(sample_computer("pc-1", "other")).computer.id);
  store_.reset();
  store_ = open();
  CPPUNIT_ASSERT_EQUAL(whole, shown(store_->inventory().find("acme", std::int64_t{1})));
  CPPUNIT_ASSERT_EQUAL(whole, shown(store_->inventory().find("acme", std::string("pC-1"))));
  CPPUNIT_ASSERT_EQUAL(std::string("none"), shown(store_->inventory().find("acme", std::int64_t{2})));
  CPPUNIT_ASSERT_EQUAL(std::string("none"), shown(store_->inventory().find("none", std::int64_t{1})));
}

void InventoryContract::replaces_a_computer_and_keeps_its_id() {
  Inventory& inventory = store_->inventory();
  inventory.put(sample_computer("PC-1"));
  inventory.put(sample_computer("PC-2"));
  NewComputer changed = sample_computer("pc-1");
  changed.body = [](std::int64_t id) { return "{\"new\":" + std::to_string(id) + "}"; };
  changed.software = changed.user_groups = changed.computer_groups = "null";
  CPPUNIT_ASSERT(!inventory.put(changed).created);
  const std::string whole = R"(1 {"new":1} null null null)";
  CPPUNIT_ASSERT_EQUAL(whole, shown(inventory.find("acme", std::string("PC-1"))));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, inventory.put(sample_computer("PC-3")).computer.id);
}

void InventoryContract::forgets_a_computer_and_never_its_id() {
  Inventory& inventory = store_->inventory();
  inventory.put(sample_computer("PC-1"));
  inventory.put(sample_computer("7"));
  CPPUNIT_ASSERT(!inventory.remove("other", std::int64_t{1}));
  CPPUNIT_ASSERT(!inventory.remove("acme", std::int64_t{7}));
  CPPUNIT_ASSERT(inventory.remove("acme", std::string("7")));
  CPPUNIT_ASSERT(!inventory.remove("acme", std::string("7")));
  CPPUNIT_ASSERT(inventory.remove("acme", std::int64_t{1}));
  CPPUNIT_ASSERT(!inventory.find("acme", std::string("PC-1")));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, inventory.put(sample_computer("PC-1")).computer.id);
}

void InventoryContract::pages_computers_and_leaves_out_what_is_large() {
  Inventory& inventory = store_->inventory();
  for (const char* name : {"c", "b", "a"}) inventory.put(sample_computer(name));
  InventoryQuery query;
  query.start_id = 2;
  CPPUNIT_ASSERT_EQUAL(std::string("2 {\"id\":2}   \n3 {\"id\":3}   \n"),
                       shown(inventory.page("acme", query)));
  query.take = 1;
  query.software = true;
  CPPUNIT_ASSERT_EQUAL(std::string("2 {\"id\":2} [{\"name\":\"x\"}]  \n"),
                       shown(inventory.page("acme", query)));
  query.groups = true;
  CPPUNIT_ASSERT_EQUAL(std::string("2 {\"id\":2} [{\"name\":\"x\"}] [\"u\"] [\"c\"]\n"),
                       shown(inventory.page("acme", query)));
  query.software = false;
  CPPUNIT_ASSERT_EQUAL(std::string("2 {\"id\":2}  [\"u\"] [\"c\"]\n"), shown(inventory.page("acme", query)));
  query.take = 0;
  CPPUNIT_ASSERT(inventory.page("acme", query).empty());
  CPPUNIT_ASSERT(inventory.page("other", {}).empty());
}

void InventoryContract::counts_workstations_and_servers() {
  Inventory& inventory = store_->inventory();
  for (const char* name : {"c", "b", "a"}) {
    NewComputer computer = sample_computer(name);
    computer.server = *name == 'a';
    inventory.put(computer);
  }
  CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, inventory.counts("acme").workstations);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, inventory.counts("acme").servers);
  NewComputer promoted = sample_computer("b");
  promoted.server = true;
  inventory.put(promoted);
  inventory.remove("acme", std::string("c"));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, inventory.counts("acme").workstations);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, inventory.counts("acme").servers);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, inventory.counts("other").servers);
}

}  // namespace tests
