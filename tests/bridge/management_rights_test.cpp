// Who may manage what: companies, resellers, and nobody more than they have.

#include <memory>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/managed_api.h"

using mappings::Json;
using tests::created_client;
using tests::generated_pair;
using tests::names_in;
using tests::new_client;
using tests::reasons_of;

namespace {
const std::string one_client = "/api/companies/clients/";
}  // namespace

class ManagementRightsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ManagementRightsTest);
  CPPUNIT_TEST(a_company_admin_stays_in_its_company);
  CPPUNIT_TEST(a_reseller_works_in_several_companies_and_no_others);
  CPPUNIT_TEST(a_company_that_does_not_let_a_reseller_in_from_there_is_none_of_its_companies_there);
  CPPUNIT_TEST(a_reseller_of_one_company_gets_no_more_by_a_change_of_something_else);
  CPPUNIT_TEST(nobody_gives_away_or_takes_over_more_than_they_have);
  CPPUNIT_TEST(every_endpoint_needs_the_right_manage);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { api_ = std::make_unique<tests::ManagedApi>(); }
  void tearDown() override { api_.reset(); }

  void a_company_admin_stays_in_its_company() {
    api_->as_client("contoso", "administrator");
    const std::string theirs = created_client(*api_, generated_pair(*api_));
    api_->as_client("acme", "administrator");
    const std::string mine = created_client(*api_, generated_pair(*api_));
    struct Case {
      const char* method;
      std::string path;
      std::string body;
      int status;
      bridge::HeaderList headers;
    };
    const bridge::HeaderList contoso = {{"X-KEEPNET-Company-Id", "contoso"}};
    const std::string client = new_client(generated_pair(*api_));
    const Case cases[] = {
        {"GET", one_client + theirs, "", 404, {}},
        {"PUT", one_client + theirs, R"({"statusId":0})", 404, {}},
        {"DELETE", one_client + theirs, "", 404, {}},
        {"POST", one_client + theirs + "/rotate", "", 404, {}},
        {"GET", "/api/companies/contoso", "", 404, {}},
        {"GET", "/api/companies/nowhere", "", 404, {}},
        {"GET", one_client + theirs, "", 403, contoso},
        {"POST", "/api/companies/clients", client, 403, contoso},
        {"POST", "/api/companies/clients/search", "", 403, contoso},
        {"GET", "/api/companies/my", "", 403, contoso},
        {"GET", "/api/roles", "", 403, contoso},
        {"GET", "/api/companies/my", "", 403, {{"x-ir-company-id", "contoso"}}},
        {"GET", "/api/companies/my?companyId=contoso", "", 403, {}},
        {"GET", "/api/companies/my?companyId=nowhere", "", 403, {}},
        {"GET", one_client + mine + "?companyId=contoso", "", 403, {}},
        {"GET", "/api/companies/my?companyId=acme", "", 200, {}},
        {"GET", one_client + mine, "", 200, {{"X-KEEPNET-Company-Id", "acme"}}},
    };
    for (const Case& one : cases) {
      const bridge::Reply reply = api_->ask(one.method, one.path, one.body, one.headers);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.method + (' ' + one.path) + ' ' + reply.body, one.status,
                                   reply.status);
    }
    const Json page = api_->data("POST", "/api/companies/clients/search");
    CPPUNIT_ASSERT(names_in(page.get("results"), "resourceId").find(theirs) == std::string::npos);
    api_->as_client("contoso", "administrator");
    CPPUNIT_ASSERT_EQUAL(std::string("Active"),
                         api_->data("GET", one_client + theirs).get("statusName").string_or(""));
  }

  void a_reseller_works_in_several_companies_and_no_others() {
    api_->as_client("initech", "administrator");
    const std::string foreign = created_client(*api_, generated_pair(*api_));
    api_->as_client("acme", "reseller", {"contoso", "gone"});
    const bridge::HeaderList in_contoso = {{"X-KEEPNET-Company-Id", "contoso"}};
    const std::string there =
        api_->data("POST", "/api/companies/clients", new_client(generated_pair(*api_)), in_contoso)
            .get("resourceId")
            .string_or("");
    const std::string here = created_client(*api_, generated_pair(*api_));
    const auto clients = [&](const std::string& query, const bridge::HeaderList& headers) {
      const Json page = api_->data("POST", "/api/companies/clients/search" + query,
                                   R"({"filter":{"SearchInputTextValue":"Sync"}})", headers);
      return names_in(page.get("results"), "companyResourceId");
    };
    CPPUNIT_ASSERT_EQUAL(std::string("acme contoso"), clients("", {}));
    CPPUNIT_ASSERT_EQUAL(std::string("contoso"), clients("", in_contoso));
    CPPUNIT_ASSERT_EQUAL(std::string("contoso"), clients("?companyId=contoso", {}));
    CPPUNIT_ASSERT_EQUAL(std::string("acme"), clients("?companyId=acme", {}));
    CPPUNIT_ASSERT_EQUAL(std::string("acme contoso"),
                         names_in(api_->data("GET", "/api/companies"), "resourceId"));
    CPPUNIT_ASSERT_EQUAL(404, api_->ask("GET", one_client + there + "?companyId=acme").status);
    CPPUNIT_ASSERT_EQUAL(200, api_->ask("GET", one_client + there).status);
    CPPUNIT_ASSERT_EQUAL(404, api_->ask("GET", one_client + foreign).status);
    CPPUNIT_ASSERT_EQUAL(403, api_->ask("GET", one_client + foreign + "?companyId=initech").status);
    CPPUNIT_ASSERT_EQUAL(400, api_->ask("GET", one_client + here + "?companyId=acme", "", in_contoso).status);

    // A reseller makes another one, of its own companies only.
    const auto reseller = [&](const std::string& more) {
      Json body = Json::parse(new_client(generated_pair(*api_), more));
      body.set("roleResourceIdList", Json::parse(R"(["reseller"])"));
      return body.dump();
    };
    const Json made = api_->data("POST", "/api/companies/clients", reseller(""));
    CPPUNIT_ASSERT_EQUAL(std::string(R"(["contoso"])"),
                         api_->data("GET", one_client + made.get("resourceId").string_or(""))
                             .get("companyResourceIdList")
                             .dump());
    for (const char* list : {R"(["initech"])", R"(["*"])"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(list, 400,
                                   api_->ask("POST", "/api/companies/clients",
                                             reseller(",\"companyResourceIdList\":" + std::string(list)))
                                       .status);

    // One that has more companies is not taken over.
    const std::string admin = api_->authorization();
    api_->as_client("acme", "reseller", {"*"});
    const Json all = api_->data("POST", "/api/companies/clients", reseller(""));
    const std::string wide = one_client + all.get("resourceId").string_or("");
    CPPUNIT_ASSERT_EQUAL(std::string(R"(["*"])"),
                         api_->data("GET", wide).get("companyResourceIdList").dump());
    api_->as(admin);
    CPPUNIT_ASSERT_EQUAL(403, api_->ask("POST", wide + "/rotate").status);

    api_->as_client("acme", "reseller", {"*"});
    CPPUNIT_ASSERT_EQUAL(std::string("acme contoso initech"),
                         names_in(api_->data("GET", "/api/companies/my"), "resourceId"));
    CPPUNIT_ASSERT_EQUAL(200, api_->ask("GET", one_client + foreign + "?companyId=initech").status);
    CPPUNIT_ASSERT_EQUAL(404, api_->ask("GET", "/api/companies/my?companyId=nowhere").status);
    CPPUNIT_ASSERT_EQUAL(
        403, api_->ask("GET", "/api/companies/my", "", {{"X-KEEPNET-Company-Id", "nowhere"}}).status);
  }

  void a_company_that_does_not_let_a_reseller_in_from_there_is_none_of_its_companies_there() {
    api_.reset();
    api_ = std::make_unique<tests::ManagedApi>(
        std::map<std::string, std::vector<std::string>>{{"contoso", {"192.0.2.0/24"}}});
    api_->as_client("contoso", "administrator");
    const std::string theirs = created_client(*api_, generated_pair(*api_));
    const std::string role =
        api_->data("POST", "/api/roles", R"({"name":"a","description":"b","scopes":"read"})")
            .get("resourceId")
            .string_or("");
    api_->data("POST", "/api/key-groups", R"({"name":"Desk"})");
    struct Case {
      const char* companies;
      int named;
    };
    for (const auto& [companies, named] : {Case{"contoso", 403}, Case{"*", 404}}) {
      api_->peer = "192.0.2.7";
      api_->as_client("acme", "reseller", {companies});
      const std::string client = new_client(generated_pair(*api_));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(companies, 200, api_->ask("GET", one_client + theirs).status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(companies, 200, api_->ask("GET", "/api/key-groups/Desk").status);
      api_->peer = "198.51.100.7";
      const std::string in_contoso = "?companyId=contoso";
      struct Call {
        const char* method;
        std::string path;
        int status;
      };
      const Call calls[] = {
          {"GET", one_client + theirs, 404},
          {"PUT", one_client + theirs, 404},
          {"DELETE", one_client + theirs, 404},
          {"POST", one_client + theirs + "/rotate", 404},
          {"GET", "/api/roles/" + role, 404},
          {"DELETE", "/api/roles/" + role, 404},
          {"GET", "/api/key-groups/Desk", 404},
          {"GET", "/api/companies/contoso", 404},
          {"GET", "/api/companies/my" + in_contoso, named},
          {"GET", one_client + theirs + in_contoso, named},
          {"POST", "/api/companies/clients" + in_contoso, named},
          {"POST", "/api/roles" + in_contoso, named},
          {"POST", "/api/key-groups" + in_contoso, named},
          {"GET", "/api/companies/my", 200},
      };
      for (const Call& one : calls) {
        const std::string body = one.method == std::string("POST") ? client : "";
        CPPUNIT_ASSERT_EQUAL_MESSAGE(companies + (' ' + one.path), one.status,
                                     api_->ask(one.method, one.path, body).status);
      }
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          companies, 401,
          api_->ask("GET", "/api/companies/my", "", {{"X-KEEPNET-Company-Id", "contoso"}}).status);
      const std::string seen = api_->data("GET", "/api/companies").dump() +
                               api_->data("POST", "/api/companies/clients/search").dump() +
                               api_->data("GET", "/api/roles").dump();
      CPPUNIT_ASSERT_MESSAGE(seen, seen.find("contoso") == std::string::npos);
    }
  }

  void a_reseller_of_one_company_gets_no_more_by_a_change_of_something_else() {
    api_->as_client("acme", "reseller", {"contoso"});
    Json body = Json::parse(new_client(generated_pair(*api_), R"(,"companyResourceIdList":[])"));
    body.set("roleResourceIdList", Json::parse(R"(["reseller"])"));
    const std::string one =
        one_client +
        api_->data("POST", "/api/companies/clients", body.dump()).get("resourceId").string_or("");
    const auto companies = [&] { return api_->data("GET", one).get("companyResourceIdList").dump(); };
    for (const char* change : {R"({"statusId":1})", R"({"roleResourceIdList":["reseller"]})"}) {
      api_->data("PUT", one, change);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(change, std::string("[]"), companies());
    }
    api_->data("PUT", one, R"({"roleResourceIdList":["reader"]})");
    api_->data("PUT", one, R"({"roleResourceIdList":["reseller"]})");
    CPPUNIT_ASSERT_EQUAL(std::string(R"(["contoso"])"), companies());
  }

  void nobody_gives_away_or_takes_over_more_than_they_have() {
    api_->as_client("acme", "administrator");
    Json body = Json::parse(new_client(generated_pair(*api_)));
    body.set("roleResourceIdList", Json::parse(R"(["reseller"])"));
    CPPUNIT_ASSERT_EQUAL(std::string("roleResourceIdList: the role Reseller may do more than you may"),
                         reasons_of(api_->ask("POST", "/api/companies/clients", body.dump())));
    const std::string strong = created_client(*api_, generated_pair(*api_));
    api_->data("PUT", one_client + strong, R"({"roleResourceIdList":["administrator"]})");
    // Somebody who manages and reads, and neither decides nor hands in.
    api_->as_key("acme", "read manage");
    for (const char* role : {"administrator", "approver", "submitter", "reseller"}) {
      body.set("roleResourceIdList", Json::array({Json(role)}));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(role, 400,
                                   api_->ask("POST", "/api/companies/clients", body.dump()).status);
    }
    body.set("roleResourceIdList", Json::parse(R"(["reader"])"));
    CPPUNIT_ASSERT_EQUAL(200, api_->ask("POST", "/api/companies/clients", body.dump()).status);
    const std::pair<const char*, std::string> taken_over[] = {{"PUT", one_client + strong},
                                                              {"DELETE", one_client + strong},
                                                              {"POST", one_client + strong + "/rotate"}};
    for (const auto& [method, path] : taken_over)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method, 403, api_->ask(method, path).status);
    CPPUNIT_ASSERT_EQUAL(200, api_->ask("GET", one_client + strong).status);
  }

  void every_endpoint_needs_the_right_manage() {
    api_->as_client("acme", "administrator");
    const std::string id = created_client(*api_, generated_pair(*api_));
    const std::pair<const char*, std::string> all[] = {
        {"GET", "/api/companies"},
        {"GET", "/api/companies/my"},
        {"GET", "/api/companies/acme"},
        {"POST", "/api/companies/search"},
        {"GET", "/api/companies/clients/generate-client-credentials"},
        {"POST", "/api/companies/clients"},
        {"POST", "/api/companies/clients/search"},
        {"GET", one_client + id},
        {"PUT", one_client + id},
        {"DELETE", one_client + id},
        {"POST", one_client + id + "/rotate"},
        {"GET", "/api/key-groups"},
        {"POST", "/api/key-groups"},
        {"GET", "/api/key-groups/g"},
        {"PUT", "/api/key-groups/g"},
        {"DELETE", "/api/key-groups/g"},
        {"GET", "/api/key-groups/g/keys"},
        {"POST", "/api/key-groups/g/keys"},
        {"GET", "/api/key-groups/g/keys/" + id},
        {"PUT", "/api/key-groups/g/keys/" + id},
        {"DELETE", "/api/key-groups/g/keys/" + id},
        {"POST", "/api/key-groups/g/keys/" + id + "/rotate"},
        {"GET", "/api/roles"},
        {"POST", "/api/roles"},
        {"GET", "/api/roles/reader"},
        {"PUT", "/api/roles/reader"},
        {"DELETE", "/api/roles/reader"},
        {"GET", "/api/permissions/all"},
        {"POST", "/api/audit-logs/search"},
    };
    api_->as_client("acme", "approver");
    for (const auto& [method, path] : all) {
      const bridge::Reply reply = api_->ask(method, path);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method + (' ' + path), 403, reply.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method + (' ' + path), std::string("FAILED"),
                                   Json::parse(reply.body).get("status").string_or(""));
    }
    api_->as_key("acme", "read submit decide");
    for (const auto& [method, path] : all)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method + (' ' + path), 403, api_->ask(method, path).status);
    // All of them are here, and no more under /api/.
    std::size_t served = 0;
    const std::string table = api_->api().route_table();
    for (std::size_t at = 0; (at = table.find("| `/api/", at)) != std::string::npos; ++at) ++served;
    CPPUNIT_ASSERT_EQUAL(std::size(all), served);
  }

 private:
  std::unique_ptr<tests::ManagedApi> api_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(ManagementRightsTest);
