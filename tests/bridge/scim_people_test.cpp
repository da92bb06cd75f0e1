// What becomes of what SCIM clients send: who the workflows know, what the audit log has.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/directory/directories.h"
#include "tests/support/scim_client.h"
#include "workflows/engine/people.h"

using mappings::Json;
using tests::scim_group;
using tests::scim_patch;
using tests::scim_user;

class ScimPeopleTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ScimPeopleTest);
  CPPUNIT_TEST(what_it_takes_is_known_to_workflows_at_once);
  CPPUNIT_TEST(sees_what_another_process_changed);
  CPPUNIT_TEST(every_change_is_in_the_audit_log);
  CPPUNIT_TEST(takes_nothing_that_it_could_not_read_again);
  CPPUNIT_TEST(who_is_not_active_stays_so_until_it_is_said);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override { client_.emplace(); }
  void tearDown() override { client_.reset(); }

  void what_it_takes_is_known_to_workflows_at_once() {
    CPPUNIT_ASSERT(!client_->api().directories().of("acme"));
    client_->run({
        {"a user",
         "POST",
         "/Users",
         scim_user("bob.admin", R"(,"emails":[{"value":"bob@acme.test"}])"),
         201,
         {},
         "bob"},
        {"a group",
         "POST",
         "/Groups",
         scim_group("security", R"(,"members":[{"value":"{bob}"}])"),
         201,
         {},
         "g"},
    });
    const auto first = client_->api().directories().of("acme");
    CPPUNIT_ASSERT(first->people().at(0).is_in("Security"));
    CPPUNIT_ASSERT(first == client_->api().directories().of("acme"));  // nothing changed: the same copy
    client_->run(
        {{"away", "PATCH", "/Users/" + client_->id("bob"),
          scim_patch(
              R"({"op":"add","path":"urn:ietf:params:scim:schemas:extension:countersign:2.0:User:awayUntil",)"
              R"("value":"2026-12-24"})"),
          200}});
    const auto second = client_->api().directories().of("acme");
    CPPUNIT_ASSERT(second->people().at(0).away_at(*workflows::moment_from("2026-12-24T23:00")) != nullptr);
    CPPUNIT_ASSERT(second->people().at(0).away_at(*workflows::moment_from("2026-12-25")) == nullptr);
    CPPUNIT_ASSERT(first->people().at(0).away.empty());  // who holds an old copy keeps it
    client_->run({{"inactive", "PATCH", "/Users/" + client_->id("bob"),
                   scim_patch(R"({"op":"replace","value":{"active":false}})"), 200},
                  {"no group", "DELETE", "/Groups/" + client_->id("g"), "", 204}});
    const auto third = client_->api().directories().of("acme");
    CPPUNIT_ASSERT(!third->people().at(0).active);
    CPPUNIT_ASSERT(third->people().at(0).groups.empty());
    client_->run({{"gone", "DELETE", "/Users/" + client_->id("bob"), "", 204}});
    CPPUNIT_ASSERT(!client_->api().directories().of("acme"));
  }

  void sees_what_another_process_changed() {
    client_->ask("POST", "/Users", scim_user("ann"));
    bridge::DirectoryUser bob{"acme", "b", "bob", "", true, R"({"userName":"bob"})"};
    client_->api().store().directory().add_user(bob, {});
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, client_->api().directories().of("acme")->people().size());
    client_->api().directories().catch_up();
    const auto copy = client_->api().directories().of("acme");
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, copy->people().size());
    client_->api().directories().catch_up();
    CPPUNIT_ASSERT(copy == client_->api().directories().of("acme"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2},
                         bridge::Directories(client_->api().store()).of("acme")->people().size());
  }

  void every_change_is_in_the_audit_log() {
    client_->run({
        {"a user", "POST", "/Users", scim_user("ann", R"(,"password":"hunter2")"), 201, {}, "ann"},
        {"refused", "POST", "/Users", scim_user("ann"), 409},
        {"changed", "PATCH", "/Users/{ann}", scim_patch(R"({"op":"replace","value":{"active":false}})"), 200},
        {"a group", "POST", "/Groups", scim_group("g", R"(,"members":[{"value":"{ann}"}])"), 201, {}, "g"},
        {"left", "PATCH", "/Groups/{g}", scim_patch(R"({"op":"remove","path":"members"})"), 204},
        {"no group", "DELETE", "/Groups/{g}", "", 204},
        {"gone", "DELETE", "/Users/{ann}", "", 204},
    });
    std::string actions;
    for (const auto& row : client_->api().store().trail().search({})) {
      actions += row.entry.action.substr(row.entry.action.find('.') + 1) + ' ';
      CPPUNIT_ASSERT(row.entry.actor.name.starts_with("key cs_live_"));
      CPPUNIT_ASSERT_EQUAL(std::string("acme"), row.entry.queue);
      CPPUNIT_ASSERT((row.entry.old_value + row.entry.new_value).find("hunter2") == std::string::npos);
    }
    CPPUNIT_ASSERT_EQUAL(
        std::string("user_added user_changed group_added group_changed group_removed user_removed "),
        actions);
  }

  void takes_nothing_that_it_could_not_read_again() {
    const auto deep = [](int levels) {
      return std::string(static_cast<std::size_t>(levels), '[') +
             std::string(static_cast<std::size_t>(levels), ']');
    };
    CPPUNIT_ASSERT_EQUAL(
        400, client_->ask("POST", "/Users", scim_user("deep", R"(,"emails":{"x":)" + deep(60) + '}')).status);
    CPPUNIT_ASSERT_EQUAL(
        201, client_->ask("POST", "/Users", scim_user("flat", R"(,"emails":{"x":)" + deep(29) + '}')).status);
    // One that an older bridge took.
    client_->api().store().directory().add_user(
        {"acme", "id1", "old", "", true, R"({"userName":"old","emails":[{"x":)" + deep(70) + "}]}"}, {});
    const bridge::Directories known(client_->api().store());
    CPPUNIT_ASSERT(known.of("acme")->find(workflows::Decider("flat", "")) != nullptr);
    CPPUNIT_ASSERT(known.of("acme")->find(workflows::Decider("old", "")) == nullptr);
  }

  void who_is_not_active_stays_so_until_it_is_said() {
    const std::string at =
        "/Users/" + Json::parse(client_->ask("POST", "/Users", scim_user("ann", R"(,"active":false)")).body)
                        .get("id")
                        .string_or("");
    const auto active = [&](const std::string& more) {
      return Json::parse(client_->ask("PUT", at, scim_user("ann", more)).body).get("active").dump();
    };
    CPPUNIT_ASSERT_EQUAL(std::string("false"), active(R"(,"title":"A")"));
    CPPUNIT_ASSERT_EQUAL(std::string("true"), active(R"(,"Active":true)"));
    CPPUNIT_ASSERT_EQUAL(std::string("true"), active(R"(,"title":"B")"));
  }

 private:
  std::optional<tests::ScimClient> client_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(ScimPeopleTest);
