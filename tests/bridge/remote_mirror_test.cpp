// The mirror of a tenant elsewhere: beside a tenant in memory, and beside another Countersign over HTTP.

#include "bridge/queue/remote_mirror.h"

#include <cppunit/extensions/HelperMacros.h>

#include "bridge/api/http_parser.h"
#include "tests/support/direct_api.h"
#include "tests/support/drain_bench.h"
#include "tests/support/fake_remote_queue.h"
#include "tests/support/key_ring.h"

using namespace std::chrono_literals;
using bridge::RemoteMirror;
using bridge::Reply;
using connectors::Outcome;
using connectors::Result;
using connectors::Verdict;
using mappings::Json;
using tests::FakeRemoteQueue;

namespace {

bridge::QueueConfig remote_queue() {
  bridge::QueueConfig config;
  config.name = "acme";
  config.remote = true;
  return config;
}

bridge::ApiParts mirrored_acme() {
  bridge::ApiParts parts;
  parts.remote_queues = {{"acme", true}};
  return parts;
}

Outcome fault(const char* reason, Verdict verdict = Verdict::retry) {
  Outcome outcome;
  outcome.verdict = verdict;
  outcome.reason = reason;
  return outcome;
}

std::int64_t parameter(const std::string& query, const std::string& name) {
  const auto at = ('&' + query).find('&' + name + '=');
  return at == std::string::npos ? -1 : std::stoll(query.substr(at + name.size() + 1));
}

// A tenant in memory: what it has under each path, by id.
struct Tenant {
  std::map<std::string, std::map<std::int64_t, std::string>> lists;
  std::map<std::string, Outcome> faults;  // by path
  std::map<std::int64_t, std::int64_t> changed;
  std::int64_t mark = 637'000'000'000'001'000;
  int most_rows = 2;
  int calls_until_fault = 1000;

  void entry(std::int64_t id, const std::string& status) {
    lists["/auditlog"][id] = Json::object({{"id", id}, {"status", status}}).dump();
    changed[id] = mark += 1000;
  }
  void add(const std::string& path, std::int64_t id) {
    lists[path][id] =
        Json::object({{"id", id}, {"eventCode", 92}, {"name", "PC-" + std::to_string(id)}}).dump();
  }

  Result<Json> answer(const std::string& path, const std::string& query) {
    Result<Json> result;
    if (const auto found = faults.find(path); found != faults.end()) {
      result.outcome = found->second;
    } else if (calls_until_fault-- <= 0) {
      result.outcome = fault("timeout");
    } else if (path == "/auditlog/delta") {
      const std::int64_t since = parameter(query, "deltaTime");
      Json entries = Json::array();
      for (const auto& [id, at] : changed)
        if (since >= 0 && at > since) entries.push_back(Json::parse(lists["/auditlog"][id]));
      result.value = Json::object({{"entries", entries}, {"timeNow", static_cast<double>(mark)}});
    } else {
      Json page = Json::array();
      auto& rows = lists[path];
      for (auto row = rows.lower_bound(parameter(query, "startid")); row != rows.end(); ++row)
        if (static_cast<int>(page.size()) < most_rows) page.push_back(Json::parse(row->second));
      result.value = page;
    }
    return result;
  }
};

struct MirrorBench {
  explicit MirrorBench(bridge::QueueConfig given = remote_queue())
      : config(std::move(given)), here(mirrored_acme()) {
    restart();
  }
  void restart() {
    mirror.reset();
    shield.reset();
    auto api = std::make_unique<FakeRemoteQueue>();
    there = api.get();
    there->lists = [this](const std::string& path, const std::string& query) {
      return tenant.answer(path, query);
    };
    shield = std::make_unique<bridge::QuotaShield>("acme", budget, here.store(), here.clock);
    mirror = std::make_unique<RemoteMirror>(config, here.store(), here.clock, *shield, std::move(api),
                                            [this] { return may_read; });
  }
  // Rounds until nothing is due now.
  void settle() {
    for (int i = 0; i < 50 && *mirror->next_due() <= here.clock.now(); ++i) mirror->round();
    CPPUNIT_ASSERT(*mirror->next_due() > here.clock.now());
  }
  Json part(const std::string& kind) const { return Json::parse(mirror->status()).get(kind); }
  std::string state(const std::string& kind) const { return part(kind).get("state").string_or(""); }

  bridge::QueueConfig config;
  Tenant tenant;
  tests::DirectApi here;
  bridge::CallBudget::Settings budget;
  Outcome may_read = fault("ok", Verdict::done);
  FakeRemoteQueue* there = nullptr;
  std::unique_ptr<bridge::QuotaShield> shield;
  std::unique_ptr<RemoteMirror> mirror;
};

// A Countersign that is somebody's tenant, over HTTP, and its mirror.
struct Pair {
  Pair() : here(mirrored_acme()) {
    key = tests::add_key(*tenant.store, "acme");
    access = tests::make_access(*tenant.store);
    bridge::ApiParts parts;
    parts.clock = &tenant.clock;
    api = std::make_unique<bridge::Api>(*tenant.store, *tenant.queue, *access, std::move(parts));
    front = std::make_unique<bridge::HttpFront>(
        bridge::HttpFront::Settings{},
        [this](const bridge::Incoming& request) { return api->handle(request); });
    config.url = "http://127.0.0.1:" + std::to_string(front->port());
    config.mirror.software = config.mirror.groups = true;
    shield = std::make_unique<bridge::QuotaShield>("acme", bridge::CallBudget::Settings{}, here.store(),
                                                   here.clock);
    mirror =
        std::make_unique<RemoteMirror>(config, here.store(), here.clock, *shield,
                                       bridge::make_remote_queue_api(config.url, bridge::Secret(key), http),
                                       [] { return fault("ok", Verdict::done); });
  }

  Reply ask_there(const std::string& method, const std::string& target, const std::string& body = "") {
    bridge::HttpParser parser;
    parser.feed(method + ' ' + target + " HTTP/1.1\r\nHost: a\r\napikey: " + key +
                "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    CPPUNIT_ASSERT_MESSAGE(target, parser.stage() == bridge::HttpParser::Stage::complete);
    const Reply reply = api->handle(parser.take());
    CPPUNIT_ASSERT_MESSAGE(target + ' ' + reply.body, reply.status < 300);
    return reply;
  }
  void request(const std::string& computer, const std::string& account, int type_code) {
    ask_there(
        "POST", "/requests",
        Json::object({{"typeCode", type_code},
                      {"reason", "why \"scanResults\":[] not"},
                      {"computer", Json::object({{"name", computer}})},
                      {"user", Json::object({{"account", account}, {"fullName", "Ann Example"}})},
                      {"scanResults",
                       Json::array({Json::object({{"scanResult", "Clean"}, {"engine", "BitDefender"}})})}})
            .dump());
  }
  void settle() {
    for (int i = 0; i < 50 && *mirror->next_due() <= here.clock.now(); ++i)
      CPPUNIT_ASSERT_MESSAGE(mirror->status(), mirror->round());
  }
  void pass(std::chrono::microseconds time) {
    tenant.clock.advance(time);
    here.clock.advance(time);
  }
  // Both answer the same, byte for byte.
  void assert_same(const std::string& target) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(target, ask_there("GET", target).body, here.ask("GET", target).body);
  }
  Json delta_here(const std::string& since) { return here.get("/auditlog/delta?deltaTime=" + since); }

  tests::DrainBench tenant;
  std::string key;
  std::unique_ptr<bridge::Access> access;
  std::unique_ptr<bridge::Api> api;
  std::unique_ptr<bridge::HttpFront> front;
  connectors::HttpClient http;
  bridge::QueueConfig config = remote_queue();
  tests::DirectApi here;
  std::unique_ptr<bridge::QuotaShield> shield;
  std::unique_ptr<RemoteMirror> mirror;
};

// As JSON has it, and as a client sends it back.
std::string ticks_of(const Json& delta) {
  return delta.get("timeNow").dump();
}

}  // namespace

class RemoteMirrorTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RemoteMirrorTest);
  CPPUNIT_TEST(serves_what_the_tenant_serves_field_by_field);
  CPPUNIT_TEST(tells_by_its_own_delta_what_changed_over_there);
  CPPUNIT_TEST(a_quiet_round_costs_two_calls);
  CPPUNIT_TEST(goes_on_after_a_restart_in_the_middle_of_the_history);
  CPPUNIT_TEST(a_tenant_without_a_list_stops_that_kind_alone);
  CPPUNIT_TEST(a_kind_whose_mark_is_damaged_waits_in_sight_and_holds_up_no_other);
  CPPUNIT_TEST(takes_no_call_that_polling_needs);
  CPPUNIT_TEST(reads_nothing_of_another_tenant);
  CPPUNIT_TEST(removes_computers_after_a_whole_pass_only);
  CPPUNIT_TEST(takes_smaller_pages_when_an_answer_was_too_large);
  CPPUNIT_TEST(an_odd_entry_is_kept_as_it_came);
  CPPUNIT_TEST(records_of_a_tenant_elsewhere_cannot_be_changed_here);
  CPPUNIT_TEST_SUITE_END();

 public:
  void serves_what_the_tenant_serves_field_by_field() {
    Pair pair;
    pair.request("PC-1", "ACME\\ann", 0);
    pair.request("PC-2", "ACME\\bob", 1);
    pair.request("PC-1", "ACME\\ann", 0);
    pair.pass(90s);
    pair.ask_there("PUT", "/requests/1?approvedby=bob@acme.test");
    pair.ask_there("DELETE", "/requests/2?reason=no");
    pair.ask_there("PUT", "/auditlog/1",
                   R"({"status":"Finished","installs":[{"application":"7-Zip","version":"23","vendor":"I"}],
                       "elevatedApplications":[{"name":"x","file":"x.exe","scanResults":1}]})");
    pair.ask_there("POST", "/events",
                   R"([{"eventCode":92,"computerName":"PC-1","userAccount":"ACME\\ann"},{"eventCode":5}])");
    pair.ask_there("PUT", "/inventory/PC-1",
                   R"({"user":{"account":"ann","groups":["g"]},"operatingSystem":{"type":"Server"},
                       "software":[{"name":"7-Zip","size":3}],"location":{"latitude":"1.5","hourOffset":-6}})");
    pair.ask_there("PUT", "/inventory/PC-2", R"({"inventoryAvailable":false})");
    pair.settle();
    for (const char* target : {"/auditlog",
                               "/auditlog?wantscandetails=1",
                               "/auditlog?status=denied",
                               "/auditlog?status=approved",
                               "/auditlog?type=session",
                               "/auditlog?last=2",
                               "/auditlog?startid=2&take=1",
                               "/auditlog?startid=9",
                               "/auditlog/1?wantscandetails=1",
                               "/computers/pc-1/auditlog",
                               "/users/ACME%5Cann/auditlog",
                               "/users/Ann%20Example/auditlog",
                               "/events",
                               "/events?code=5",
                               "/events?last=1",
                               "/events/1",
                               "/computers/PC-1/events",
                               "/users/ann/events",
                               "/inventory",
                               "/inventory?wantsoftware=1&wantgroups=1",
                               "/inventory/PC-1?wantgroups=1",
                               "/inventory/2"})
      pair.assert_same(target);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                         pair.here.get("/whoami").get("serverUsage").as_integer().value_or(-1));
  }

  void tells_by_its_own_delta_what_changed_over_there() {
    Pair pair;
    pair.request("PC-1", "ann", 0);
    pair.request("PC-2", "ann", 0);
    pair.settle();
    const std::string there = ticks_of(Json::parse(pair.ask_there("GET", "/auditlog/delta").body));
    const std::string here = ticks_of(pair.here.get("/auditlog/delta"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, pair.delta_here(here).get("entries").size());
    pair.pass(61s);
    pair.ask_there("DELETE", "/requests/2?reason=no");
    pair.settle();
    const Json told = Json::parse(pair.ask_there("GET", "/auditlog/delta?deltaTime=" + there).body);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, told.get("entries").size());
    CPPUNIT_ASSERT_EQUAL(told.get("entries").dump(), pair.delta_here(here).get("entries").dump());
    pair.assert_same("/auditlog");
    pair.pass(61s);
    pair.settle();
    const std::string after = ticks_of(pair.here.get("/auditlog/delta"));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("what did not change is not told again", std::size_t{0},
                                 pair.delta_here(after).get("entries").size());
  }

  void a_quiet_round_costs_two_calls() {
    MirrorBench bench;
    bench.tenant.entry(7, "Finished");
    bench.tenant.add("/events", 3);
    bench.settle();
    bench.there->calls.clear();
    bench.here.clock.advance(61s);
    bench.settle();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, bench.there->calls.size());
    CPPUNIT_ASSERT_EQUAL(std::string("get /events?startid=4&take=1000&days=30"), bench.there->calls.at(1));
    CPPUNIT_ASSERT_EQUAL(std::string("in step"), bench.state("auditlog"));
  }

  void goes_on_after_a_restart_in_the_middle_of_the_history() {
    bridge::QueueConfig config = remote_queue();
    config.mirror.events = config.mirror.inventory = false;
    MirrorBench bench(config);
    for (int id = 1; id <= 9; ++id) bench.tenant.entry(id, "Finished");
    bench.tenant.calls_until_fault = 3;  // the mark, two pages
    bench.mirror->round();
    bench.mirror->round();
    CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 4"), bench.here.ids("/auditlog"));
    bench.tenant.entry(2, "Denied");
    bench.tenant.calls_until_fault = 1000;
    bench.restart();
    bench.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 4 5 6 7 8 9"), bench.here.ids("/auditlog"));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("changed while it was away", std::string("2"),
                                 bench.here.ids("/auditlog?status=denied"));
    for (const std::string& call : bench.there->calls)
      CPPUNIT_ASSERT_MESSAGE(call, call.find("startid=0&") == std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{9}, bench.part("auditlog").get("rows").as_integer().value_or(-1));
  }

  void a_tenant_without_a_list_stops_that_kind_alone() {
    MirrorBench bench;
    bench.tenant.entry(7, "Finished");
    bench.tenant.faults["/events"] = fault("not_found", Verdict::rejected);
    bench.tenant.faults["/inventory"] = fault("forbidden");
    bench.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("in step"), bench.state("auditlog"));
    CPPUNIT_ASSERT_EQUAL(std::string("stopped"), bench.state("events"));
    CPPUNIT_ASSERT_EQUAL(std::string("stopped"), bench.state("inventory"));
    for (const char* part : {"events is not mirrored: not_found", "inventory is not mirrored: forbidden"})
      CPPUNIT_ASSERT_MESSAGE(bench.mirror->trouble(),
                             bench.mirror->trouble().find(part) != std::string::npos);
    bench.there->calls.clear();
    bench.here.clock.advance(2h);
    bench.settle();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bench.there->calls.size());
    bench.tenant.faults.clear();
    bench.tenant.add("/events", 3);
    bench.mirror->resume();
    bench.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("3"), bench.here.ids("/events?days=3650"));
    CPPUNIT_ASSERT_EQUAL(std::string(), bench.mirror->trouble());
  }

  void a_kind_whose_mark_is_damaged_waits_in_sight_and_holds_up_no_other() {
    MirrorBench bench;
    bench.tenant.entry(7, "Finished");
    bench.tenant.add("/events", 3);
    bench.here.store().set_value("mirror:queue:acme:auditlog", "{", bench.here.clock.now());
    CPPUNIT_ASSERT(!bench.mirror->round());
    bench.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("retrying"), bench.state("auditlog"));
    const std::string why = bench.part("auditlog").get("why").string_or("");
    CPPUNIT_ASSERT_MESSAGE(why, why.rfind("store: ", 0) == 0);
    CPPUNIT_ASSERT_EQUAL(std::string("in step"), bench.state("events"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, bench.part("events").get("rows").as_integer().value_or(0));
    bench.here.store().set_value("mirror:queue:acme:auditlog", "", bench.here.clock.now());
    bench.here.clock.advance(1h);
    bench.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("in step"), bench.state("auditlog"));
  }

  void takes_no_call_that_polling_needs() {
    MirrorBench bench;
    bench.budget.calls_a_day = 20;
    bench.restart();
    bench.tenant.entry(7, "Finished");
    bench.settle();
    for (int i = 0; i < 40; ++i) {
      bench.here.clock.advance(61s);
      bench.mirror->round();
    }
    CPPUNIT_ASSERT(bench.there->calls.size() < 18);
    CPPUNIT_ASSERT(!bench.shield->take(bridge::Purpose::poll));
    CPPUNIT_ASSERT_EQUAL(std::string("retrying"), bench.state("auditlog"));
    const std::string why = bench.part("auditlog").get("why").string_or("");
    CPPUNIT_ASSERT_MESSAGE(why, why.find("kept for decisions and polls") != std::string::npos);
    CPPUNIT_ASSERT_EQUAL_MESSAGE("a pause is no end", std::string(), bench.mirror->trouble());
  }

  void reads_nothing_of_another_tenant() {
    MirrorBench bench;
    bench.tenant.entry(7, "Finished");
    bench.may_read = fault("wrong_tenant");
    CPPUNIT_ASSERT(!bench.mirror->round());
    CPPUNIT_ASSERT(bench.there->calls.empty());
    bench.may_read = fault("ok", Verdict::done);
    bench.here.clock.advance(1h);
    bench.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("7"), bench.here.ids("/auditlog"));
  }

  void removes_computers_after_a_whole_pass_only() {
    MirrorBench bench;
    for (int id : {1, 2, 3, 4, 5}) bench.tenant.add("/inventory", id);
    bench.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("1 2 3 4 5"), bench.here.ids("/inventory"));
    bench.tenant.lists["/inventory"].erase(2);
    bench.here.clock.advance(1h);
    bench.settle();
    CPPUNIT_ASSERT_EQUAL_MESSAGE("once a day", std::string("1 2 3 4 5"), bench.here.ids("/inventory"));
    bench.restart();
    bench.settle();
    CPPUNIT_ASSERT_EQUAL_MESSAGE("a restart is no new day", std::string("1 2 3 4 5"),
                                 bench.here.ids("/inventory"));
    bench.here.clock.advance(24h);
    bench.config.mirror.auditlog = bench.config.mirror.events = false;
    bench.restart();
    bench.tenant.calls_until_fault = 1;
    bench.mirror->round();
    CPPUNIT_ASSERT_EQUAL_MESSAGE("half a pass says nothing", std::string("1 2 3 4 5"),
                                 bench.here.ids("/inventory"));
    bench.tenant.calls_until_fault = 1000;
    bench.here.clock.advance(1h);
    bench.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("1 3 4 5"), bench.here.ids("/inventory"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, bench.part("inventory").get("rows").as_integer().value_or(-1));
  }

  void takes_smaller_pages_when_an_answer_was_too_large() {
    MirrorBench bench;
    bench.tenant.add("/events", 3);
    bench.tenant.faults["/events"] = fault("too_large");
    bench.mirror->round();
    bench.tenant.faults.clear();
    bench.here.clock.advance(1h);
    bench.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("3"), bench.here.ids("/events?days=3650"));
    bool smaller = false;
    for (const std::string& call : bench.there->calls)
      smaller = smaller || call.find("take=500&days") != std::string::npos;
    CPPUNIT_ASSERT(smaller);
  }

  void an_odd_entry_is_kept_as_it_came() {
    MirrorBench bench;
    bench.tenant.lists["/auditlog"][7] =
        R"({"id":7,"status":"Melted","statusCode":77,"user":{"account":5},"scanResults":[{"engine":"x"}]})";
    bench.tenant.lists["/auditlog"][8] = R"({"id":8,"statusCode":3})";
    bench.settle();
    CPPUNIT_ASSERT_EQUAL(std::string("7 8"), bench.here.ids("/auditlog"));
    const Json odd = bench.here.get("/auditlog/7?wantscandetails=1");
    CPPUNIT_ASSERT_EQUAL(std::string("Melted"), odd.get("status").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, odd.get("scanResults").size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, bench.here.get("/auditlog/7").get("scanResults").size());
    const Json whole = bench.here.get("/auditlog/8");
    CPPUNIT_ASSERT_EQUAL(std::string("Denied"), whole.get("status").string_or(""));
    for (const char* key : {"installs", "ssoValidated", "requestTimeUTC", "responseTime", "auditlogLink"})
      CPPUNIT_ASSERT_MESSAGE(key, whole.has(key));
  }

  void records_of_a_tenant_elsewhere_cannot_be_changed_here() {
    MirrorBench bench;
    bench.tenant.add("/inventory", 5);
    bench.settle();
    struct Case {
      const char *method, *target, *body;
    };
    for (const Case& one : {Case{"POST", "/events", R"({"eventCode":92})"}, Case{"POST", "/requests", "{}"},
                            Case{"PUT", "/inventory/PC-9", "{}"}, Case{"DELETE", "/inventory/PC-5", ""},
                            Case{"DELETE", "/inventory/5", ""}}) {
      const Reply reply = bench.here.ask(one.method, one.target, {}, one.body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(one.method) + ' ' + one.target, 409, reply.status);
      CPPUNIT_ASSERT_MESSAGE(reply.body, tests::message_of(reply).find("tenant") != std::string::npos);
    }
    CPPUNIT_ASSERT_EQUAL(std::string("5"), bench.here.ids("/inventory"));
    CPPUNIT_ASSERT_EQUAL(std::string(), bench.here.ids("/events"));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RemoteMirrorTest);
