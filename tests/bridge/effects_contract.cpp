// What every store keeps to about effects: who gets which, when, and what ends them.

#include <mutex>
#include <set>

#include "tests/bridge/store_contract.h"

namespace tests {

using bridge::Applied;
using bridge::Change;
using bridge::ErrorCode;
using bridge::NewRequest;
using bridge::Record;
using bridge::RequestRef;
using bridge::Submitted;
using bridge::Time;
using workflows::State;

namespace {
const std::string lane = "desk:snow";
}  // namespace

void StoreContract::claims_by_priority_then_age() {
  const std::pair<int, Time> effects[] = {{5, at(2)}, {1, at(9)}, {5, at(1)}, {1, at(9)}, {-2, at(9)}};
  for (const auto& [priority, not_before] : effects) {
    NewRequest request = sample_request();
    request.effects = {sample_effect("main", not_before, priority)};
    store_->submit(request);
  }
  CPPUNIT_ASSERT_EQUAL(std::string("acme:5/main acme:2/main acme:4/main "),
                       slots(store_->claim(lane, at(10), at(60), 3)));
  CPPUNIT_ASSERT_EQUAL(std::string("acme:3/main acme:1/main "),
                       slots(store_->claim(lane, at(10), at(60), 3)));
  CPPUNIT_ASSERT_EQUAL(std::string(), slots(store_->claim(lane, at(10), at(60), 3)));
}

void StoreContract::claims_nothing_before_its_time() {
  NewRequest request = sample_request();
  request.effects = {sample_effect("main", at(5))};
  store_->submit(request);
  CPPUNIT_ASSERT_EQUAL(std::string(), slots(store_->claim(lane, at(4), at(60), 3)));
  CPPUNIT_ASSERT_EQUAL(std::string(), slots(store_->claim("desk:other", at(9), at(60), 3)));
  const auto claimed = store_->claim(lane, at(5), at(60), 3);
  CPPUNIT_ASSERT_EQUAL(std::string("acme:1/main "), slots(claimed));
  CPPUNIT_ASSERT_EQUAL(0, claimed[0].attempts);
  CPPUNIT_ASSERT_EQUAL(std::string("open_ticket"), claimed[0].kind);
  CPPUNIT_ASSERT_EQUAL(lane, claimed[0].lane);
  CPPUNIT_ASSERT_EQUAL(std::string(R"({"slot":"main"})"), claimed[0].payload);
  same("with its record", *store_->find({"acme", 1}), claimed[0].record);
}

void StoreContract::claims_again_when_a_lease_has_ended() {
  store_->submit(sample_request());
  const auto first = store_->claim(lane, at(0), at(30), 3);
  CPPUNIT_ASSERT_EQUAL(std::string(), slots(store_->claim(lane, at(29), at(60), 3)));
  const auto second = store_->claim(lane, at(30), at(60), 3);
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, second.size());
  CPPUNIT_ASSERT_EQUAL(first[0].id, second[0].id);
  CPPUNIT_ASSERT_EQUAL(1, second[0].attempts);
  reopen();
  CPPUNIT_ASSERT_EQUAL(std::string(), slots(store_->claim(lane, at(31), at(60), 3)));
  store_->release_leases();
  const auto third = store_->claim(lane, at(31), at(60), 3);
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, third.size());
  CPPUNIT_ASSERT_EQUAL(2, third[0].attempts);
}

void StoreContract::leases_an_effect_from_the_beginning() {
  NewRequest request = sample_request();
  request.effects = {sample_effect("main"), sample_effect("note:1")};
  request.effects[0].lease_until = at(30);
  const Submitted submitted = store_->submit(request);
  CPPUNIT_ASSERT(submitted.leased != 0);
  CPPUNIT_ASSERT_EQUAL(std::string(), slots(store_->claim(lane, at(29), at(60), 3)));
  CPPUNIT_ASSERT(store_->next_due(lane) == at(30));
  const auto claimed = store_->claim(lane, at(30), at(60), 3);
  CPPUNIT_ASSERT_EQUAL(std::string("acme:1/main "), slots(claimed));
  CPPUNIT_ASSERT_EQUAL(submitted.leased, claimed[0].id);
  CPPUNIT_ASSERT_EQUAL_MESSAGE("begun before", 1, claimed[0].attempts);
}

void StoreContract::leases_no_effect_beside_another_one() {
  const Record record = store_->submit(sample_request()).record;
  const auto opening = store_->claim(lane, at(0), at(30), 9);
  Change change = step_of(record, State::telling);
  change.effects = {sample_effect("main")};
  change.effects[0].lease_until = at(30);
  CPPUNIT_ASSERT_EQUAL_MESSAGE("its slot is being worked on", std::int64_t{0}, stored_later(change).leased);
  store_->finish(opening[0].id, record.ref, {});
  store_->append(record.ref, {sample_effect("note:1", at(0), 1)}, {});
  const auto note = store_->claim(lane, at(0), at(30), 1);
  CPPUNIT_ASSERT_EQUAL(std::string("acme:1/note:1 "), slots(note));
  change = step_of(*store_->find(record.ref), State::settled);
  change.drop_main = true;
  CPPUNIT_ASSERT(stored_later(change).applied == Applied::yes);
  change = step_of(*store_->find(record.ref), State::telling);
  change.effects = {sample_effect("main")};
  change.effects[0].lease_until = at(30);
  CPPUNIT_ASSERT_EQUAL_MESSAGE("a note is being written", std::int64_t{0}, stored_later(change).leased);
  CPPUNIT_ASSERT_EQUAL(std::string(), slots(store_->claim(lane, at(1), at(60), 9)));
  store_->finish(note[0].id, record.ref, {});
  const auto claimed = store_->claim(lane, at(1), at(60), 9);
  CPPUNIT_ASSERT_EQUAL(std::string("acme:1/main "), slots(claimed));
  CPPUNIT_ASSERT_EQUAL(0, claimed[0].attempts);
  // Nothing is in its way now.
  change = step_of(*store_->find(record.ref), State::telling);
  change.finished = claimed[0].id;
  change.effects = {sample_effect("main")};
  change.effects[0].lease_until = at(30);
  CPPUNIT_ASSERT(stored_later(change).leased > claimed[0].id);
}

void StoreContract::claims_one_effect_of_a_request_at_a_time() {
  NewRequest request = sample_request();
  request.effects = {sample_effect("main"), sample_effect("note:1"), sample_effect("remind")};
  request.effects[2].lane = "clock";
  store_->submit(request);
  const auto claimed = store_->claim(lane, at(0), at(30), 9);
  CPPUNIT_ASSERT_EQUAL(std::string("acme:1/main "), slots(claimed));
  CPPUNIT_ASSERT_EQUAL(std::string(), slots(store_->claim(lane, at(1), at(30), 9)));
  CPPUNIT_ASSERT_EQUAL(std::string(), slots(store_->claim("clock", at(1), at(30), 9)));
  // Its lease ends, seen from another lane, without anybody claiming it again.
  CPPUNIT_ASSERT_EQUAL(std::string("acme:1/remind "), slots(store_->claim("clock", at(30), at(40), 9)));
  CPPUNIT_ASSERT_EQUAL(std::string("acme:1/main "), slots(store_->claim(lane, at(40), at(50), 9)));
  store_->finish(claimed[0].id, {"acme", 1}, {});
  CPPUNIT_ASSERT_EQUAL(std::string("acme:1/note:1 "), slots(store_->claim(lane, at(41), at(50), 9)));
}

void StoreContract::gives_an_effect_to_one_of_many_claimers() {
  constexpr int requests = 200;
  std::vector<NewRequest> page(requests, sample_request());
  for (int i = 0; i < requests; ++i) {
    page[static_cast<std::size_t>(i)].id = i + 1;
    page[static_cast<std::size_t>(i)].effects = {sample_effect("main"), sample_effect("note:1")};
  }
  store_->submit_unknown(page);
  std::mutex mutex;
  std::multiset<std::int64_t> effects;
  std::multiset<std::int64_t> of_requests;
  CPPUNIT_ASSERT_EQUAL(0, on_threads(8, [&](int) {
                         for (;;) {
                           const auto claimed = store_->claim(lane, at(0), at(60), 7);
                           if (claimed.empty()) return;
                           const std::lock_guard lock(mutex);
                           for (const auto& effect : claimed) {
                             effects.insert(effect.id);
                             of_requests.insert(effect.record.ref.id);
                           }
                         }
                       }));
  CPPUNIT_ASSERT_EQUAL(std::size_t{requests}, effects.size());
  CPPUNIT_ASSERT_EQUAL(std::size_t{requests}, std::set(effects.begin(), effects.end()).size());
  CPPUNIT_ASSERT_EQUAL(std::size_t{requests}, std::set(of_requests.begin(), of_requests.end()).size());
}

void StoreContract::replaces_a_slot_and_waits_for_its_lease() {
  Record record = store_->submit(sample_request()).record;
  const auto leased = store_->claim(lane, at(0), at(30), 9);
  Change change = step_of(record, State::recalling);
  change.effects = {sample_effect("main", at(1))};
  change.effects[0].kind = "recall_ticket";
  store_->apply({&change, 1});
  CPPUNIT_ASSERT_EQUAL(std::string(), slots(store_->claim(lane, at(29), at(60), 9)));
  CPPUNIT_ASSERT(store_->next_due(lane) == at(30));
  const auto replaced = store_->claim(lane, at(30), at(60), 9);
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, replaced.size());
  CPPUNIT_ASSERT_EQUAL(std::string("recall_ticket"), replaced[0].kind);
  CPPUNIT_ASSERT_EQUAL(0, replaced[0].attempts);
  CPPUNIT_ASSERT(replaced[0].id != leased[0].id);

  store_->finish(replaced[0].id, record.ref, {});

  // One that is not leased delays nothing, and a note replaces one in its own slot only.
  store_->append(record.ref, {sample_effect("note:1", at(90))}, {});
  store_->append(record.ref, {sample_effect("note:1", at(70))}, {});
  CPPUNIT_ASSERT_EQUAL(std::string("acme:1/note:1 "), slots(store_->claim("desk:snow", at(70), at(71), 1)));
}

void StoreContract::waits_no_longer_than_the_work_that_was_under_way() {
  for (const bool finished : {true, false}) {
    Record record = store_->submit(sample_request()).record;
    const auto work = store_->claim(lane, at(0), at(120), 9);
    Change change = step_of(record, State::writing);
    change.effects = {sample_effect("main", at(1))};
    store_->apply({&change, 1});
    // Replaced once more: it still waits for the same work.
    change = step_of(*store_->find(record.ref), State::telling);
    change.effects = {sample_effect("main", at(2))};
    store_->apply({&change, 1});
    CPPUNIT_ASSERT(store_->next_due(lane) == at(120));
    if (finished)
      store_->finish(work[0].id, record.ref, {});
    else
      store_->postpone(work[0].id, at(90), record.ref, {});
    CPPUNIT_ASSERT(store_->next_due(lane) == at(2));
    const auto next = store_->claim(lane, at(2), at(30), 9);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, next.size());
    store_->finish(next[0].id, record.ref, {});
  }
}

void StoreContract::waits_no_longer_for_a_lease_of_a_process_that_is_gone() {
  Record record = store_->submit(sample_request()).record;
  store_->claim(lane, at(0), at(30), 9);
  Change change = step_of(record, State::recalling);
  change.effects = {sample_effect("main", at(1))};
  store_->apply({&change, 1});
  reopen();
  store_->release_leases();
  CPPUNIT_ASSERT(store_->next_due(lane) == at(1));
  const auto due = store_->claim(lane, at(1), at(30), 9);
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, due.size());
  // One that was put off stays put off.
  store_->postpone(due[0].id, at(50), record.ref, {});
  reopen();
  store_->release_leases();
  CPPUNIT_ASSERT(store_->next_due(lane) == at(50));
}

void StoreContract::removes_a_finished_effect_only_while_it_exists() {
  Record record = store_->submit(sample_request()).record;
  const auto first = store_->claim(lane, at(0), at(30), 9);
  Change change = step_of(record, State::waiting);
  change.finished = first[0].id;
  change.effects = {sample_effect("main", at(1))};
  store_->apply({&change, 1});
  // The finished one held the lease: its successor is due at its own time.
  const auto second = store_->claim(lane, at(1), at(30), 9);
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, second.size());
  change = step_of(*store_->find(record.ref), State::reminded);
  change.finished = first[0].id;
  CPPUNIT_ASSERT(store_->apply({&change, 1}) == std::vector{Applied::yes});
  store_->finish(first[0].id, record.ref, {});
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, store_->claim(lane, at(30), at(60), 9).size());

  // The number of an effect that is gone is never given to another one, nor does it touch another request's.
  store_->finish(second[0].id, record.ref, {});
  reopen();
  store_->append(record.ref, {sample_effect("main", at(2))}, {});
  const auto third = store_->claim(lane, at(60), at(90), 9);
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, third.size());
  CPPUNIT_ASSERT(third[0].id > second[0].id);
  const Record other = store_->submit(sample_request()).record;
  store_->finish(third[0].id, other.ref, {});
  CPPUNIT_ASSERT_EQUAL(std::string("acme:2/main acme:1/main "),
                       slots(store_->claim(lane, at(90), at(99), 9)));
}

void StoreContract::drops_timers_and_main() {
  NewRequest request = sample_request();
  for (const char* slot : {"remind", "escalate", "deadline", "note:1"}) {
    request.effects.push_back(sample_effect(slot));
    request.effects.back().lane = slot;
  }
  Record record = store_->submit(request).record;
  const auto lanes = [&] {
    std::string text;
    for (const char* each : {"desk:snow", "remind", "escalate", "deadline", "note:1"})
      if (store_->next_due(each)) text += each + std::string(" ");
    return text;
  };
  Change change = step_of(record, State::waiting);
  change.drop_timers = true;
  store_->apply({&change, 1});
  CPPUNIT_ASSERT_EQUAL(std::string("desk:snow note:1 "), lanes());
  change = step_of(*store_->find(record.ref), State::writing);
  change.drop_main = true;
  change.effects = {sample_effect("main", at(0))};
  change.effects[0].lane = "queue:acme";
  store_->apply({&change, 1});
  CPPUNIT_ASSERT_EQUAL(std::string("note:1 "), lanes());
  CPPUNIT_ASSERT(store_->next_due("queue:acme"));
  change = step_of(*store_->find(record.ref), State::settled);
  change.drop_main = true;
  store_->apply({&change, 1});
  CPPUNIT_ASSERT(!store_->next_due("queue:acme"));
}

void StoreContract::postpones_and_finishes_effects() {
  const Record record = store_->submit(sample_request()).record;
  const auto claimed = store_->claim(lane, at(0), at(30), 9);
  store_->postpone(claimed[0].id, at(10), record.ref, {0, at(1), "retry", "503", "countersign", ""});
  CPPUNIT_ASSERT(store_->next_due(lane) == at(10));
  CPPUNIT_ASSERT_EQUAL(std::string(), slots(store_->claim(lane, at(9), at(60), 9)));
  const auto again = store_->claim(lane, at(10), at(60), 9);
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, again.size());
  CPPUNIT_ASSERT_EQUAL(1, again[0].attempts);
  store_->finish(again[0].id, record.ref, {{0, at(11), "done", "", "countersign", ""}});
  CPPUNIT_ASSERT(!store_->next_due(lane));
  CPPUNIT_ASSERT_EQUAL(std::size_t{3}, store_->timeline(record.ref).size());
}

void StoreContract::refuses_to_write_about_a_request_it_does_not_have() {
  const RequestRef none{"acme", 9};
  CPPUNIT_ASSERT(code_of([&] { store_->append(none, {}, {}); }) == ErrorCode::not_found);
  CPPUNIT_ASSERT(code_of([&] { store_->finish(1, none, {}); }) == ErrorCode::not_found);
  CPPUNIT_ASSERT(code_of([&] { store_->postpone(1, at(0), none, {}); }) == ErrorCode::not_found);
}

void StoreContract::knows_when_a_lane_is_next_due() {
  CPPUNIT_ASSERT(!store_->next_due(lane));
  NewRequest request = sample_request();
  request.effects = {sample_effect("main", at(50), 1), sample_effect("note:1", at(20), 7)};
  store_->submit(request);
  CPPUNIT_ASSERT(store_->next_due(lane) == at(20));
  store_->claim(lane, at(20), at(90), 9);
  // Neither the leased one nor the other one of its request is to be had before the lease ends.
  CPPUNIT_ASSERT(store_->next_due(lane) == at(90));
  store_->submit(sample_request());
  CPPUNIT_ASSERT(store_->next_due(lane) == at(0));
  CPPUNIT_ASSERT(!store_->next_due("desk:other"));
}

}  // namespace tests
