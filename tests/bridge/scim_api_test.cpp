// SCIM as HTTP: versions, media types, refusals, tenants, and what the service says of itself.

#include "bridge/api/scim_api.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/directory/directories.h"
#include "tests/support/scim_client.h"

using bridge::Reply;
using mappings::Json;
using tests::header_of;
using tests::scim_group;
using tests::scim_patch;
using tests::scim_user;

class ScimApiTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ScimApiTest);
  CPPUNIT_TEST(a_version_is_read_once_and_changed_once);
  CPPUNIT_TEST(the_same_again_changes_nothing);
  CPPUNIT_TEST(a_tenant_never_sees_anothers);
  CPPUNIT_TEST(says_what_is_wrong_as_scim_does);
  CPPUNIT_TEST(describes_itself);
  CPPUNIT_TEST(takes_both_names_of_json);
  CPPUNIT_TEST(a_directory_of_a_file_is_not_changed);
  CPPUNIT_TEST(a_selection_that_is_wrong_changes_nothing);
  CPPUNIT_TEST(what_is_made_says_where_it_is_whatever_was_asked_for);
  CPPUNIT_TEST(what_describes_the_service_takes_no_filter);
  CPPUNIT_TEST(a_list_may_be_asked_for_by_a_body);
  CPPUNIT_TEST(says_what_it_refers_to);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { client_.emplace(); }
  void tearDown() override { client_.reset(); }

  void a_version_is_read_once_and_changed_once() {
    const Reply made = client_->ask("POST", "/Users", scim_user("ann"));
    CPPUNIT_ASSERT_EQUAL(std::string("W/\"1\""), header_of(made, "ETag"));
    const std::string id = Json::parse(made.body).get("id").string_or("");
    CPPUNIT_ASSERT_EQUAL("https://countersign.acme.test/scim/v2/Users/" + id, header_of(made, "Location"));
    const std::string at = "/Users/" + id;
    const Reply known = client_->ask("GET", at, "", {{"If-None-Match", "W/\"1\""}});
    CPPUNIT_ASSERT_EQUAL(304, known.status);
    CPPUNIT_ASSERT_EQUAL(std::string(), known.body);
    CPPUNIT_ASSERT_EQUAL(200, client_->ask("GET", at, "", {{"If-None-Match", "W/\"2\""}}).status);
    const struct {
      const char* method;
      std::string body;
      const char* tag;
      int status;
    } steps[] = {
        {"PUT", scim_user("ann", R"(,"title":"A")"), "W/\"7\"", 412},
        {"PUT", scim_user("ann", R"(,"title":"A")"), "nonsense", 412},
        {"PUT", scim_user("ann", R"(,"title":"A")"), "W/\"1\"", 200},
        {"PUT", scim_user("ann", R"(,"title":"B")"), "W/\"1\"", 412},
        {"PATCH", scim_patch(R"({"op":"add","path":"title","value":"C"})"), "W/\"1\"", 412},
        {"PATCH", scim_patch(R"({"op":"add","path":"title","value":"C"})"), "\"9\", \"2\"", 200},
        {"DELETE", "", "W/\"2\"", 412},
        {"DELETE", "", "*", 204},
    };
    for (const auto& one : steps)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(one.method) + ' ' + one.tag, one.status,
                                   client_->ask(one.method, at, one.body, {{"If-Match", one.tag}}).status);
  }

  void the_same_again_changes_nothing() {
    const std::string whole = scim_user("ann", R"(,"title":"A","active":"True")");
    const std::string at =
        "/Users/" + Json::parse(client_->ask("POST", "/Users", whole).body).get("id").string_or("");
    const auto entries = client_->api().store().trail().newest();
    for (int i = 0; i < 3; ++i) {
      CPPUNIT_ASSERT_EQUAL(std::string("W/\"1\""), header_of(client_->ask("PUT", at, whole), "ETag"));
      const Reply again =
          client_->ask("PATCH", at, scim_patch(R"({"op":"replace","value":{"active":true,"title":"A"}})"));
      CPPUNIT_ASSERT_EQUAL(std::string("W/\"1\""), header_of(again, "ETag"));
    }
    CPPUNIT_ASSERT_EQUAL(entries, client_->api().store().trail().newest());
  }

  void a_tenant_never_sees_anothers() {
    const std::string ann =
        Json::parse(client_->ask("POST", "/Users", scim_user("ann")).body).get("id").string_or("");
    const std::string g =
        Json::parse(client_->ask("POST", "/Groups", scim_group("g")).body).get("id").string_or("");
    client_->api().use_queue("contoso");
    for (const char* list :
         {"/Users", "/Groups", "/Users?filter=userName%20eq%20%22ann%22", "/Groups?sortBy=id",
          "/Users?filter=userName%20pr", "/Groups?filter=displayName%20pr"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(list, std::string("0"),
                                   Json::parse(client_->ask("GET", list).body).get("totalResults").dump());
    for (const std::string& at : {"/Users/" + ann, "/Groups/" + g}) {
      for (const char* method : {"GET", "DELETE"})
        CPPUNIT_ASSERT_EQUAL_MESSAGE(method + at, 404, client_->ask(method, at).status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          at, 404, client_->ask("PATCH", at, scim_patch(R"({"op":"remove","path":"title"})")).status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(at, 404,
                                   client_->ask("PUT", at, R"({"userName":"x","displayName":"x"})").status);
    }
    CPPUNIT_ASSERT_EQUAL(
        400,
        client_->ask("POST", "/Groups", scim_group("h", R"(,"members":[{"value":")" + ann + "\"}]")).status);
    CPPUNIT_ASSERT_EQUAL(201, client_->ask("POST", "/Users", scim_user("ann")).status);
    CPPUNIT_ASSERT(client_->api().directories().of("acme")->people().size() == 1);
  }

  void says_what_is_wrong_as_scim_does() {
    client_->ask("POST", "/Users", scim_user("ann"));
    const struct {
      const char* method;
      const char* target;
      std::string body;
      int status;
      const char* type;
    } cases[] = {
        {"GET", "/Users?filter=userName", "", 400, "invalidFilter"},
        {"GET", "/Users?filter=userName%20eq%20ann", "", 400, "invalidFilter"},
        {"GET", "/Groups?filter=((((", "", 400, "invalidFilter"},
        {"GET", "/Users?sortBy=a%20b", "", 400, "invalidPath"},
        {"GET", "/Users?startIndex=one", "", 400, "invalidValue"},
        {"GET", "/Users?attributes=a%20b", "", 400, "invalidValue"},
        {"POST", "/Users", "{", 400, "invalidSyntax"},
        {"POST", "/Users", "[]", 400, "invalidSyntax"},
        {"POST", "/Users", "", 400, "invalidSyntax"},
        {"POST", "/Users", R"({"userName":""})", 400, "invalidValue"},
        {"POST", "/Groups", "{}", 400, "invalidValue"},
        {"GET", "/Users/nobody", "", 404, ""},
        {"PATCH", "/Users/nobody", scim_patch(R"({"op":"remove","path":"title"})"), 404, ""},
        {"PUT", "/Users/nobody", scim_user("x"), 404, ""},
        {"GET", "/Nothing", "", 404, ""},
        {"DELETE", "/Users", "", 405, ""},
        {"POST", "/Bulk", "{}", 404, ""},
        {"GET", "/Me", "", 404, ""},
        {"GET", "/Users?startIndex=99999999999999999999", "", 400, "invalidValue"},
    };
    for (const auto& one : cases) {
      const std::string name = std::string(one.method) + ' ' + one.target + ' ' + one.body.substr(0, 40);
      const Reply reply = client_->ask(one.method, one.target, one.body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name + reply.body, one.status, reply.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string("application/scim+json"),
                                   header_of(reply, "Content-Type"));
      const Json body = Json::parse(reply.body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::to_string(one.status), body.get("status").string_or(""));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string(one.type), body.get("scimType").string_or(""));
      CPPUNIT_ASSERT_MESSAGE(name, !body.get("detail").string_or("").empty());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string("urn:ietf:params:scim:api:messages:2.0:Error"),
                                   body.get("schemas").at(0).string_or(""));
    }
    client_->api().key.clear();
    const Reply nobody = client_->ask("GET", "/Users");
    CPPUNIT_ASSERT_EQUAL(401, nobody.status);
    CPPUNIT_ASSERT_EQUAL(std::string("401"), Json::parse(nobody.body).get("status").string_or(""));
    CPPUNIT_ASSERT(!header_of(nobody, "WWW-Authenticate").empty());
  }

  void describes_itself() {
    const Json config = Json::parse(client_->ask("GET", "/ServiceProviderConfig").body);
    for (const auto& [feature, supported] :
         {std::pair("patch", true), std::pair("filter", true), std::pair("etag", true),
          std::pair("sort", true), std::pair("bulk", false), std::pair("changePassword", false)})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(feature, supported,
                                   config.get(feature).get("supported").as_bool().value_or(!supported));
    CPPUNIT_ASSERT_EQUAL(std::string("oauthbearertoken"),
                         config.get("authenticationSchemes").at(0).get("type").string_or(""));
    for (const auto& [list, count] : {std::pair("/Schemas", 4), std::pair("/ResourceTypes", 2)}) {
      const Json all = Json::parse(client_->ask("GET", list).body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(list, std::int64_t{count}, *all.get("totalResults").as_integer());
      for (std::size_t i = 0; i < all.get("Resources").size(); ++i) {
        const Json one = all.get("Resources").at(i);
        const Reply alone = client_->ask("GET", std::string(list) + '/' + one.get("id").string_or(""));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(alone.body, 200, alone.status);
        CPPUNIT_ASSERT(Json::parse(alone.body) == one);
      }
    }
    CPPUNIT_ASSERT_EQUAL(404, client_->ask("GET", "/Schemas/urn:x").status);
  }

  void takes_both_names_of_json() {
    for (const auto& [type, status] :
         {std::pair("application/scim+json", 201), std::pair("application/json", 201),
          std::pair("Application/SCIM+JSON; charset=utf-8", 201), std::pair("text/xml", 415)})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          type, status, client_->ask("POST", "/Users", scim_user(type), {{"Content-Type", type}}).status);
  }

  void a_directory_of_a_file_is_not_changed() {
    client_.reset();
    bridge::ApiParts given;
    given.people_by_file = [](const std::string& queue) { return queue == "acme"; };
    client_.emplace(std::move(given));
    CPPUNIT_ASSERT_EQUAL(403, client_->ask("POST", "/Users", scim_user("ann")).status);
    CPPUNIT_ASSERT_EQUAL(403, client_->ask("GET", "/Users").status);
    CPPUNIT_ASSERT_EQUAL(200, client_->ask("GET", "/ServiceProviderConfig").status);
    client_->api().use_queue("contoso");
    CPPUNIT_ASSERT_EQUAL(201, client_->ask("POST", "/Users", scim_user("ann")).status);
  }

  void a_selection_that_is_wrong_changes_nothing() {
    CPPUNIT_ASSERT_EQUAL(400, client_->ask("POST", "/Users?attributes=a%5Bb", scim_user("ann")).status);
    CPPUNIT_ASSERT_EQUAL(std::string("0"),
                         Json::parse(client_->ask("GET", "/Users").body).get("totalResults").dump());
  }

  void what_is_made_says_where_it_is_whatever_was_asked_for() {
    for (const char* target : {"/Users?attributes=userName", "/Users?excludedAttributes=meta", "/Users"}) {
      const Reply made = client_->ask("POST", target, scim_user(target));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 201, made.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          target,
          "https://countersign.acme.test/scim/v2/Users/" + Json::parse(made.body).get("id").string_or(""),
          header_of(made, "Location"));
    }
  }

  void what_describes_the_service_takes_no_filter() {
    for (const char* target : {"/Schemas", "/ResourceTypes", "/ServiceProviderConfig"}) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 200, client_->ask("GET", target).status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          target, 403, client_->ask("GET", std::string(target) + "?filter=id%20eq%20%22User%22").status);
    }
  }

  void a_list_may_be_asked_for_by_a_body() {
    for (const char* name : {"ann", "bob", "carl"})
      client_->made("/Users", scim_user(name, R"(,"title":"T")"));
    client_->made("/Groups", scim_group("g"));
    const std::string head = R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],)";
    client_->run({
        {"all", "POST", "/Users/.search", head + R"("count":10})", 200, {{"totalResults", "3"}}},
        {"a filter and a selection",
         "POST",
         "/Users/.search",
         head + R"("filter":"userName ge \"b\"","attributes":["userName","meta"],"sortBy":"userName",)" +
             R"("sortOrder":"descending","startIndex":2,"count":1})",
         200,
         {{"totalResults", "2"},
          {"startIndex", "2"},
          {"Resources/0/userName", "bob"},
          {"Resources/0/title", "null"}}},
        {"without some",
         "POST",
         "/Groups/.search",
         R"({"excludedAttributes":["members","meta"]})",
         200,
         {{"Resources/0/displayName", "g"}, {"Resources/0/members", "null"}}},
        {"counted",
         "POST",
         "/Users/.search",
         R"({"count":-4,"startIndex":0})",
         200,
         {{"totalResults", "3"}, {"Resources/#", "0"}}},
        {"a wrong filter",
         "POST",
         "/Users/.search",
         R"({"filter":"x"})",
         400,
         {{"scimType", "invalidFilter"}}},
        {"a wrong number", "POST", "/Users/.search", R"({"count":"1"})", 400, {{"scimType", "invalidValue"}}},
        {"a wrong name",
         "POST",
         "/Users/.search",
         R"({"attributes":["a b"]})",
         400,
         {{"scimType", "invalidValue"}}},
        {"no object", "POST", "/Users/.search", "[]", 400, {{"scimType", "invalidSyntax"}}},
    });
  }

  void says_what_it_refers_to() {
    const Json schemas = client_->get("/Schemas").get("Resources");
    int references = 0;
    for (std::size_t i = 0; i < schemas.size(); ++i) {
      const Json attributes = schemas.at(i).get("attributes");
      for (std::size_t k = 0; k < attributes.size(); ++k) {
        const Json parts = attributes.at(k).get("subAttributes");
        for (std::size_t n = 0; n < parts.size(); ++n) {
          if (parts.at(n).get("type") != Json("reference")) continue;
          ++references;
          CPPUNIT_ASSERT_MESSAGE(parts.at(n).dump(), parts.at(n).get("referenceTypes").size() == 1);
        }
      }
    }
    CPPUNIT_ASSERT_EQUAL(3, references);
  }

 private:
  std::optional<tests::ScimClient> client_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(ScimApiTest);
