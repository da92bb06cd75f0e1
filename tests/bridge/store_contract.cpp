#include "tests/bridge/store_contract.h"

#include <algorithm>
#include <future>
#include <map>
#include <mutex>
#include <set>

namespace tests {

using bridge::Applied;
using bridge::Change;
using bridge::ErrorCode;
using bridge::NewRequest;
using bridge::Record;
using bridge::Submitted;
using workflows::State;

namespace {
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

bridge::Step StoreContract::stored_later(const Change& change) {
  std::promise<bridge::Step> told;
  store_->apply_later(
      change, [&](const Change&, bridge::Step step, const std::exception_ptr&) { told.set_value(step); });
  return told.get_future().get();
}

void StoreContract::takes_steps_that_nobody_waits_for() {
  const Record first = store_->submit(sample_request()).record;
  Change change = step_of(first, State::waiting);
  change.effects = {sample_effect("main")};
  std::vector<Applied> told;
  std::promise<void> both;
  for (int i = 0; i < 2; ++i)
    store_->apply_later(change, [&](const Change& of, bridge::Step step, const std::exception_ptr& trouble) {
      if (!trouble && of.ref == first.ref) told.push_back(step.applied);
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

}  // namespace tests
