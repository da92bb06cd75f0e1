#include "tests/bridge/trail_contract.h"

#include <algorithm>
#include <random>

#include "bridge/ops/error.h"
#include "bridge/store/trail_chain.h"
#include "tests/bridge/store_contract.h"

namespace tests {

using bridge::TrailEntry;
using bridge::TrailQuery;
using bridge::TrailRecord;

TrailEntry sample_entry(int seconds) {
  TrailEntry entry;
  entry.at = at(seconds);
  entry.actor = {"bob@acme.test", "", "", "192.0.2.7", "curl/8"};
  entry.action = "request.approved";
  entry.queue = "acme";
  entry.object = "request acme:7";
  entry.old_value = R"({"state":"waiting"})";
  entry.new_value = R"({"state":"settled"})";
  entry.detail = "approved by bob@acme.test";
  return entry;
}

std::string first_break(bridge::Trail& trail) {
  bridge::TrailWalk walk;
  TrailQuery query;
  query.limit = 7;
  for (;;) {
    const auto rows = trail.search(query);
    if (rows.empty()) return {};
    for (const TrailRecord& row : rows)
      if (const auto broken = walk.next(row))
        return std::to_string(broken->sequence) + ' ' + std::string(bridge::to_string(broken->what));
    query.after = rows.back().sequence;
  }
}

std::vector<TrailRecord> TrailContract::rows() {
  TrailQuery query;
  query.limit = 10000;
  return store_->trail().search(query);
}

std::string TrailContract::found(const TrailQuery& query) {
  std::string text;
  for (const TrailRecord& row : store_->trail().search(query))
    text += (text.empty() ? "" : " ") + std::to_string(row.sequence);
  return text;
}

std::int64_t TrailContract::counted(TrailQuery query, std::int64_t most) {
  query.limit = 0;
  query.count = most;
  const auto page = store_->trail().page(query);
  CPPUNIT_ASSERT(page.rows.empty());
  return page.found;
}

void TrailContract::gives_rows_back_as_they_were_recorded() {
  CPPUNIT_ASSERT(rows().empty());
  CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store_->trail().newest());
  TrailEntry whole = sample_entry(3);
  whole.actor = {"key cs_live_3fa97f2c", "Änne", "Freigeber", "2001:db8::7", "a\nb \"c\" \xF0\x9F\x94\x91"};
  TrailEntry empty;
  empty.at = at(2);
  store_->trail().add({whole, empty});
  store_->trail().add({});
  const auto stored = rows();
  CPPUNIT_ASSERT_EQUAL(std::size_t{2}, stored.size());
  CPPUNIT_ASSERT(stored[0].entry == whole);
  CPPUNIT_ASSERT(stored[1].entry == empty);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, stored[0].sequence);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, store_->trail().newest());
}

void TrailContract::stores_what_every_export_shows_alike() {
  TrailEntry entry = sample_entry();
  entry.detail = std::string("a\0b", 3);
  entry.object = "caf\xE9";
  entry.actor.user_agent = std::string(199, 'x') + "äöü";
  store_->trail().add({entry});
  const auto stored = rows().at(0).entry;
  CPPUNIT_ASSERT_EQUAL(std::string("a b"), stored.detail);
  CPPUNIT_ASSERT_EQUAL(std::string("caf\xEF\xBF\xBD"), stored.object);
  CPPUNIT_ASSERT_EQUAL(std::string(199, 'x'), stored.actor.user_agent);
  CPPUNIT_ASSERT_EQUAL(std::string(), first_break(store_->trail()));
}

void TrailContract::chains_each_row_to_the_one_before() {
  for (int i = 0; i < 5; ++i) store_->trail().add({sample_entry(i), sample_entry(i)});
  const auto stored = rows();
  CPPUNIT_ASSERT_EQUAL(std::string(bridge::trail_start), stored[0].previous);
  for (std::size_t i = 1; i < stored.size(); ++i)
    CPPUNIT_ASSERT_EQUAL(stored[i - 1].hash, stored[i].previous);
  for (const TrailRecord& row : stored)
    CPPUNIT_ASSERT_EQUAL(bridge::trail_hash(row.sequence, row.entry, row.previous), row.hash);
  CPPUNIT_ASSERT_EQUAL(std::string(), first_break(store_->trail()));
}

void TrailContract::goes_on_with_the_chain_when_reopened() {
  store_->trail().add({sample_entry()});
  store_.reset();
  store_ = open();
  store_->trail().add({sample_entry()});
  CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows().size());
  CPPUNIT_ASSERT_EQUAL(std::string(), first_break(store_->trail()));
}

void TrailContract::records_with_the_write_or_not_at_all() {
  auto request = sample_request();
  request.trail = {sample_entry()};
  const auto record = store_->submit(request).record;
  auto step = step_of(record, workflows::State::waiting);
  step.trail = {sample_entry(), sample_entry()};
  CPPUNIT_ASSERT(store_->apply(std::span(&step, 1)).front() == bridge::Applied::yes);
  CPPUNIT_ASSERT_EQUAL(std::string("1 2 3"), found({}));
  // Stale, taken, unknown: nothing was written, and nothing is recorded.
  CPPUNIT_ASSERT(store_->apply(std::span(&step, 1)).front() == bridge::Applied::stale);
  request.id = record.ref.id;
  CPPUNIT_ASSERT_THROW(store_->submit(request), bridge::Error);
  CPPUNIT_ASSERT_THROW(store_->append({"acme", 99}, {}, {}, {sample_entry()}), bridge::Error);
  CPPUNIT_ASSERT_THROW(store_->postpone(1, at(1), {"acme", 99}, {}, {sample_entry()}), bridge::Error);
  CPPUNIT_ASSERT_EQUAL(std::string("1 2 3"), found({}));
  store_->append(record.ref, {}, {}, {sample_entry()});
  store_->postpone(1, at(1), record.ref, {}, {sample_entry()});
  CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 4 5"), found({}));
}

void TrailContract::names_the_request_of_an_entry_that_names_nothing() {
  TrailEntry bare = sample_entry();
  bare.object.clear();
  bare.queue.clear();
  auto request = sample_request();
  request.trail = {bare};
  const auto record = store_->submit(request).record;
  store_->append(record.ref, {}, {}, {bare, sample_entry()});
  const auto stored = rows();
  CPPUNIT_ASSERT_EQUAL(std::string("request acme:1"), stored.at(0).entry.object);
  CPPUNIT_ASSERT_EQUAL(std::string("acme"), stored.at(0).entry.queue);
  CPPUNIT_ASSERT_EQUAL(std::string("request acme:1"), stored.at(1).entry.object);
  CPPUNIT_ASSERT_EQUAL(std::string("request acme:7"), stored.at(2).entry.object);
  CPPUNIT_ASSERT_EQUAL(std::string(), first_break(store_->trail()));
}

void TrailContract::keeps_the_chain_whole_under_eight_threads() {
  const int failed = on_threads(8, [&](int thread) {
    for (int i = 0; i < 25; ++i) {
      auto request = sample_request();
      request.trail = {sample_entry(thread)};
      store_->submit(request);
      store_->trail().add({sample_entry(thread)});
    }
  });
  CPPUNIT_ASSERT_EQUAL(0, failed);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{400}, store_->trail().newest());
  CPPUNIT_ASSERT_EQUAL(std::string(), first_break(store_->trail()));
}

void TrailContract::keeps_the_chain_whole_when_a_neighbour_fails() {
  auto taken = sample_request();
  taken.id = 7;
  taken.trail = {sample_entry()};
  store_->submit(taken);
  const int failed = on_threads(8, [&](int thread) {
    for (int i = 0; i < 25; ++i) {
      auto request = taken;
      if (thread % 2 == 0) request.id.reset();
      store_->submit(request);
    }
  });
  CPPUNIT_ASSERT_EQUAL(4, failed);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{101}, store_->trail().newest());
  CPPUNIT_ASSERT_EQUAL(std::string(), first_break(store_->trail()));
}

void TrailContract::finds_rows_by_each_question() {
  const auto add = [&](const char* actor, const char* action, const char* queue, const char* object) {
    TrailEntry entry = sample_entry(static_cast<int>(store_->trail().newest()));
    entry.actor = {actor, "", "", "", ""};
    entry.action = action;
    entry.queue = queue;
    entry.object = object;
    store_->trail().add({entry});
  };
  add("bob@acme.test", "request.approved", "acme", "request acme:7");
  add("Örjan", "request.denied", "acme", "request acme:8");
  add("key cs_live_1", "credential.created", "", "credential 1");
  add("key cs_live_1", "credential.removed", "acme", "credential 1");
  add("", "login.refused", "", "credential 1");
  add("bob@other.test", "request.approved", "other", "request other:7");
  TrailEntry stood = sample_entry(6);
  stood.actor = {"key cs_live_2", "Örjan", "", "", ""};
  stood.action = "requests";
  store_->trail().add({stood});

  struct Case {
    const char* name;
    TrailQuery query;
    const char* rows;
  };
  std::vector<Case> cases;
  const auto ask = [&](const char* name, const auto& set, const char* rows) {
    TrailQuery query;
    set(query);
    cases.push_back({name, query, rows});
  };
  ask(
      "all", [](TrailQuery&) {}, "1 2 3 4 5 6 7");
  ask(
      "queue", [](TrailQuery& q) { q.queue = "acme"; }, "1 2 4 7");
  ask(
      "no such queue", [](TrailQuery& q) { q.queue = "acm"; }, "");
  ask(
      "object", [](TrailQuery& q) { q.object = "credential 1"; }, "3 4 5");
  ask(
      "object of a queue", [](TrailQuery& q) { q.object = "credential 1", q.queue = "acme"; }, "4");
  ask(
      "part of an object is none", [](TrailQuery& q) { q.object = "credential"; }, "");
  ask(
      "action", [](TrailQuery& q) { q.action = "request.approved"; }, "1 6");
  ask(
      "part of an action is none", [](TrailQuery& q) { q.action = "request"; }, "");
  ask(
      "actions of requests", [](TrailQuery& q) { q.action = "request."; }, "1 2 6");
  ask(
      "actions of credentials", [](TrailQuery& q) { q.action = "credential."; }, "3 4");
  ask(
      "rare action", [](TrailQuery& q) { q.action = "login.refused"; }, "5");
  ask(
      "an action whose name begins like requests'", [](TrailQuery& q) { q.action = "requests"; }, "7");
  ask(
      "rare action of a queue", [](TrailQuery& q) { q.action = "credential.", q.queue = "acme"; }, "4");
  ask(
      "rare action of an object",
      [](TrailQuery& q) { q.action = "login.refused", q.object = "credential 1"; }, "5");
  ask(
      "actor, in part and any case", [](TrailQuery& q) { q.actor = "BOB@"; }, "1 6");
  ask(
      "actor with letters of its own, also as whom it stood for", [](TrailQuery& q) { q.actor = "öRJAN"; },
      "2 7");
  ask(
      "actor, cut by the limit", [](TrailQuery& q) { q.actor = "bob", q.limit = 1; }, "1");
  ask(
      "from, inclusive", [](TrailQuery& q) { q.from = at(5); }, "6 7");
  ask(
      "before, exclusive", [](TrailQuery& q) { q.before = at(1); }, "1");
  ask(
      "period", [](TrailQuery& q) { q.from = at(1), q.before = at(4); }, "2 3 4");
  ask(
      "period of a queue", [](TrailQuery& q) { q.from = at(1), q.before = at(4), q.queue = "acme"; }, "2 4");
  ask(
      "period of an object", [](TrailQuery& q) { q.before = at(3), q.object = "credential 1"; }, "3");
  ask(
      "period of an action", [](TrailQuery& q) { q.from = at(3), q.action = "credential."; }, "4");
  ask(
      "empty period", [](TrailQuery& q) { q.from = at(50), q.before = at(60); }, "");
  for (const Case& one : cases) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, std::string(one.rows), found(one.query));
    if (one.query.limit == 1) continue;
    const std::string rows = one.rows;
    const auto expected = rows.empty() ? 0 : std::count(rows.begin(), rows.end(), ' ') + 1;
    CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, std::int64_t{expected}, counted(one.query, 100));
  }
  CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, counted({}, 3));
}

void TrailContract::finds_a_period_when_the_clock_was_set_back() {
  for (const int seconds : {10, 20, 30, 12, 14, 40}) store_->trail().add({sample_entry(seconds)});
  TrailQuery query;
  query.from = at(11);
  query.before = at(25);
  CPPUNIT_ASSERT_EQUAL(std::string("2 4 5"), found(query));
  query.newest_first = true;
  CPPUNIT_ASSERT_EQUAL(std::string("5 4 2"), found(query));
  CPPUNIT_ASSERT_EQUAL(std::string(), first_break(store_->trail()));
}

// Among so many rows that a search leaves most of them out.
void TrailContract::finds_a_period_among_many_rows_whatever_the_clock_did() {
  constexpr int count = 3000;
  std::mt19937 random(7);
  std::vector<TrailEntry> entries;
  int clock = 100'000;
  for (int i = 0; i < count; ++i) {
    clock += static_cast<int>(random() % 3);
    if (i == 700) clock -= 900;                                                    // set back
    if (i == 1500) clock += 5000;                                                  // set ahead
    entries.push_back(sample_entry(i == 2048 ? 1 : i == 2300 ? 900'000 : clock));  // one row of another time
    entries.back().actor.name = i % 7 == 0 ? "ann" : "bob";
    entries.back().action = i % 11 == 0 ? "login.refused" : i % 13 == 0 ? "login.locked" : "request.denied";
    entries.back().queue = i % 5 == 0 ? "other" : "acme";
  }
  store_->trail().add(entries);
  const std::pair<int, int> periods[] = {
      {100'000, 100'001}, {99'000, 100'400},  {100'000, 102'000}, {0, 2},
      {104'900, 107'000}, {899'999, 900'001}, {0, 1'000'000},     {200'000, 800'000}};
  for (const auto& [from, before] : periods)
    for (const char* action : {"", "login.", "login.refused", "request.denied"})
      for (const char* queue : {"", "other"})
        for (const bool newest_first : {false, true}) {
          TrailQuery query;
          query.from = at(from);
          query.before = at(before);
          query.action = action;
          query.queue = queue;
          query.newest_first = newest_first;
          query.actor = "ANN";
          query.limit = count;
          std::vector<std::int64_t> expected, seen;
          for (int i = 0; i < count; ++i) {
            const TrailEntry& entry = entries[static_cast<std::size_t>(i)];
            if (entry.at >= at(from) && entry.at < at(before) && entry.actor.name == "ann" &&
                entry.action.starts_with(action) && (*queue == 0 || entry.queue == queue))
              expected.push_back(i + 1);
          }
          if (newest_first) std::reverse(expected.begin(), expected.end());
          for (const TrailRecord& row : store_->trail().search(query)) seen.push_back(row.sequence);
          const std::string name = std::to_string(from) + ' ' + action + ' ' + queue;
          CPPUNIT_ASSERT_MESSAGE(name, expected == seen);
          // The same in pieces, each of which looks at few rows.
          seen.clear();
          query.walk = 97;
          query.limit = 10;
          for (bool more = true; more;) {
            const auto page = store_->trail().page(query);
            for (const TrailRecord& row : page.rows) seen.push_back(row.sequence);
            query.after = page.reached;
            more = page.reached > 0;
          }
          CPPUNIT_ASSERT_MESSAGE(name + " in pieces", expected == seen);
        }
}

void TrailContract::looks_at_few_rows_for_a_short_period() {
  std::vector<TrailEntry> entries;
  for (int i = 0; i < 20'000; ++i) entries.push_back(sample_entry(i));
  store_->trail().add(entries);
  TrailQuery query;
  query.from = at(9000);
  query.before = at(9010);
  query.actor = "nobody";
  query.walk = 1100;  // two spans, and the rows that belong to none yet
  CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, store_->trail().page(query).reached);
  query.from.reset();
  query.before.reset();
  CPPUNIT_ASSERT_EQUAL(std::int64_t{1100}, store_->trail().page(query).reached);
}

void TrailContract::says_where_a_search_goes_on() {
  for (int i = 1; i <= 9; ++i) {
    TrailEntry entry = sample_entry(i);
    entry.actor.name = i == 4 || i == 9 ? "ann" : "bob";
    store_->trail().add({entry});
  }
  TrailQuery query;
  query.actor = "ann";
  query.walk = 3;
  const auto next = [&] {
    const auto page = store_->trail().page(query);
    query.after = page.reached;
    std::string text = std::to_string(page.reached) + ':';
    for (const TrailRecord& row : page.rows) text += ' ' + std::to_string(row.sequence);
    return text;
  };
  for (const char* expected : {"3:", "6: 4", "9: 9", "0:"})
    CPPUNIT_ASSERT_EQUAL(std::string(expected), next());
  query.newest_first = true;
  query.walk = 4;
  for (const char* expected : {"6: 9", "2: 4", "0:"}) CPPUNIT_ASSERT_EQUAL(std::string(expected), next());
  query.walk = 0;
  query.limit = 1;
  for (const char* expected : {"9: 9", "4: 4", "0:"}) CPPUNIT_ASSERT_EQUAL(std::string(expected), next());
  query.count = 2;
  query.limit = 1;
  query.after = 0;
  const auto page = store_->trail().page(query);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, page.found);
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, page.rows.size());
}

void TrailContract::pages_in_both_directions() {
  for (int i = 0; i < 5; ++i) store_->trail().add({sample_entry(i)});
  TrailQuery query;
  query.limit = 2;
  CPPUNIT_ASSERT_EQUAL(std::string("1 2"), found(query));
  query.after = 2;
  CPPUNIT_ASSERT_EQUAL(std::string("3 4"), found(query));
  query.after = 5;
  CPPUNIT_ASSERT_EQUAL(std::string(), found(query));
  query.newest_first = true;
  query.after = 0;
  CPPUNIT_ASSERT_EQUAL(std::string("5 4"), found(query));
  query.after = 4;
  CPPUNIT_ASSERT_EQUAL(std::string("3 2"), found(query));
  query.limit = 2;
  query.skip = 2;
  query.after = 0;
  CPPUNIT_ASSERT_EQUAL(std::string("3 2"), found(query));
  query.limit = 0;
  CPPUNIT_ASSERT_EQUAL(std::string(), found(query));
}

}  // namespace tests
