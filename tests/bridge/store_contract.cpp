#include "tests/bridge/store_contract.h"

#include <algorithm>
#include <future>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <tuple>

#include "bridge/ops/error.h"

namespace tests {

using bridge::Applied;
using bridge::Change;
using bridge::DueEffect;
using bridge::ErrorCode;
using bridge::NewEffect;
using bridge::NewRequest;
using bridge::PageQuery;
using bridge::Record;
using bridge::RequestRef;
using bridge::Submitted;
using bridge::Time;
using workflows::State;

Time at(int seconds) {
  return bridge::from_micros(1'700'000'000'000'000 + std::int64_t{seconds} * 1'000'000);
}

NewEffect sample_effect(const std::string& slot, Time not_before, int priority) {
  NewEffect effect;
  effect.slot = slot;
  effect.kind = "open_ticket";
  effect.lane = "desk:snow";
  effect.priority = priority;
  effect.not_before = not_before;
  effect.payload = R"({"slot":")" + slot + "\"}";
  return effect;
}

NewRequest sample_request(const std::string& queue) {
  NewRequest request;
  request.queue = queue;
  request.body = [](std::int64_t id) { return R"({"scanResults":[],"id":)" + std::to_string(id) + "}"; };
  request.received = at(0);
  request.lifecycle.desk = "snow";
  request.lifecycle.since = at(0);
  request.effects = {sample_effect("main")};
  request.audit = {{0, at(0), "received", "taken in", "key k1", ""}};
  return request;
}

Change step_of(const Record& record, State state) {
  Change change;
  change.ref = record.ref;
  change.from_version = record.lifecycle.version;
  change.lifecycle = record.lifecycle;
  change.lifecycle.state = state;
  change.at = at(1);
  return change;
}

namespace {
void same(const std::string& what, const Record& wanted, const Record& found) {
  const auto flat = [](const Record& r) {
    const auto& l = r.lifecycle;
    return std::tuple(r.ref, r.body, r.scan_results, r.status_code, r.received, r.changed, l.state, l.version,
                      l.desk, l.ticket.id, l.ticket.number, l.ticket.link, l.decision, l.outcome,
                      l.park_reason, l.park_detail, l.since);
  };
  CPPUNIT_ASSERT_MESSAGE(what, flat(wanted) == flat(found));
}

template <class Act>
ErrorCode code_of(const Act& act) {
  try {
    act();
  } catch (const bridge::Error& error) {
    return error.code();
  }
  CPPUNIT_FAIL("no error");
  return ErrorCode::internal;
}

std::string slots(const std::vector<DueEffect>& effects) {
  std::string text;
  for (const auto& effect : effects) text += effect.record.ref.key() + '/' + effect.slot + ' ';
  return text;
}
std::string ids(const std::vector<Record>& records) {
  std::string text;
  for (const auto& record : records) text += record.ref.key() + ' ';
  return text;
}
const std::string lane = "desk:snow";
}  // namespace

void StoreContract::gives_a_request_back_as_it_was_stored() {
  NewRequest request = sample_request();
  request.scan_results = R"([{"engine":"x"}])";
  request.status_code = 3;
  request.lifecycle.state = State::telling;
  request.lifecycle.version = 7;
  request.lifecycle.ticket = {"t1", "INC1", "https://desk.test/t1"};
  request.lifecycle.decision =
      bridge::Decision{true, "Bob", "bob@acme.test", "fine \"so\"\nü", at(9), "desk snow", "r/1"};
  request.lifecycle.outcome = "approved";
  request.lifecycle.park_reason = "auth";
  request.lifecycle.park_detail = "what it said";
  const Submitted submitted = store_->submit(request);
  CPPUNIT_ASSERT(submitted.what == Submitted::What::created);
  CPPUNIT_ASSERT_EQUAL(std::string(R"({"scanResults":[],"id":1})"), submitted.record.body);
  const auto found = store_->find({"acme", 1});
  CPPUNIT_ASSERT(found);
  same("stored", submitted.record, *found);
  CPPUNIT_ASSERT(found->lifecycle.decision == request.lifecycle.decision);
  CPPUNIT_ASSERT(!store_->find({"acme", 2}));
  CPPUNIT_ASSERT(!store_->find({"other", 1}));
}

void StoreContract::keeps_everything_when_reopened() {
  NewRequest request = sample_request();
  request.idempotency_key = "k";
  request.idempotency_hash = "h";
  const Record first = store_->submit(request).record;
  Change change = step_of(first, State::waiting);
  change.effects = {sample_effect("note:1", at(3))};
  change.audit = {{0, at(1), "ticket_opened", "opened", "countersign", "{}"}};
  store_->apply({&change, 1});
  const auto before = store_->find(first.ref);
  reopen();
  same("record", *before, *store_->find(first.ref));
  CPPUNIT_ASSERT(store_->submit(request).what == Submitted::What::repeated);
  CPPUNIT_ASSERT_EQUAL(std::size_t{2}, store_->timeline(first.ref).size());
  CPPUNIT_ASSERT_EQUAL(std::string("acme:1/main "), slots(store_->claim(lane, at(5), at(60), 9)));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store_->submit(sample_request()).record.ref.id);
}

void StoreContract::gives_ids_behind_the_highest_ever_used() {
  NewRequest given = sample_request();
  given.id = 500;
  CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store_->submit(sample_request()).record.ref.id);
  store_->submit(given);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{501}, store_->submit(sample_request()).record.ref.id);
  given.id = 20;
  store_->submit(given);
  reopen();
  CPPUNIT_ASSERT_EQUAL(std::int64_t{502}, store_->submit(sample_request()).record.ref.id);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store_->submit(sample_request("other")).record.ref.id);
}

void StoreContract::refuses_an_id_that_is_taken() {
  NewRequest given = sample_request();
  given.id = 5;
  store_->submit(given);
  CPPUNIT_ASSERT(code_of([&] { store_->submit(given); }) == ErrorCode::conflict);
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, store_->list({}).size());
}

void StoreContract::gives_gapless_ids_in_commit_order_to_sixteen_threads() {
  constexpr int threads = 16;
  constexpr int each = 125;
  std::mutex mutex;
  std::vector<std::int64_t> given;
  std::atomic<int> missed = 0;
  const int failed = on_threads(threads, [&](int) {
    for (int i = 0; i < each; ++i) {
      const std::int64_t id = store_->submit(sample_request()).record.ref.id;
      // Whoever reads now and goes on behind the last id must not miss an earlier one that commits later.
      bridge::LifecycleQuery all;
      all.queue = "acme";
      all.after = {"acme", id - 8};
      all.limit = 1000;
      std::int64_t expected = std::max<std::int64_t>(1, id - 7);
      for (const Record& record : store_->list(all))
        if (record.ref.id != expected++) ++missed;
      const std::lock_guard lock(mutex);
      given.push_back(id);
    }
  });
  CPPUNIT_ASSERT_EQUAL(0, failed);
  CPPUNIT_ASSERT_EQUAL(0, missed.load());
  std::sort(given.begin(), given.end());
  for (std::size_t i = 0; i < given.size(); ++i)
    CPPUNIT_ASSERT_EQUAL(static_cast<std::int64_t>(i + 1), given[i]);
  CPPUNIT_ASSERT_EQUAL(std::size_t{threads} * each, given.size());
}

void StoreContract::answers_a_repeated_key_with_the_first_request() {
  NewRequest request = sample_request();
  request.idempotency_key = "k";
  request.idempotency_hash = "h1";
  const Record first = store_->submit(request).record;
  request.body = [](std::int64_t) { return std::string("{}"); };
  const Submitted again = store_->submit(request);
  CPPUNIT_ASSERT(again.what == Submitted::What::repeated);
  same("repeated", first, again.record);
  request.idempotency_hash = "h2";
  CPPUNIT_ASSERT(store_->submit(request).what == Submitted::What::mismatch);
  request.queue = "other";
  CPPUNIT_ASSERT(store_->submit(request).what == Submitted::What::created);
  // A repeat uses up no id.
  CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store_->submit(sample_request()).record.ref.id);
}

void StoreContract::stores_one_request_when_eight_arrive_with_one_key() {
  for (int round = 0; round < 10; ++round) {
    NewRequest request = sample_request();
    request.idempotency_key = "k" + std::to_string(round);
    request.idempotency_hash = "h";
    std::atomic<int> created = 0;
    std::mutex mutex;
    std::set<std::int64_t> seen;
    CPPUNIT_ASSERT_EQUAL(0, on_threads(8, [&](int) {
                           const Submitted submitted = store_->submit(request);
                           if (submitted.what == Submitted::What::created) ++created;
                           const std::lock_guard lock(mutex);
                           seen.insert(submitted.record.ref.id);
                         }));
    CPPUNIT_ASSERT_EQUAL(1, created.load());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, seen.size());
  }
  CPPUNIT_ASSERT_EQUAL(std::size_t{10}, store_->list({}).size());
}

void StoreContract::fails_a_bad_request_alone() {
  std::atomic<int> good = 0;
  std::atomic<int> bad = 0;
  on_threads(16, [&](int n) {
    for (int i = 0; i < 20; ++i) {
      NewRequest request = sample_request();
      if (n % 4 == 0)
        request.body = [](std::int64_t) -> std::string { throw std::runtime_error("a bad body"); };
      try {
        store_->submit(request);
        ++good;
      } catch (const std::runtime_error& error) {
        if (error.what() == std::string("a bad body")) ++bad;
      }
    }
  });
  CPPUNIT_ASSERT_EQUAL(240, good.load());
  CPPUNIT_ASSERT_EQUAL(80, bad.load());
  bridge::LifecycleQuery all;
  all.limit = 1000;
  const auto stored = store_->list(all);
  CPPUNIT_ASSERT_EQUAL(std::size_t{240}, stored.size());
  CPPUNIT_ASSERT_EQUAL(std::int64_t{240}, stored.back().ref.id);
  CPPUNIT_ASSERT_EQUAL(std::size_t{240}, store_->claim(lane, at(0), at(60), 1000).size());
}

void StoreContract::stores_only_the_unknown_of_a_page() {
  std::vector<NewRequest> page(3, sample_request());
  for (int i = 0; i < 3; ++i) page[static_cast<std::size_t>(i)].id = 10 + i;
  store_->submit(page[1]);
  CPPUNIT_ASSERT_EQUAL(std::string("acme:10 acme:12 "), ids(store_->submit_unknown(page)));
  CPPUNIT_ASSERT_EQUAL(std::string(), ids(store_->submit_unknown(page)));
  CPPUNIT_ASSERT_EQUAL(std::string("acme:10 acme:11 acme:12 "), ids(store_->list({})));
}

void StoreContract::takes_a_step_once() {
  const Record first = store_->submit(sample_request()).record;
  Change change = step_of(first, State::waiting);
  change.lifecycle.ticket = {"t1", "INC1", ""};
  change.body = R"({"scanResults":[],"id":1,"status":"x"})";
  change.status_code = 0;
  change.effects = {sample_effect("main", at(2))};
  change.audit = {{0, at(1), "ticket_opened", "opened", "countersign", ""}};
  CPPUNIT_ASSERT(store_->apply({&change, 1}) == std::vector{Applied::yes});
  CPPUNIT_ASSERT(store_->apply({&change, 1}) == std::vector{Applied::stale});
  Record expected = first;
  expected.lifecycle = change.lifecycle;
  expected.lifecycle.version = first.lifecycle.version + 1;
  expected.body = *change.body;
  expected.status_code = 0;
  expected.changed = at(1);
  same("applied once", expected, *store_->find(first.ref));
  CPPUNIT_ASSERT_EQUAL(std::size_t{2}, store_->timeline(first.ref).size());
}

void StoreContract::takes_steps_of_one_call_each_on_its_own() {
  const Record a = store_->submit(sample_request()).record;
  const Record b = store_->submit(sample_request()).record;
  std::vector<Change> changes = {step_of(a, State::waiting), step_of(b, State::waiting),
                                 step_of(a, State::waiting), step_of(a, State::writing)};
  changes[1].from_version = 9;
  changes[3].from_version = a.lifecycle.version + 1;
  changes.push_back(step_of(a, State::waiting));
  changes.back().ref.id = 77;
  CPPUNIT_ASSERT((store_->apply(changes) ==
                  std::vector{Applied::yes, Applied::stale, Applied::stale, Applied::yes, Applied::stale}));
  CPPUNIT_ASSERT(store_->find(a.ref)->lifecycle.state == State::writing);
  same("stale", b, *store_->find(b.ref));
}

void StoreContract::takes_steps_that_nobody_waits_for() {
  const Record first = store_->submit(sample_request()).record;
  Change change = step_of(first, State::waiting);
  change.effects = {sample_effect("main")};
  std::vector<Applied> told;
  std::promise<void> both;
  for (int i = 0; i < 2; ++i)
    store_->apply_later(change, [&](const Change& of, Applied applied, const std::exception_ptr& trouble) {
      if (!trouble && of.ref == first.ref) told.push_back(applied);
      if (told.size() == 2) both.set_value();
    });
  // Behind them: sees what they did.
  CPPUNIT_ASSERT_EQUAL(first.lifecycle.version + 1,
                       store_->claim("desk:snow", at(0), at(60), 5).at(0).record.lifecycle.version);
  CPPUNIT_ASSERT(both.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
  CPPUNIT_ASSERT((told == std::vector{Applied::yes, Applied::stale}));
}

void StoreContract::forgets_a_decision_that_a_step_takes_back() {
  NewRequest request = sample_request();
  request.lifecycle.decision.emplace();
  const Record first = store_->submit(request).record;
  CPPUNIT_ASSERT(store_->find(first.ref)->lifecycle.decision);
  Change change = step_of(first, State::waiting);
  change.lifecycle.decision.reset();
  store_->apply({&change, 1});
  CPPUNIT_ASSERT(!store_->find(first.ref)->lifecycle.decision);
}

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

void StoreContract::pages_by_status_and_start() {
  // 1..9 with the status codes 4 0 3 in turn, and another queue between.
  for (int i = 0; i < 9; ++i) {
    NewRequest request = sample_request();
    request.body = [](std::int64_t id) { return std::to_string(id); };
    request.status_code = i % 3 == 0 ? 4 : i % 3 == 1 ? 0 : 3;
    store_->submit(request);
    store_->submit(sample_request("other"));
  }
  const struct {
    std::vector<int> codes;
    std::int64_t start;
    int take;
    int last;
    std::string expected;
  } cases[] = {
      {{}, 0, 50, 0, "[1,2,3,4,5,6,7,8,9]"},
      {{}, 4, 3, 0, "[4,5,6]"},
      {{4}, 0, 50, 0, "[1,4,7]"},
      {{4}, 2, 1, 0, "[4]"},
      {{4, 3}, 0, 50, 0, "[1,3,4,6,7,9]"},
      {{3, 4}, 2, 3, 0, "[3,4,6]"},
      {{6}, 0, 50, 0, "[]"},
      {{}, 0, 1, 2, "[9,8]"},
      {{4, 0}, 7, 1, 3, "[8,7,5]"},
      {{}, 10, 50, 0, "[]"},
      {{}, 0, 0, 0, "[]"},
  };
  for (const auto& row : cases) {
    const PageQuery query{row.codes, row.start, row.take, row.last, false};
    CPPUNIT_ASSERT_EQUAL_MESSAGE(row.expected, row.expected, store_->page("acme", query));
  }
}

void StoreContract::puts_scan_results_in_when_asked() {
  NewRequest request = sample_request();
  request.scan_results = R"([{"engine":"x"}])";
  store_->submit(request);
  PageQuery query;
  CPPUNIT_ASSERT_EQUAL(std::string(R"([{"scanResults":[],"id":1}])"), store_->page("acme", query));
  query.scan_results = true;
  CPPUNIT_ASSERT_EQUAL(std::string(R"([{"scanResults":[{"engine":"x"}],"id":1}])"),
                       store_->page("acme", query));
}

void StoreContract::lists_by_queue_desk_and_state_behind_a_row() {
  const State states[] = {State::waiting, State::parked_opening, State::settled};
  for (int i = 0; i < 6; ++i) {
    NewRequest request = sample_request(i < 3 ? "acme" : "beta");
    request.lifecycle.desk = i % 2 ? "rt" : "snow";
    request.lifecycle.state = states[i % 3];
    store_->submit(request);
  }
  const struct {
    bridge::LifecycleQuery query;
    std::string expected;
  } cases[] = {
      {{"", "", {}, {}, 50, false}, "acme:1 acme:2 acme:3 beta:1 beta:2 beta:3 "},
      {{"beta", "", {}, {}, 50, false}, "beta:1 beta:2 beta:3 "},
      {{"", "rt", {}, {}, 50, false}, "acme:2 beta:1 beta:3 "},
      {{"", "", {State::waiting}, {}, 50, false}, "acme:1 beta:1 "},
      {{"", "", {State::settled, State::waiting}, {}, 50, false}, "acme:1 acme:3 beta:1 beta:3 "},
      {{"", "rt", {State::settled, State::waiting}, {}, 50, false}, "beta:1 beta:3 "},
      {{"", "", {}, {"acme", 2}, 50, false}, "acme:3 beta:1 beta:2 beta:3 "},
      {{"", "", {}, {"acme", 2}, 2, false}, "acme:3 beta:1 "},
      {{"beta", "", {}, {"acme", 2}, 50, false}, "beta:1 beta:2 beta:3 "},
      {{"acme", "", {}, {"beta", 2}, 50, false}, ""},
      {{"beta", "", {}, {"beta", 2}, 50, false}, "beta:3 "},
      {{"", "", {State::waiting, State::settled}, {"acme", 1}, 2, false}, "acme:3 beta:1 "},
      {{"", "", {}, {}, 50, true}, "beta:3 beta:2 beta:1 acme:3 acme:2 acme:1 "},
      {{"", "", {}, {"beta", 1}, 2, true}, "acme:3 acme:2 "},
      {{"acme", "", {}, {"beta", 1}, 50, true}, "acme:3 acme:2 acme:1 "},
      {{"beta", "", {}, {"acme", 1}, 50, true}, ""},
      {{"", "", {State::settled, State::waiting}, {}, 3, true}, "beta:3 beta:1 acme:3 "},
      {{"", "", {}, {}, 0, false}, ""},
  };
  for (const auto& row : cases)
    CPPUNIT_ASSERT_EQUAL_MESSAGE(row.expected, row.expected, ids(store_->list(row.query)));
}

void StoreContract::finds_a_request_by_its_ticket() {
  const Record first = store_->submit(sample_request()).record;
  CPPUNIT_ASSERT(!store_->find_by_ticket("snow", ""));
  Change change = step_of(first, State::waiting);
  change.lifecycle.ticket = {"t1", "INC1", ""};
  store_->apply({&change, 1});
  const auto found = store_->find_by_ticket("snow", "t1");
  CPPUNIT_ASSERT(found);
  CPPUNIT_ASSERT_EQUAL(first.ref.key(), found->ref.key());
  CPPUNIT_ASSERT(!store_->find_by_ticket("rt", "t1"));
}

void StoreContract::keeps_the_timeline_in_order() {
  const RequestRef a = store_->submit(sample_request()).record.ref;
  const RequestRef b = store_->submit(sample_request()).record.ref;
  for (int i = 0; i < 3; ++i) {
    store_->append(a, {}, {{0, at(9 - i), "note", std::to_string(i), "bob", R"({"n":1})"}});
    store_->append(b, {}, {{0, at(i), "note", "b", "bob", ""}});
  }
  const auto rows = store_->timeline(a);
  CPPUNIT_ASSERT_EQUAL(std::size_t{4}, rows.size());
  CPPUNIT_ASSERT_EQUAL(std::string("received"), rows[0].what);
  CPPUNIT_ASSERT_EQUAL(std::string("key k1"), rows[0].actor);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    CPPUNIT_ASSERT(rows[i - 1].seq < rows[i].seq);
    CPPUNIT_ASSERT_EQUAL(std::to_string(i - 1), rows[i].text);
    CPPUNIT_ASSERT(rows[i].at == at(10 - static_cast<int>(i)));
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"n":1})"), rows[i].data);
  }
  CPPUNIT_ASSERT(store_->timeline({"acme", 9}).empty());
}

void StoreContract::keeps_named_values() {
  CPPUNIT_ASSERT(!store_->value("watermark:desk:snow"));
  store_->set_value("watermark:desk:snow", "1", at(0));
  store_->set_value("watermark:desk:snow", "2", at(1));
  store_->set_value("watermark:desk:rt", "", at(1));
  store_->set_value("watermark%", "x", at(1));
  CPPUNIT_ASSERT_EQUAL(std::string("2"), store_->value("watermark:desk:snow").value_or("?"));
  CPPUNIT_ASSERT_EQUAL(std::string(""), store_->value("watermark:desk:rt").value_or("?"));
  const std::map<std::string, std::string> expected = {{"watermark:desk:rt", ""},
                                                       {"watermark:desk:snow", "2"}};
  CPPUNIT_ASSERT(expected == store_->values("watermark:"));
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, store_->values("watermark%").size());
  CPPUNIT_ASSERT_EQUAL(std::size_t{3}, store_->values("").size());
}

namespace {
bridge::Credential full_credential() {
  bridge::Credential key;
  key.id = "3fa97f2c";
  key.kind = bridge::CredentialKind::client;
  key.queue = "acme";
  key.more_queues = {"beta", "contoso"};
  key.group = "desk";
  key.label = "Jörg's \"key\"";
  key.on_behalf_of = "ann@acme.test";
  key.role = "reader";
  key.scopes = bridge::Scopes{bridge::Scope::read, bridge::Scope::manage};
  key.networks = {"192.0.2.0/24", "2001:db8::/32"};
  key.active = false;
  key.created = at(2);
  key.not_before = at(3);
  key.expires = at(4);
  key.hash = "hmac-sha256:1";
  key.previous_hash = "hmac-sha256:0";
  key.previous_until = at(5);
  key.last_four = "Ab1z";
  key.generation = INT64_MAX;
  key.revision = 1;
  return key;
}
}  // namespace

void StoreContract::keeps_credentials() {
  bridge::Credentials& all = store_->credentials();
  const bridge::Credential first = full_credential();
  bridge::Credential second;
  second.id = "00000001";
  second.queue = "beta";
  second.created = at(1);
  const auto begin = all.version();
  all.add(first, {});
  all.add(second, {});
  CPPUNIT_ASSERT(all.version() > begin);
  CPPUNIT_ASSERT(all.find(first.id) == first);
  CPPUNIT_ASSERT(!all.find("00000002"));
  CPPUNIT_ASSERT(code_of([&] { all.add(first, {}); }) == ErrorCode::conflict);
  CPPUNIT_ASSERT_EQUAL(std::size_t{2}, all.list().size());
  CPPUNIT_ASSERT_EQUAL(second.id, all.list()[0].id);
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.list("acme").size());

  // Whoever read an older revision must read again.
  bridge::Credential changed = *all.find(second.id);
  changed.label = "new";
  const auto before = all.version();
  all.change(changed, {});
  CPPUNIT_ASSERT(all.version() > before);
  CPPUNIT_ASSERT_EQUAL(std::string("new"), all.find(second.id)->label);
  CPPUNIT_ASSERT(code_of([&] { all.change(changed, {}); }) == ErrorCode::conflict);
  changed.id = "00000002";
  CPPUNIT_ASSERT(code_of([&] { all.change(changed, {}); }) == ErrorCode::not_found);

  CPPUNIT_ASSERT(all.remove(second.id, {}));
  CPPUNIT_ASSERT(!all.remove(second.id, {}));
  CPPUNIT_ASSERT(!all.find(second.id));
}

void StoreContract::records_each_change_of_a_credential_with_it() {
  bridge::Credentials& all = store_->credentials();
  const auto entry = [](const std::string& action) {
    bridge::TrailEntry made;
    made.at = at(1);
    made.action = action;
    made.object = "credential 3fa97f2c";
    return std::vector{made};
  };
  const auto actions = [this] {
    std::string text;
    for (const auto& record : store_->trail().search({})) text += record.entry.action + ' ';
    return text;
  };
  bridge::Credential row = full_credential();
  all.add(row, entry("added"));
  all.change(row, entry("changed"));
  CPPUNIT_ASSERT_EQUAL(std::string("added changed "), actions());
  // What was not done is not recorded.
  CPPUNIT_ASSERT(code_of([&] { all.add(row, entry("twice")); }) == ErrorCode::conflict);
  CPPUNIT_ASSERT(code_of([&] { all.change(row, entry("late")); }) == ErrorCode::conflict);
  CPPUNIT_ASSERT(!all.remove("00000002", entry("nobody")));
  CPPUNIT_ASSERT(!all.remove_group("acme", "none", entry("no group")));
  CPPUNIT_ASSERT(!all.remove_role("none", entry("no role")));
  CPPUNIT_ASSERT_EQUAL(std::string("added changed "), actions());
  all.put_group({"g", "acme", "", at(1)}, entry("group"));
  all.put_role({"r", "acme", "R", "", {}, {}, false, at(1)}, entry("role"));
  CPPUNIT_ASSERT(all.remove_role("r", entry("role gone")));
  CPPUNIT_ASSERT(all.remove(row.id, entry("gone")));
  CPPUNIT_ASSERT_EQUAL(std::string("added changed group role role gone gone "), actions());
}

void StoreContract::notes_uses_without_a_change() {
  bridge::Credentials& all = store_->credentials();
  all.add(full_credential(), {});
  const auto version = all.version();
  all.note_uses({{"3fa97f2c", at(10), "192.0.2.1", 3}, {"00000002", at(10), "192.0.2.1", 1}});
  all.note_uses({{"3fa97f2c", at(9), "192.0.2.2", 2}});
  const bridge::Credential used = all.find("3fa97f2c").value();
  CPPUNIT_ASSERT(used.last_used == at(10));
  CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.2 5"), used.last_ip + ' ' + std::to_string(used.uses));
  all.rehash("3fa97f2c", "hmac-sha256:1", "hmac-sha256:2");
  all.rehash("3fa97f2c", "hmac-sha256:1", "hmac-sha256:3");
  CPPUNIT_ASSERT_EQUAL(std::string("hmac-sha256:2"), all.find("3fa97f2c")->hash);
  CPPUNIT_ASSERT_EQUAL(version, all.version());
  CPPUNIT_ASSERT(all.remove("3fa97f2c", {}));
}

void StoreContract::keeps_key_groups_and_roles() {
  bridge::Credentials& all = store_->credentials();
  all.put_group({"desk", "acme", "of the desk", at(1)}, {});
  all.put_group({"desk", "beta", "", at(2)}, {});
  all.put_group({"desk", "acme", "changed", at(3)}, {});
  const std::vector<bridge::KeyGroup> expected = {{"desk", "acme", "changed", at(1)}};
  CPPUNIT_ASSERT(expected == all.groups("acme"));
  CPPUNIT_ASSERT_EQUAL(std::size_t{2}, all.groups().size());
  all.add(full_credential(), {});
  CPPUNIT_ASSERT(code_of([&] { all.remove_group("acme", "desk", {}); }) == ErrorCode::conflict);
  CPPUNIT_ASSERT(all.remove_group("beta", "desk", {}));
  CPPUNIT_ASSERT(!all.remove_group("beta", "desk", {}));

  bridge::RoleRow role{"reader",
                       "acme",
                       "Zähler",
                       "counts",
                       bridge::Scopes{bridge::Scope::read},
                       {"requests|GET", "auditlog|GET"},
                       true,
                       at(1)};
  all.put_role(role, {});
  role.description = "counts more";
  all.put_role(role, {});
  CPPUNIT_ASSERT(std::vector{role} == all.roles());
  bridge::RoleRow same = role;
  same.id = "other";
  same.name = "ZÄHLER";
  CPPUNIT_ASSERT(code_of([&] { all.put_role(same, {}); }) == ErrorCode::conflict);
  same.queue = "beta";
  all.put_role(same, {});
  CPPUNIT_ASSERT(code_of([&] { all.remove_role("reader", {}); }) == ErrorCode::conflict);
  CPPUNIT_ASSERT(all.remove_role("other", {}));
  CPPUNIT_ASSERT(!all.remove_role("other", {}));
}

void StoreContract::counts_what_a_full_scan_counts_after_random_steps() {
  std::mt19937 random(20240131);
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  const auto& states = workflows::all_states();
  const std::string desks[] = {"", "snow", "rt"};
  std::vector<RequestRef> refs;
  for (int i = 0; i < 300; ++i) {
    const State state = states[static_cast<std::size_t>(below(static_cast<int>(states.size())))];
    if (refs.empty() || below(4) == 0) {
      NewRequest request = sample_request(below(2) ? "acme" : "beta");
      request.lifecycle.state = state;
      request.lifecycle.desk = desks[below(3)];
      refs.push_back(store_->submit(request).record.ref);
      continue;
    }
    Change change =
        step_of(*store_->find(refs[static_cast<std::size_t>(below(static_cast<int>(refs.size())))]), state);
    change.lifecycle.desk = desks[below(3)];
    if (below(5) == 0) ++change.from_version;
    store_->apply({&change, 1});
  }
  std::map<std::tuple<std::string, std::string, State>, std::int64_t> expected;
  bridge::LifecycleQuery all;
  all.limit = 1000;
  for (const Record& record : store_->list(all))
    ++expected[{record.ref.queue, record.lifecycle.desk, record.lifecycle.state}];
  std::map<std::tuple<std::string, std::string, State>, std::int64_t> counted;
  for (const auto& row : store_->counts()) counted[{row.queue, row.desk, row.state}] = row.count;
  CPPUNIT_ASSERT(expected.size() > 25);
  CPPUNIT_ASSERT(expected == counted);
}

void StoreContract::knows_who_stands_longest() {
  CPPUNIT_ASSERT(!store_->oldest("snow", {State::waiting}));
  const std::tuple<std::string, State, int> rows[] = {{"snow", State::waiting, 5},
                                                      {"snow", State::waiting, 4},
                                                      {"snow", State::writing, 3},
                                                      {"rt", State::waiting, 1}};
  for (const auto& [desk, state, since] : rows) {
    NewRequest request = sample_request();
    request.lifecycle.desk = desk;
    request.lifecycle.state = state;
    request.lifecycle.since = at(since);
    store_->submit(request);
  }
  CPPUNIT_ASSERT(store_->oldest("snow", {State::waiting}) == at(4));
  CPPUNIT_ASSERT(store_->oldest("snow", {State::waiting, State::writing}) == at(3));
  CPPUNIT_ASSERT(store_->oldest("", {State::waiting}) == at(1));
  CPPUNIT_ASSERT(!store_->oldest("snow", {State::settled}));
  CPPUNIT_ASSERT(!store_->oldest("snow", {}));
}

namespace {
NewEffect sample_delivery(const std::string& slot, const std::string& lane = "hook:siem") {
  NewEffect effect = sample_effect(slot, at(0), 5);
  effect.kind = bridge::deliver_kind;
  effect.lane = lane;
  return effect;
}
}  // namespace

void StoreContract::delivers_a_requests_changes_in_order() {
  const RequestRef first = store_->submit(sample_request()).record.ref;
  const RequestRef second = store_->submit(sample_request()).record.ref;
  store_->append(first, {sample_delivery("a0"), sample_delivery("a1")}, {});
  store_->append(second, {sample_delivery("b0")}, {});
  store_->append(first, {sample_delivery("a2")}, {});
  const auto claim = [this](int now) {
    std::string slots;
    std::vector<DueEffect> due = store_->claim("hook:siem", at(now), at(now + 60), 10);
    for (const DueEffect& effect : due) slots += effect.slot + ' ';
    return std::pair(slots, due);
  };
  auto [slots, due] = claim(1);
  CPPUNIT_ASSERT_EQUAL(std::string("a0 b0 "), slots);
  CPPUNIT_ASSERT_EQUAL_MESSAGE("leased", std::string(), claim(2).first);
  store_->hooks().put_off(due.at(0).id, first, at(30), true);
  CPPUNIT_ASSERT_EQUAL_MESSAGE("put off", std::string(), claim(3).first);
  CPPUNIT_ASSERT(store_->next_due("hook:siem") == at(30));
  store_->release_leases();
  reopen();
  store_->release_leases();
  CPPUNIT_ASSERT_EQUAL_MESSAGE("started anew", std::string("b0 "), claim(4).first);
  due = claim(31).second;
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, due.size());
  CPPUNIT_ASSERT_EQUAL(std::string("a0"), due.at(0).slot);
  CPPUNIT_ASSERT_EQUAL(1, due.at(0).attempts);
  store_->finish(due.at(0).id, first, {});
  due = claim(32).second;
  CPPUNIT_ASSERT_EQUAL(std::string("a1"), due.at(0).slot);
  store_->finish(due.at(0).id, first, {});
  CPPUNIT_ASSERT_EQUAL(std::string("a2 "), claim(33).first);
}

void StoreContract::holds_nothing_else_up_with_a_delivery() {
  const RequestRef ref = store_->submit(sample_request()).record.ref;
  store_->append(ref, {sample_delivery("a"), sample_delivery("b", "hook:other")}, {});
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, store_->claim("hook:siem", at(1), at(60), 9).size());
  CPPUNIT_ASSERT(store_->next_due("desk:snow") == at(0));
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, store_->claim("desk:snow", at(1), at(60), 9).size());
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, store_->claim("hook:other", at(1), at(60), 9).size());
}

void StoreContract::gives_a_new_requests_delivery_its_object() {
  NewRequest request = sample_request();
  request.effects.push_back(sample_delivery("a"));
  request.effects.back().payload = "head\n";
  request.effects.back().with_body = true;
  const Record record = store_->submit(request).record;
  const auto open = store_->hooks().open_deliveries("hook:siem", 10);
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, open.size());
  CPPUNIT_ASSERT_EQUAL("head\n" + record.body, open.at(0).payload);
  CPPUNIT_ASSERT(open.at(0).ref == record.ref);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store_->hooks().count_deliveries("hook:siem"));
}

void StoreContract::keeps_webhooks_and_their_messages() {
  const RequestRef ref = store_->submit(sample_request()).record.ref;
  store_->append(ref, {sample_delivery("a", "hook:wh_1"), sample_delivery("b", "hook:wh_2")}, {});
  store_->hooks().put_webhook({"wh_1", "acme", "{}", at(1)}, {});
  store_->hooks().put_webhook({"wh_2", "acme", "{}", at(2)}, {});
  store_->hooks().put_webhook({"wh_1", "acme", R"({"url":"x"})", at(3)}, {});
  store_->hooks().set_hook_message(ref, "hook:wh_1", "1.1");
  store_->hooks().set_hook_message(ref, "hook:wh_1", "1.2");
  reopen();
  CPPUNIT_ASSERT_EQUAL(std::size_t{2}, store_->hooks().webhooks().size());
  CPPUNIT_ASSERT_EQUAL(std::string(R"({"url":"x"})"), store_->hooks().webhooks().at(0).settings);
  CPPUNIT_ASSERT(store_->hooks().webhooks().at(0).created == at(1));
  CPPUNIT_ASSERT_EQUAL(std::string("1.2"), store_->hooks().hook_message(ref, "hook:wh_1").value_or("none"));
  CPPUNIT_ASSERT(!store_->hooks().hook_message(ref, "hook:wh_2"));
  CPPUNIT_ASSERT(store_->hooks().drop_webhook("wh_1", "hook:wh_1", {}));
  CPPUNIT_ASSERT(!store_->hooks().drop_webhook("wh_1", "hook:wh_1", {}));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store_->hooks().count_deliveries("hook:wh_1"));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store_->hooks().count_deliveries("hook:wh_2"));
  CPPUNIT_ASSERT(!store_->hooks().hook_message(ref, "hook:wh_1"));
}

}  // namespace tests
