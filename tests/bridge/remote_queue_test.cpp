// A remote queue at work, without its threads: real store and ledger, a queue in memory, a fake clock.

#include "bridge/queue/remote_queue.h"

#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/metrics.h"
#include "bridge/queue/remote_hint.h"
#include "tests/support/drain_bench.h"
#include "tests/support/fake_remote_queue.h"

using namespace std::chrono_literals;
using bridge::CallBudget;
using bridge::Purpose;
using bridge::QuotaShield;
using bridge::RemoteQueue;
using connectors::Verdict;
using mappings::Json;
using tests::FakeRemoteQueue;

namespace {

struct QueueBench : tests::DrainBench {
  QueueBench() : DrainBench(false, true) {
    budget.rest = config.queues[0].poll;
    budget.quick = config.queues[0].poll_quick;
    restart();
  }

  // As after a new start of the bridge: the same store, the same tenant over there.
  void restart() {
    const std::optional<FakeRemoteQueue> before = remote ? std::optional(*remote) : std::nullopt;
    queue_there.reset();
    shield.reset();
    auto api = std::make_unique<FakeRemoteQueue>();
    if (before) *api = *before;
    remote = api.get();
    remote->calls.clear();
    shield = std::make_unique<QuotaShield>("acme", budget, *store, clock);
    queue_there = std::make_unique<RemoteQueue>(config.queues[0], *ledger, *shield, std::move(api));
  }

  // A request that waits over there and here, with its ticket.
  std::int64_t waiting() {
    const auto id = submit().ref.id;
    remote->add(id);
    work();
    return id;
  }
  void decide(std::int64_t id) {
    desk->decide("acme:" + std::to_string(id), true, "bob");
    poll();
  }
  // Performs what is due for the queue; how many.
  int write() {
    const auto due = store->claim(bridge::queue_lane("acme"), clock.now(), clock.now() + 2min, 10);
    for (const auto& effect : due) queue_there->perform(effect);
    // Steps are stored one after the other: what waits for this one has seen those before.
    store->set_value("written", "", clock.now());
    return static_cast<int>(due.size());
  }
  int asked(const std::string& call) const {
    int count = 0;
    for (const std::string& one : remote->calls) count += one.rfind(call, 0) == 0;
    return count;
  }
  Json status() const { return Json::parse(queue_there->status()); }

  CallBudget::Settings budget;
  FakeRemoteQueue* remote = nullptr;
  std::unique_ptr<QuotaShield> shield;
  std::unique_ptr<RemoteQueue> queue_there;
};

}  // namespace

class RemoteQueueTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RemoteQueueTest);
  CPPUNIT_TEST(another_tenants_key_stops_the_queue);
  CPPUNIT_TEST(a_renamed_tenant_is_taken_when_the_configuration_names_it);
  CPPUNIT_TEST(a_refused_key_makes_it_look_whose_key_it_is);
  CPPUNIT_TEST(a_server_that_does_not_say_its_tenant_is_taken);
  CPPUNIT_TEST(a_server_that_falls_silent_after_it_named_its_tenant_is_not_taken);
  CPPUNIT_TEST(while_the_tenant_cannot_be_asked_nothing_is_read_or_written);
  CPPUNIT_TEST(decisions_go_out_when_polls_have_used_their_share);
  CPPUNIT_TEST(a_decision_waits_in_sight_when_no_call_is_left_and_goes_out_when_the_day_turns);
  CPPUNIT_TEST(a_refusal_by_the_tenant_holds_polls_and_decisions);
  CPPUNIT_TEST(no_call_is_forgotten_by_a_kill);
  CPPUNIT_TEST(a_decision_is_parked_after_many_attempts_but_for_no_outage);
  CPPUNIT_TEST(a_lost_name_is_said_on_the_ticket_once);
  CPPUNIT_TEST(a_hint_polls_at_the_shortest_interval);
  CPPUNIT_TEST(a_hint_names_ids_or_nothing);
  CPPUNIT_TEST_SUITE_END();

 public:
  void another_tenants_key_stops_the_queue() {
    QueueBench bench;
    bench.remote->tenant = "Acme";
    const auto id = bench.waiting();
    CPPUNIT_ASSERT(bench.queue_there->poll_once());
    CPPUNIT_ASSERT_EQUAL(std::string("Acme"), bench.status().get("tenant").string_or(""));
    bench.restart();
    bench.remote->tenant = "Other";
    bench.decide(id);
    CPPUNIT_ASSERT_EQUAL(1, bench.write());
    CPPUNIT_ASSERT(!bench.queue_there->poll_once());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("asked once, and nothing else", std::size_t{1}, bench.remote->calls.size());
    CPPUNIT_ASSERT_EQUAL(std::string("writing"), bench.state(id));
    const std::string why = bench.queue_there->trouble();
    for (const char* part : {"Acme", "Other", "tenant: 'Other'"})
      CPPUNIT_ASSERT_MESSAGE(why, why.find(part) != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::string("stopped"), bench.status().get("state").string_or(""));

    bench.remote->tenant.reset();
    bench.clock.advance(6min);
    CPPUNIT_ASSERT_MESSAGE("falling silent is no way out", !bench.queue_there->poll_once());

    bench.remote->tenant = "Acme";
    bench.clock.advance(6min);
    CPPUNIT_ASSERT(bench.queue_there->poll_once());
    CPPUNIT_ASSERT_EQUAL(1, bench.write());
    CPPUNIT_ASSERT_EQUAL(1, bench.asked("approve"));
    CPPUNIT_ASSERT(bench.queue_there->trouble().empty());
  }

  void a_renamed_tenant_is_taken_when_the_configuration_names_it() {
    QueueBench bench;
    bench.remote->tenant = "Acme";
    CPPUNIT_ASSERT(bench.queue_there->poll_once());
    bench.config.queues[0].tenant = "Acme Holding";
    bench.restart();
    CPPUNIT_ASSERT_MESSAGE("the configuration counts", !bench.queue_there->poll_once());
    bench.remote->tenant = "Acme Holding";
    bench.queue_there->resume();
    CPPUNIT_ASSERT(bench.queue_there->poll_once());
    bench.config.queues[0].tenant.clear();
    bench.restart();
    CPPUNIT_ASSERT_MESSAGE("remembered from then on", bench.queue_there->poll_once());
  }

  void a_refused_key_makes_it_look_whose_key_it_is() {
    QueueBench bench;
    bench.remote->tenant = "Acme";
    CPPUNIT_ASSERT(bench.queue_there->poll_once());
    bench.clock.advance(1min);
    CPPUNIT_ASSERT(bench.queue_there->poll_once());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("not at every poll", 1, bench.asked("whoami"));
    bench.remote->list_fault = tests::outcome(Verdict::retry, "auth", true);
    CPPUNIT_ASSERT(!bench.queue_there->poll_once());
    bench.remote->list_fault.reset();
    bench.remote->tenant = "Other";
    CPPUNIT_ASSERT(!bench.queue_there->poll_once());
    CPPUNIT_ASSERT_EQUAL(2, bench.asked("whoami"));
    CPPUNIT_ASSERT(!bench.queue_there->trouble().empty());
  }

  void a_server_that_does_not_say_its_tenant_is_taken() {
    QueueBench bench;
    CPPUNIT_ASSERT(bench.queue_there->poll_once());
    CPPUNIT_ASSERT(bench.queue_there->trouble().empty());
    bench.remote->tenant_fault = tests::outcome(Verdict::retry, "forbidden", true);
    bench.restart();
    CPPUNIT_ASSERT_MESSAGE("nor one that may not be asked", bench.queue_there->poll_once());
    bench.remote->tenant_fault.reset();
    bench.config.queues[0].tenant = "Acme";
    bench.restart();
    CPPUNIT_ASSERT_MESSAGE("but not when the configuration names one", !bench.queue_there->poll_once());
  }

  void a_server_that_falls_silent_after_it_named_its_tenant_is_not_taken() {
    QueueBench bench;
    bench.remote->tenant = "Acme";
    CPPUNIT_ASSERT(bench.queue_there->poll_once());
    bench.remote->tenant.reset();
    bench.restart();
    CPPUNIT_ASSERT_MESSAGE("it may be another one", !bench.queue_there->poll_once());
    CPPUNIT_ASSERT_EQUAL(0, bench.asked("pending"));
    const std::string why = bench.queue_there->trouble();
    CPPUNIT_ASSERT_MESSAGE(why, why.find("that of the tenant Acme") != std::string::npos);
    bench.remote->tenant = "Acme";
    bench.clock.advance(6min);
    CPPUNIT_ASSERT(bench.queue_there->poll_once());
    CPPUNIT_ASSERT(bench.queue_there->trouble().empty());
  }

  void while_the_tenant_cannot_be_asked_nothing_is_read_or_written() {
    QueueBench bench;
    const auto id = bench.waiting();
    bench.decide(id);
    bench.remote->tenant_fault = tests::outcome(Verdict::retry, "server");
    CPPUNIT_ASSERT(!bench.queue_there->poll_once());
    bench.write();
    CPPUNIT_ASSERT_EQUAL(0, bench.asked("approve") + bench.asked("pending"));
    bench.remote->tenant_fault.reset();
    bench.remote->tenant = "Acme";
    bench.clock.advance(2min);
    bench.write();
    CPPUNIT_ASSERT_EQUAL(1, bench.asked("approve"));
  }

  void decisions_go_out_when_polls_have_used_their_share() {
    QueueBench bench;
    bench.budget.calls_a_day = 40;
    bench.budget.reserve_percent = 50;
    bench.restart();
    const auto id = bench.waiting();
    int polls = 0;
    while (bench.queue_there->poll_once() && polls < 100) ++polls;
    CPPUNIT_ASSERT(polls > 5 && polls <= 20);
    CPPUNIT_ASSERT_EQUAL(std::size_t{20}, bench.remote->calls.size());
    CPPUNIT_ASSERT_EQUAL(std::string("decisions only"), bench.status().get("state").string_or(""));
    bench.decide(id);
    CPPUNIT_ASSERT_EQUAL(1, bench.write());
    CPPUNIT_ASSERT_EQUAL(std::string("telling"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{22}, bench.status().get("calls").get("used").as_integer().value_or(0));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, bench.shield->figures().decisions);
  }

  void a_decision_waits_in_sight_when_no_call_is_left_and_goes_out_when_the_day_turns() {
    QueueBench bench;
    bench.budget.calls_a_day = 300;
    bench.restart();
    const auto id = bench.waiting();
    bench.queue_there->poll_once();
    while (!bench.shield->take(Purpose::decision)) {
    }
    bench.decide(id);
    CPPUNIT_ASSERT_EQUAL(1, bench.write());
    CPPUNIT_ASSERT_EQUAL(std::string("writing"), bench.state(id));
    CPPUNIT_ASSERT(!bench.queue_there->poll_once());
    CPPUNIT_ASSERT_EQUAL(std::string("paused"), bench.status().get("state").string_or(""));
    const std::string why = bench.status().get("why").string_or("");
    CPPUNIT_ASSERT_MESSAGE(why, why.find("decisions wait") != std::string::npos);
    bool said = false;
    for (const auto& row : bench.store->timeline({"acme", id}))
      said = said || (row.what == "retry" && row.text.find("quota: ") != std::string::npos);
    CPPUNIT_ASSERT(said);
    const auto turns = bench.shield->figures().day_ends;
    while (bench.clock.now() < turns) {
      CPPUNIT_ASSERT_EQUAL(0, bench.asked("approve"));
      bench.clock.advance(10min);
      bench.write();
    }
    bench.clock.advance(2min);
    bench.write();
    CPPUNIT_ASSERT_EQUAL(1, bench.asked("approve"));
    CPPUNIT_ASSERT_EQUAL(std::string("telling"), bench.state(id));
  }

  void a_refusal_by_the_tenant_holds_polls_and_decisions() {
    QueueBench bench;
    CPPUNIT_ASSERT(bench.queue_there->poll_once());
    bench.remote->list_fault = tests::outcome(Verdict::retry, "rate_limited", true);
    bench.remote->list_fault->after = 20min;
    CPPUNIT_ASSERT(!bench.queue_there->poll_once());
    bench.remote->list_fault.reset();
    const auto calls = bench.remote->calls.size();
    bench.clock.advance(19min);
    CPPUNIT_ASSERT(!bench.queue_there->poll_once());
    CPPUNIT_ASSERT(bench.shield->closed_until(Purpose::decision).has_value());
    CPPUNIT_ASSERT_EQUAL(calls, bench.remote->calls.size());
    bench.clock.advance(2min);
    CPPUNIT_ASSERT(bench.queue_there->poll_once());
  }

  void no_call_is_forgotten_by_a_kill() {
    QueueBench bench;
    for (int i = 0; i < 1234; ++i) bench.shield->take(Purpose::poll);
    // The first one is still there, as if its process had been killed: nothing was written at its end.
    QuotaShield after_a_kill("acme", bench.budget, *bench.store, bench.clock);
    const auto used = after_a_kill.figures().used;
    CPPUNIT_ASSERT_MESSAGE(std::to_string(used), used >= 1234 && used <= 1234 + 200);
    bench.restart();
    CPPUNIT_ASSERT_EQUAL_MESSAGE("a clean end is exact", std::int64_t{1234}, bench.shield->figures().used);
  }

  void a_decision_is_parked_after_many_attempts_but_for_no_outage() {
    QueueBench bench;
    const auto id = bench.waiting();
    bench.decide(id);
    bench.remote->tenant_fault = tests::outcome(Verdict::retry, "server");
    for (int i = 0; i < 60; ++i, bench.clock.advance(10min)) CPPUNIT_ASSERT_EQUAL(1, bench.write());
    CPPUNIT_ASSERT_EQUAL(std::string("writing"), bench.state(id));
    bench.remote->tenant_fault.reset();
    bench.remote->write_fault = FakeRemoteQueue::WriteFault::ignored;
    CPPUNIT_ASSERT_EQUAL(1, bench.write());
    CPPUNIT_ASSERT_EQUAL_MESSAGE("answered, and not done", std::string("parked_writing"), bench.state(id));
  }

  void a_lost_name_is_said_on_the_ticket_once() {
    QueueBench bench;
    bench.remote->knows_nobody = true;
    const auto before = bridge::metrics().names_not_taken_total.at("acme").value();
    const auto id = bench.waiting();
    bench.decide(id);
    bench.write();
    bench.work();
    CPPUNIT_ASSERT_EQUAL(std::string("settled"), bench.state(id));
    CPPUNIT_ASSERT_EQUAL(before + 1, bridge::metrics().names_not_taken_total.at("acme").value());
    CPPUNIT_ASSERT(bench.timeline(id).find("name_not_taken") != std::string::npos);
    int notes = 0;
    for (const std::string& comment : bench.desk->ticket("acme:1").comments)
      notes +=
          comment.find("bob@desk.test") != std::string::npos && comment.find("portal") != std::string::npos;
    CPPUNIT_ASSERT_EQUAL(1, notes);
  }

  void a_hint_polls_at_the_shortest_interval() {
    QueueBench bench;
    bench.queue_there->poll_once();
    bench.clock.advance(1h);
    CPPUNIT_ASSERT(bench.queue_there->wait(1) >= 10s && bench.queue_there->wait(1) <= 11s);
    for (int flood = 0; flood < 1000; ++flood) bench.queue_there->hint({7});
    CPPUNIT_ASSERT(bench.queue_there->wait(1) >= 2s && bench.queue_there->wait(1) <= 2200ms);
    bench.remote->list_fault = tests::outcome(Verdict::retry, "rate_limited", true);
    bench.remote->list_fault->after = 40s;
    bench.queue_there->poll_once();
    bench.queue_there->hint({7});
    CPPUNIT_ASSERT_MESSAGE("a hint does not shorten what the tenant asked for",
                           bench.queue_there->wait(1) >= 40s);
  }

  void a_hint_names_ids_or_nothing() {
    using Ids = std::vector<std::int64_t>;
    const std::pair<const char*, Ids> cases[] = {
        {R"({"id":7,"status":"Pending approval"})", {7}},
        {R"([{"id":7},{"id":"8"},{"traceNo":"9"},{"id":10}])", {7, 10}},
        {R"({"id":-7})", {}},
        {"[]", {}},
        {"", {}},
        {"not JSON", {}},
        {"17", {}},
    };
    for (const auto& [body, ids] : cases) CPPUNIT_ASSERT_MESSAGE(body, bridge::hinted_ids(body) == ids);
    std::string many = "[";
    for (int i = 1; i <= 5000; ++i) many += (i > 1 ? ",{\"id\":" : "{\"id\":") + std::to_string(i) + '}';
    CPPUNIT_ASSERT_EQUAL(std::size_t{50}, bridge::hinted_ids(many + "]").size());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RemoteQueueTest);
