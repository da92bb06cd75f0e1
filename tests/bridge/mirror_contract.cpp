#include "tests/bridge/mirror_contract.h"

#include "tests/bridge/store_contract.h"

namespace tests {

using bridge::AuditlogQuery;
using bridge::MirroredComputer;
using bridge::MirroredEntry;
using bridge::MirroredEvent;

namespace {
MirroredEntry entry_of(std::int64_t id, int status_code = 4, const std::string& computer = "PC-1") {
  MirroredEntry entry;
  entry.id = id;
  entry.body = "{\"id\":" + std::to_string(id) + ",\"statusCode\":" + std::to_string(status_code) + '}';
  entry.status_code = status_code;
  entry.listed.requested = at(static_cast<int>(id));
  entry.listed.computer = computer;
  entry.listed.account = "ACME\\ann";
  entry.listed.full_name = "Ann Example";
  return entry;
}

MirroredEvent event_of(std::int64_t id) {
  MirroredEvent event;
  event.id = id;
  event.at = at(static_cast<int>(id));
  event.code = 92;
  event.computer = "PC-1";
  event.body = "{\"id\":" + std::to_string(id) + '}';
  return event;
}

MirroredComputer computer_of(std::int64_t id, const std::string& name) {
  MirroredComputer computer;
  computer.id = id;
  computer.name = name;
  computer.body = name;
  return computer;
}

AuditlogQuery all() {
  AuditlogQuery query;
  query.take = 1000;
  return query;
}
}  // namespace

std::string MirrorContract::entries(const AuditlogQuery& query, const std::string& queue) {
  std::string ids;
  store_->mirror().entries(queue, query, [&](const MirroredEntry& entry) {
    ids += (ids.empty() ? "" : " ") + std::to_string(entry.id) + ':' + std::to_string(entry.status_code);
  });
  return ids;
}

std::string MirrorContract::computers() {
  std::string text;
  bridge::InventoryQuery query;
  for (const auto& computer : store_->inventory().page("acme", query))
    text += (text.empty() ? "" : " ") + std::to_string(computer.id) + ':' + computer.body;
  return text;
}

void MirrorContract::an_entry_that_did_not_change_is_not_touched() {
  bridge::Mirror& mirror = store_->mirror();
  CPPUNIT_ASSERT(!mirror.last_change("acme"));
  CPPUNIT_ASSERT_EQUAL(2, mirror.put_entries("acme", {entry_of(7), entry_of(9)}, at(100)));
  const auto first = mirror.last_change("acme").value();
  CPPUNIT_ASSERT_EQUAL(0, mirror.put_entries("acme", {entry_of(7), entry_of(9)}, at(200)));
  CPPUNIT_ASSERT(mirror.last_change("acme") == first);
  CPPUNIT_ASSERT_EQUAL(0, mirror.put_entries("acme", {entry_of(7, 3), entry_of(9)}, at(50)));
  CPPUNIT_ASSERT_MESSAGE("it grows when the clock goes back", mirror.last_change("acme") > first);
  AuditlogQuery query;
  query.changed_after = first;
  CPPUNIT_ASSERT_EQUAL(std::string("7:3"), entries(query));
  MirroredEntry scanned = entry_of(9);
  scanned.scan_results = R"([{"engine":"x"}])";
  mirror.put_entries("acme", {scanned}, at(300));
  CPPUNIT_ASSERT_EQUAL_MESSAGE("its scan results are a part of it", std::string("7:3 9:4"), entries(query));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, mirror.rows("acme").entries);
}

void MirrorContract::lists_entries_as_requests_are_listed() {
  store_->mirror().put_entries(
      "acme", {entry_of(3), entry_of(5, 3, "PC-2"), entry_of(8, 0), entry_of(200'000, 3)}, at(0));
  CPPUNIT_ASSERT_EQUAL(std::string("3:4 5:3 8:0 200000:3"), entries(all()));
  AuditlogQuery query = all();
  query.start_id = 5;
  query.take = 2;
  CPPUNIT_ASSERT_EQUAL(std::string("5:3 8:0"), entries(query));
  query = all();
  query.last = 2;
  CPPUNIT_ASSERT_EQUAL(std::string("200000:3 8:0"), entries(query));
  query = all();
  query.status_codes = {3, 4};
  CPPUNIT_ASSERT_EQUAL(std::string("3:4 5:3 200000:3"), entries(query));
  query = all();
  query.computer = "pc-2";
  CPPUNIT_ASSERT_EQUAL(std::string("5:3"), entries(query));
  query = all();
  query.user = "acme\\ANN";
  query.until = at(9);
  CPPUNIT_ASSERT_EQUAL(std::string("3:4 5:3 8:0"), entries(query));
  query = all();
  query.from = at(100'000);
  CPPUNIT_ASSERT_EQUAL(std::string("200000:3"), entries(query));
}

void MirrorContract::entries_are_apart_from_requests() {
  store_->submit(sample_request());
  CPPUNIT_ASSERT_EQUAL(std::string(), entries(all()));
  const auto before = store_->last_change("acme");
  store_->mirror().put_entries("acme", {entry_of(1, 3)}, at(500));
  CPPUNIT_ASSERT_EQUAL(std::string("1:3"), entries(all()));
  CPPUNIT_ASSERT_EQUAL(std::string(), entries(all(), "other"));
  CPPUNIT_ASSERT(store_->last_change("acme") == before);
  CPPUNIT_ASSERT_EQUAL(4, store_->find({"acme", 1})->status_code);
}

void MirrorContract::events_keep_their_ids_and_come_once() {
  bridge::Mirror& mirror = store_->mirror();
  CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, mirror.last_event("acme"));
  CPPUNIT_ASSERT_EQUAL(2, mirror.add_events("acme", {event_of(100), event_of(102)}));
  CPPUNIT_ASSERT_EQUAL(1, mirror.add_events("acme", {event_of(102), event_of(105)}));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{105}, mirror.last_event("acme"));
  CPPUNIT_ASSERT_EQUAL(std::string("{\"id\":102}"), store_->events().find("acme", 102)->body);
  bridge::EventQuery query;
  query.computer = "pc-1";
  query.from = at(101);
  CPPUNIT_ASSERT_EQUAL(std::size_t{2}, store_->events().page("acme", query).size());
  CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, mirror.rows("acme").events);
}

void MirrorContract::computers_keep_their_ids_and_names_may_repeat() {
  bridge::Mirror& mirror = store_->mirror();
  CPPUNIT_ASSERT_EQUAL(2, mirror.put_computers("acme", {computer_of(10, "A"), computer_of(20, "B")}));
  for (int pass = 0; pass < 2; ++pass)
    CPPUNIT_ASSERT_EQUAL(
        pass == 0 ? 1 : 0,
        mirror.put_computers("acme", {computer_of(10, "A"), computer_of(20, "B"), computer_of(30, "a")}));
  CPPUNIT_ASSERT_EQUAL(std::string("10:A 20:B 30:a"), computers());
  CPPUNIT_ASSERT_EQUAL(std::int64_t{30}, store_->inventory().find("acme", std::string("A"))->id);
  // Two change names with each other.
  mirror.put_computers("acme", {computer_of(20, "a"), computer_of(30, "B")});
  CPPUNIT_ASSERT_EQUAL(std::int64_t{30}, store_->inventory().find("acme", std::string("b"))->id);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{20}, store_->inventory().find("acme", std::string("A"))->id);
}

void MirrorContract::only_the_computers_that_are_named_are_kept() {
  bridge::Mirror& mirror = store_->mirror();
  mirror.put_computers("acme", {computer_of(10, "A"), computer_of(20, "B"), computer_of(30, "C")});
  mirror.put_computers("other", {computer_of(20, "B")});
  CPPUNIT_ASSERT_EQUAL(2, mirror.keep_computers("acme", {20, 25}));
  CPPUNIT_ASSERT_EQUAL(std::string("20:B"), computers());
  CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, mirror.rows("other").computers);
}

}  // namespace tests
