#include "tests/acceptance/hook_scene.h"

#include <algorithm>
#include <atomic>
#include <set>

#include <cppunit/TestAssert.h>

namespace acceptance {

using Arrival = tests::HookReceiver::Arrival;

namespace {

std::string next_run() {
  static std::atomic<int> runs{0};
  return "hooks-" + std::to_string(++runs);
}

std::string id_of(const std::string& body) {
  return std::to_string(Json::parse(body).get("id").as_integer().value_or(-1));
}

bool is_event(const Arrival& arrival) {
  return arrival.event == "events.created";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// In the order of their first coming.
std::vector<Arrival> without_repeats(const std::vector<Arrival>& all) {
  std::set<std::string> known;
  std::vector<Arrival> first;
  for (const Arrival& one : all)
    if (known.insert(one.id).second) first.push_back(one);
  return first;
}

// One after the other: none before the one before it was taken, none again behind a later one.
void assert_one_by_one(const std::vector<Arrival>& all, const std::string& what) {
  std::string current;
  bool taken = true;
  std::set<std::string> over;
  for (const Arrival& one : all) {
    CPPUNIT_ASSERT_MESSAGE(one.id + " came again behind a later one" + what, !over.contains(one.id));
    if (one.id != current) {
      CPPUNIT_ASSERT_MESSAGE(one.id + " came before " + current + " was taken" + what, taken);
      if (!current.empty()) over.insert(current);
      current = one.id;
      taken = false;
    }
    taken = taken || one.taken;
  }
  CPPUNIT_ASSERT_MESSAGE(current + " was never taken" + what, taken);
}

}  // namespace

HookScene::HookScene(const Bridge& bridge, const std::string& key, const tests::HookReceiver& receiver)
    : queue_(bridge.site(key)), receiver_(receiver), log_(bridge.log()), run_(next_run()) {}

void HookScene::add_requests(int count) {
  for (int n = 0; n < count; ++n) {
    Wanted wanted;
    wanted.number = static_cast<int>(requests_.size()) + 1;
    wanted.plan = static_cast<Plan>(requests_.size() % 4);
    requests_.push_back(std::move(wanted));
  }
}

void HookScene::add_events(int count) {
  for (int n = 0; n < count; ++n) events_.push_back({static_cast<int>(events_.size()) + 1, {}});
}

std::vector<std::string> HookScene::expected(Plan plan) {
  std::vector<std::string> events{"requests.created", "auditlog.created"};
  const std::string word = plan == Plan::deny ? "denied" : plan == Plan::withdraw ? "withdrawn" : "approved";
  for (const char* kind : {"requests.", "auditlog."}) events.push_back(kind + word);
  if (plan == Plan::use) events.insert(events.end(), {"requests.changed", "auditlog.used"});
  return events;
}

void HookScene::move(Wanted& wanted) const {
  if (wanted.id.empty()) {
    const auto answer = queue_.call("POST", "/requests", request_body(wanted.number),
                                    {{"Idempotency-Key", run_ + '-' + std::to_string(wanted.number)}});
    if (answer.status == 201 || answer.status == 200)
      wanted.id = std::to_string(answer.body.get("id").as_integer().value());
    return;
  }
  const std::string path = "/requests/" + wanted.id;
  if (!wanted.decided) {
    const auto answer =
        wanted.plan == Plan::deny       ? queue_.call("DELETE", path + "?deniedby=carol@acme.test&reason=no")
        : wanted.plan == Plan::withdraw ? queue_.call("POST", path + "/withdraw")
                                        : queue_.call("PUT", path + "?approvedby=carol@acme.test");
    wanted.decided = answer.status >= 200 && answer.status < 300;
  } else if (!wanted.used) {
    wanted.used =
        queue_.call("PUT", "/auditlog/" + wanted.id, Json::object({{"statusCode", 2}})).status == 204;
  }
}

bool HookScene::step() {
  for (Wanted& wanted : requests_)
    if (!wanted.done()) move(wanted);
  for (WantedEvent& event : events_) {
    if (!event.id.empty()) continue;
    const auto answer =
        queue_.call("POST", "/events",
                    Json::object({{"eventCode", 1}, {"computerName", "PC-" + std::to_string(event.number)}}),
                    {{"Idempotency-Key", run_ + "-event-" + std::to_string(event.number)}});
    if (answer.status != 201 && answer.status != 200) break;  // in their order
    event.id = id_of(answer.text);
  }
  return arrived();
}

bool HookScene::arrived() const {
  std::set<std::string> taken;
  for (const Arrival& one : receiver_.arrivals())
    if (one.taken) taken.insert(one.event + ' ' + id_of(one.body));
  for (const Wanted& wanted : requests_)
    for (const std::string& event : expected(wanted.plan))
      if (!wanted.done() || !taken.contains(event + ' ' + wanted.id)) return false;
  return std::all_of(events_.begin(), events_.end(), [&](const WantedEvent& event) {
    return !event.id.empty() && taken.contains("events.created " + event.id);
  });
}

void HookScene::verify() const {
  const auto all = receiver_.arrivals();
  std::map<std::string, std::vector<Arrival>> by_request;
  std::vector<Arrival> of_events;
  for (const Arrival& one : all) {
    CPPUNIT_ASSERT_MESSAGE("the signature of " + one.id + look(one.event), one.genuine);
    (is_event(one) ? of_events : by_request[id_of(one.body)]).push_back(one);
  }
  CPPUNIT_ASSERT_EQUAL_MESSAGE("requests that were told of" + look("all"), requests_.size(),
                               by_request.size());
  for (const Wanted& wanted : requests_) {
    const auto& mine = by_request[wanted.id];
    const std::string where = look("request " + wanted.id);
    assert_one_by_one(mine, where);
    std::vector<std::string> told;
    std::map<std::string, std::string> last;  // body, by "requests" and "auditlog"
    for (const Arrival& one : without_repeats(mine)) {
      told.push_back(one.event);
      last[one.event.substr(0, one.event.find('.'))] = one.body;
    }
    CPPUNIT_ASSERT_EQUAL_MESSAGE("what was told" + where, joined(expected(wanted.plan)), joined(told));
    for (const auto& [kind, body] : last)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(kind + " as the API shows it" + where,
                                   queue_.call("GET", '/' + kind + '/' + wanted.id).text, body);
  }
  assert_one_by_one(of_events, look("events"));
  std::vector<std::string> wanted, told;
  for (const WantedEvent& event : events_) wanted.push_back(event.id);
  for (const Arrival& one : without_repeats(of_events)) {
    told.push_back(id_of(one.body));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("an event as the API shows it" + look(one.id),
                                 queue_.call("GET", "/events/" + told.back()).text, one.body);
  }
  CPPUNIT_ASSERT_EQUAL_MESSAGE("the events that were told, in their order" + look("events"), joined(wanted),
                               joined(told));
}

}  // namespace acceptance
