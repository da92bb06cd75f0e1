// What the log and the audit log are told of a refusal. What the caller is told is in doors_test.cpp:
// nothing.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/access/secret_text.h"
#include "tests/support/access_site.h"

using bridge::Credential;
using bridge::RequestHeaders;
using tests::AccessSite;
using namespace std::chrono_literals;

class RefusalCauseTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RefusalCauseTest);
  CPPUNIT_TEST(names_each_cause);
  CPPUNIT_TEST(names_the_cause_of_a_token_and_of_its_purchase);
  CPPUNIT_TEST(names_a_lock_also_to_who_has_the_right_secret);
  CPPUNIT_TEST_SUITE_END();

 public:
  void names_each_cause() {
    const auto changed = [this](const std::function<void(Credential&)>& how) {
      Credential wanted;
      wanted.queue = "acme";
      how(wanted);
      return RequestHeaders{{"apikey", site_.add(wanted).secret}};
    };
    const bridge::Time now = site_.clock.now();
    const std::string good = changed([](Credential&) {}).at(0).second;
    const std::string id(bridge::read_secret_text(good)->id);
    std::string typo = good;
    typo.back() = typo.back() == 'a' ? 'b' : 'a';
    const auto rotated = [&] {
      Credential wanted;
      wanted.queue = "acme";
      const auto old = site_.add(wanted);
      site_.change(old.row.id, [&](Credential& row) { bridge::rotate(*tests::pepper(), row, now, 0s); });
      return old.secret;
    }();
    const std::tuple<std::string, RequestHeaders> cases[] = {
        {"", {{"apikey", good}}},
        {"no credential", {}},
        {"no credential", {{"X-Api-Key", good}}},
        {"two credentials", {{"apikey", good}, {"apikey", good}}},
        {"two credentials", {{"apikey", good}, {"Authorization", "Bearer " + good}}},
        {"no credential of this door", {{"apikey", "hunter2"}}},
        {"no credential of this door", {{"Authorization", "rest_api_key=" + good}}},
        {"mistyped", {{"apikey", typo}}},
        {"wrong secret", {{"apikey", bridge::make_secret(bridge::SecretForm::api_key, id)}}},
        {"unknown id", {{"apikey", bridge::make_secret(bridge::SecretForm::api_key, "00000000")}}},
        {"old secret", {{"apikey", rotated}}},
        {"not active", changed([](Credential& row) { row.active = false; })},
        {"not valid yet", changed([&](Credential& row) { row.not_before = now + 1s; })},
        {"expired", changed([&](Credential& row) { row.expires = now; })},
        {"address not allowed", changed([](Credential& row) { row.networks = {"192.0.2.0/24"}; })},
        {"address not allowed", changed([](Credential& row) { row.queue = "fenced"; })},
        {"of no tenant", changed([](Credential& row) { row.queue.clear(); })},
    };
    for (const auto& [cause, headers] : cases) CPPUNIT_ASSERT_EQUAL(cause, cause_of(headers));
  }

  void names_the_cause_of_a_token_and_of_its_purchase() {
    Credential wanted;
    wanted.queue = "acme";
    wanted.kind = bridge::CredentialKind::client;
    const auto client = site_.add(wanted), other = site_.add(wanted);
    const RequestHeaders token = {{"Authorization", "Bearer " + site_.token(client)}};
    CPPUNIT_ASSERT_EQUAL(std::string(), cause_of(token));
    const auto purchase = [&](const std::string& id, const std::string& secret) {
      return cause([&] { site_.access().issue_token(visit(token), id, secret, ""); });
    };
    CPPUNIT_ASSERT_EQUAL(std::string("no client's id and secret"), purchase(other.client_id, client.secret));
    CPPUNIT_ASSERT_EQUAL(std::string("no client's id and secret"), purchase("", ""));
    site_.clock.advance(24h);
    CPPUNIT_ASSERT_EQUAL(std::string("token expired"), cause_of(token));
    site_.change(client.row.id, [](Credential& row) { bridge::set_active(row, false); });
    CPPUNIT_ASSERT_EQUAL(std::string("token ended"), cause_of(token));
    CPPUNIT_ASSERT_EQUAL(std::string("not active"), purchase(client.client_id, client.secret));
  }

  void names_a_lock_also_to_who_has_the_right_secret() {
    Credential wanted;
    wanted.queue = "acme";
    const auto key = site_.add(wanted);
    const RequestHeaders guess = {{"apikey", bridge::make_secret(bridge::SecretForm::api_key, key.row.id)}};
    for (int i = 0; i < 5; ++i) CPPUNIT_ASSERT_EQUAL(std::string("wrong secret"), cause_of(guess));
    CPPUNIT_ASSERT_EQUAL(std::string("locked"), cause_of(guess));
    CPPUNIT_ASSERT_EQUAL(std::string("locked"), cause_of({{"apikey", key.secret}}));
  }

 private:
  bridge::Access::Visit visit(const RequestHeaders& headers) {
    return {"GET", "/requests", headers, site_.peer, "request-id"};
  }
  // Empty: let in.
  static std::string cause(const std::function<void()>& act) {
    try {
      act();
    } catch (const bridge::Refused& refused) {
      CPPUNIT_ASSERT(refused.code() == bridge::ErrorCode::unauthorized);
      return refused.facts().cause;
    }
    return {};
  }
  std::string cause_of(const RequestHeaders& headers) {
    return cause([&] { site_.access().authenticate(visit(headers)); });
  }

  AccessSite site_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(RefusalCauseTest);
