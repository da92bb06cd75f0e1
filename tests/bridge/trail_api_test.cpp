// The audit log over HTTP, and the refused logins in it.

#include "bridge/api/trail_api.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/access/secret_text.h"
#include "bridge/api/refused_logins.h"
#include "tests/bridge/store_contract.h"
#include "tests/bridge/trail_contract.h"
#include "tests/support/direct_api.h"
#include "tests/support/key_ring.h"
#include "tests/support/temporary_folder.h"

using bridge::TrailEntry;
using mappings::Json;

class TrailApiTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TrailApiTest);
  CPPUNIT_TEST(lists_the_rows_of_the_keys_queue_only);
  CPPUNIT_TEST(shows_everything_that_a_hash_is_made_of);
  CPPUNIT_TEST(pages_and_filters);
  CPPUNIT_TEST(says_where_a_long_search_goes_on);
  CPPUNIT_TEST(nothing_lies_behind_the_largest_number);
  CPPUNIT_TEST(answers_in_keepnets_shape);
  CPPUNIT_TEST(refuses_a_search_that_it_cannot_answer);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    api_.emplace();
    for (int i = 1; i <= 5; ++i) {
      TrailEntry entry = tests::sample_entry(i);
      entry.queue = i == 2 ? "other" : i == 3 ? "" : "acme";
      if (i == 4) entry.action = "request.denied";
      if (i == 5) entry.actor = {"key cs_live_1", "Örjan", "", "192.0.2.8", "x"};
      api_->store().trail().add({entry});
    }
  }
  void tearDown() override { api_.reset(); }

  void lists_the_rows_of_the_keys_queue_only() {
    CPPUNIT_ASSERT_EQUAL(std::string("1 4 5"), sequences("/audit"));
    CPPUNIT_ASSERT_EQUAL(std::string("1 4 5"), sequences("/audit?queue=other"));
    api_->use_queue("other");
    CPPUNIT_ASSERT_EQUAL(std::string("2"), sequences("/audit"));
    api_->use_queue("third");
    CPPUNIT_ASSERT_EQUAL(std::string(), sequences("/audit"));
    CPPUNIT_ASSERT_EQUAL(std::string("0"), search("{}").get("totalNumberOfRecords").dump());
    api_->key = "cs_live_3fa97f2c_wrong";
    CPPUNIT_ASSERT_EQUAL(401, api_->ask("GET", "/audit").status);
    CPPUNIT_ASSERT_EQUAL(401, api_->ask("POST", "/api/audit-logs/search", {}, "{}").status);
  }

  void shows_everything_that_a_hash_is_made_of() {
    const Json row = api_->get("/audit?take=1").at(0);
    const auto stored = api_->store().trail().search({}).front();
    CPPUNIT_ASSERT_EQUAL(stored.hash, row.get("hash").string_or(""));
    CPPUNIT_ASSERT_EQUAL(stored.previous, row.get("previous").string_or(""));
    CPPUNIT_ASSERT_EQUAL(bridge::to_micros(stored.entry.at), row.get("micros").as_integer().value_or(0));
    CPPUNIT_ASSERT_EQUAL(stored.entry.new_value, row.get("newValue").string_or(""));
    CPPUNIT_ASSERT_EQUAL(
        std::string("sequence at micros actor onBehalfOf role ip userAgent action queue object oldValue "
                    "newValue detail previous hash"),
        joined_keys(row));
  }

  void pages_and_filters() {
    CPPUNIT_ASSERT_EQUAL(std::string("1"), sequences("/audit?take=1"));
    CPPUNIT_ASSERT_EQUAL(std::string("4"), sequences("/audit?take=1&after=1"));
    CPPUNIT_ASSERT_EQUAL(std::string("5 4"), sequences("/audit?take=2&newest=1"));
    CPPUNIT_ASSERT_EQUAL(std::string("1"), sequences("/audit?after=4&newest=1"));
    CPPUNIT_ASSERT_EQUAL(std::string("4"), sequences("/audit?action=request.denied"));
    CPPUNIT_ASSERT_EQUAL(std::string("1 4 5"), sequences("/audit?action=request."));
    CPPUNIT_ASSERT_EQUAL(std::string("5"), sequences("/audit?actor=%C3%B6rjan"));
    CPPUNIT_ASSERT_EQUAL(std::string("1 4 5"), sequences("/audit?object=request%20acme%3A7"));
    CPPUNIT_ASSERT_EQUAL(std::string(), sequences("/audit?startdate=2099-01-01"));
    CPPUNIT_ASSERT_EQUAL(400, api_->ask("GET", "/audit?startdate=soon").status);
    CPPUNIT_ASSERT_EQUAL(400, api_->ask("GET", "/audit?after=-1").status);
  }

  void says_where_a_long_search_goes_on() {
    bridge::Caller caller;
    caller.queue = "acme";
    const auto routes = bridge::trail_routes(api_->store(), api_->clock, 2);
    bridge::Incoming request;
    std::string pages;
    std::string after = "0";
    while (!after.empty()) {
      request.query = {{"actor", "\xc3\xb6rjan"}, {"after", after}};
      const auto reply = routes.at(0).handle({request, caller, {}});
      after = tests::header_of(reply, "X-Continue-After");
      pages += std::to_string(Json::parse(reply.body).size()) + '>' + after + ' ';
    }
    CPPUNIT_ASSERT_EQUAL(std::string("0>4 1> "), pages);
    CPPUNIT_ASSERT_EQUAL(std::string(), tests::header_of(api_->ask("GET", "/audit"), "X-Continue-After"));
    request.body = R"({"filter":{"SearchInputTextValue":"bob"}})";
    const auto searched = [&] {
      return Json::parse(routes.at(1).handle({request, caller, {}}).body).get("data");
    };
    Json page = searched();
    CPPUNIT_ASSERT_EQUAL(std::string("4"), ids(page));
    CPPUNIT_ASSERT_EQUAL(std::string("4"), page.get("continueAfter").dump());
    request.body = R"({"filter":{"SearchInputTextValue":"bob"},"after":4})";
    page = searched();
    CPPUNIT_ASSERT_EQUAL(std::string("1"), ids(page));
    CPPUNIT_ASSERT(page.get("continueAfter").is_null());
  }

  void nothing_lies_behind_the_largest_number() {
    CPPUNIT_ASSERT_EQUAL(std::string(), sequences("/audit?after=9223372036854775807"));
    CPPUNIT_ASSERT_EQUAL(std::string("5 4 1"), sequences("/audit?after=9223372036854775807&newest=1"));
  }

  void answers_in_keepnets_shape() {
    const Json page = search(R"({"pageNumber":1,"pageSize":2,"orderBy":"LogDate","ascending":false})");
    CPPUNIT_ASSERT_EQUAL(std::string("3"), page.get("totalNumberOfRecords").dump());
    CPPUNIT_ASSERT_EQUAL(std::string("2"), page.get("totalNumberOfPages").dump());
    CPPUNIT_ASSERT_EQUAL(std::string("5 4"), ids(page));
    const Json row = page.get("results").at(0);
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            "resourceId userName entityResourceId entityName oldValue newValue operation ip userAgent "
            "auditDescription logDate"),
        joined_keys(row));
    CPPUNIT_ASSERT_EQUAL(std::string("Örjan by key cs_live_1"), row.get("userName").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("request"), row.get("entityName").string_or(""));
    const Json changes = Json::parse(row.get("oldValue").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"PropertyName":"state","OldValue":"waiting","NewValue":"settled"})"),
                         changes.at(0).dump());
    CPPUNIT_ASSERT_EQUAL(std::string("1"), ids(search(R"({"pageNumber":2,"pageSize":2})")));
    CPPUNIT_ASSERT_EQUAL(std::string(), ids(search(R"({"pageNumber":3,"pageSize":2})")));
    CPPUNIT_ASSERT_EQUAL(std::string("1 4 5"), ids(search(R"({"ascending":true,"filter":null})")));
    CPPUNIT_ASSERT_EQUAL(std::string("5"), ids(search(R"({"filter":{"SearchInputTextValue":"ÖRJAN"}})")));
    const auto filtered = [&](const std::string& item) {
      return ids(search(R"({"filter":{"Condition":"AND","FilterGroups":[{"FilterItems":[)" + item + "]}]}}"));
    };
    CPPUNIT_ASSERT_EQUAL(std::string("5"),
                         filtered(R"({"FieldName":"UserName","Operator":"Contains","Value":"örj"})"));
    CPPUNIT_ASSERT_EQUAL(std::string("4"),
                         filtered(R"({"fieldName":"Operation","operator":"=","value":"request.denied"})"));
    CPPUNIT_ASSERT_EQUAL(
        std::string("4"),
        filtered(R"(null,{"FieldName":"Operation","Operator":"Include","Value":"request.denied"})"));
    CPPUNIT_ASSERT_EQUAL(
        std::string(), filtered(R"({"FieldName":"LogDate","Operator":">=","Value":"2099-01-01T00:00:00"})"));
  }

  void refuses_a_search_that_it_cannot_answer() {
    const char* bodies[] = {
        "[]",
        "{",
        R"({"pageNumber":0})",
        R"({"pageSize":100000})",
        R"({"pageNumber":"x"})",
        R"({"after":0})",
        R"({"orderBy":"UserName"})",
        R"({"filter":{"Condition":"OR"}})",
        R"({"filter":{"FilterItems":[{"FieldName":"Ip","Operator":"=","Value":"1"}]}})",
        R"({"filter":{"FilterItems":[{"FieldName":"LogDate","Operator":">=","Value":"soon"}]}})",
        R"({"orderBy":7})",
        // Each would be left out in silence, and every row found.
        R"({"filter":"x"})",
        R"({"filter":["x"]})",
        R"({"filter":{"SearchInputTextValue":7}})",
        R"({"filter":{"Condition":7}})",
        R"({"filter":{"Condition":"XOR"}})",
        R"({"filter":{"FilterGroups":{"x":1}}})",
        R"({"filter":{"FilterGroups":["x"]}})",
        R"({"filter":{"FilterItems":{"x":1}}})",
        R"({"filter":{"FilterItems":["x"]}})",
        R"({"filter":{"FilterItems":[{"FieldName":"Operation","Operator":7,"Value":"request.denied"}]}})",
        R"({"filter":{"FilterItems":[{"FieldName":"Operation","Operator":"Include","Value":["request.denied"]}]}})",
        R"({"filter":{"FilterItems":[{"FieldName":"UserName","Operator":"Contains","Value":7}]}})",
        R"({"filter":{"FilterItems":[{"FieldName":"Operation","Operator":"Include",
                                      "Value":"request.denied,request.approved"}]}})",
        // One of two would be left out in silence.
        R"({"filter":{"FilterItems":[{"FieldName":"UserName","Operator":"=","Value":"ann"},
                                     {"FieldName":"UserName","Operator":"=","Value":"bob"}]}})",
        R"({"filter":{"SearchInputTextValue":"ann",
                      "FilterItems":[{"FieldName":"UserName","Operator":"Contains","Value":"bob"}]}})",
    };
    for (const char* body : bodies) {
      const auto reply = api_->ask("POST", "/api/audit-logs/search", {}, body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400, reply.status);
      const Json answer = Json::parse(reply.body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, std::string("INPUT_ERROR"), answer.get("status").string_or(""));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, std::size_t{1}, answer.get("validationMessages").size());
    }
  }

 private:
  static std::string joined_keys(const Json& object) {
    std::string text;
    for (const std::string& key : object.keys()) text += (text.empty() ? "" : " ") + key;
    return text;
  }
  std::string sequences(const std::string& target) {
    const Json list = api_->get(target);
    std::string text;
    for (std::size_t i = 0; i < list.size(); ++i)
      text += (i > 0 ? " " : "") + list.at(i).get("sequence").dump();
    return text;
  }
  Json search(const std::string& body) {
    const auto reply = api_->ask("POST", "/api/audit-logs/search", {}, body);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(body + ' ' + reply.body, 200, reply.status);
    const Json answer = Json::parse(reply.body);
    CPPUNIT_ASSERT_EQUAL(std::string("SUCCESS"), answer.get("status").string_or(""));
    return answer.get("data");
  }
  static std::string ids(const Json& page) {
    const Json list = page.get("results");
    std::string text;
    for (std::size_t i = 0; i < list.size(); ++i)
      text += (i > 0 ? " " : "") + list.at(i).get("resourceId").string_or("");
    return text;
  }

  std::optional<tests::DirectApi> api_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(TrailApiTest);

class RefusedLoginsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RefusedLoginsTest);
  CPPUNIT_TEST(records_the_first_at_once_and_counts_the_rest);
  CPPUNIT_TEST(names_the_cause_and_counts_by_cause);
  CPPUNIT_TEST(a_flood_from_many_addresses_fills_no_disk);
  CPPUNIT_TEST(a_network_of_ipv6_is_one_source);
  CPPUNIT_TEST(records_what_was_counted_when_it_ends);
  CPPUNIT_TEST(calls_that_are_sent_away_are_recorded_without_their_secret);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    folder_.emplace();
    store_ = bridge::open_store("sqlite:" + (folder_->path() / "store.db").string());
    logins_.emplace(store_->trail(), clock_);
  }
  void tearDown() override {
    logins_.reset();
    store_.reset();
    folder_.reset();
  }

  void records_the_first_at_once_and_counts_the_rest() {
    logins_->note({"apikey", "3fa97f2c", "192.0.2.7", std::string(300, 'x'), "acme", "key cs_live_3fa97f2c"});
    auto all = rows();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, all.size());
    CPPUNIT_ASSERT_EQUAL(std::string("login.refused"), all[0].action);
    CPPUNIT_ASSERT_EQUAL(std::string("key cs_live_3fa97f2c"), all[0].actor.name);
    CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.7"), all[0].actor.ip);
    CPPUNIT_ASSERT_EQUAL(std::string("acme"), all[0].queue);
    CPPUNIT_ASSERT_EQUAL(std::size_t{200}, all[0].actor.user_agent.size());
    CPPUNIT_ASSERT_EQUAL(std::string("credential 3fa97f2c"), all[0].object);
    CPPUNIT_ASSERT_EQUAL(std::string("door apikey"), all[0].detail);
    CPPUNIT_ASSERT_EQUAL(std::string(), all[0].new_value);
    for (int i = 0; i < 1000; ++i) logins_->note({"apikey", "", "192.0.2.7", ""});
    logins_->settle();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, rows().size());
    clock_.advance(std::chrono::minutes(1));
    logins_->settle();
    all = rows();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, all.size());
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"times":1000})"), all[1].new_value);
    CPPUNIT_ASSERT_EQUAL(std::string("1000 more within a minute from 192.0.2.7, the last at door apikey"),
                         all[1].detail);
    logins_->settle();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows().size());
  }

  void names_the_cause_and_counts_by_cause() {
    const auto note = [this](const std::string& cause) {
      logins_->note({"apikey", "3fa97f2c", "192.0.2.7", "", "", "", cause});
    };
    for (int i = 0; i < 5; ++i) note("wrong secret");
    for (int i = 0; i < 7; ++i) note("locked");
    clock_.advance(std::chrono::minutes(1));
    logins_->settle();
    const auto all = rows();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, all.size());
    CPPUNIT_ASSERT_EQUAL(std::string("door apikey: wrong secret"), all[0].detail);
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"cause":"wrong secret"})"), all[0].new_value);
    CPPUNIT_ASSERT_EQUAL(
        std::string("11 more within a minute from 192.0.2.7, the last at door apikey: locked"),
        all[1].detail);
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"times":11,"causes":{"locked":7,"wrong secret":4}})"),
                         all[1].new_value);
  }

  void a_flood_from_many_addresses_fills_no_disk() {
    for (int i = 0; i < 5000; ++i)
      logins_->note({"apikey", "", "10.0." + std::to_string(i / 250) + '.' + std::to_string(i % 250), ""});
    CPPUNIT_ASSERT_EQUAL(std::size_t{20}, rows().size());
    clock_.advance(std::chrono::minutes(1));
    logins_->settle();
    const auto all = rows();
    CPPUNIT_ASSERT_EQUAL(std::size_t{21}, all.size());
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"times":4980})"), all.back().new_value);
    CPPUNIT_ASSERT_EQUAL(std::string(), all.back().actor.ip);
    logins_->note({"apikey", "", "10.0.9.9", ""});
    CPPUNIT_ASSERT_EQUAL_MESSAGE("the next minute is a new one", std::size_t{22}, rows().size());
  }

  void a_network_of_ipv6_is_one_source() {
    logins_->note({"apikey", "", "2001:db8:1:2::1", ""});
    logins_->note({"apikey", "", "2001:db8:1:2:ffff::2", ""});
    logins_->note({"apikey", "", "2001:db8:1:3::1", ""});
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows().size());
  }

  void records_what_was_counted_when_it_ends() {
    for (int i = 0; i < 3; ++i) logins_->note({"basic", "", "192.0.2.7", ""});
    logins_.reset();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, rows().size());
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"times":2})"), rows().back().new_value);
  }

  void calls_that_are_sent_away_are_recorded_without_their_secret() {
    bridge::ApiParts parts;
    parts.refused_logins = &*logins_;
    tests::DirectApi api(std::move(parts));
    CPPUNIT_ASSERT_EQUAL(200, api.ask("GET", "/audit").status);
    CPPUNIT_ASSERT_EQUAL(200, api.ask("GET", "/healthz").status);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, rows().size());
    // Well formed, but of no store.
    const auto stranger = bridge::issue(*tests::pepper(), bridge::Credential(), tests::at(0));
    api.key = stranger.secret;
    CPPUNIT_ASSERT_EQUAL(401, api.ask("GET", "/audit").status);
    clock_.advance(std::chrono::minutes(2));
    api.key_form = tests::DirectApi::Key::basic;
    CPPUNIT_ASSERT_EQUAL(401, api.ask("GET", "/audit").status);
    clock_.advance(std::chrono::minutes(2));
    api.key = "hunter2";
    CPPUNIT_ASSERT_EQUAL(401, api.ask("GET", "/audit").status);
    const auto all = rows();
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, all.size());
    CPPUNIT_ASSERT_EQUAL(std::string("credential " + stranger.row.id), all[0].object);
    CPPUNIT_ASSERT_EQUAL(std::string("door apikey: unknown id"), all[0].detail);
    CPPUNIT_ASSERT_EQUAL(std::string("credential " + stranger.row.id), all[1].object);
    CPPUNIT_ASSERT_EQUAL(std::string("door apikey: unknown id"), all[1].detail);
    CPPUNIT_ASSERT_EQUAL(std::string("door apikey: no credential of this door"), all[2].detail);
    CPPUNIT_ASSERT_EQUAL(std::string("unknown"), all[2].actor.name);
    for (const TrailEntry& entry : all)
      for (const std::string& text : {entry.actor.name, entry.object, entry.new_value, entry.detail})
        CPPUNIT_ASSERT(text.find("hunter2") == std::string::npos &&
                       text.find(stranger.secret.substr(20)) == std::string::npos);
    // A guess at a credential that there is: its tenant sees it.
    bridge::Credential wanted;
    wanted.queue = "acme";
    const auto known = tests::add_credential(api.store(), wanted);
    api.key_form = tests::DirectApi::Key::header;
    clock_.advance(std::chrono::minutes(2));
    api.key = bridge::make_secret(bridge::SecretForm::api_key, known.row.id);
    CPPUNIT_ASSERT_EQUAL(401, api.ask("GET", "/audit").status);
    CPPUNIT_ASSERT_EQUAL(std::string("acme"), rows().back().queue);
    CPPUNIT_ASSERT_EQUAL("key cs_live_" + known.row.id, rows().back().actor.name);
    CPPUNIT_ASSERT_EQUAL(std::string("door apikey: wrong secret"), rows().back().detail);
  }

 private:
  std::vector<TrailEntry> rows() {
    std::vector<TrailEntry> found;
    bridge::TrailQuery query;
    query.limit = 10000;
    for (auto& row : store_->trail().search(query)) found.push_back(std::move(row.entry));
    return found;
  }

  std::optional<tests::TemporaryFolder> folder_;
  tests::FakeClock clock_;
  std::unique_ptr<bridge::Store> store_;
  std::optional<bridge::RefusedLogins> logins_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(RefusedLoginsTest);
