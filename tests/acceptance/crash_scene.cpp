#include "tests/acceptance/crash_scene.h"

#include <algorithm>
#include <atomic>
#include <set>

#include <cppunit/TestAssert.h>

namespace acceptance {

namespace {

constexpr int pending = 4, denied = 3;

std::string next_run() {
  static std::atomic<int> runs{0};
  return "run-" + std::to_string(++runs);
}

std::string reason_of(int number) {
  return "Not this one, number " + std::to_string(number);
}

bool is_closed(const Json& ticket) {
  static const std::set<std::string> closed{"6", "7", "8"};
  return closed.contains(ticket.get("state").string_or(""));
}

int rows_of(const Json& shown, std::initializer_list<std::string_view> whats) {
  int count = 0;
  const Json timeline = shown.get("timeline");
  for (std::size_t i = 0; i < timeline.size(); ++i) {
    const std::string what = timeline.at(i).get("what").string_or("");
    if (std::find(whats.begin(), whats.end(), what) != whats.end()) ++count;
  }
  return count;
}

}  // namespace

std::string decision_text(const Json& request) {
  const bool no = request.get("statusCode").as_integer().value_or(pending) == denied;
  return no ? "denied by " + request.get("deniedBy").string_or("") + ": " +
                  request.get("deniedReason").string_or("")
            : "approved by " + request.get("approvedBy").string_or("");
}

CrashScene::CrashScene(PracticeDesk& desk, JsonSite queue, std::string prefix, std::string log)
    : desk_(desk),
      queue_(std::move(queue)),
      prefix_(std::move(prefix)),
      log_(std::move(log)),
      run_(next_run()) {}

void CrashScene::add(Plan plan) {
  Wanted wanted;
  wanted.number = static_cast<int>(all_.size()) + 1;
  wanted.plan = plan;
  all_.push_back(std::move(wanted));
}

bool CrashScene::at_desk(const Wanted& wanted) const {
  return wanted.plan != Plan::queue_approves_early && wanted.plan != Plan::queue_denies_with_a_ticket;
}

bool CrashScene::approves(const Wanted& wanted) const {
  return wanted.plan != Plan::desk_denies && wanted.plan != Plan::queue_denies_with_a_ticket;
}

std::string CrashScene::look(const Wanted& wanted) const {
  return " (request " + (wanted.id.empty() ? "number " + std::to_string(wanted.number) : key(wanted)) +
         "; see " + log_ + ')';
}

void CrashScene::submit(Wanted& wanted) {
  const auto answer = queue_.call("POST", "/requests", request_body(wanted.number),
                                  {{"Idempotency-Key", run_ + '-' + std::to_string(wanted.number)}});
  if (answer.status == 0 || answer.status >= 500) return;
  CPPUNIT_ASSERT_MESSAGE("POST /requests: " + answer.text + look(wanted),
                         answer.status == 201 || answer.status == 200);
  wanted.id = std::to_string(answer.body.get("id").as_integer().value());
}

void CrashScene::decide(Wanted& wanted) {
  if (wanted.plan != Plan::queue_approves_early) {
    const Json tickets = desk_.tickets(key(wanted));
    if (tickets.size() == 0) return;
    CPPUNIT_ASSERT_EQUAL_MESSAGE("tickets" + look(wanted), std::size_t{1}, tickets.size());
    if (wanted.plan == Plan::desk_approves_when_reminded && reminded_count(tickets.at(0), key(wanted)) == 0)
      return;
  }
  if (at_desk(wanted)) {
    desk_.decide(key(wanted), approves(wanted), approves(wanted) ? "" : reason_of(wanted.number));
    wanted.decided = true;
    return;
  }
  const std::string path = "/requests/" + wanted.id;
  const auto answer =
      approves(wanted)
          ? queue_.call("PUT", path + "?approvedby=carol@acme.test")
          : queue_.call("DELETE", path + "?deniedby=carol@acme.test&reason=Not%20this%20one%2C%20number%20" +
                                      std::to_string(wanted.number));
  // Without an answer it may have happened; to say the same again must do no harm.
  wanted.decided = answer.status == 204;
}

void CrashScene::read(Wanted& wanted) {
  const auto answer = queue_.call("GET", "/requests/" + wanted.id);
  if (answer.status == 0 || answer.status >= 500) return;
  CPPUNIT_ASSERT_EQUAL_MESSAGE("an acknowledged request is there: " + answer.text + look(wanted), 200,
                               answer.status);
  if (answer.body.get("statusCode").as_integer().value_or(pending) == pending) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE("a decision that was seen is gone" + look(wanted), std::string(),
                                 wanted.seen);
    return;
  }
  const std::string text = decision_text(answer.body);
  if (wanted.seen.empty()) wanted.seen = text;
  CPPUNIT_ASSERT_EQUAL_MESSAGE("a decision that was seen has changed" + look(wanted), wanted.seen, text);
}

void CrashScene::look_at_ticket(Wanted& wanted) {
  const Json tickets = desk_.tickets(key(wanted));
  // Decided before the ticket was opened: then there may be none, and nobody to tell.
  wanted.told = tickets.size() == 0 ? wanted.plan == Plan::queue_approves_early
                                    : is_closed(tickets.at(0)) && told_count(tickets.at(0), key(wanted)) > 0;
}

bool CrashScene::step() {
  bool over = true;
  for (Wanted& wanted : all_) {
    if (wanted.over()) continue;
    if (wanted.id.empty()) submit(wanted);
    if (!wanted.id.empty() && !wanted.decided) decide(wanted);
    if (!wanted.id.empty()) read(wanted);
    if (!wanted.seen.empty()) look_at_ticket(wanted);
    over = over && wanted.over();
  }
  return over;
}

// The audit log's chain is whole, and has each decision once.
void CrashScene::verify_trail(const Bridge& bridge, const std::string& prefix) const {
  const auto verified = bridge.command({"audit", "verify"});
  CPPUNIT_ASSERT_EQUAL_MESSAGE("audit verify: " + verified.out + verified.err + "; see " + log_, 0,
                               verified.code);
  for (const Wanted& wanted : all_) {
    const auto rows = bridge.command({"audit", "export", "--object", "request " + prefix + wanted.id});
    int decisions = 0;
    for (const char* action : {"approved", "denied", "expired", "decision_lost"}) {
      const std::string part = "\"action\":\"request." + std::string(action) + '"';
      for (auto at = rows.out.find(part); at != std::string::npos; at = rows.out.find(part, at + 1))
        ++decisions;
    }
    CPPUNIT_ASSERT_EQUAL_MESSAGE("decisions in the audit log: " + rows.out + rows.err + look(wanted), 1,
                                 decisions);
  }
}

void CrashScene::verify(const Bridge& bridge, const Bridge* tenant) const {
  verify_trail(bridge, prefix_);
  if (tenant != nullptr) verify_trail(*tenant, "tenant:");
  const Json rows = bridge.list();
  for (std::size_t i = 0; i < rows.size(); ++i)
    CPPUNIT_ASSERT_EQUAL_MESSAGE("state of " + rows.at(i).dump() + "; see " + log_, std::string("settled"),
                                 rows.at(i).get("state").string_or(""));
  CPPUNIT_ASSERT_EQUAL_MESSAGE("requests in the store; see " + log_, all_.size(), rows.size());
  for (const Wanted& wanted : all_) {
    const Json tickets = desk_.tickets(key(wanted));
    if (wanted.plan != Plan::queue_approves_early || tickets.size() > 0)
      CPPUNIT_ASSERT_EQUAL_MESSAGE("tickets" + look(wanted), std::size_t{1}, tickets.size());
    for (std::size_t i = 0; i < tickets.size(); ++i) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE("times that the ticket was told" + look(wanted), 1,
                                   told_count(tickets.at(i), key(wanted)));
      CPPUNIT_ASSERT_MESSAGE("the ticket is closed" + look(wanted), is_closed(tickets.at(i)));
      CPPUNIT_ASSERT_EQUAL_MESSAGE("times that the desk was reminded" + look(wanted),
                                   wanted.plan == Plan::desk_approves_when_reminded ? 1 : 0,
                                   reminded_count(tickets.at(i), key(wanted)));
    }
    const auto now = queue_.call("GET", "/requests/" + wanted.id);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the decision" + look(wanted), expected(wanted, tenant != nullptr),
                                 decision_text(now.body));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the decision that was seen first" + look(wanted), decision_text(now.body),
                                 wanted.seen);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(
        "decisions in the timeline" + look(wanted), 1,
        rows_of(bridge.show(prefix_ + wanted.id),
                {"decision_reached", "queue_decided", "deadline_reached", "write_lost", "withdrawn"}));
    if (tenant != nullptr)
      CPPUNIT_ASSERT_EQUAL_MESSAGE("decisions that the remote queue took" + look(wanted), 1,
                                   rows_of(tenant->show("tenant:" + wanted.id), {"queue_decided"}));
  }
}

// A remote queue is given the decider's mail and shows that.
std::string CrashScene::expected(const Wanted& wanted, bool remote) const {
  const std::string by = !at_desk(wanted) ? "carol@acme.test"
                         : remote         ? "approver@practice.test"
                                          : "Alex Approver";
  return approves(wanted) ? "approved by " + by : "denied by " + by + ": " + reason_of(wanted.number);
}

}  // namespace acceptance
