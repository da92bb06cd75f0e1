#include "tests/bridge/event_log_contract.h"

#include <algorithm>
#include <random>

#include "mappings/engine/text.h"
#include "tests/bridge/store_contract.h"

namespace tests {

using bridge::AddedEvents;
using bridge::EventQuery;
using bridge::NewEvent;
using bridge::NewEvents;
using bridge::StoredEvent;

namespace {
NewEvents one(const NewEvent& event, const std::string& queue = "acme") {
  NewEvents events;
  events.queue = queue;
  events.events = {event};
  return events;
}
std::string ids(const std::vector<StoredEvent>& events) {
  std::string text;
  for (const StoredEvent& event : events) text += (text.empty() ? "" : " ") + std::to_string(event.id);
  return text;
}
}  // namespace

NewEvent sample_event(int seconds) {
  NewEvent event;
  event.at = at(seconds);
  event.code = 92;
  event.body = [](std::int64_t id) { return "{\"id\":" + std::to_string(id) + "}"; };
  return event;
}

std::string EventLogContract::found(const EventQuery& query, const std::string& queue) {
  return ids(store_->events().page(queue, query));
}
std::int64_t EventLogContract::add(const NewEvent& event, const std::string& queue) {
  return store_->events().add(one(event, queue)).events.at(0).id;
}

void EventLogContract::gives_events_back_as_they_were_stored() {
  CPPUNIT_ASSERT(!store_->events().find("acme", 1));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, add(sample_event()));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, add(sample_event(), "other"));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, add(sample_event()));
  store_.reset();
  store_ = open();
  const auto event = store_->events().find("acme", 2);
  CPPUNIT_ASSERT(event);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, event->id);
  CPPUNIT_ASSERT_EQUAL(std::string("{\"id\":2}"), event->body);
  CPPUNIT_ASSERT_EQUAL(std::string("{\"id\":2}"), store_->events().page("acme", {}).at(1).body);
  CPPUNIT_ASSERT(!store_->events().find("other", 2));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{3}, add(sample_event()));
}

void EventLogContract::stores_events_of_one_call_all_or_none() {
  NewEvents events = one(sample_event());
  events.events = {sample_event(), sample_event(), sample_event()};
  CPPUNIT_ASSERT_EQUAL(std::string("1 2 3"), ids(store_->events().add(events).events));
  events.events[2].body = [](std::int64_t) -> std::string { throw std::runtime_error("a bad body"); };
  CPPUNIT_ASSERT_THROW(store_->events().add(events), std::runtime_error);
  CPPUNIT_ASSERT_EQUAL(std::string("1 2 3"), found({}));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, add(sample_event()));
  events.events.clear();
  CPPUNIT_ASSERT(store_->events().add(events).events.empty());
}

void EventLogContract::answers_a_repeated_key_with_the_first_events() {
  NewEvents events = one(sample_event());
  events.events.push_back(sample_event());
  events.idempotency_key = "k";
  events.idempotency_hash = "h1";
  add(sample_event());
  CPPUNIT_ASSERT_EQUAL(std::string("2 3"), ids(store_->events().add(events).events));
  add(sample_event());
  const AddedEvents again = store_->events().add(events);
  CPPUNIT_ASSERT(again.what == AddedEvents::What::repeated);
  CPPUNIT_ASSERT_EQUAL(std::string("2 3"), ids(again.events));
  CPPUNIT_ASSERT_EQUAL(std::string("{\"id\":3}"), again.events.at(1).body);
  events.idempotency_hash = "h2";
  CPPUNIT_ASSERT(store_->events().add(events).what == AddedEvents::What::mismatch);
  events.queue = "other";
  CPPUNIT_ASSERT(store_->events().add(events).what == AddedEvents::What::created);
  CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 4"), found({}));
}

void EventLogContract::gives_ids_in_commit_order_to_eight_threads() {
  constexpr int threads = 8;
  constexpr int each = 60;
  std::atomic<int> missed = 0;
  const int failed = on_threads(threads, [&](int) {
    for (int i = 0; i < each; ++i) {
      const std::int64_t id = add(sample_event(i));
      // Whoever reads now and goes on behind the last id must not miss an earlier one that commits later.
      EventQuery query;
      query.start_id = std::max<std::int64_t>(1, id - 8);
      std::int64_t expected = query.start_id;
      for (const StoredEvent& event : store_->events().page("acme", query))
        if (event.id != expected++) ++missed;
      if (expected <= id) ++missed;
    }
  });
  CPPUNIT_ASSERT_EQUAL(0, failed);
  CPPUNIT_ASSERT_EQUAL(0, missed.load());
  EventQuery query;
  query.take = 10000;
  CPPUNIT_ASSERT_EQUAL(std::size_t{threads} * each, store_->events().page("acme", query).size());
}

void EventLogContract::pages_by_start_take_and_last() {
  for (int i = 0; i < 60; ++i) add(sample_event(i));
  EventQuery query;
  CPPUNIT_ASSERT_EQUAL(std::size_t{50}, store_->events().page("acme", query).size());
  query.start_id = 58;
  CPPUNIT_ASSERT_EQUAL(std::string("58 59 60"), found(query));
  query.take = 2;
  CPPUNIT_ASSERT_EQUAL(std::string("58 59"), found(query));
  query.last = 3;
  CPPUNIT_ASSERT_EQUAL(std::string("60 59 58"), found(query));
  query.from = at(58);
  CPPUNIT_ASSERT_EQUAL(std::string("60 59"), found(query));
  query.until = at(59);
  CPPUNIT_ASSERT_EQUAL(std::string("59"), found(query));
  query = {};
  query.start_id = 61;
  CPPUNIT_ASSERT_EQUAL(std::string(), found(query));
  query = {};
  query.take = 0;
  CPPUNIT_ASSERT_EQUAL(std::string(), found(query));
  CPPUNIT_ASSERT_EQUAL(std::string(), found({}, "other"));
}

void EventLogContract::finds_a_computers_events_in_any_case() {
  for (const char* name : {"PC-1", "PC-2", "pc-1", ""}) {
    NewEvent event = sample_event();
    event.computer = name;
    add(event);
  }
  EventQuery query;
  query.computer = "Pc-1";
  CPPUNIT_ASSERT_EQUAL(std::string("1 3"), found(query));
  query.last = 1;
  CPPUNIT_ASSERT_EQUAL(std::string("3"), found(query));
  query = {};
  query.computer = "PC-3";
  CPPUNIT_ASSERT_EQUAL(std::string(), found(query));
}

void EventLogContract::finds_a_users_events_by_account_domain_and_name() {
  const std::pair<const char*, const char*> people[] = {
      {"ACME\\ann", "Ann Example"},
      {"ann", "Ann Example"},
      {"CONTOSO\\Ann", "Ann Other"},
      {"bob", "ann"},
      {"ann", "ann"},
      {"", ""},
  };
  for (const auto& [account, name] : people) {
    NewEvent event = sample_event();
    event.account = account;
    event.user = name;
    add(event);
  }
  const std::pair<const char*, const char*> cases[] = {
      {"acme\\ANN", "1 2 5"}, {"contoso\\ann", "2 3 5"}, {"else\\ann", "2 5"},
      {"ANN", "1 2 3 4 5"},   {"ann example", "1 2"},    {"Ann Other", "3"},
      {"bob", "4"},           {"acme\\bob", "4"},        {"nobody", ""},
  };
  for (const auto& [user, expected] : cases) {
    EventQuery query;
    query.user = user;
    CPPUNIT_ASSERT_EQUAL_MESSAGE(user, std::string(expected), found(query));
  }
  EventQuery query;
  query.user = "ann";
  query.last = 3;
  CPPUNIT_ASSERT_EQUAL(std::string("5 4 3"), found(query));
}

void EventLogContract::finds_a_period_whatever_the_order_events_came_in() {
  constexpr int unit = 50'000;  // seconds: some days lie between
  for (const int units : {10, 20, 5, 30, 15, 40, 1}) add(sample_event(units * unit));
  const auto between = [&](std::optional<int> from, std::optional<int> until) {
    EventQuery query;
    if (from) query.from = at(*from * unit);
    if (until) query.until = at(*until * unit);
    return found(query);
  };
  CPPUNIT_ASSERT_EQUAL(std::string("2 4 5 6"), between(15, {}));
  CPPUNIT_ASSERT_EQUAL(std::string("2 5"), between(15, 30));
  CPPUNIT_ASSERT_EQUAL(std::string("1 3 7"), between({}, 15));
  CPPUNIT_ASSERT_EQUAL(std::string("7"), between(0, 5));
  CPPUNIT_ASSERT_EQUAL(std::string("6"), between(40, 41));
  CPPUNIT_ASSERT_EQUAL(std::string(), between(41, {}));
  CPPUNIT_ASSERT_EQUAL(std::string(), between(30, 30));
  CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 4 5 6 7"), between({}, 41));
  // Its clock was far ahead, and many came in between.
  add(sample_event(1000 * unit));
  for (int i = 0; i < 150; ++i) add(sample_event(40 * unit));
  add(sample_event(60 * unit));
  CPPUNIT_ASSERT_EQUAL(std::string("8 159"), between(60, {}));
  EventQuery query;
  query.from = at(60 * unit);
  query.start_id = 9;
  CPPUNIT_ASSERT_EQUAL(std::string("159"), found(query));
  query.last = 5;
  CPPUNIT_ASSERT_EQUAL(std::string("159 8"), found(query));
}

void EventLogContract::finds_what_a_full_scan_finds_for_random_questions() {
  constexpr int hour = 3600;
  std::mt19937 random(20260131);
  const auto up_to = [&](int largest) {
    return static_cast<int>(random() % static_cast<unsigned>(largest + 1));
  };
  const char* const names[] = {"", "ann", "acme\\ann", "contoso\\ann", "bob"};
  std::vector<NewEvent> all;
  for (int i = 0; i < 300; ++i) {
    NewEvent event = sample_event((i + up_to(40) - 20) * hour);
    event.code = up_to(3);
    event.computer = up_to(4) == 0 ? "" : "pc-" + std::to_string(up_to(2));
    event.account = names[up_to(4)];
    event.user = up_to(3) == 0 ? "Ann" : "Bob Example";
    add(event);
    all.push_back(event);
  }
  for (int round = 0; round < 400; ++round) {
    EventQuery query;
    query.take = 1 + up_to(30);
    query.start_id = up_to(320);
    if (up_to(3) == 0) query.last = 1 + up_to(20);
    if (up_to(1)) query.code = up_to(3);
    if (up_to(1)) query.from = at((up_to(320) - 10) * hour);
    if (up_to(1)) query.until = at((up_to(330) - 10) * hour);
    if (const int by = up_to(3); by == 1)
      query.computer = "PC-" + std::to_string(up_to(2));
    else if (by == 2)
      query.user = names[1 + up_to(3)];
    std::vector<std::int64_t> expected;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const NewEvent& event = all[i];
      const auto id = static_cast<std::int64_t>(i) + 1;
      const std::string bare = query.user.substr(query.user.find('\\') + 1);
      const bool same_account = event.account == query.user || event.account == bare ||
                                (bare == query.user && event.account.ends_with('\\' + bare));
      if ((query.last == 0 && id < query.start_id) || (query.code && event.code != *query.code) ||
          (query.from && event.at < *query.from) || (query.until && event.at >= *query.until) ||
          (!query.computer.empty() && event.computer != mappings::lower_case(query.computer)) ||
          (!query.user.empty() && !same_account && mappings::lower_case(event.user) != query.user))
        continue;
      expected.push_back(id);
    }
    if (query.last > 0) std::reverse(expected.begin(), expected.end());
    const auto most = static_cast<std::size_t>(query.last > 0 ? query.last : query.take);
    if (expected.size() > most) expected.resize(most);
    std::string text;
    for (const std::int64_t id : expected) text += (text.empty() ? "" : " ") + std::to_string(id);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("round " + std::to_string(round), text, found(query));
  }
}

}  // namespace tests
