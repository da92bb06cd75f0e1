// What the audit log is told of changes through the management endpoints.

#include <memory>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/managed_api.h"

using mappings::Json;
using tests::created_client;
using tests::generated_pair;

namespace {
const std::string clients = "/api/companies/clients/", groups = "/api/key-groups", roles = "/api/roles";
}  // namespace

class ManagementTrailTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ManagementTrailTest);
  CPPUNIT_TEST(every_change_is_recorded_with_old_and_new);
  CPPUNIT_TEST(says_who_did_it_and_from_where);
  CPPUNIT_TEST(what_is_refused_or_changes_nothing_is_no_change);
  CPPUNIT_TEST(no_secret_is_in_what_is_recorded);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    api_ = std::make_unique<tests::ManagedApi>();
    api_->as_client("acme", "administrator");
  }
  void tearDown() override { api_.reset(); }

  void every_change_is_recorded_with_old_and_new() {
    const std::string client = created_client(*api_, generated_pair(*api_));
    check("credential.created", "credential " + client, "", R"("label":"Sync")");
    const std::string one = clients + client;
    api_->data("PUT", one, R"({"name":"Other"})");
    check("credential.changed", "credential " + client, R"("label":"Sync")", R"("label":"Other")");
    api_->data("PUT", one, R"({"statusId":0})");
    check("credential.deactivated", "credential " + client, R"("active":true)", R"("active":false)");
    api_->data("PUT", one, R"({"statusId":1})");
    check("credential.activated", "credential " + client, R"("active":false)", R"("active":true)");
    api_->data("PUT", one, R"({"allowedIpAddresses":["10.0.0.0/8"]})");
    check("credential.changed", "credential " + client, R"("networks":[])", R"("networks":["10.0.0.0/8"])");
    api_->data("POST", one + "/rotate", R"({"overlapMinutes":5})");
    check("credential.rotated", "credential " + client, R"("oldSecretUntil":null)",
          R"("oldSecretUntil":"2023-)");
    api_->data("DELETE", one);
    check("credential.revoked", "credential " + client, R"("label":"Other")", "");

    api_->data("POST", groups, R"({"name":"Desk","description":"One"})");
    check("key_group.created", "key group Desk", "", R"("description":"One")");
    api_->data("PUT", groups + "/Desk", R"({"description":"Two"})");
    check("key_group.changed", "key group Desk", R"("description":"One")", R"("description":"Two")");
    const std::string key = id_of(api_->data("POST", groups + "/Desk/keys", R"({"inRole":"reader"})"));
    check("credential.created", "credential " + key, "", R"("group":"Desk")");
    api_->data("PUT", groups + "/Desk/keys/" + key, R"({"activated":false})");
    check("credential.deactivated", "credential " + key, R"("active":true)", R"("active":false)");
    api_->data("POST", groups + "/Desk/keys/" + key + "/rotate");
    check("credential.rotated", "credential " + key, R"("lastFour":)", R"("lastFour":)");
    api_->data("DELETE", groups + "/Desk/keys/" + key);
    check("credential.revoked", "credential " + key, R"("role":"reader")", "");
    api_->data("DELETE", groups + "/Desk");
    check("key_group.removed", "key group Desk", R"("name":"Desk")", "");

    const std::string role =
        id_of(api_->data("POST", roles, R"({"name":"Looks","description":"x","scopes":"read"})"));
    check("role.created", "role " + role, "", R"("scopes":"read")");
    api_->data("PUT", roles + '/' + role, R"({"scopes":"read decide"})");
    check("role.changed", "role " + role, R"("scopes":"read")", R"("scopes":"read decide")");
    api_->data("DELETE", roles + '/' + role);
    check("role.removed", "role " + role, R"("name":"Looks")", "");
  }

  void says_who_did_it_and_from_where() {
    created_client(*api_, generated_pair(*api_));
    const bridge::TrailEntry entry = api_->noted().at(0);
    CPPUNIT_ASSERT(entry.actor.name.starts_with("client cs_client_"));
    CPPUNIT_ASSERT_EQUAL(std::string("Company Admin"), entry.actor.role);
    CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.7"), entry.actor.ip);
    CPPUNIT_ASSERT_EQUAL(std::string("acme"), entry.queue);
    CPPUNIT_ASSERT(entry.at == api_->clock.now());
    api_->as_client("acme", "reseller", {"contoso"});
    api_->data("POST", groups + "?companyId=contoso", R"({"name":"Desk"})");
    CPPUNIT_ASSERT_EQUAL(std::string("contoso"), api_->noted().at(0).queue);
  }

  void what_is_refused_or_changes_nothing_is_no_change() {
    const std::string client = clients + created_client(*api_, generated_pair(*api_));
    api_->data("POST", groups, R"({"name":"Desk"})");
    api_->noted();
    const Json as_read = api_->data("GET", client);
    const std::pair<const char*, std::pair<std::string, std::string>> calls[] = {
        {"PUT", {client, as_read.dump()}},
        {"PUT", {client, R"({"name":""})"}},
        {"PUT", {clients + "00000000", R"({"name":"x"})"}},
        {"POST", {"/api/companies/clients", "{}"}},
        {"POST", {groups, R"({"name":"Desk"})"}},
        {"PUT", {groups + "/Desk", "{}"}},
        {"DELETE", {groups + "/Other", ""}},
        {"POST", {roles, "{}"}},
        {"DELETE", {roles + "/reader", ""}},
        {"POST", {client + "/rotate", R"({"overlapMinutes":-1})"}},
        {"GET", {"/api/companies/clients/generate-client-credentials", ""}},
    };
    for (const auto& [method, call] : calls) {
      api_->ask(method, call.first, call.second);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(method + (' ' + call.first), std::size_t{0}, api_->noted().size());
    }
  }

  void no_secret_is_in_what_is_recorded() {
    const tests::Pair pair = generated_pair(*api_);
    const std::string client = clients + created_client(*api_, pair);
    std::vector<std::string> secrets = {pair.secret};
    const auto shown = [&](const Json& data, const char* member) {
      secrets.push_back(data.get(member).string_or(""));
      CPPUNIT_ASSERT(secrets.back().size() > 50);
    };
    shown(api_->data("POST", client + "/rotate", R"({"overlapMinutes":5})"), "clientSecret");
    api_->data("POST", groups, R"({"name":"Desk"})");
    const Json key = api_->data("POST", groups + "/Desk/keys", R"({"inRole":"reader"})");
    shown(key, "referenceId");
    shown(api_->data("POST", groups + "/Desk/keys/" + id_of(key) + "/rotate"), "referenceId");
    secrets.push_back(api_->authorization().substr(std::string("Bearer ").size()));
    const auto noted = api_->noted();
    CPPUNIT_ASSERT_EQUAL(std::size_t{5}, noted.size());
    for (const bridge::TrailEntry& entry : noted) {
      const std::string all =
          entry.old_value + entry.new_value + entry.detail + entry.object + entry.actor.name;
      CPPUNIT_ASSERT_MESSAGE(all, all.find("sha256") == std::string::npos);
      for (const std::string& secret : secrets)
        CPPUNIT_ASSERT_MESSAGE(all, all.find(secret.substr(secret.size() - 43, 36)) == std::string::npos);
    }
  }

 private:
  static std::string id_of(const Json& data) { return data.get("resourceId").string_or(""); }

  void check(const std::string& action, const std::string& object, const std::string& old_part,
             const std::string& new_part) {
    const auto noted = api_->noted();
    CPPUNIT_ASSERT_EQUAL_MESSAGE(action, std::size_t{1}, noted.size());
    const bridge::TrailEntry& entry = noted[0];
    CPPUNIT_ASSERT_EQUAL(action, entry.action);
    CPPUNIT_ASSERT_EQUAL(object, entry.object);
    const std::pair<std::string, std::string> values[] = {{entry.old_value, old_part},
                                                          {entry.new_value, new_part}};
    for (const auto& [value, part] : values) {
      CPPUNIT_ASSERT_EQUAL_MESSAGE(action + ' ' + value, part.empty(), value.empty());
      CPPUNIT_ASSERT_MESSAGE(action + ' ' + value, value.find(part) != std::string::npos);
    }
  }

  std::unique_ptr<tests::ManagedApi> api_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(ManagementTrailTest);
