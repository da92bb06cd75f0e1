// Lists of users and groups: pages, filters, order, and what must not make them fail.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/directory/scim_verbs.h"
#include "bridge/ops/log.h"
#include "bridge/ops/metrics.h"
#include "tests/support/scim_client.h"

using bridge::Reply;
using mappings::Json;
using tests::scim_group;
using tests::scim_user;

class ScimListTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ScimListTest);
  CPPUNIT_TEST(pages_filters_and_sorts);
  CPPUNIT_TEST(sorts_by_the_preferred_element);
  CPPUNIT_TEST(a_group_may_have_hundreds_of_members);
  CPPUNIT_TEST(one_that_cannot_be_read_holds_no_list_up);
  CPPUNIT_TEST(one_that_cannot_be_read_is_logged_and_counted);
  CPPUNIT_TEST(one_that_cannot_be_read_may_be_replaced_or_removed);
  CPPUNIT_TEST(shows_no_password_that_an_older_build_kept);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { client_.emplace(); }
  void tearDown() override { client_.reset(); }

  void pages_filters_and_sorts() {
    for (const char* name : {"dora", "Bert", "carl", "anna", "emil"})
      CPPUNIT_ASSERT_EQUAL(201, client_->ask("POST", "/Users", scim_user(name, R"(,"title":"t")")).status);
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
        {"?startIndex=9223372036854775807&count=500", "5", ""},
        {"?sortBy=userName&startIndex=9223372036854775807&count=500", "5", ""},
        {"?filter=USERNAME%20EQ%20%22DORA%22", "1", "dora"},
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
      const Reply reply = client_->ask("GET", std::string("/Users") + one.query);
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
      client_->api().store().directory().add_user(many, {});
    }
    CPPUNIT_ASSERT_EQUAL(
        std::string("500"),
        Json::parse(client_->ask("GET", "/Users?count=100000").body).get("itemsPerPage").dump());
    CPPUNIT_ASSERT_EQUAL(std::string("100"),
                         Json::parse(client_->ask("GET", "/Users").body).get("itemsPerPage").dump());
  }

  void sorts_by_the_preferred_element() {
    const auto mails = [](const std::string& first, const std::string& preferred) {
      return R"(,"emails":[{"value":")" + first + R"("},{"value":")" + preferred + R"(","primary":true}])";
    };
    client_->made("/Users", scim_user("ann", mails("a@x", "z@x")));
    client_->made("/Users", scim_user("bob", mails("b@x", "y@x")));
    client_->made("/Users", scim_user("carl", R"(,"emails":[{"value":"c@x"}])"));
    CPPUNIT_ASSERT_EQUAL(std::string("carl bob ann"), names_of(client_->get("/Users?sortBy=emails")));
    CPPUNIT_ASSERT_EQUAL(std::string("ann bob carl"),
                         names_of(client_->get("/Users?sortBy=emails.value&sortOrder=descending")));
  }

  void a_group_may_have_hundreds_of_members() {
    constexpr int all = 300;
    for (int i = 0; i < all; ++i) {
      const std::string n = std::to_string(i);
      client_->stored().add_user({"acme", "u" + n, "user" + n, "", true, R"({"userName":"user)" + n + "\"}"},
                                 {});
    }
    client_->api().directories().catch_up();
    std::string members, leave;
    for (int i = 0; i < all; ++i)
      members += (i > 0 ? "," : "") + (R"({"value":"u)" + std::to_string(i) + "\"}");
    for (int i = 0; i < 100; ++i)
      leave += (i > 0 ? "," : "") + (R"({"op":"remove","path":"members[value eq \"u)" + std::to_string(i)) +
               R"(\"]"})";
    client_->run({
        {"made with all",
         "POST",
         "/Groups?excludedAttributes=members",
         scim_group("big", R"(,"members":[)" + members + ']'),
         201,
         {},
         "g"},
        {"read", "GET", "/Groups/{g}", "", 200, {{"members/#", "300"}}},
        {"somebody who is in it joins", "PATCH", "/Groups/{g}",
         tests::scim_patch(R"({"op":"add","path":"members","value":[{"value":"u299"}]})"), 204},
        {"some leave, one by one", "PATCH", "/Groups/{g}", tests::scim_patch(leave), 204},
        {"read", "GET", "/Groups/{g}", "", 200, {{"members/#", "200"}, {"meta/version", "W/\"2\""}}},
        {"is one in it?",
         "GET",
         "/Groups?attributes=id&filter=id+eq+%22{g}%22+and+members+eq+%22u299%22",
         "",
         200,
         {{"totalResults", "1"}}},
    });
    int in_it = 0;
    for (const auto& person : client_->api().directories().of("acme")->people()) in_it += person.is_in("big");
    CPPUNIT_ASSERT_EQUAL(200, in_it);
  }

  void one_that_cannot_be_read_holds_no_list_up() {
    spoil();
    for (const auto& [target, names] :
         {std::pair("/Users", "ann old list bob"), std::pair("/Users?sortBy=userName", "ann bob list old"),
          std::pair("/Users?filter=userName%20pr", "ann old list bob"),
          std::pair("/Users?filter=userName%20eq%20%22OLD%22", "old"),
          std::pair("/Users?startIndex=2&count=1", "old"),
          std::pair("/Users?attributes=userName", "ann old list bob"),
          std::pair("/Users?filter=active%20eq%20false", "list"), std::pair("/Groups", "first broken"),
          std::pair("/Groups?filter=displayName%20eq%20%22Broken%22", "broken"),
          std::pair("/Groups?sortBy=displayName", "broken first"),
          std::pair("/Groups?excludedAttributes=members", "first broken")})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(target, std::string(names), names_of(client_->get(target)));
    CPPUNIT_ASSERT_EQUAL(std::string("4"), client_->get("/Users?count=1").get("totalResults").dump());
    const Json old = client_->get("/Users").get("Resources").at(1);
    CPPUNIT_ASSERT_EQUAL(std::string("ext"), old.get("externalId").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("W/\"1\""), old.get("meta").get("version").string_or(""));
    for (const char* target : {"/Users/old", "/Users/list", "/Groups/broken"}) {
      const Reply alone = client_->ask("GET", target);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 500, alone.status);
      CPPUNIT_ASSERT_MESSAGE(alone.body, alone.body.find("cannot be read") != std::string::npos);
    }
    CPPUNIT_ASSERT_EQUAL(500, client_->ask("PATCH", "/Users/old", patch_title).status);
    CPPUNIT_ASSERT_EQUAL(500, client_->ask("PATCH", "/Groups/broken", patch_title).status);
    CPPUNIT_ASSERT_EQUAL(200, client_->ask("GET", "/Users/" + client_->id("ann")).status);
  }

  void one_that_cannot_be_read_is_logged_and_counted() {
    static std::vector<std::string> lines;
    spoil();
    const auto counted = [](const char* of) {
      return bridge::metrics().directory_unreadable_total.at("acme", of).value();
    };
    const auto users = counted("user"), groups = counted("group");
    lines.clear();
    bridge::set_log_sink([](const std::string& line) { lines.push_back(line); });
    client_->get("/Users");
    client_->get("/Groups");
    bridge::set_log_sink([](const std::string&) {});
    CPPUNIT_ASSERT_EQUAL(users + 2, counted("user"));
    CPPUNIT_ASSERT_EQUAL(groups + 1, counted("group"));
    std::string logged;
    for (const std::string& line : lines) {
      const Json said = Json::parse(line);
      if (said.get("level") != Json("error")) continue;
      CPPUNIT_ASSERT_EQUAL(std::string("acme"), said.get("queue").string_or(""));
      CPPUNIT_ASSERT_MESSAGE(line, !said.get("why").string_or("").empty());
      logged += said.get("event").string_or("") + ' ' + said.get("id").string_or("") + '\n';
    }
    CPPUNIT_ASSERT_EQUAL(std::string("directory_user_unreadable old\ndirectory_user_unreadable list\n"
                                     "directory_group_unreadable broken\n"),
                         logged);
  }

  void one_that_cannot_be_read_may_be_replaced_or_removed() {
    spoil();
    CPPUNIT_ASSERT_EQUAL(200, client_->ask("PUT", "/Users/old", scim_user("old", R"(,"title":"T")")).status);
    CPPUNIT_ASSERT_EQUAL(std::string("T"), client_->get("/Users/old").get("title").string_or(""));
    // What its columns say, and no more: it is stored all the same. Who was shut out stays so.
    CPPUNIT_ASSERT_EQUAL(200, client_->ask("PUT", "/Users/list", scim_user("list")).status);
    CPPUNIT_ASSERT_EQUAL(std::string("false"), client_->get("/Users/list").get("active").dump());
    CPPUNIT_ASSERT_EQUAL(200, client_->ask("PUT", "/Groups/broken", scim_group("broken")).status);
    CPPUNIT_ASSERT_EQUAL(200, client_->ask("GET", "/Groups/broken").status);
    spoil("2");
    CPPUNIT_ASSERT_EQUAL(204, client_->ask("DELETE", "/Users/old2").status);
    CPPUNIT_ASSERT_EQUAL(204, client_->ask("DELETE", "/Groups/broken2").status);
  }

  void shows_no_password_that_an_older_build_kept() {
    client_->stored().add_user(
        {"acme", "u", "u", "", true,
         R"({"userName":"u","id":"other","password":"hunter2","meta":1,"x":{"Password":"hunter2"}})"},
        {});
    for (const char* target : {"/Users", "/Users/u", "/Users/u?attributes=password,x,id"}) {
      const Reply reply = client_->ask("GET", target);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(target, 200, reply.status);
      CPPUNIT_ASSERT_MESSAGE(reply.body, reply.body.find("hunter2") == std::string::npos);
      CPPUNIT_ASSERT_MESSAGE(reply.body, reply.body.find("other") == std::string::npos);
    }
  }

 private:
  static constexpr const char* patch_title = R"({"Operations":[{"op":"add","path":"title","value":"x"}]})";

  // Two users and a group as no build of today leaves them, between some that can be read.
  void spoil(const std::string& suffix = "") {
    bridge::Directory& stored = client_->stored();
    client_->run({{"before", "POST", "/Users", scim_user("ann" + suffix), 201, {}, "ann"},
                  {"before", "POST", "/Groups", scim_group("first" + suffix), 201}});
    stored.add_user({"acme", "old" + suffix, "old" + suffix, "ext", true, "{\"userName\":"}, {});
    stored.add_user({"acme", "list" + suffix, "list" + suffix, "", false, "[]"}, {});
    stored.add_group({"acme", "broken" + suffix, "broken" + suffix, "", "not JSON"}, {}, {});
    client_->run({{"behind", "POST", "/Users", scim_user("bob" + suffix), 201}});
  }

  static std::string names_of(const Json& list) {
    std::string names;
    const Json rows = list.get("Resources");
    for (std::size_t i = 0; i < rows.size(); ++i)
      names +=
          (i > 0 ? " " : "") + rows.at(i).get("userName").string_or(rows.at(i).get("displayName").text());
    return names;
  }

  std::optional<tests::ScimClient> client_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(ScimListTest);
