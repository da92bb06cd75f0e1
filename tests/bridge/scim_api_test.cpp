// SCIM as identity providers speak it: what Entra ID and Okta send, call by call, and what they are answered.

#include "bridge/api/scim_api.h"

#include <map>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/directory/directories.h"
#include "bridge/ops/error.h"
#include "tests/support/direct_api.h"
#include "workflows/engine/people.h"

using bridge::Reply;
using mappings::Json;
using tests::header_of;

namespace {
// One call and what is answered. Names in braces stand for ids that were saved by an earlier step.
struct Step {
  const char* name;
  const char* method;
  std::string target;  // behind /scim/v2
  std::string body;
  int status;
  std::vector<std::pair<const char*, const char*>> expected = {};  // "Resources.0.userName" -> JSON or a text
  const char* save_as = "";                                        // the answer's id
};

Json at_path(Json value, const std::string& path) {
  for (std::size_t from = 0; from <= path.size();) {
    auto dot = path.find('/', from);
    if (dot == std::string::npos) dot = path.size();
    const std::string name = path.substr(from, dot - from);
    from = dot + 1;
    if (name == "#") return static_cast<std::int64_t>(value.size());
    value = value.is_array() ? value.at(std::stoul(name)) : value.get(name);
  }
  return value;
}

bridge::ApiParts parts() {
  bridge::ApiParts parts;
  parts.public_url = "https://countersign.acme.test";
  return parts;
}

const std::string patch_head =
    R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[)";
std::string patch(const std::string& operations) {
  return patch_head + operations + "]}";
}
std::string user(const std::string& name, const std::string& more = "") {
  return R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":")" + name + '"' + more +
         "}";
}
std::string group(const std::string& name, const std::string& more = "") {
  return R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":")" + name + '"' + more +
         "}";
}
}  // namespace

class ScimApiTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ScimApiTest);
  CPPUNIT_TEST(answers_what_entra_id_sends_about_users);
  CPPUNIT_TEST(answers_what_entra_id_sends_about_groups);
  CPPUNIT_TEST(answers_what_okta_sends);
  CPPUNIT_TEST(pages_filters_and_sorts);
  CPPUNIT_TEST(a_version_is_read_once_and_changed_once);
  CPPUNIT_TEST(the_same_again_changes_nothing);
  CPPUNIT_TEST(a_tenant_never_sees_anothers);
  CPPUNIT_TEST(says_what_is_wrong_as_scim_does);
  CPPUNIT_TEST(describes_itself);
  CPPUNIT_TEST(takes_both_names_of_json);
  CPPUNIT_TEST(a_directory_of_a_file_is_not_changed);
  CPPUNIT_TEST(what_it_takes_is_known_to_workflows_at_once);
  CPPUNIT_TEST(sees_what_another_process_changed);
  CPPUNIT_TEST(every_change_is_in_the_audit_log);
  CPPUNIT_TEST(takes_nothing_that_it_could_not_read_again);
  CPPUNIT_TEST(who_is_not_active_stays_so_until_it_is_said);
  CPPUNIT_TEST(a_selection_that_is_wrong_changes_nothing);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { served_.emplace(parts()); }
  void tearDown() override { served_.reset(); }

  void answers_what_entra_id_sends_about_users() {
    run({
        {"the connection test looks for somebody who is not there",
         "GET",
         "/Users?filter=userName+eq+%22non-existent-user%22",
         "",
         200,
         {{"totalResults", "0"}, {"Resources/#", "0"}, {"startIndex", "1"}, {"itemsPerPage", "0"}}},
        {"a new user",
         "POST",
         "/Users",
         R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",
             "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
             "externalId":"0a21f0f2","userName":"ann@acme.test","active":true,"displayName":"Ann Example",
             "emails":[{"primary":true,"type":"work","value":"ann@acme.test"}],"meta":{"resourceType":"User"},
             "name":{"formatted":"Ann Example","familyName":"Example","givenName":"Ann"},"roles":[],
             "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"IT"}})",
         201,
         {{"userName", "ann@acme.test"},
          {"active", "true"},
          {"schemas/#", "2"},
          {"meta/resourceType", "User"},
          {"meta/version", "W/\"1\""},
          {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/department", "IT"},
          {"roles", "null"}},
         "ann"},
        {"the same user once more",
         "POST",
         "/Users",
         user("ANN@acme.test"),
         409,
         {{"scimType", "uniqueness"},
          {"status", "\"409\""},
          {"schemas/0", "urn:ietf:params:scim:api:messages:2.0:Error"}}},
        {"found by name",
         "GET",
         "/Users?filter=userName%20eq%20%22ann@acme.test%22",
         "",
         200,
         {{"totalResults", "1"}, {"Resources/0/externalId", "0a21f0f2"}}},
        {"found by its own id",
         "GET",
         "/Users?filter=externalId+eq+%220a21f0f2%22",
         "",
         200,
         {{"totalResults", "1"}}},
        {"read", "GET", "/Users/{ann}", "", 200, {{"displayName", "Ann Example"}, {"groups", "null"}}},
        {"two values by path",
         "PATCH",
         "/Users/{ann}",
         patch(R"({"op":"Replace","path":"emails[type eq \"work\"].value","value":"ann@new.test"},)"
               R"({"op":"Replace","path":"name.familyName","value":"Newname"})"),
         200,
         {{"emails/0/value", "ann@new.test"},
          {"name/familyName", "Newname"},
          {"name/givenName", "Ann"},
          {"meta/version", "W/\"2\""}}},
        {"one value without a path",
         "PATCH",
         "/Users/{ann}",
         patch(
             R"({"op":"Add","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager":"boss-1"}})"),
         200,
         {{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/manager/value", "boss-1"}}},
        {"another name",
         "PATCH",
         "/Users/{ann}",
         patch(R"({"op":"Replace","path":"userName","value":"ann.n@acme.test"})"),
         200,
         {{"userName", "ann.n@acme.test"}}},
        {"disabled, with a text for false",
         "PATCH",
         "/Users/{ann}",
         patch(R"({"op":"Replace","path":"active","value":"False"})"),
         200,
         {{"active", "false"}}},
        {"only what was asked for",
         "GET",
         "/Users/{ann}?attributes=userName,active",
         "",
         200,
         {{"userName", "ann.n@acme.test"}, {"active", "false"}, {"emails", "null"}, {"meta", "null"}}},
        {"deleted", "DELETE", "/Users/{ann}", "", 204},
        {"gone", "GET", "/Users/{ann}", "", 404, {{"status", "\"404\""}}},
        {"deleted again", "DELETE", "/Users/{ann}", "", 404},
        {"made anew", "POST", "/Users", user("ann@acme.test"), 201, {}, "ann"},
    });
  }

  void answers_what_entra_id_sends_about_groups() {
    run({
        {"a user", "POST", "/Users", user("ann@acme.test"), 201, {}, "ann"},
        {"another", "POST", "/Users", user("bob@acme.test"), 201, {}, "bob"},
        {"a group",
         "POST",
         "/Groups",
         group("security", R"(,"externalId":"8aa1a0c0","members":[])"),
         201,
         {{"displayName", "security"}, {"members/#", "0"}},
         "g"},
        {"that name once more", "POST", "/Groups", group("Security"), 409, {{"scimType", "uniqueness"}}},
        {"looked for without members",
         "GET",
         "/Groups?excludedAttributes=members&filter=displayName+eq+%22security%22",
         "",
         200,
         {{"totalResults", "1"}, {"Resources/0/members", "null"}, {"Resources/0/displayName", "security"}}},
        {"read without members",
         "GET",
         "/Groups/{g}?excludedAttributes=members",
         "",
         200,
         {{"members", "null"}}},
        {"members join", "PATCH", "/Groups/{g}",
         patch(R"({"op":"Add","path":"members","value":[{"$ref":null,"value":"{ann}"},{"value":"{bob}"}]})"),
         204},
        {"one that is there joins", "PATCH", "/Groups/{g}",
         patch(R"({"op":"Add","path":"members","value":[{"value":"{bob}"}]})"), 204},
        {"read",
         "GET",
         "/Groups/{g}",
         "",
         200,
         {{"members/#", "2"}, {"members/0/type", "User"}, {"meta/version", "W/\"2\""}}},
        {"the user knows",
         "GET",
         "/Users/{ann}",
         "",
         200,
         {{"groups/#", "1"}, {"groups/0/display", "security"}, {"meta/version", "W/\"1\""}}},
        {"is somebody in it?",
         "GET",
         "/Groups?filter=id+eq+%22{g}%22+and+members+eq+%22{ann}%22&attributes=id",
         "",
         200,
         {{"totalResults", "1"}}},
        {"a member leaves by a list", "PATCH", "/Groups/{g}",
         patch(R"({"op":"Remove","path":"members","value":[{"value":"{ann}"}]})"), 204},
        {"she is not in it",
         "GET",
         "/Groups?filter=id+eq+%22{g}%22+and+members+eq+%22{ann}%22",
         "",
         200,
         {{"totalResults", "0"}}},
        {"a member leaves by a filter", "PATCH", "/Groups/{g}",
         patch(R"({"op":"Remove","path":"members[value eq \"{bob}\"]"})"), 204},
        {"who is not in it leaves", "PATCH", "/Groups/{g}",
         patch(R"({"op":"Remove","path":"members[value eq \"{bob}\"]"})"), 204},
        {"another name", "PATCH", "/Groups/{g}",
         patch(R"({"op":"Replace","path":"displayName","value":"sec"})"), 204},
        {"read", "GET", "/Groups/{g}", "", 200, {{"displayName", "sec"}, {"members/#", "0"}}},
        {"somebody who is not there",
         "PATCH",
         "/Groups/{g}",
         patch(R"({"op":"Add","path":"members","value":[{"value":"nobody"}]})"),
         400,
         {{"scimType", "invalidValue"}}},
        {"deleted", "DELETE", "/Groups/{g}", "", 204},
        {"gone", "GET", "/Groups/{g}", "", 404},
    });
  }

  void answers_what_okta_sends() {
    run({
        {"the connection test", "GET", "/Users?startIndex=1&count=2", "", 200, {{"totalResults", "0"}}},
        {"looked for",
         "GET",
         "/Users?filter=userName%20eq%20%22bob@acme.test%22&startIndex=1&count=100",
         "",
         200,
         {{"totalResults", "0"}}},
        {"made",
         "POST",
         "/Users",
         user(
             "bob@acme.test",
             R"(,"name":{"givenName":"Bob","familyName":"Admin"},"emails":[{"primary":true,"value":"bob@acme.test",)"
             R"("type":"work"}],"displayName":"Bob Admin","locale":"en-US","externalId":"00ujl29u0le5T6Aj10h7",)"
             R"("groups":[],"password":"1mz050nq","active":true)"),
         201,
         {{"displayName", "Bob Admin"}, {"password", "null"}},
         "bob"},
        {"read", "GET", "/Users/{bob}", "", 200, {{"locale", "en-US"}, {"password", "null"}}},
        {"replaced whole",
         "PUT",
         "/Users/{bob}",
         R"({"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"{bob}","userName":"bob@acme.test",
             "name":{"givenName":"Robert","familyName":"Admin"},"emails":[{"primary":true,"value":"bob@acme.test"}],
             "active":true,"groups":[],"meta":{"resourceType":"User"}})",
         200,
         {{"name/givenName", "Robert"}, {"displayName", "null"}, {"id", "{bob}"}}},
        {"a group with him",
         "POST",
         "/Groups",
         group("approvers", R"(,"members":[{"value":"{bob}","display":"b"}])"),
         201,
         {{"members/0/display", "bob@acme.test"}},
         "g"},
        {"the group by its name",
         "GET",
         "/Groups?filter=displayName%20eq%20%22approvers%22&startIndex=1&count=100",
         "",
         200,
         {{"totalResults", "1"}, {"Resources/0/members/#", "1"}}},
        {"the name, with the id along", "PATCH", "/Groups/{g}",
         patch(R"({"op":"replace","value":{"id":"{g}","displayName":"Approvers"}})"), 204},
        {"all members at once", "PATCH", "/Groups/{g}",
         patch(R"({"op":"replace","path":"members","value":[]})"), 204},
        {"put back whole",
         "PUT",
         "/Groups/{g}",
         group("Approvers", R"(,"members":[{"value":"{bob}"}])"),
         200,
         {{"members/#", "1"}}},
        {"deactivated",
         "PATCH",
         "/Users/{bob}",
         patch(R"({"op":"replace","value":{"active":false}})"),
         200,
         {{"active", "false"}}},
        {"still there", "GET", "/Users/{bob}", "", 200, {{"active", "false"}, {"groups/#", "1"}}},
        {"active again",
         "PATCH",
         "/Users/{bob}",
         patch(R"({"op":"replace","value":{"active":true}})"),
         200,
         {{"active", "true"}}},
        {"deleted", "DELETE", "/Users/{bob}", "", 204},
        {"the group has lost him", "GET", "/Groups/{g}", "", 200, {{"members/#", "0"}}},
    });
  }

  void pages_filters_and_sorts() {
    for (const char* name : {"dora", "Bert", "carl", "anna", "emil"})
      CPPUNIT_ASSERT_EQUAL(201, scim("POST", "/Users", user(name, R"(,"title":"t")")).status);
    const struct {
      const char* query;
      const char* total;
      const char* names;
    } cases[] = {
        {"", "5", "dora Bert carl anna emil"},
        {"?count=2", "5", "dora Bert"},
        {"?startIndex=3&count=2", "5", "carl anna"},
        {"?startIndex=5&count=100", "5", "emil"},
        {"?startIndex=6", "5", ""},
        {"?startIndex=0&count=1", "5", "dora"},
        {"?startIndex=-7&count=1", "5", "dora"},
        {"?count=0", "5", ""},
        {"?count=-1", "5", ""},
        {"?COUNT=1&StartIndex=2", "5", "Bert"},
        {"?sortBy=userName", "5", "anna Bert carl dora emil"},
        {"?sortBy=userName&sortOrder=descending&count=2", "5", "emil dora"},
        {"?sortBy=nothing", "5", "dora Bert carl anna emil"},
        {"?filter=userName%20co%20%22r%22", "3", "dora Bert carl"},
        {"?filter=userName%20co%20%22r%22&startIndex=2&count=1", "3", "Bert"},
        {"?filter=userName%20co%20%22r%22&sortBy=userName", "3", "Bert carl dora"},
        {"?filter=title%20eq%20%22T%22%20and%20not%20(userName%20sw%20%22a%22%20or%20userName%20sw%20%22b%"
         "22)",
         "3", "dora carl emil"},
        {"?filter=userName%20eq%20%22BERT%22&startIndex=2", "1", ""},
        {"?filter=active%20eq%20false", "0", ""},
    };
    for (const auto& one : cases) {
      const Reply reply = scim("GET", std::string("/Users") + one.query);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.query + reply.body, 200, reply.status);
      const Json list = Json::parse(reply.body);
      std::string names;
      for (std::size_t i = 0; i < list.get("Resources").size(); ++i)
        names += (i > 0 ? " " : "") + list.get("Resources").at(i).get("userName").string_or("");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.query, std::string(one.names), names);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.query, std::string(one.total), list.get("totalResults").dump());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.query, static_cast<std::int64_t>(list.get("Resources").size()),
                                   *list.get("itemsPerPage").as_integer());
    }
    for (int i = 0; i < 520; ++i) {
      bridge::DirectoryUser many{"acme", "id" + std::to_string(i), "many" + std::to_string(i), "",
                                 true,   "{\"userName\":\"many\"}"};
      served_->store().directory().add_user(many, {});
    }
    CPPUNIT_ASSERT_EQUAL(std::string("500"),
                         Json::parse(scim("GET", "/Users?count=100000").body).get("itemsPerPage").dump());
    CPPUNIT_ASSERT_EQUAL(std::string("100"),
                         Json::parse(scim("GET", "/Users").body).get("itemsPerPage").dump());
  }

  void a_version_is_read_once_and_changed_once() {
    const Reply made = scim("POST", "/Users", user("ann"));
    CPPUNIT_ASSERT_EQUAL(std::string("W/\"1\""), header_of(made, "ETag"));
    const std::string id = Json::parse(made.body).get("id").string_or("");
    CPPUNIT_ASSERT_EQUAL("https://countersign.acme.test/scim/v2/Users/" + id, header_of(made, "Location"));
    const std::string at = "/Users/" + id;
    const Reply known = scim("GET", at, "", {{"If-None-Match", "W/\"1\""}});
    CPPUNIT_ASSERT_EQUAL(304, known.status);
    CPPUNIT_ASSERT_EQUAL(std::string(), known.body);
    CPPUNIT_ASSERT_EQUAL(200, scim("GET", at, "", {{"If-None-Match", "W/\"2\""}}).status);
    const struct {
      const char* method;
      std::string body;
      const char* tag;
      int status;
    } steps[] = {
        {"PUT", user("ann", R"(,"title":"A")"), "W/\"7\"", 412},
        {"PUT", user("ann", R"(,"title":"A")"), "nonsense", 412},
        {"PUT", user("ann", R"(,"title":"A")"), "W/\"1\"", 200},
        {"PUT", user("ann", R"(,"title":"B")"), "W/\"1\"", 412},
        {"PATCH", patch(R"({"op":"add","path":"title","value":"C"})"), "W/\"1\"", 412},
        {"PATCH", patch(R"({"op":"add","path":"title","value":"C"})"), "\"9\", \"2\"", 200},
        {"DELETE", "", "W/\"2\"", 412},
        {"DELETE", "", "*", 204},
    };
    for (const auto& one : steps)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(one.method) + ' ' + one.tag, one.status,
                                   scim(one.method, at, one.body, {{"If-Match", one.tag}}).status);
  }

  void the_same_again_changes_nothing() {
    const std::string whole = user("ann", R"(,"title":"A","active":"True")");
    const std::string at =
        "/Users/" + Json::parse(scim("POST", "/Users", whole).body).get("id").string_or("");
    const auto entries = served_->store().trail().newest();
    for (int i = 0; i < 3; ++i) {
      CPPUNIT_ASSERT_EQUAL(std::string("W/\"1\""), header_of(scim("PUT", at, whole), "ETag"));
      const Reply again = scim("PATCH", at, patch(R"({"op":"replace","value":{"active":true,"title":"A"}})"));
      CPPUNIT_ASSERT_EQUAL(std::string("W/\"1\""), header_of(again, "ETag"));
    }
    CPPUNIT_ASSERT_EQUAL(entries, served_->store().trail().newest());
  }

  void takes_nothing_that_it_could_not_read_again() {
    const auto deep = [](int levels) {
      return std::string(static_cast<std::size_t>(levels), '[') +
             std::string(static_cast<std::size_t>(levels), ']');
    };
    CPPUNIT_ASSERT_EQUAL(400,
                         scim("POST", "/Users", user("deep", R"(,"emails":{"x":)" + deep(60) + '}')).status);
    CPPUNIT_ASSERT_EQUAL(201,
                         scim("POST", "/Users", user("flat", R"(,"emails":{"x":)" + deep(29) + '}')).status);
    // One that an older bridge took.
    served_->store().directory().add_user(
        {"acme", "id1", "old", "", true, R"({"userName":"old","emails":[{"x":)" + deep(70) + "}]}"}, {});
    const bridge::Directories known(served_->store());
    CPPUNIT_ASSERT(known.of("acme")->find(workflows::Decider("flat", "")) != nullptr);
    CPPUNIT_ASSERT(known.of("acme")->find(workflows::Decider("old", "")) == nullptr);
  }

  void who_is_not_active_stays_so_until_it_is_said() {
    const std::string at =
        "/Users/" +
        Json::parse(scim("POST", "/Users", user("ann", R"(,"active":false)")).body).get("id").string_or("");
    const auto active = [&](const std::string& more) {
      return Json::parse(scim("PUT", at, user("ann", more)).body).get("active").dump();
    };
    CPPUNIT_ASSERT_EQUAL(std::string("false"), active(R"(,"title":"A")"));
    CPPUNIT_ASSERT_EQUAL(std::string("true"), active(R"(,"Active":true)"));
    CPPUNIT_ASSERT_EQUAL(std::string("true"), active(R"(,"title":"B")"));
  }

  void a_selection_that_is_wrong_changes_nothing() {
    CPPUNIT_ASSERT_EQUAL(400, scim("POST", "/Users?attributes=a%5Bb", user("ann")).status);
    CPPUNIT_ASSERT_EQUAL(std::string("0"),
                         Json::parse(scim("GET", "/Users").body).get("totalResults").dump());
  }

  void a_tenant_never_sees_anothers() {
    const std::string ann = Json::parse(scim("POST", "/Users", user("ann")).body).get("id").string_or("");
    const std::string g = Json::parse(scim("POST", "/Groups", group("g")).body).get("id").string_or("");
    served_->use_queue("contoso");
    for (const char* list :
         {"/Users", "/Groups", "/Users?filter=userName%20eq%20%22ann%22", "/Groups?sortBy=id",
          "/Users?filter=userName%20pr", "/Groups?filter=displayName%20pr"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(list, std::string("0"),
                                   Json::parse(scim("GET", list).body).get("totalResults").dump());
    for (const std::string& at : {"/Users/" + ann, "/Groups/" + g}) {
      for (const char* method : {"GET", "DELETE"})
        CPPUNIT_ASSERT_EQUAL_MESSAGE(method + at, 404, scim(method, at).status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(at, 404,
                                   scim("PATCH", at, patch(R"({"op":"remove","path":"title"})")).status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(at, 404, scim("PUT", at, R"({"userName":"x","displayName":"x"})").status);
    }
    CPPUNIT_ASSERT_EQUAL(
        400, scim("POST", "/Groups", group("h", R"(,"members":[{"value":")" + ann + "\"}]")).status);
    CPPUNIT_ASSERT_EQUAL(201, scim("POST", "/Users", user("ann")).status);
    CPPUNIT_ASSERT(served_->directories().of("acme")->people().size() == 1);
  }

  void says_what_is_wrong_as_scim_does() {
    scim("POST", "/Users", user("ann"));
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
        {"PATCH", "/Users/nobody", patch(R"({"op":"remove","path":"title"})"), 404, ""},
        {"PUT", "/Users/nobody", user("x"), 404, ""},
        {"GET", "/Nothing", "", 404, ""},
        {"DELETE", "/Users", "", 405, ""},
        {"POST", "/Bulk", "{}", 404, ""},
    };
    for (const auto& one : cases) {
      const std::string name = std::string(one.method) + ' ' + one.target + ' ' + one.body.substr(0, 40);
      const Reply reply = scim(one.method, one.target, one.body);
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
    served_->key.clear();
    const Reply nobody = scim("GET", "/Users");
    CPPUNIT_ASSERT_EQUAL(401, nobody.status);
    CPPUNIT_ASSERT_EQUAL(std::string("401"), Json::parse(nobody.body).get("status").string_or(""));
    CPPUNIT_ASSERT(!header_of(nobody, "WWW-Authenticate").empty());
  }

  void describes_itself() {
    const Json config = Json::parse(scim("GET", "/ServiceProviderConfig").body);
    for (const auto& [feature, supported] :
         {std::pair("patch", true), std::pair("filter", true), std::pair("etag", true),
          std::pair("sort", true), std::pair("bulk", false), std::pair("changePassword", false)})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(feature, supported,
                                   config.get(feature).get("supported").as_bool().value_or(!supported));
    CPPUNIT_ASSERT_EQUAL(std::string("oauthbearertoken"),
                         config.get("authenticationSchemes").at(0).get("type").string_or(""));
    for (const auto& [list, count] : {std::pair("/Schemas", 4), std::pair("/ResourceTypes", 2)}) {
      const Json all = Json::parse(scim("GET", list).body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(list, std::int64_t{count}, *all.get("totalResults").as_integer());
      for (std::size_t i = 0; i < all.get("Resources").size(); ++i) {
        const Json one = all.get("Resources").at(i);
        const Reply alone = scim("GET", std::string(list) + '/' + one.get("id").string_or(""));
        CPPUNIT_ASSERT_EQUAL_MESSAGE(alone.body, 200, alone.status);
        CPPUNIT_ASSERT(Json::parse(alone.body) == one);
      }
    }
    CPPUNIT_ASSERT_EQUAL(404, scim("GET", "/Schemas/urn:x").status);
  }

  void takes_both_names_of_json() {
    for (const auto& [type, status] :
         {std::pair("application/scim+json", 201), std::pair("application/json", 201),
          std::pair("Application/SCIM+JSON; charset=utf-8", 201), std::pair("text/xml", 415)})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(type, status,
                                   scim("POST", "/Users", user(type), {{"Content-Type", type}}).status);
  }

  void a_directory_of_a_file_is_not_changed() {
    served_.reset();
    bridge::ApiParts given = parts();
    given.people_by_file = [](const std::string& queue) { return queue == "acme"; };
    served_.emplace(std::move(given));
    CPPUNIT_ASSERT_EQUAL(403, scim("POST", "/Users", user("ann")).status);
    CPPUNIT_ASSERT_EQUAL(403, scim("GET", "/Users").status);
    CPPUNIT_ASSERT_EQUAL(200, scim("GET", "/ServiceProviderConfig").status);
    served_->use_queue("contoso");
    CPPUNIT_ASSERT_EQUAL(201, scim("POST", "/Users", user("ann")).status);
  }

  void what_it_takes_is_known_to_workflows_at_once() {
    CPPUNIT_ASSERT(!served_->directories().of("acme"));
    run({
        {"a user",
         "POST",
         "/Users",
         user("bob.admin", R"(,"emails":[{"value":"bob@acme.test"}])"),
         201,
         {},
         "bob"},
        {"a group", "POST", "/Groups", group("security", R"(,"members":[{"value":"{bob}"}])"), 201, {}, "g"},
    });
    const auto first = served_->directories().of("acme");
    CPPUNIT_ASSERT(first->people().at(0).is_in("Security"));
    CPPUNIT_ASSERT(first == served_->directories().of("acme"));  // nothing changed: the same copy
    run({{"away", "PATCH", "/Users/" + ids_["bob"],
          patch(
              R"({"op":"add","path":"urn:ietf:params:scim:schemas:extension:countersign:2.0:User:awayUntil",)"
              R"("value":"2026-12-24"})"),
          200}});
    const auto second = served_->directories().of("acme");
    CPPUNIT_ASSERT(second->people().at(0).away_at(*workflows::moment_from("2026-12-24T23:00")) != nullptr);
    CPPUNIT_ASSERT(second->people().at(0).away_at(*workflows::moment_from("2026-12-25")) == nullptr);
    CPPUNIT_ASSERT(first->people().at(0).away.empty());  // who holds an old copy keeps it
    run({{"inactive", "PATCH", "/Users/" + ids_["bob"], patch(R"({"op":"replace","value":{"active":false}})"),
          200},
         {"no group", "DELETE", "/Groups/" + ids_["g"], "", 204}});
    const auto third = served_->directories().of("acme");
    CPPUNIT_ASSERT(!third->people().at(0).active);
    CPPUNIT_ASSERT(third->people().at(0).groups.empty());
    run({{"gone", "DELETE", "/Users/" + ids_["bob"], "", 204}});
    CPPUNIT_ASSERT(!served_->directories().of("acme"));
  }

  void sees_what_another_process_changed() {
    scim("POST", "/Users", user("ann"));
    bridge::DirectoryUser bob{"acme", "b", "bob", "", true, R"({"userName":"bob"})"};
    served_->store().directory().add_user(bob, {});
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, served_->directories().of("acme")->people().size());
    served_->directories().catch_up();
    const auto copy = served_->directories().of("acme");
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, copy->people().size());
    served_->directories().catch_up();
    CPPUNIT_ASSERT(copy == served_->directories().of("acme"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, bridge::Directories(served_->store()).of("acme")->people().size());
  }

  void every_change_is_in_the_audit_log() {
    run({
        {"a user", "POST", "/Users", user("ann", R"(,"password":"hunter2")"), 201, {}, "ann"},
        {"refused", "POST", "/Users", user("ann"), 409},
        {"changed", "PATCH", "/Users/{ann}", patch(R"({"op":"replace","value":{"active":false}})"), 200},
        {"a group", "POST", "/Groups", group("g", R"(,"members":[{"value":"{ann}"}])"), 201, {}, "g"},
        {"left", "PATCH", "/Groups/{g}", patch(R"({"op":"remove","path":"members"})"), 204},
        {"no group", "DELETE", "/Groups/{g}", "", 204},
        {"gone", "DELETE", "/Users/{ann}", "", 204},
    });
    std::string actions;
    for (const auto& row : served_->store().trail().search({})) {
      actions += row.entry.action.substr(row.entry.action.find('.') + 1) + ' ';
      CPPUNIT_ASSERT(row.entry.actor.name.starts_with("key cs_live_"));
      CPPUNIT_ASSERT_EQUAL(std::string("acme"), row.entry.queue);
      CPPUNIT_ASSERT((row.entry.old_value + row.entry.new_value).find("hunter2") == std::string::npos);
    }
    CPPUNIT_ASSERT_EQUAL(
        std::string("user_added user_changed group_added group_changed group_removed user_removed "),
        actions);
  }

 private:
  Reply scim(const std::string& method, const std::string& target, const std::string& body = "",
             const bridge::HeaderList& headers = {}) {
    return served_->ask(method, "/scim/v2" + target, headers, body);
  }

  std::string filled(std::string text) const {
    for (const auto& [name, id] : ids_)
      for (auto at = text.find('{' + name + '}'); at != std::string::npos; at = text.find('{' + name + '}'))
        text.replace(at, name.size() + 2, id);
    return text;
  }

  void run(const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      const Reply reply = scim(step.method, filled(step.target), filled(step.body));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(step.name) + ": " + reply.body, step.status, reply.status);
      const Json body = reply.body.empty() ? Json() : Json::parse(reply.body);
      for (const auto& [path, wanted] : step.expected) {
        const Json got = at_path(body, path);
        const std::string shown = got.is_string() && *wanted != '"' ? got.string_or("") : got.dump();
        CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(step.name) + ", " + path + ": " + reply.body, filled(wanted),
                                     shown);
      }
      if (*step.save_as != '\0') ids_[step.save_as] = body.get("id").string_or("");
    }
  }

  std::optional<tests::DirectApi> served_;
  std::map<std::string, std::string> ids_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(ScimApiTest);
