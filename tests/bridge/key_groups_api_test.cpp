// Key groups and their keys: what the door rest_api_key is opened with.

#include "bridge/api/key_groups_api.h"

#include <memory>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/managed_api.h"

using mappings::Json;
using tests::reasons_of;

namespace {
const std::string groups = "/api/key-groups", keys = groups + "/Desk/keys";

struct NewKey {
  std::string id, reference;
};
}  // namespace

class KeyGroupsApiTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(KeyGroupsApiTest);
  CPPUNIT_TEST(groups_are_made_changed_and_ended);
  CPPUNIT_TEST(a_key_opens_its_door_while_it_may);
  CPPUNIT_TEST(the_reference_id_is_shown_once);
  CPPUNIT_TEST(a_new_reference_id_may_overlap_with_the_old_one);
  CPPUNIT_TEST(says_for_each_field_what_is_wrong);
  CPPUNIT_TEST(a_company_admin_stays_in_its_company);
  CPPUNIT_TEST(a_reseller_says_which_of_two_groups_it_means);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    api_ = std::make_unique<tests::ManagedApi>();
    api_->as_client("acme", "administrator");
    api_->data("POST", groups, R"({"name":"Desk","description":"The service desk's programs"})");
  }
  void tearDown() override { api_.reset(); }

  void groups_are_made_changed_and_ended() {
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            R"([{"resourceId":"Desk","name":"Desk","description":"The service desk's programs","companyResourceId":"acme","createTime":"2023-11-14T22:13:20.000Z"}])"),
        api_->data("GET", groups).dump());
    CPPUNIT_ASSERT_EQUAL(409, api_->ask("POST", groups, R"({"name":"Desk"})").status);
    api_->data("POST", groups, R"({"name":"With a blank"})");
    api_->data("PUT", groups + "/With%20a%20blank", R"({"description":"Changed"})");
    CPPUNIT_ASSERT_EQUAL(std::string("Changed"),
                         api_->data("GET", groups + "/With%20a%20blank").get("description").string_or(""));
    const NewKey key = made(R"({"inRole":"reader"})");
    CPPUNIT_ASSERT_EQUAL(409, api_->ask("DELETE", groups + "/Desk").status);
    api_->data("DELETE", keys + '/' + key.id);
    api_->data("DELETE", groups + "/Desk");
    CPPUNIT_ASSERT_EQUAL(404, api_->ask("GET", groups + "/Desk").status);
    CPPUNIT_ASSERT_EQUAL(404, api_->ask("DELETE", groups + "/Desk").status);
    CPPUNIT_ASSERT_EQUAL(404, api_->ask("GET", keys).status);
  }

  void a_key_opens_its_door_while_it_may() {
    const NewKey key = made(R"({"description":"Sync","onBehalfOf":"ann@acme.test","inRole":"Approver"})");
    CPPUNIT_ASSERT_EQUAL(200, status(key.reference));
    CPPUNIT_ASSERT_EQUAL(403, api_->status_of("rest_api_key=" + key.reference, "/api/roles"));
    struct Case {
      const char* change;
      int status;
    };
    const Case cases[] = {
        {R"({"activated":false})", 401},
        {R"({"activated":true})", 200},
        {R"({"allowedIpAddresses":["198.51.100.0/24"]})", 401},
        {R"({"allowedIpAddresses":["192.0.2.0-192.0.2.9"]})", 200},
        {R"({"hasIpAddressRestriction":false})", 200},
        {R"({"notBefore":"2030-01-01T00:00:00Z"})", 401},
        {R"({"notBefore":null,"expiresAt":"2023-01-01T00:00:00Z"})", 401},
        {R"({"expiresAt":null})", 200},
    };
    for (const Case& one : cases) {
      api_->data("PUT", keys + '/' + key.id, one.change);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.change, one.status, status(key.reference));
    }
    const Json shown = api_->data("GET", keys + '/' + key.id);
    CPPUNIT_ASSERT_EQUAL(std::string("ann@acme.test"), shown.get("onBehalfOf").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("approver"), shown.get("inRole").string_or(""));
    // As it was read it can be sent back.
    api_->data("PUT", keys + '/' + key.id, shown.dump());
    CPPUNIT_ASSERT_EQUAL(shown.dump(), api_->data("GET", keys + '/' + key.id).dump());
    api_->data("DELETE", keys + '/' + key.id);
    CPPUNIT_ASSERT_EQUAL(401, status(key.reference));
  }

  void the_reference_id_is_shown_once() {
    const NewKey key = made(R"({"inRole":"reader"})");
    const std::string random = key.reference.substr(key.reference.size() - 43, 36);
    for (const std::string& path : {keys, keys + '/' + key.id, groups}) {
      const bridge::Reply reply = api_->ask("GET", path);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 200, reply.status);
      CPPUNIT_ASSERT_MESSAGE(reply.body, reply.body.find(random) == std::string::npos);
    }
    CPPUNIT_ASSERT_EQUAL("cs_rest_" + key.id + "_*****" + key.reference.substr(key.reference.size() - 4),
                         api_->data("GET", keys).at(0).get("referenceId").string_or(""));
  }

  void a_new_reference_id_may_overlap_with_the_old_one() {
    const NewKey key = made(R"({"inRole":"reader"})");
    const std::string fresh = api_->data("POST", keys + '/' + key.id + "/rotate", R"({"overlapMinutes":5})")
                                  .get("referenceId")
                                  .string_or("");
    CPPUNIT_ASSERT(fresh != key.reference);
    CPPUNIT_ASSERT_EQUAL(200, status(key.reference));
    CPPUNIT_ASSERT_EQUAL(200, status(fresh));
    api_->clock.advance(std::chrono::minutes(5));
    CPPUNIT_ASSERT_EQUAL(401, status(key.reference));
    CPPUNIT_ASSERT_EQUAL(200, status(fresh));
  }

  void says_for_each_field_what_is_wrong() {
    const std::pair<std::string, std::string> of_groups[] = {
        {"{}", "name: is missing"},
        {R"({"name":""})", "name: must have 1 to 64 characters, none of them a control character"},
        {R"({"name":"a/b"})", "name: stands in a path: it cannot have a slash, and be neither . nor .."},
        {R"({"name":".."})", "name: stands in a path: it cannot have a slash, and be neither . nor .."},
        {R"({"name":"x","secret":1})", "secret: there is no such field"},
    };
    for (const auto& [body, reasons] : of_groups)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, reasons, reasons_of(api_->ask("POST", groups, body)));
    CPPUNIT_ASSERT_EQUAL(std::string("name: stays as it is: its keys are found by it"),
                         reasons_of(api_->ask("PUT", groups + "/Desk", R"({"name":"Other"})")));
    const std::pair<std::string, std::string> of_keys[] = {
        {"{}", "inRole: Role should be selected"},
        {R"({"inRole":"nobody"})", "inRole: there is no role nobody; GET /api/roles lists them"},
        {R"({"inRole":"reseller"})", "inRole: the role Reseller may do more than you may"},
        {R"({"inRole":"reader","activated":"yes"})", "activated: must be true or false"},
        {R"({"inRole":"reader","keyGroup":"Other"})",
         "keyGroup: stays as it is; make a key in the other group"},
        {R"({"inRole":"reader","referenceId":"mine"})",
         "referenceId: is made here: POST .../rotate makes a new one"},
        {R"({"inRole":"reader","allowedIpAddresses":[""]})",
         "allowedIpAddresses[0]: Invalid ip address: empty; write an address or leave the entry out"},
        {R"({"inRole":"reader","allowedIpAddresses":["10.0.0.0/33"]})",
         "allowedIpAddresses[0]: Invalid ip address: what stands behind the slash must be a number from 0 to "
         "32"},
        {R"({"inRole":"reader","expiresAt":5})",
         "expiresAt: must be a time in UTC, such as 2026-01-31T10:00:00Z"},
    };
    for (const auto& [body, reasons] : of_keys)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, reasons, reasons_of(api_->ask("POST", keys, body)));
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, api_->data("GET", keys).size());
    api_->as_client("acme", "reseller", {"contoso"});
    CPPUNIT_ASSERT_EQUAL(std::string("inRole: a key belongs to one company; a client can have this role"),
                         reasons_of(api_->ask("POST", keys, R"({"inRole":"reseller"})")));
  }

  void a_company_admin_stays_in_its_company() {
    const NewKey key = made(R"({"inRole":"reader"})");
    api_->as_client("contoso", "administrator");
    const std::pair<const char*, std::string> all[] = {
        {"GET", groups + "/Desk"},
        {"PUT", groups + "/Desk"},
        {"DELETE", groups + "/Desk"},
        {"GET", keys},
        {"POST", keys},
        {"GET", keys + '/' + key.id},
        {"PUT", keys + '/' + key.id},
        {"DELETE", keys + '/' + key.id},
        {"POST", keys + '/' + key.id + "/rotate"},
    };
    for (const auto& [method, path] : all) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method + (' ' + path), 404, api_->ask(method, path).status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method + (' ' + path), 403,
                                   api_->ask(method, path + "?companyId=acme").status);
    }
    // Not even through a group of the same name.
    api_->data("POST", groups, R"({"name":"Desk"})");
    for (const char* method : {"GET", "PUT", "DELETE"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method, 404, api_->ask(method, keys + '/' + key.id).status);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, api_->data("GET", keys).size());
    CPPUNIT_ASSERT_EQUAL(200, status(key.reference));
  }

  void a_reseller_says_which_of_two_groups_it_means() {
    api_->as_client("initech", "reseller", {"acme", "contoso"});
    CPPUNIT_ASSERT_EQUAL(200, api_->ask("GET", groups + "/Desk").status);
    api_->data("POST", groups, R"({"name":"Desk"})", {{"X-KEEPNET-Company-Id", "contoso"}});
    CPPUNIT_ASSERT_EQUAL(409, api_->ask("GET", groups + "/Desk").status);
    for (const char* company : {"acme", "contoso"})
      CPPUNIT_ASSERT_EQUAL(
          std::string(company),
          api_->data("GET", groups + "/Desk?companyId=" + company).get("companyResourceId").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, api_->data("GET", groups).size());
  }

 private:
  NewKey made(const std::string& body) {
    const Json key = api_->data("POST", keys, body);
    return {key.get("resourceId").string_or(""), key.get("referenceId").string_or("")};
  }
  int status(const std::string& reference) { return api_->status_of("rest_api_key=" + reference, "/whoami"); }

  std::unique_ptr<tests::ManagedApi> api_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(KeyGroupsApiTest);
