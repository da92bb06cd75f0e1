// What PATCH makes of a resource, and what it refuses; then how resources are kept.

#include "bridge/directory/scim_patch.h"

#include <functional>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/directory/scim_error.h"
#include "bridge/directory/scim_kept.h"
#include "bridge/directory/scim_selection.h"

using bridge::ScimError;
using mappings::Json;

namespace {
constexpr const char* enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

Json request(const std::string& operations) {
  return Json::parse(R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[)" +
                     operations + "]}");
}

std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const ScimError& error) {
    return std::to_string(error.status()) + ' ' + error.type();
  }
  return "taken";
}
}  // namespace

class ScimPatchTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ScimPatchTest);
  CPPUNIT_TEST(makes_of_users_what_operations_say);
  CPPUNIT_TEST(makes_of_groups_what_operations_say);
  CPPUNIT_TEST(refuses_what_cannot_be_done);
  CPPUNIT_TEST(changes_nothing_when_one_operation_fails);
  CPPUNIT_TEST(keeps_users_in_one_form);
  CPPUNIT_TEST(refuses_values_of_the_wrong_kind);
  CPPUNIT_TEST(never_keeps_a_password);
  CPPUNIT_TEST(shows_what_was_asked_for);
  CPPUNIT_TEST(refuses_what_would_take_for_ever);
  CPPUNIT_TEST(a_group_may_have_thousands_of_members);
  CPPUNIT_TEST(who_is_not_said_to_be_active_is_not);
  CPPUNIT_TEST_SUITE_END();

 public:
  void makes_of_users_what_operations_say() {
    const std::string mails =
        R"("emails":[{"value":"a@x","type":"work","primary":true},{"value":"h@x","type":"home"}])";
    const std::string boss = '"' + std::string(enterprise) + R"(":{"manager":{"value":"boss"}})";
    const struct {
      const char* name;
      std::string before;  // members beside userName and active
      std::string operations;
      std::string after;
    } cases[] = {
        {"a simple value is added", "", R"({"op":"add","path":"title","value":"Boss"})", R"("title":"Boss")"},
        {"Entra ID writes op in capitals", R"("title":"A")", R"({"op":"Replace","path":"title","value":"B"})",
         R"("title":"B")"},
        {"without a path, each key is set", R"("title":"A")",
         R"({"op":"replace","value":{"title":"B","nickName":"N"}})", R"("title":"B","nickName":"N")"},
        {"names of keys are in any case", R"("title":"A")", R"({"OP":"replace","Value":{"TITLE":"B"}})",
         R"("title":"B")"},
        {"a key may be a path", R"("name":{"familyName":"F"})",
         R"({"op":"Add","value":{"name.givenName":"G","emails[type eq \"work\"].value":"w@x"}})",
         R"("name":{"familyName":"F","givenName":"G"},"emails":[{"type":"work","value":"w@x"}])"},
        {"a complex value is merged", R"("name":{"familyName":"F","givenName":"G"})",
         R"({"op":"replace","path":"name","value":{"givenName":"H"}})",
         R"("name":{"familyName":"F","givenName":"H"})"},
        {"a part of a complex value is removed", R"("name":{"familyName":"F","givenName":"G"})",
         R"({"op":"remove","path":"name.givenName"})", R"("name":{"familyName":"F"})"},
        {"the last part takes the whole along", R"("name":{"givenName":"G"})",
         R"({"op":"remove","path":"name.givenName"})", ""},
        {"what is not there is removed without a word", "", R"({"op":"remove","path":"title"})", ""},
        {"a list grows by add", mails,
         R"({"op":"add","path":"emails","value":[{"value":"o@x","type":"other"}]})",
         R"("emails":[{"value":"a@x","type":"work","primary":true},{"value":"h@x","type":"home"},{"value":"o@x","type":"other"}])"},
        {"an element that is there is not added again", mails,
         R"({"op":"add","path":"emails","value":[{"value":"h@x","type":"home"}]})", mails},
        {"a list is replaced whole", mails, R"({"op":"replace","path":"emails","value":[{"value":"n@x"}]})",
         R"("emails":[{"value":"n@x"}])"},
        {"an element's member is replaced", mails,
         R"({"op":"Replace","path":"emails[type eq \"work\"].value","value":"b@x"})",
         R"("emails":[{"value":"b@x","type":"work","primary":true},{"value":"h@x","type":"home"}])"},
        {"an element that is not there is made", "",
         R"({"op":"Add","path":"emails[type eq \"work\"].value","value":"b@x"})",
         R"("emails":[{"type":"work","value":"b@x"}])"},
        {"also by replace", "",
         R"({"op":"Replace","path":"phoneNumbers[type eq \"mobile\"].value","value":"1"})",
         R"("phoneNumbers":[{"type":"mobile","value":"1"}])"},
        {"an element is removed by a filter", mails, R"({"op":"remove","path":"emails[type eq \"home\"]"})",
         R"("emails":[{"value":"a@x","type":"work","primary":true}])"},
        {"an element without its value is none", mails,
         R"({"op":"Remove","path":"emails[type eq \"home\"].value"})",
         R"("emails":[{"value":"a@x","type":"work","primary":true}])"},
        {"an address loses a member and stays",
         R"("addresses":[{"type":"work","locality":"L","country":"C"}])",
         R"({"op":"remove","path":"addresses[type eq \"work\"].locality"})",
         R"("addresses":[{"type":"work","country":"C"}])"},
        {"one element is the primary one", mails,
         R"({"op":"add","path":"emails","value":[{"value":"p@x","type":"other","primary":true}]})",
         R"("emails":[{"value":"a@x","type":"work","primary":false},{"value":"h@x","type":"home"},{"value":"p@x","type":"other","primary":true}])"},
        {"an extension's member by its whole name", "",
         R"({"op":"Add","path":")" + std::string(enterprise) + R"(:department","value":"IT"})",
         '"' + std::string(enterprise) + R"(":{"department":"IT"})"},
        {"an extension as a key", '"' + std::string(enterprise) + R"(":{"department":"IT"})",
         R"({"op":"replace","value":{")" + std::string(enterprise) + R"(":{"division":"D"}}})",
         '"' + std::string(enterprise) + R"(":{"department":"IT","division":"D"})"},
        {"a manager as an id alone", "",
         R"({"op":"Add","path":")" + std::string(enterprise) + R"(:manager","value":"boss"})",
         '"' + std::string(enterprise) + R"(":{"manager":{"value":"boss"}})"},
        {"a manager as a list of one", "",
         R"({"op":"Add","path":")" + std::string(enterprise) + R"(:manager","value":[{"value":"boss"}]})",
         '"' + std::string(enterprise) + R"(":{"manager":{"value":"boss"}})"},
        {"no manager any more", '"' + std::string(enterprise) + R"(":{"manager":{"value":"boss"}})",
         R"({"op":"Replace","path":")" + std::string(enterprise) + R"(:manager","value":""})", ""},
        {"a manager by the bare name, as an id", "", R"({"op":"Add","path":"manager","value":"boss"})", boss},
        {"as an object", "", R"({"op":"Replace","path":"manager","value":{"value":"boss"}})", boss},
        {"as a member of it", "", R"({"op":"Replace","path":"Manager.value","value":"boss"})", boss},
        {"as a key", "", R"({"op":"Add","value":{"manager":"boss"}})", boss},
        {"as a key that is the whole name of the member", "",
         R"({"op":"Add","value":{")" + std::string(enterprise) + R"(:manager.value":"boss"}})", boss},
        {"another manager", '"' + std::string(enterprise) + R"(":{"manager":{"value":"old"}})",
         R"({"op":"Replace","path":"manager","value":"boss"})", boss},
        {"the bare name of no manager", boss, R"({"op":"Remove","path":"manager"})", ""},
        {"a manager without an id is none", boss, R"({"op":"Replace","path":"manager","value":{"value":""}})",
         ""},
        {"the other names of the extension too", "", R"({"op":"Add","path":"department","value":"IT"})",
         '"' + std::string(enterprise) + R"(":{"department":"IT"})"},
        {"an extension of somebody else, as a key", "",
         R"({"op":"Add","value":{"urn:okta:acme_app:1.0:user:custom":{"floor":"3"}}})",
         R"("urn:okta:acme_app:1.0:user:custom":{"floor":"3"})"},
        {"the same with a part changed", R"("urn:okta:acme_app:1.0:user:custom":{"floor":"3","desk":"A"})",
         R"({"op":"Replace","path":"urn:okta:acme_app:1.0:user:custom:floor","value":"4"})",
         R"("urn:okta:acme_app:1.0:user:custom":{"floor":"4","desk":"A"})"},
        {"and removed", R"("urn:okta:acme_app:1.0:user:custom":{"floor":"3"})",
         R"({"op":"Remove","path":"urn:okta:acme_app:1.0:user:custom"})", ""},
        {"one whose name ends with a number", "",
         R"({"op":"Add","value":{"urn:example:custom:1.0":{"floor":"3"}}})",
         R"("urn:example:custom:1.0":{"floor":"3"})"},
        {"what is ours is left alone where it comes along", "",
         R"({"op":"replace","value":{"id":"other","meta":{},"groups":[],"title":"T"}})", R"("title":"T")"},
        {"operations follow each other", "",
         R"({"op":"add","path":"title","value":"A"},{"op":"replace","path":"title","value":"B"})",
         R"("title":"B")"},
        {"what nobody knows is kept", "", R"({"op":"add","path":"favouriteColour","value":"green"})",
         R"("favouriteColour":"green")"},
    };
    for (const auto& one : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          one.name, user(one.after).dump(),
          bridge::kept_user(bridge::patched(user(one.before), request(one.operations))).dump());
    for (const auto& [value, active] : {std::pair("\"False\"", false), std::pair("false", false),
                                        std::pair("\"true\"", true), std::pair("\"TRUE\"", true)})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          value, active,
          bridge::kept_user(bridge::patched(user(""), request(R"({"op":"Replace","path":"active","value":)" +
                                                              std::string(value) + "}")))
              .get("active")
              .as_bool()
              .value_or(!active));
  }

  void makes_of_groups_what_operations_say() {
    const struct {
      const char* name;
      const char* operations;
      const char* members;
    } cases[] = {
        {"a member joins", R"({"op":"Add","path":"members","value":[{"value":"c"}]})", "abc"},
        {"one that is there joins again",
         R"({"op":"Add","path":"members","value":[{"value":"b"},{"value":"c"}]})", "abc"},
        {"as one object", R"({"op":"add","path":"members","value":{"value":"c"}})", "abc"},
        {"as ids alone", R"({"op":"add","path":"members","value":["c","d"]})", "abcd"},
        {"without a path", R"({"op":"add","value":{"members":[{"value":"c"}]}})", "abc"},
        {"leaves by a filter", R"({"op":"Remove","path":"members[value eq \"a\"]"})", "b"},
        {"leaves by a list", R"({"op":"Remove","path":"members","value":[{"value":"a"}]})", "b"},
        {"leaves that was not there", R"({"op":"Remove","path":"members","value":[{"value":"x"}]})", "ab"},
        {"leaves that was not there, by a filter", R"({"op":"remove","path":"members[value eq \"x\"]"})",
         "ab"},
        {"all leave", R"({"op":"remove","path":"members"})", ""},
        {"others take their place",
         R"({"op":"replace","path":"members","value":[{"value":"c"},{"value":"c"}]})", "c"},
        {"nobody takes their place", R"({"op":"replace","path":"members","value":[]})", ""},
        {"Okta sends the id along", R"({"op":"replace","value":{"id":"g","displayName":"G"}})", "ab"},
    };
    for (const auto& one : cases) {
      const Json after = bridge::kept_group(bridge::patched(group(), request(one.operations)));
      std::string members;
      for (const std::string& id : bridge::member_ids(after.get("members"))) members += id;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name, std::string(one.members), members);
    }
  }

  void refuses_what_cannot_be_done() {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"op":"move","path":"title"})", "400 invalidSyntax"},
        {R"({"path":"title","value":"x"})", "400 invalidSyntax"},
        {R"("add")", "400 invalidSyntax"},
        {R"({"op":"add","path":"title"})", "400 invalidValue"},
        {R"({"op":"replace","value":"x"})", "400 invalidValue"},
        {R"({"op":"remove"})", "400 noTarget"},
        {R"({"op":"remove","path":""})", "400 noTarget"},
        {R"({"op":"add","path":7,"value":"x"})", "400 invalidPath"},
        {R"({"op":"add","path":"emails[type eq","value":"x"})", "400 invalidPath"},
        {R"({"op":"add","path":"a b","value":"x"})", "400 invalidPath"},
        {R"({"op":"replace","path":"id","value":"x"})", "400 mutability"},
        {R"({"op":"add","path":"groups","value":[{"value":"x"}]})", "400 mutability"},
        {R"({"op":"replace","path":"meta.created","value":"x"})", "400 mutability"},
        {R"({"op":"remove","path":"userName"})", "400 mutability"},
        {R"({"op":"replace","path":"emails[type eq \"other\"]","value":{"value":"x"}})", "400 noTarget"},
        {R"({"op":"add","path":"emails[type sw \"o\"].value","value":"x"})", "400 noTarget"},
        {R"({"op":"replace","path":"emails[type eq \"a\" or type eq \"b\"].value","value":"x"})",
         "400 noTarget"},
        {R"({"op":"replace","path":"userName","value":""})", "400 invalidValue"},
        {R"({"op":"replace","path":"userName","value":null})", "400 invalidValue"},
        {R"({"op":"replace","path":"active","value":"maybe"})", "400 invalidValue"},
        {R"({"op":"replace","path":"emails[type eq \"work\"]","value":"x"})", "400 invalidValue"},
    };
    const std::string mails = R"("emails":[{"value":"a@x","type":"work"}])";
    for (const auto& one : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.first, std::string(one.second), refusal([&] {
                                     bridge::kept_user(bridge::patched(user(mails), request(one.first)));
                                   }));
    for (const char* body :
         {"[]", "{}", "7", R"({"Operations":[]})", R"({"Operations":{}})",
          R"({"schemas":["urn:x"],"Operations":[{"op":"add","path":"title","value":"x"}]})"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(body, std::string("400 invalidSyntax"),
                                   refusal([&] { bridge::patched(user(""), Json::parse(body)); }));
    std::string many = R"({"op":"add","path":"title","value":"x"})";
    for (int i = 0; i < 1000; ++i) many += R"(,{"op":"add","path":"title","value":"x"})";
    CPPUNIT_ASSERT_EQUAL(std::string("413 "), refusal([&] { bridge::patched(user(""), request(many)); }));
  }

  void changes_nothing_when_one_operation_fails() {
    const Json before = user(R"("title":"A")");
    CPPUNIT_ASSERT_EQUAL(std::string("400 noTarget"), refusal([&] {
                           bridge::patched(before, request(R"({"op":"replace","path":"title","value":"B"},)"
                                                           R"({"op":"remove"})"));
                         }));
    CPPUNIT_ASSERT_EQUAL(std::string("A"), before.get("title").string_or(""));
  }

  void keeps_users_in_one_form() {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"USERNAME":"a","Active":"True"})", R"({"userName":"a","active":true})"},
        {R"({"userName":"a"})", R"({"userName":"a","active":true})"},
        {R"({"userName":"a","active":true,"manager":"m","Department":"IT","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"HR"}})",
         R"({"userName":"a","active":true,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"HR","manager":{"value":"m"}}})"},
        {R"({"userName":"a","active":true,"manager":""})", R"({"userName":"a","active":true})"},
        {R"({"userName":"a","active":false,"emails":"a@x"})",
         R"({"userName":"a","active":false,"emails":[{"value":"a@x"}]})"},
        {R"({"userName":"a","active":true,"emails":{"Value":"a@x","Primary":"True"}})",
         R"({"userName":"a","active":true,"emails":[{"value":"a@x","primary":true}]})"},
        {R"({"userName":"a","active":true,"emails":[],"title":null,"name":{"givenName":null}})",
         R"({"userName":"a","active":true,"name":{}})"},
        {R"({"userName":"a","active":true,"name":"A B"})",
         R"({"userName":"a","active":true,"name":{"formatted":"A B"}})"},
        {R"({"id":"x","meta":{},"groups":[1],"schemas":[2],"userName":"a","active":true,"odd":{"deep":[1]}})",
         R"({"userName":"a","active":true,"odd":{"deep":[1]}})"},
        {R"({"userName":"a","active":true,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"EmployeeNumber":7}})",
         R"({"userName":"a","active":true,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"7"}})"},
    };
    for (const auto& [given, kept] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(given, std::string(kept), bridge::kept_user(Json::parse(given)).dump());
  }

  void refuses_values_of_the_wrong_kind() {
    for (
        const char* given :
        {R"({})", R"({"userName":" "})", R"({"userName":true})", R"({"userName":["a"]})",
         R"({"userName":"a","active":"yes"})", R"({"userName":"a","active":1})",
         R"({"userName":"a","title":{"x":1}})", R"({"userName":"a","emails":[true]})",
         R"({"userName":"a","emails":[{"value":true}]})", R"({"userName":"a","name":7})",
         R"({"userName":"a","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":"x"})",
         R"({"userName":"a","urn:ietf:params:scim:schemas:extension:countersign:2.0:User":{"awayUntil":"soon"}})"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(given, std::string("400 invalidValue"),
                                   refusal([&] { bridge::kept_user(Json::parse(given)); }));
    CPPUNIT_ASSERT_EQUAL(std::string("400 invalidSyntax"), refusal([] { bridge::kept_user(Json::array()); }));
    CPPUNIT_ASSERT_EQUAL(std::string("400 invalidValue"), refusal([] {
                           bridge::kept_user(Json::object({{"userName", std::string(1001, 'a')}}));
                         }));
    for (const char* given :
         {R"({})", R"({"displayName":""})", R"({"displayName":"g","members":[{"display":"x"}]})",
          R"({"displayName":"g","members":[true]})"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(given, std::string("400 invalidValue"),
                                   refusal([&] { bridge::kept_group(Json::parse(given)); }));
  }

  void never_keeps_a_password() {
    const Json kept = bridge::kept_user(Json::parse(R"({"userName":"a","Password":"hunter2"})"));
    CPPUNIT_ASSERT(kept.dump().find("hunter2") == std::string::npos);
    const Json later = bridge::kept_user(
        bridge::patched(kept, request(R"({"op":"replace","value":{"password":"hunter2"}})")));
    CPPUNIT_ASSERT(later.dump().find("hunter2") == std::string::npos);
    for (const char* given : {R"("urn:ietf:params:scim:schemas:core:2.0:User":{"password":"hunter2"})",
                              R"("urn:ietf:params:scim:schemas:core:2.0:User:password":"hunter2")",
                              R"("x":[{"PASSWORD":"hunter2"}])", R"("login.password":"hunter2")"})
      CPPUNIT_ASSERT_MESSAGE(given, user(given).dump().find("hunter2") == std::string::npos);
  }

  void shows_what_was_asked_for() {
    const Json whole = Json::parse(
        R"({"schemas":["s"],"id":"1","userName":"a","name":{"givenName":"G","familyName":"F"},)"
        R"("emails":[{"value":"v","type":"t"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":)"
        R"({"department":"IT","division":"D"}})");
    const struct {
      const char* only;
      const char* without;
      const char* keys;
    } cases[] = {
        {"", "",
         "schemas id userName name emails urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"},
        {"userName", "", "schemas id userName"},
        {" USERNAME , name.givenName", "", "schemas id userName name"},
        {"nothing", "", "schemas id"},
        {"urn:ietf:params:scim:schemas:core:2.0:User:userName", "", "schemas id userName"},
        {"", "emails,id,schemas,name",
         "schemas id userName urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"},
        {"", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "schemas id userName name emails"},
    };
    for (const auto& one : cases) {
      std::string keys;
      for (const std::string& key : bridge::selected(whole, {one.only, one.without}).keys())
        keys += (keys.empty() ? "" : " ") + key;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(one.only) + '/' + one.without, std::string(one.keys), keys);
    }
    for (const auto& [only, mails] : {std::pair("emails.value,emails.type", R"([{"value":"v","type":"t"}])"),
                                      std::pair("emails.type,emails", R"([{"value":"v","type":"t"}])"),
                                      std::pair("emails,emails.type", R"([{"value":"v","type":"t"}])"),
                                      std::pair("EMAILS.TYPE", R"([{"type":"t"}])")})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(only, std::string(mails),
                                   bridge::selected(whole, {only, ""}).get("emails").dump());
    CPPUNIT_ASSERT_EQUAL(
        std::string("D"),
        bridge::selected(whole, {"division", ""}).get(enterprise).get("division").string_or(""));
    const Json custom = Json::parse(R"({"schemas":["s"],"id":"1","urn:a:1.0:user:custom":{"floor":"3"}})");
    CPPUNIT_ASSERT(bridge::selected(custom, {"urn:a:1.0:user:custom", ""}) == custom);
    CPPUNIT_ASSERT(!bridge::selected(custom, {"", "urn:a:1.0:user:custom"}).has("urn:a:1.0:user:custom"));
    CPPUNIT_ASSERT_EQUAL(std::string(R"([{"value":"v"}])"),
                         bridge::selected(whole, {"emails.value", ""}).get("emails").dump());
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"familyName":"F"})"),
                         bridge::selected(whole, {"", "name.givenName"}).get("name").dump());
    CPPUNIT_ASSERT_EQUAL(
        std::string(R"({"division":"D"})"),
        bridge::selected(whole, {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division", ""})
            .get(enterprise)
            .dump());
  }

  void refuses_what_would_take_for_ever() {
    const auto numbers = [](int first, int count) {
      std::string list;
      for (int i = first; i < first + count; ++i)
        list += (list.empty() ? "" : ",") + (R"({"value":"u)" + std::to_string(i) + R"("})");
      return '[' + list + ']';
    };
    CPPUNIT_ASSERT_EQUAL(std::string("400 invalidValue"), refusal([&] {
                           bridge::patched(
                               user(R"("a":1)"),
                               request(R"({"op":"add","path":"emails","value":)" + numbers(0, 1001) + '}'));
                         }));
    CPPUNIT_ASSERT_EQUAL(
        std::string("400 invalidValue"), refusal([&] {
          bridge::kept_user(Json::parse(R"({"userName":"x","emails":)" + numbers(0, 1001) + '}'));
        }));
    std::string operations = R"({"op":"add","path":"members","value":)" + numbers(0, 6000) + '}';
    Json group =
        bridge::patched(bridge::kept_group(Json::parse(R"({"displayName":"g"})")), request(operations));
    CPPUNIT_ASSERT_EQUAL(std::size_t{6000}, group.get("members").size());
    operations.clear();
    for (int i = 0; i < 900; ++i)
      operations +=
          std::string(i == 0 ? "" : ",") + R"({"op":"add","path":"members","value":[{"value":"u1"}]})";
    CPPUNIT_ASSERT_EQUAL(std::string("413 "), refusal([&] { bridge::patched(group, request(operations)); }));
  }

  void a_group_may_have_thousands_of_members() {
    std::string members, leave, join;
    for (int i = 0; i < 5000; ++i)
      members += (i > 0 ? "," : "") + (R"({"value":"u)" + std::to_string(i) + "\"}");
    for (int i = 0; i < 150; ++i)
      leave += (R"({"op":"remove","path":"members[value eq \"u)" + std::to_string(i)) + R"(\"]"},)";
    for (int i = 4998; i < 5003; ++i)
      join += (i > 4998 ? "," : "") + (R"({"value":"u)" + std::to_string(i) + "\"}");
    const Json big = bridge::kept_group(Json::parse(R"({"displayName":"g","members":[)" + members + "]}"));
    const Json after = bridge::kept_group(
        bridge::patched(big, request(leave + R"({"op":"add","path":"members","value":[)" + join + "]}")));
    const auto ids = bridge::member_ids(after.get("members"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{5003 - 150}, ids.size());
    CPPUNIT_ASSERT_EQUAL(std::string("u150"), ids.front());
    CPPUNIT_ASSERT_EQUAL(std::string("u5002"), ids.back());
  }

  void who_is_not_said_to_be_active_is_not() {
    for (const char* operation :
         {R"({"op":"remove","path":"active"})", R"({"op":"replace","path":"active","value":null})"}) {
      const Json after = bridge::kept_user(bridge::patched(user(R"("title":"A")"), request(operation)));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(operation, std::string("false"), after.get("active").dump());
    }
  }

 private:
  static Json user(const std::string& members) {
    return bridge::kept_user(
        Json::parse(R"({"userName":"a","active":true)" + (members.empty() ? "" : "," + members) + "}"));
  }
  static Json group() {
    return bridge::kept_group(Json::parse(R"({"displayName":"g","members":[{"value":"a"},{"value":"b"}]})"));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ScimPatchTest);
