// Roles that a company makes, and what they can permit.

#include "bridge/api/roles_api.h"

#include <memory>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/managed_api.h"

using mappings::Json;
using tests::reasons_of;

namespace {
const std::string roles = "/api/roles";

std::string new_role(const std::string& permissions, const std::string& more = "") {
  return R"({"name":"First line","description":"Looks","permissionResourceIdList":)" + permissions + more +
         '}';
}
}  // namespace

class RolesApiTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RolesApiTest);
  CPPUNIT_TEST(lists_those_that_are_always_there);
  CPPUNIT_TEST(lists_every_call_that_can_be_permitted);
  CPPUNIT_TEST(a_role_allows_what_it_names);
  CPPUNIT_TEST(its_scopes_are_those_of_its_permissions);
  CPPUNIT_TEST(what_was_left_out_of_its_scopes_can_be_given_back);
  CPPUNIT_TEST(says_for_each_field_what_is_wrong);
  CPPUNIT_TEST(a_change_counts_at_once);
  CPPUNIT_TEST(a_role_that_somebody_has_cannot_go);
  CPPUNIT_TEST(a_company_admin_stays_in_its_company);
  CPPUNIT_TEST(nobody_makes_a_role_that_can_do_more_than_they_can);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    api_ = std::make_unique<tests::ManagedApi>();
    api_->as_client("acme", "administrator");
  }
  void tearDown() override { api_.reset(); }

  void lists_those_that_are_always_there() {
    std::string names;
    const Json all = api_->data("GET", roles);
    for (std::size_t i = 0; i < all.size(); ++i)
      names += all.at(i).get("resourceId").string_or("") + ' ' + all.at(i).get("name").string_or("") + '\n';
    CPPUNIT_ASSERT_EQUAL(
        std::string("reader Reader\napprover Approver\nsubmitter Submitter\nadministrator Company "
                    "Admin\nreseller Reseller\n"),
        names);
    CPPUNIT_ASSERT_EQUAL(std::string("read decide"),
                         api_->data("GET", roles + "/approver").get("scopes").string_or(""));
    for (const char* method : {"PUT", "DELETE"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method, 409, api_->ask(method, roles + "/approver").status);
  }

  void lists_every_call_that_can_be_permitted() {
    const Json modules = api_->data("GET", "/api/permissions/all");
    bool found = false;
    std::size_t calls = 0;
    for (std::size_t i = 0; i < modules.size(); ++i) {
      const Json children = modules.at(i).get("children");
      for (std::size_t k = 0; k < children.size(); ++k) {
        ++calls;
        const Json call = children.at(k);
        CPPUNIT_ASSERT_MESSAGE(call.dump(), call.get("isDisabled") == Json(false));
        if (call.get("permissionResourceId") != Json("requests/{id}|PUT")) continue;
        found = true;
        CPPUNIT_ASSERT_EQUAL(std::string("requests"), call.get("moduleName").string_or(""));
        CPPUNIT_ASSERT_EQUAL(std::string("decide"), call.get("groupName").string_or(""));
      }
    }
    CPPUNIT_ASSERT(found);
    CPPUNIT_ASSERT(calls > 40);
  }

  void a_role_allows_what_it_names() {
    const std::string id = made(R"(["whoami|GET","api/roles|get","companies/**|*"])");
    CPPUNIT_ASSERT_EQUAL(std::string(R"(["whoami|GET","roles|GET","companies/**|*"])"),
                         api_->data("GET", roles + '/' + id).get("permissionResourceIdList").dump());
    api_->as_client("acme", id);
    struct Case {
      const char* path;
      int status;
    };
    const Case cases[] = {
        {"/whoami", 200},          {"/api/roles", 200},           {"/api/companies/my", 200},
        {"/inventory", 403},       {"/api/permissions/all", 403}, {"/requests", 403},
        {"/api/roles/reader", 403}};
    for (const Case& one : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.path, one.status, api_->status_of(api_->authorization(), one.path));
  }

  void its_scopes_are_those_of_its_permissions() {
    struct Case {
      const char* permissions;
      const char* more;
      const char* scopes;
    };
    const Case cases[] = {
        {R"(["requests|GET"])", "", "read"},
        {R"(["requests|GET","requests/{id}|PUT"])", "", "read decide"},
        {R"(["requests|*"])", "", "read submit"},
        {R"(["key-groups/**|GET"])", "", "manage"},
        {R"(["**|*"])", "", "read decide submit manage"},
        {R"(["**|*"])", R"(,"scopes":"read")", "read"},
        {"[]", R"(,"scopes":"read submit")", "read submit"},
        {"null", R"(,"scopes":"read,decide")", "read decide"},
    };
    for (const Case& one : cases) {
      const std::string id =
          api_->data("POST", roles, new_role(one.permissions, one.more)).get("resourceId").string_or("");
      CPPUNIT_ASSERT_EQUAL(std::size_t{12}, id.size());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.permissions, std::string(one.scopes),
                                   api_->data("GET", roles + '/' + id).get("scopes").string_or(""));
      api_->data("DELETE", roles + '/' + id);
      CPPUNIT_ASSERT_EQUAL(404, api_->ask("GET", roles + '/' + id).status);
    }
  }

  void what_was_left_out_of_its_scopes_can_be_given_back() {
    const std::string id = made(R"(["requests|GET","requests/{id}|PUT"])");
    const std::pair<const char*, const char*> changes[] = {
        {R"({"scopes":"read"})", "read"},
        {R"({"description":"Looks and decides"})", "read"},
        {R"({"scopes":"read decide"})", "read decide"},
        {R"({"scopes":"decide submit manage"})", "decide"},
        {R"({"scopes":"read","permissionResourceIdList":["requests|*"]})", "read"},
        {R"({"scopes":"read submit"})", "read submit"},
    };
    for (const auto& [change, scopes] : changes) {
      api_->data("PUT", roles + '/' + id, change);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(change, std::string(scopes),
                                   api_->data("GET", roles + '/' + id).get("scopes").string_or(""));
    }
  }

  void says_for_each_field_what_is_wrong() {
    const std::pair<std::string, std::string> cases[] = {
        {"{}", "name: is missing\ndescription: is missing"},
        {R"({"name":"reader","description":"x","scopes":"read"})",
         "name: is that of a role that is always there"},
        {R"({"name":"company admin","description":"x","scopes":"read"})",
         "name: is that of a role that is always there"},
        {new_role("[]"), "permissionResourceIdList: the role may do nothing; name permissions, or scopes"},
        {new_role("null", R"(,"scopes":"read write")"), "scopes: are words of: read decide submit manage"},
        {new_role(R"(["requests"])"),
         "permissionResourceIdList[0]: a permission is path|METHOD, such as requests/{id}|PUT, of at most "
         "300 "
         "letters"},
        {new_role(R"(["requests|GET","nothing/here|GET"])"),
         "permissionResourceIdList[1]: no call is like nothing/here|GET; GET /api/permissions/all lists "
         "them"},
        {new_role(R"(["healthz|GET"])"),
         "permissionResourceIdList[0]: no call is like healthz|GET; GET /api/permissions/all lists them"},
        {new_role(R"(["requests|GET"])", R"(,"several":true)"), "several: there is no such field"},
        {R"({"name":")" + std::string(65, 'x') + R"(","description":")" + std::string(301, 'x') +
             R"(","scopes":"read"})",
         "name: must have 1 to 64 characters, none of them a control character\ndescription: must have 1 to "
         "300 "
         "characters, none of them a control character"},
    };
    for (const auto& [body, reasons] : cases) {
      const bridge::Reply reply = api_->ask("POST", roles, body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400, reply.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, reasons, reasons_of(reply));
    }
    made(R"(["requests|GET"])");
    CPPUNIT_ASSERT_EQUAL(409, api_->ask("POST", roles, new_role(R"(["requests|GET"])")).status);
  }

  void a_change_counts_at_once() {
    const std::string id = made(R"(["whoami|GET","inventory|GET"])");
    const std::string admin = api_->authorization();
    api_->as_client("acme", id);
    const std::string token = api_->authorization();
    CPPUNIT_ASSERT_EQUAL(200, api_->status_of(token, "/inventory"));
    api_->as(admin);
    api_->data("PUT", roles + '/' + id, R"({"permissionResourceIdList":["whoami|GET"]})");
    CPPUNIT_ASSERT_EQUAL(403, api_->status_of(token, "/inventory"));
    CPPUNIT_ASSERT_EQUAL(200, api_->status_of(token, "/whoami"));
    CPPUNIT_ASSERT_EQUAL(std::string("First line"),
                         api_->data("GET", roles + '/' + id).get("name").string_or(""));
  }

  void a_role_that_somebody_has_cannot_go() {
    const std::string id = made(R"(["whoami|GET"])");
    const std::string admin = api_->authorization();
    api_->as_client("acme", id);
    api_->as(admin);
    CPPUNIT_ASSERT_EQUAL(409, api_->ask("DELETE", roles + '/' + id).status);
  }

  void a_company_admin_stays_in_its_company() {
    const std::string id = made(R"(["whoami|GET"])");
    api_->as_client("contoso", "administrator");
    CPPUNIT_ASSERT(api_->ask("GET", roles).body.find(id) == std::string::npos);
    for (const char* method : {"GET", "PUT", "DELETE"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method, 404, api_->ask(method, roles + '/' + id).status);
    api_->data("POST", "/api/key-groups", R"({"name":"Desk"})");
    CPPUNIT_ASSERT_EQUAL(
        "inRole: there is no role " + id + "; GET /api/roles lists them",
        reasons_of(api_->ask("POST", "/api/key-groups/Desk/keys", R"({"inRole":")" + id + "\"}")));
    // The name is taken there and free here.
    made(R"(["whoami|GET"])");
  }

  void nobody_makes_a_role_that_can_do_more_than_they_can() {
    const std::string strong = made(R"(["**|*"])");
    const std::string weak = api_->data("POST", roles,
                                        R"({"name":"Role maker","description":"x","permissionResourceIdList":
                                          ["roles|*","roles/**|*","whoami|GET"]})")
                                 .get("resourceId")
                                 .string_or("");
    api_->as_client("acme", weak);
    CPPUNIT_ASSERT_EQUAL(std::string("permissionResourceIdList: the role may do more than you may"),
                         reasons_of(api_->ask("POST", roles, R"({"name":"Other","description":"x",
                                                               "permissionResourceIdList":["inventory|GET"]})")));
    CPPUNIT_ASSERT_EQUAL(200, api_->ask("POST", roles, R"({"name":"Other","description":"x",
                                                         "permissionResourceIdList":["whoami|GET"]})")
                                  .status);
    for (const std::string& id : {strong, weak})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          id, 403,
          api_->ask("PUT", roles + '/' + id, R"({"permissionResourceIdList":["whoami|GET"]})").status);
    CPPUNIT_ASSERT_EQUAL(403, api_->ask("DELETE", roles + '/' + strong).status);
  }

 private:
  std::string made(const std::string& permissions) {
    return api_->data("POST", roles, new_role(permissions)).get("resourceId").string_or("");
  }

  std::unique_ptr<tests::ManagedApi> api_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(RolesApiTest);
