// What every store keeps to about lists, pages, counts and timelines.

#include <map>
#include <random>
#include <tuple>

#include "tests/bridge/store_contract.h"

namespace tests {

using bridge::Change;
using bridge::NewRequest;
using bridge::PageQuery;
using bridge::Record;
using bridge::RequestRef;
using workflows::State;

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

}  // namespace tests
