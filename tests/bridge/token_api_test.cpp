#include "bridge/api/token_api.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/access/secret_text.h"
#include "mappings/engine/json.h"
#include "tests/support/access_site.h"

using bridge::Credential;
using bridge::Issued;
using bridge::Reply;
using mappings::Json;
using tests::AccessSite;

namespace {
Credential client() {
  Credential wanted;
  wanted.kind = bridge::CredentialKind::client;
  wanted.queue = "acme";
  return wanted;
}

const std::string grant = "grant_type=client_credentials";

std::string form(const Issued& issued, const std::string& more = {}) {
  return grant + "&client_id=" + issued.client_id + "&client_secret=" + issued.secret + more;
}

std::string header(const Reply& reply, const std::string& name) {
  for (const auto& [key, value] : reply.headers)
    if (key == name) return value;
  return {};
}

int with(AccessSite& site, const std::string& token) {
  return site.ask("GET", "/requests", "Authorization: Bearer " + token + "\r\n").status;
}
}  // namespace

class TokenApiTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TokenApiTest);
  CPPUNIT_TEST(gives_a_token_in_compact_json_that_nobody_keeps);
  CPPUNIT_TEST(takes_the_client_as_basic_too);
  CPPUNIT_TEST(refuses_in_the_words_of_the_rfc);
  CPPUNIT_TEST(lives_as_long_as_the_server_says_and_no_longer);
  CPPUNIT_TEST(many_tokens_are_good_at_a_time);
  CPPUNIT_TEST(inactive_or_a_new_secret_ends_all_tokens_for_good);
  CPPUNIT_TEST(a_token_has_the_scopes_that_were_asked_for);
  CPPUNIT_TEST(a_role_says_what_a_token_may_do);
  CPPUNIT_TEST(nobody_can_make_a_token_or_change_one);
  CPPUNIT_TEST_SUITE_END();

 public:
  void gives_a_token_in_compact_json_that_nobody_keeps() {
    AccessSite site;
    const Issued issued = site.add(client());
    const Reply reply = site.ask_token(form(issued, "&scope=api1"));
    CPPUNIT_ASSERT_EQUAL(200, reply.status);
    const std::string token = Json::parse(reply.body).get("access_token").string_or("");
    CPPUNIT_ASSERT_EQUAL(
        R"({"access_token":")" + token + R"(","expires_in":86400,"token_type":"Bearer","scope":"api1"})",
        reply.body);
    CPPUNIT_ASSERT_EQUAL(std::string("no-store"), header(reply, "Cache-Control"));
    CPPUNIT_ASSERT_EQUAL(std::string("no-cache"), header(reply, "Pragma"));
    CPPUNIT_ASSERT(token.starts_with("cs_token_" + issued.row.id + '_'));
    CPPUNIT_ASSERT(bridge::checksum_fits(token));
    CPPUNIT_ASSERT_EQUAL(200, with(site, token));
  }

  void takes_the_client_as_basic_too() {
    AccessSite site;
    const Issued issued = site.add(client());
    const std::string basic =
        "Authorization: " + tests::basic(issued.client_id + ':' + issued.secret) + "\r\n";
    CPPUNIT_ASSERT_EQUAL(200, site.ask_token(grant, basic).status);
    for (const std::string& twice : {form(issued), grant + "&client_id=" + issued.client_id})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(twice, std::string(R"({"error":"invalid_client"})"),
                                   site.ask_token(twice, basic).body);
    CPPUNIT_ASSERT_EQUAL(401, site.ask_token(grant, basic + basic).status);
    CPPUNIT_ASSERT_EQUAL(401, site.ask_token(form(issued), "apikey: x\r\n").status);
  }

  void refuses_in_the_words_of_the_rfc() {
    AccessSite site;
    const Issued issued = site.add(client());
    const Issued other = site.add(client());
    const std::string unknown_id = bridge::make_secret(bridge::SecretForm::client_id, "00000000");
    const std::string unknown = bridge::make_secret(bridge::SecretForm::client_secret, "00000000");
    const std::string wrong = bridge::make_secret(bridge::SecretForm::client_secret, issued.row.id);
    struct Case {
      std::string name, form, error;
      int status;
    };
    const std::vector<Case> cases = {
        {"nothing", "", "invalid_request", 400},
        {"no grant type", "client_id=" + issued.client_id, "invalid_request", 400},
        {"a grant type twice", grant + '&' + form(issued), "invalid_request", 400},
        {"a secret twice", form(issued, "&client_secret=" + issued.secret), "invalid_request", 400},
        {"a broken escape", grant + "&client_id=%zz", "invalid_request", 400},
        {"password", "grant_type=password&username=a&password=b", "unsupported_grant_type", 400},
        {"another case", "grant_type=Client_Credentials", "unsupported_grant_type", 400},
        {"refresh", "grant_type=refresh_token", "unsupported_grant_type", 400},
        {"no client", grant, "invalid_client", 401},
        {"no secret", grant + "&client_id=" + issued.client_id, "invalid_client", 401},
        {"unknown id", grant + "&client_id=" + unknown_id + "&client_secret=" + unknown, "invalid_client",
         401},
        {"wrong secret", grant + "&client_id=" + issued.client_id + "&client_secret=" + wrong,
         "invalid_client", 401},
        {"another's secret", grant + "&client_id=" + issued.client_id + "&client_secret=" + other.secret,
         "invalid_client", 401},
        {"the secret as id", grant + "&client_id=" + issued.secret + "&client_secret=" + issued.secret,
         "invalid_client", 401},
        {"unknown scope", form(issued, "&scope=root"), "invalid_scope", 400},
        {"a scope it lacks", form(issued, "&scope=manage"), "invalid_scope", 400},
    };
    for (const Case& row : cases) {
      const Reply reply = site.ask_token(row.form);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, R"({"error":")" + row.error + R"("})", reply.body);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, row.status, reply.status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(row.name, std::string("no-store"), header(reply, "Cache-Control"));
    }
    // JSON, or parameters of the query, are no form.
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"error":"invalid_request"})"),
                         site.ask("POST", "/connect/token", "Content-Type: application/json\r\n",
                                  R"({"grant_type":"client_credentials"})")
                             .body);
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"error":"invalid_request"})"),
                         site.ask("POST", "/connect/token?" + form(issued),
                                  "Content-Type: application/x-www-form-urlencoded\r\n")
                             .body);
    CPPUNIT_ASSERT_EQUAL(405, site.ask("GET", "/connect/token?" + form(issued), "").status);
  }

  void lives_as_long_as_the_server_says_and_no_longer() {
    AccessSite site;
    const Issued issued = site.add(client());
    for (const char* wish : {"&expires_in=999999999", "&lifetime=10y"}) {
      const Reply reply = site.ask_token(form(issued, wish));
      CPPUNIT_ASSERT(Json::parse(reply.body).get("expires_in").as_integer() == 86400);
    }
    const std::string token = site.token(issued);
    site.clock.advance(std::chrono::hours(24) - std::chrono::seconds(1));
    CPPUNIT_ASSERT_EQUAL(200, with(site, token));
    site.clock.advance(std::chrono::seconds(1));
    CPPUNIT_ASSERT_EQUAL(401, with(site, token));

    bridge::Access::Settings settings;
    settings.token_lifetime = std::chrono::minutes(5);
    AccessSite quick(settings);
    const std::string brief = quick.token(quick.add(client()));
    quick.clock.advance(std::chrono::minutes(5));
    CPPUNIT_ASSERT_EQUAL(401, with(quick, brief));
  }

  void many_tokens_are_good_at_a_time() {
    AccessSite site;
    const Issued issued = site.add(client());
    std::vector<std::string> tokens;
    for (int i = 0; i < 50; ++i) tokens.push_back(site.token(issued));
    for (const std::string& token : tokens) CPPUNIT_ASSERT_EQUAL(200, with(site, token));
    CPPUNIT_ASSERT(tokens.front() != tokens.back());
  }

  void inactive_or_a_new_secret_ends_all_tokens_for_good() {
    AccessSite site;
    const Issued issued = site.add(client());
    const std::string before = site.token(issued);
    site.change(issued.row.id, [](Credential& row) { bridge::set_active(row, false); });
    site.access().forget();
    CPPUNIT_ASSERT_EQUAL(401, with(site, before));
    CPPUNIT_ASSERT_EQUAL(401, site.ask_token(form(issued)).status);
    site.change(issued.row.id, [](Credential& row) { bridge::set_active(row, true); });
    site.access().forget();
    CPPUNIT_ASSERT_EQUAL(401, with(site, before));
    const std::string between = site.token(issued);
    CPPUNIT_ASSERT_EQUAL(200, with(site, between));

    // Also while the old secret is still good.
    Issued renewed = issued;
    site.change(issued.row.id, [&](Credential& row) {
      renewed.secret = bridge::rotate(*tests::pepper(), row, site.clock.now(), std::chrono::hours(1));
    });
    site.access().forget();
    CPPUNIT_ASSERT_EQUAL(401, with(site, between));
    CPPUNIT_ASSERT_EQUAL(200, with(site, site.token(renewed)));
    CPPUNIT_ASSERT_EQUAL(200, with(site, site.token(issued)));
    site.clock.advance(std::chrono::hours(1));
    CPPUNIT_ASSERT_EQUAL(401, site.ask_token(form(issued)).status);
    CPPUNIT_ASSERT_EQUAL(401, with(site, before));
  }

  void a_token_has_the_scopes_that_were_asked_for() {
    AccessSite site;
    const Issued issued = site.add(client());
    const Reply reply = site.ask_token(form(issued, "&scope=submit+read"));
    CPPUNIT_ASSERT_EQUAL(std::string("read submit"), Json::parse(reply.body).get("scope").string_or(""));
    const std::string line =
        "Authorization: Bearer " + Json::parse(reply.body).get("access_token").string_or("") + "\r\n";
    CPPUNIT_ASSERT_EQUAL(200, site.ask("GET", "/requests", line).status);
    CPPUNIT_ASSERT_EQUAL(403, site.ask("PUT", "/requests/1", line).status);
    // What the client loses later, its tokens lose too.
    site.change(issued.row.id, [](Credential& row) { row.scopes = bridge::Scopes{bridge::Scope::submit}; });
    site.access().forget();
    CPPUNIT_ASSERT_EQUAL(403, site.ask("GET", "/requests", line).status);
  }

  void a_role_says_what_a_token_may_do() {
    AccessSite site;
    site.store().credentials().add_role(
        {"r1", "acme", "Lists", "", bridge::Scopes{bridge::Scope::read}, {"requests|GET"}, false, {}}, {});
    Credential wanted = client();
    wanted.role = "r1";
    const Reply reply = site.ask_token(form(site.add(wanted)));
    CPPUNIT_ASSERT_EQUAL(std::string(R"(["requests|GET"])"),
                         Json::parse(reply.body).get("permissions").dump());
  }

  void nobody_can_make_a_token_or_change_one() {
    AccessSite site;
    const Issued one = site.add(client());
    const Issued two = site.add(client());
    const std::string token = site.token(one);
    const std::size_t claims = 9 + 8 + 1, checksum = token.size() - 7;
    // Every character, with a checksum that fits again.
    for (std::size_t i = 9; i < checksum; ++i) {
      std::string changed = token.substr(0, checksum);
      changed[i] = changed[i] == '0' ? '1' : '0';
      if (changed == token.substr(0, checksum)) continue;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(changed, 401, with(site, bridge::with_checksum(changed)));
      if (i % 8 == 0) site.access().lockout().unlock(one.row.id);
      site.access().lockout().unlock(bridge::IpAddress::parse(site.peer).value());
    }
    std::string stolen = token.substr(0, checksum);
    stolen.replace(9, 8, two.row.id);
    CPPUNIT_ASSERT_EQUAL(401, with(site, bridge::with_checksum(stolen)));
    CPPUNIT_ASSERT_EQUAL('_', token[claims - 1]);
    site.access().lockout().unlock(one.row.id);
    CPPUNIT_ASSERT_EQUAL(200, with(site, token));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TokenApiTest);
