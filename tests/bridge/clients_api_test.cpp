// Companies and clients: the management endpoints of the door that Keepnet's clients come through.

#include "bridge/api/clients_api.h"

#include <algorithm>
#include <memory>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/access/secret_text.h"
#include "tests/support/key_ring.h"
#include "tests/support/managed_api.h"

using mappings::Json;
using tests::created_client;
using tests::generated_pair;
using tests::names_in;
using tests::new_client;
using tests::Pair;
using tests::reasons_of;

namespace {
const std::string one_client = "/api/companies/clients/";
}  // namespace

class ClientsApiTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ClientsApiTest);
  CPPUNIT_TEST(goes_the_way_of_keepnets_own_script);
  CPPUNIT_TEST(answers_compactly_and_takes_a_filter_of_null);
  CPPUNIT_TEST(a_client_gets_tokens_until_it_is_inactive_or_gone);
  CPPUNIT_TEST(the_secret_is_shown_once);
  CPPUNIT_TEST(a_new_secret_may_overlap_with_the_old_one);
  CPPUNIT_TEST(says_for_each_field_what_is_wrong);
  CPPUNIT_TEST(what_was_read_can_be_sent_back);
  CPPUNIT_TEST(scopes_that_were_narrowed_stay_until_the_role_changes);
  CPPUNIT_TEST(a_pair_of_another_company_is_refused_as_one_that_there_is_not);
  CPPUNIT_TEST(an_answer_with_a_secret_is_kept_nowhere);
  CPPUNIT_TEST(changes_what_is_given_and_nothing_else);
  CPPUNIT_TEST(nobody_shuts_themselves_out);
  CPPUNIT_TEST(finds_clients_by_page_and_text);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { api_ = std::make_unique<tests::ManagedApi>(); }
  void tearDown() override { api_.reset(); }

  void goes_the_way_of_keepnets_own_script() {
    api_->as_client("acme", "reseller", {"contoso"});
    const std::string search =
        R"({"pageNumber":1,"pageSize":5,"orderBy":"CreateTime","ascending":false,"filter":{"Condition":"AND","SearchInputTextValue":""}})";
    const Json companies = api_->data("POST", "/api/companies/search", search).get("results");
    CPPUNIT_ASSERT_EQUAL(std::string("contoso acme"), names_in(companies, "companyResourceId"));
    const std::string company = companies.at(0).get("companyResourceId").string_or("");
    const bridge::HeaderList scope = {{"X-KEEPNET-Company-Id", company}};

    const Json roles = api_->data("GET", "/api/roles", "", scope);
    std::string role;
    for (std::size_t i = 0; i < roles.size(); ++i)
      if (roles.at(i).get("name") == Json("Company Admin"))
        role = roles.at(i).get("resourceId").string_or("");
    CPPUNIT_ASSERT_EQUAL(std::string("administrator"), role);

    const Pair pair = generated_pair(*api_, scope);
    CPPUNIT_ASSERT(pair.id.size() <= 32 && pair.secret.size() <= 100);
    const std::string body =
        R"({"name":"E2E script test","clientId":")" + pair.id + R"(","clientSecret":")" + pair.secret +
        R"(","statusId":1,"hasIpAddressRestriction":false,"roleResourceIdList":[")" + role + R"("]})";
    const std::string id =
        api_->data("POST", "/api/companies/clients", body, scope).get("resourceId").string_or("");
    const Json client = api_->data("GET", one_client + id, "", scope);
    CPPUNIT_ASSERT_EQUAL(id, client.get("resourceId").string_or(""));
    CPPUNIT_ASSERT_EQUAL(company, client.get("companyResourceId").string_or(""));
    const Json page = api_->data("POST", "/api/companies/clients/search", search, scope);
    CPPUNIT_ASSERT_EQUAL(id, names_in(page.get("results"), "resourceId"));
    CPPUNIT_ASSERT_EQUAL(id,
                         api_->data("DELETE", one_client + id, "", scope).get("resourceId").string_or(""));
    CPPUNIT_ASSERT_EQUAL(404, api_->ask("GET", one_client + id, "", scope).status);
  }

  void answers_compactly_and_takes_a_filter_of_null() {
    api_->as_client("acme", "administrator");
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            R"({"data":[{"name":"Acme Inc.","resourceId":"acme","children":[]}],"status":"SUCCESS","message":null,"validationMessages":[]})"),
        api_->ask("GET", "/api/companies/my").body);
    const std::string search =
        R"({"pageNumber":1,"pageSize":5,"orderBy":"CreateTime","ascending":false,"filter":null})";
    for (const char* path : {"/api/companies/search", "/api/companies/clients/search"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 200, api_->ask("POST", path, search).status);
    CPPUNIT_ASSERT_EQUAL(std::string("Acme Inc."),
                         api_->data("GET", "/api/companies/acme").get("name").string_or(""));
  }

  void a_client_gets_tokens_until_it_is_inactive_or_gone() {
    api_->as_client("acme", "administrator");
    const Pair pair = generated_pair(*api_);
    CPPUNIT_ASSERT_EQUAL(std::string(), api_->token(pair.id, pair.secret));
    const std::string id = created_client(*api_, pair);
    const std::string first = api_->token(pair.id, pair.secret);
    CPPUNIT_ASSERT_EQUAL(200, api_->status_of(first, "/whoami"));
    // The role decides: an approver manages nothing.
    CPPUNIT_ASSERT_EQUAL(403, api_->status_of(first, "/api/roles"));

    api_->data("PUT", one_client + id, R"({"statusId":0})");
    CPPUNIT_ASSERT_EQUAL(401, api_->status_of(first, "/whoami"));
    CPPUNIT_ASSERT_EQUAL(std::string(), api_->token(pair.id, pair.secret));
    CPPUNIT_ASSERT_EQUAL(std::string("Inactive"),
                         api_->data("GET", one_client + id).get("statusName").string_or(""));
    api_->data("PUT", one_client + id, R"({"statusId":1})");
    CPPUNIT_ASSERT_EQUAL(401, api_->status_of(first, "/whoami"));
    const std::string second = api_->token(pair.id, pair.secret);
    CPPUNIT_ASSERT_EQUAL(200, api_->status_of(second, "/whoami"));
    api_->data("PUT", one_client + id, R"({"statusId":2})");
    CPPUNIT_ASSERT_EQUAL(401, api_->status_of(second, "/whoami"));

    api_->data("PUT", one_client + id, R"({"statusId":1})");
    const std::string third = api_->token(pair.id, pair.secret);
    api_->data("DELETE", one_client + id);
    CPPUNIT_ASSERT_EQUAL(401, api_->status_of(third, "/whoami"));
    // Made again of the same pair: what the first one was given stays dead.
    created_client(*api_, pair);
    CPPUNIT_ASSERT_EQUAL(401, api_->status_of(third, "/whoami"));
    CPPUNIT_ASSERT_EQUAL(200, api_->status_of(api_->token(pair.id, pair.secret), "/whoami"));
  }

  void the_secret_is_shown_once() {
    api_->as_client("acme", "administrator");
    const Pair pair = generated_pair(*api_);
    const std::string random = pair.secret.substr(pair.secret.size() - 43, 36);
    const bridge::Reply made = api_->ask("POST", "/api/companies/clients", new_client(pair));
    const std::string id = Json::parse(made.body).get("data").get("resourceId").string_or("");
    const std::pair<const char*, std::string> asked[] = {
        {"GET", one_client + id}, {"POST", one_client + "search"}, {"PUT", one_client + id}};
    CPPUNIT_ASSERT(made.body.find(random) == std::string::npos);
    for (const auto& [method, path] : asked) {
      const bridge::Reply reply = api_->ask(method, path, R"({"clientSecret":")" + pair.secret + "\"}");
      CPPUNIT_ASSERT_MESSAGE(reply.body, reply.body.find(random) == std::string::npos);
    }
    const Json shown = api_->data("GET", one_client + id);
    CPPUNIT_ASSERT_EQUAL(std::string("*****"), shown.get("clientSecret").string_or(""));
    CPPUNIT_ASSERT_EQUAL(pair.id, shown.get("clientId").string_or(""));
    CPPUNIT_ASSERT_EQUAL(pair.secret.substr(pair.secret.size() - 4), shown.get("lastFour").string_or(""));
    // One pair makes one client.
    CPPUNIT_ASSERT_EQUAL(409, api_->ask("POST", "/api/companies/clients", new_client(pair)).status);
  }

  void a_new_secret_may_overlap_with_the_old_one() {
    api_->as_client("acme", "administrator");
    const Pair pair = generated_pair(*api_);
    const std::string id = created_client(*api_, pair);
    const std::string before = api_->token(pair.id, pair.secret);
    const Json rotated = api_->data("POST", one_client + id + "/rotate", R"({"overlapMinutes":10})");
    const std::string fresh = rotated.get("clientSecret").string_or("");
    CPPUNIT_ASSERT_EQUAL(pair.id, rotated.get("clientId").string_or(""));
    CPPUNIT_ASSERT_EQUAL(401, api_->status_of(before, "/whoami"));
    CPPUNIT_ASSERT(!api_->token(pair.id, pair.secret).empty() && !api_->token(pair.id, fresh).empty());
    api_->clock.advance(std::chrono::minutes(10));
    CPPUNIT_ASSERT(api_->token(pair.id, pair.secret).empty() && !api_->token(pair.id, fresh).empty());
    api_->data("POST", one_client + id + "/rotate");
    CPPUNIT_ASSERT(api_->token(pair.id, fresh).empty());
    for (const char* body : {R"({"overlapMinutes":-1})", R"({"overlapMinutes":43201})", R"({"minutes":1})"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400, api_->ask("POST", one_client + id + "/rotate", body).status);
  }

  void says_for_each_field_what_is_wrong() {
    api_->as_client("acme", "administrator");
    const Pair pair = generated_pair(*api_), other = generated_pair(*api_);
    const auto with = [&](const std::string& field, const std::string& value) {
      Json body = Json::parse(new_client(pair));
      body.set(field, Json::parse('[' + value + ']').at(0));
      return body.dump();
    };
    Json without = Json::parse(new_client(pair));
    for (const char* name : {"name", "clientId", "clientSecret", "statusId", "roleResourceIdList"})
      without.erase(name);
    Json restricted = Json::parse(with("hasIpAddressRestriction", "true"));
    const std::pair<std::string, std::string> cases[] = {
        {without.dump(),
         "name: is missing\nroleResourceIdList: Role should be selected\nstatusId: is missing: 1 is active, "
         "0 "
         "inactive\nclientId: id and secret are missing; GET "
         "/api/companies/clients/generate-client-credentials makes "
         "a pair"},
        {with("name", "\"\""), "name: must have 1 to 64 characters, none of them a control character"},
        {with("name", '"' + std::string(65, 'x') + '"'),
         "name: must have 1 to 64 characters, none of them a control character"},
        {with("name", R"("a\nb")"), "name: must have 1 to 64 characters, none of them a control character"},
        {with("name", "7"), "name: must be a text"},
        {with("clientSecret", '"' + other.secret + '"'),
         "clientSecret: The client id and the secret are no pair that was generated here for a new client"},
        {with("clientSecret", "\"secret\""),
         "clientSecret: The client id and the secret are no pair that was generated here for a new client"},
        {with("statusId", "3"), "statusId: must be a whole number from 0 to 2"},
        {with("statusId", "\"1\""), "statusId: must be a whole number from 0 to 2"},
        {with("roleResourceIdList", "[]"), "roleResourceIdList: Role should be selected"},
        {with("roleResourceIdList", "[\"nobody\"]"),
         "roleResourceIdList: there is no role nobody; GET /api/roles lists them"},
        {with("roleResourceIdList", "[\"reader\",\"approver\"]"),
         "roleResourceIdList: a client has one role"},
        {with("roleResourceIdList", "\"reader\""), "roleResourceIdList: must be a list of at most 100 texts"},
        {with("hasIpAddressRestriction", "1"), "hasIpAddressRestriction: must be true or false"},
        {with("hasIpAddressRestriction", "true"),
         "allowedIpAddresses: Invalid ip address: name at least one, or allow all"},
        {with("allowedIpAdresses", "[]"), "allowedIpAdresses: there is no such field"},
        {with("Name", "\"x\""), "name: is there twice\nName: is there twice"},
        {with("notBefore", "\"tomorrow\""), "notBefore: must be a time in UTC, such as 2026-01-31T10:00:00Z"},
        {with("companyResourceIdList", "[\"contoso\"]"),
         "companyResourceIdList: only the role Reseller stands in more than one company"},
        {"[]", "The body must be a JSON object"},
    };
    for (const auto& [body, reasons] : cases) {
      const bridge::Reply reply = api_->ask("POST", "/api/companies/clients", body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400, reply.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, reasons, reasons_of(reply));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, std::string("INPUT_ERROR"),
                                   Json::parse(reply.body).get("status").string_or(""));
    }
    restricted.set("allowedIpAddresses", Json::parse(R"(["", "192.0.2.7", "10.0.0.1/8"])"));
    restricted.set("expiresAt", "2023-01-01T00:00:00Z");
    restricted.set("notBefore", "2023-01-01T00:00:00Z");
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            "allowedIpAddresses[0]: Invalid ip address: empty; write an address or leave the entry "
            "out\nallowedIpAddresses[2]: Invalid ip address: bits are set behind the length of the network; "
            "write 10.0.0.0/8 for the network or 10.0.0.1 for the one address\nexpiresAt: must be later than "
            "notBefore"),
        reasons_of(api_->ask("POST", "/api/companies/clients", restricted.dump())));
  }

  void what_was_read_can_be_sent_back() {
    api_->as_client("acme", "administrator");
    const Pair pair = generated_pair(*api_);
    const std::string id = created_client(
        *api_, pair,
        R"(,"allowedIpAddresses":["192.0.2.0/24","2001:DB8::/32"],"expiresAt":"2033-01-01T00:00:00Z")");
    CPPUNIT_ASSERT_EQUAL(std::string("[]"),
                         api_->data("GET", one_client + id).get("allowedIpAddresses").dump());
    api_->data("PUT", one_client + id,
               R"({"hasIpAddressRestriction":true,"allowedIpAddresses":["192.0.2.0/24","2001:DB8::/32"]})");
    const Json before = api_->data("GET", one_client + id);
    CPPUNIT_ASSERT_EQUAL(std::string(R"(["192.0.2.0/24","2001:db8::/32"])"),
                         before.get("allowedIpAddresses").dump());
    CPPUNIT_ASSERT_EQUAL(std::string("2033-01-01T00:00:00.000Z"), before.get("expiresAt").string_or(""));
    api_->data("PUT", one_client + id, before.dump());
    CPPUNIT_ASSERT_EQUAL(before.dump(), api_->data("GET", one_client + id).dump());
  }

  void scopes_that_were_narrowed_stay_until_the_role_changes() {
    bridge::Credential narrow;
    narrow.kind = bridge::CredentialKind::client;
    narrow.queue = "acme";
    narrow.label = "Narrow";
    narrow.role = "approver";
    narrow.scopes = bridge::Scopes::parse("read").value();
    const std::string id = tests::add_credential(api_->store(), narrow).row.id;
    api_->as_client("acme", "administrator");
    const auto scopes = [&] { return api_->store().credentials().find(id)->scopes.text(); };
    api_->data("PUT", one_client + id, R"({"name":"Other","roleResourceIdList":["approver"]})");
    CPPUNIT_ASSERT_EQUAL(std::string("read"), scopes());
    api_->data("PUT", one_client + id, R"({"roleResourceIdList":["reader"]})");
    CPPUNIT_ASSERT_EQUAL(bridge::Scopes::all().text(), scopes());
  }

  void a_pair_of_another_company_is_refused_as_one_that_there_is_not() {
    api_->as_client("contoso", "administrator");
    const Pair pair = generated_pair(*api_);
    created_client(*api_, pair);
    CPPUNIT_ASSERT_EQUAL(409, api_->ask("POST", "/api/companies/clients", new_client(pair)).status);
    api_->as_client("acme", "administrator");
    const bridge::Reply taken = api_->ask("POST", "/api/companies/clients", new_client(pair));
    Pair made_up = pair;
    made_up.secret = bridge::with_checksum(pair.secret.substr(0, 19) + std::string(36, 'a'));
    const bridge::Reply nobodys = api_->ask("POST", "/api/companies/clients", new_client(made_up));
    CPPUNIT_ASSERT_EQUAL(400, taken.status);
    CPPUNIT_ASSERT_EQUAL(nobodys.body, taken.body);
  }

  void an_answer_with_a_secret_is_kept_nowhere() {
    api_->as_client("acme", "administrator");
    const bridge::Reply reply = api_->ask("GET", "/api/companies/clients/generate-client-credentials");
    const auto wanted = std::pair<std::string, std::string>("Cache-Control", "no-store");
    CPPUNIT_ASSERT(std::find(reply.headers.begin(), reply.headers.end(), wanted) != reply.headers.end());
  }

  void changes_what_is_given_and_nothing_else() {
    api_->as_client("acme", "administrator");
    const Pair pair = generated_pair(*api_);
    const std::string id = created_client(*api_, pair);
    Json expected = api_->data("GET", one_client + id);
    const std::pair<const char*, const char*> changes[] = {{"name", R"("Other")"},
                                                           {"roleResourceIdList", R"(["reader"])"},
                                                           {"onBehalfOf", R"("ann@acme.test")"},
                                                           {"notBefore", R"("2023-01-01T00:00:00.000Z")"},
                                                           {"notBefore", "null"}};
    for (const auto& [field, value] : changes) {
      api_->data("PUT", one_client + id, '{' + ('"' + std::string(field) + "\":") + value + '}');
      expected.set(field, Json::parse('[' + std::string(value) + ']').at(0));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(field, expected.dump(), api_->data("GET", one_client + id).dump());
    }
    CPPUNIT_ASSERT_EQUAL(
        std::string("allowedIpAddresses: Invalid ip address: name at least one, or allow all"),
        reasons_of(api_->ask("PUT", one_client + id, R"({"hasIpAddressRestriction":true})")));
    api_->data("PUT", one_client + id, R"({"allowedIpAddresses":["192.0.2.9"]})");
    api_->data("PUT", one_client + id, R"({"hasIpAddressRestriction":true})");
    CPPUNIT_ASSERT_EQUAL(std::string(R"(["192.0.2.9"])"),
                         api_->data("GET", one_client + id).get("allowedIpAddresses").dump());
    CPPUNIT_ASSERT_EQUAL(
        std::string("allowedIpAddresses: Invalid ip address: name at least one, or allow all"),
        reasons_of(api_->ask("PUT", one_client + id, R"({"allowedIpAddresses":[]})")));
    api_->data("PUT", one_client + id, R"({"hasIpAddressRestriction":false})");
    CPPUNIT_ASSERT_EQUAL(expected.dump(), api_->data("GET", one_client + id).dump());
    for (const std::string body :
         {R"({"clientId":"cs_client_00000000_000000"})", R"({"clientSecret":"secret"})", R"({"name":""})"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400, api_->ask("PUT", one_client + id, body).status);
  }

  void nobody_shuts_themselves_out() {
    api_->as_client("acme", "administrator");
    const Pair pair = generated_pair(*api_);
    const std::string id = created_client(*api_, pair);
    api_->data("PUT", one_client + id, R"({"roleResourceIdList":["administrator"]})");
    api_->as(api_->token(pair.id, pair.secret));
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            "allowedIpAddresses: you call from 192.0.2.7 with this very credential and would shut yourself "
            "out; add that address"),
        reasons_of(api_->ask("PUT", one_client + id, R"({"allowedIpAddresses":["198.51.100.0/24"]})")));
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            "statusId: you call with this very credential and would shut yourself out; use another one"),
        reasons_of(api_->ask("PUT", one_client + id, R"({"statusId":0})")));
    api_->data("PUT", one_client + id, R"({"allowedIpAddresses":["198.51.100.0/24","192.0.2.0/24"]})");
    api_->peer = "203.0.113.1";
    CPPUNIT_ASSERT_EQUAL(401, api_->ask("GET", one_client + id).status);
  }

  void finds_clients_by_page_and_text() {
    api_->as_key("acme", "read submit decide manage");
    for (const char* name : {"Bravo", "alpha", "Delta", "charlie"}) {
      created_client(*api_, generated_pair(*api_), R"(,"onBehalfOf":"")");
      const Json newest = api_->data(
          "POST", "/api/companies/clients/search",
          R"({"filter":{"FilterGroups":[{"FilterItems":[{"FieldName":"ClientName","Value":"Sync"}]}]}})");
      const std::string id = names_in(newest.get("results"), "resourceId");
      api_->data("PUT", one_client + id, R"({"name":")" + std::string(name) + "\"}");
      api_->clock.advance(std::chrono::seconds(1));
    }
    const std::pair<const char*, const char*> cases[] = {
        {"", "Bravo alpha Delta charlie"},
        {R"({"orderBy":"CreateTime","ascending":false})", "charlie Delta alpha Bravo"},
        {R"({"orderBy":"clientName"})", "alpha Bravo charlie Delta"},
        {R"({"orderBy":"name","pageNumber":2,"pageSize":3})", "Delta"},
        {R"({"filter":{"SearchInputTextValue":"ALPHA"}})", "alpha"},
        {R"({"filter":{"FilterGroups":[{"FilterItems":[{"FieldName":"StatusName","Operator":"Include","Value":"Inactive"}]}]}})",
         ""},
    };
    for (const auto& [body, names] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          body, std::string(names),
          names_in(api_->data("POST", "/api/companies/clients/search", body).get("results"), "clientName"));
    CPPUNIT_ASSERT_EQUAL(
        400, api_->ask("POST", "/api/companies/clients/search", R"({"orderBy":"clientSecret"})").status);
  }

 private:
  std::unique_ptr<tests::ManagedApi> api_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(ClientsApiTest);
