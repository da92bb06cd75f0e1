// Each door with each wrong thing, over the whole API: what it answers, byte for byte.

#include "bridge/access/doors.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/access/secret_text.h"
#include "tests/support/access_site.h"

using bridge::Credential;
using bridge::CredentialKind;
using bridge::Issued;
using tests::AccessSite;

namespace {
const std::string json = "Content-Type: application/json; charset=utf-8\r\n";

std::string answer(const std::string& status, const std::string& challenge, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\n" + json +
         (challenge.empty() ? "" : "WWW-Authenticate: " + challenge + "\r\n") +
         "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: keep-alive\r\n\r\n" + body;
}

// One door: how a credential is presented, and how it says no.
struct DoorCase {
  std::string name;
  CredentialKind kind;
  std::function<std::string(const std::string& text)> lines;
  std::string unknown;    // 401, whatever the cause
  std::string forbidden;  // 403
};

const std::string no_door =
    answer("401 Unauthorized", R"(Basic realm="countersign")", R"({"Message":"Invalid API key"})");

const std::vector<DoorCase>& doors() {
  static const std::string not_allowed = answer("403 Forbidden", "", R"({"Message":"Not allowed"})");
  static const std::vector<DoorCase> all = {
      {"apikey", CredentialKind::api_key, [](const std::string& text) { return "apikey: " + text + "\r\n"; },
       no_door, not_allowed},
      {"Basic", CredentialKind::api_key,
       [](const std::string& text) { return "Authorization: " + tests::basic("anybody:" + text) + "\r\n"; },
       no_door, not_allowed},
      {"rest_api_key", CredentialKind::rest_key,
       [](const std::string& text) { return "Authorization: rest_api_key=" + text + "\r\n"; },
       answer(
           "401 Unauthorized", R"(rest_api_key realm="countersign")",
           R"({"code":"ISM_4001","description":"Unauthorized","message":["Invalid API key, or not one for this host"],"help":""})"),
       answer(
           "403 Forbidden", "",
           R"({"code":"ISM_4003","description":"Forbidden","message":["The role does not allow this"],"help":""})")},
      {"Bearer", CredentialKind::client,
       [](const std::string& text) { return "Authorization: Bearer " + text + "\r\n"; },
       answer("401 Unauthorized", R"(Bearer realm="countersign", error="invalid_token")",
              R"({"data":null,"status":"FAILED","message":"Unauthorized","validationMessages":[]})"),
       answer("403 Forbidden", "",
              R"({"data":null,"status":"FAILED","message":"Forbidden","validationMessages":[]})")},
  };
  return all;
}

// A credential of the door's kind, and what is presented: its secret, or a token that it bought.
struct Held {
  Issued issued;
  std::string text;
};

Held hold(AccessSite& site, const DoorCase& door, const std::function<void(Credential&)>& tweak = {}) {
  Credential wanted;
  wanted.kind = door.kind;
  wanted.queue = "acme";
  if (tweak) tweak(wanted);
  Held held{site.add(wanted), {}};
  held.text = door.kind == CredentialKind::client ? site.token(held.issued) : held.issued.secret;
  return held;
}

// Another one's place: right form and checksum, nobody's secret.
std::string forged(const DoorCase& door, const std::string& text, const std::string& id) {
  const auto whole = bridge::read_secret_text(text).value();
  std::string middle(whole.middle);
  middle.back() = middle.back() == 'a' ? 'b' : 'a';
  (void)door;
  return bridge::with_checksum(std::string(bridge::prefix_of(whole.form)) + id + '_' + middle);
}

std::string with_last_changed(std::string text) {
  text.back() = text.back() == 'a' ? 'b' : 'a';
  return text;
}

const std::string list = "/requests";
}  // namespace

class DoorsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DoorsTest);
  CPPUNIT_TEST(each_door_opens);
  CPPUNIT_TEST(each_door_refuses_each_wrong_thing_with_the_same_bytes);
  CPPUNIT_TEST(two_credentials_are_refused_whichever_comes_first);
  CPPUNIT_TEST(a_credential_fits_its_own_door_only);
  CPPUNIT_TEST(an_api_key_may_come_as_a_bearer);
  CPPUNIT_TEST(addresses_count_behind_trusted_proxies_only);
  CPPUNIT_TEST(scopes_and_roles_forbid);
  CPPUNIT_TEST(another_tenants_things_are_not_there);
  CPPUNIT_TEST(a_reseller_names_the_tenant);
  CPPUNIT_TEST(a_company_that_is_not_there_or_not_the_callers_is_refused_at_each_door);
  CPPUNIT_TEST(who_guesses_is_locked_out_and_sees_no_difference);
  CPPUNIT_TEST(takes_one_pair_of_braces);
  CPPUNIT_TEST(decides_on_behalf_of_whom_the_key_stands_for);
  CPPUNIT_TEST_SUITE_END();

 public:
  void each_door_opens() {
    AccessSite site;
    for (const DoorCase& door : doors())
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, answer("200 OK", "", "[]"),
                                   site.bytes("GET", list, door.lines(hold(site, door).text)));
  }

  void each_door_refuses_each_wrong_thing_with_the_same_bytes() {
    using Make = std::function<std::string(AccessSite&, const DoorCase&)>;
    const auto after = [](const std::function<void(AccessSite&, const Held&)>& what) -> Make {
      return [what](AccessSite& site, const DoorCase& door) {
        const Held held = hold(site, door);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, 200, site.ask("GET", list, door.lines(held.text)).status);
        what(site, held);
        return door.lines(held.text);
      };
    };
    const auto of = [](const std::function<std::string(const DoorCase&, const std::string&)>& what) -> Make {
      return [what](AccessSite& site, const DoorCase& door) {
        return door.lines(what(door, hold(site, door).text));
      };
    };
    const std::vector<std::pair<std::string, Make>> causes = {
        {"empty", of([](const DoorCase&, const std::string&) { return std::string(); })},
        {"wrong secret", of([](const DoorCase& door, const std::string& text) {
           return forged(door, text, std::string(bridge::read_secret_text(text)->id));
         })},
        {"unknown id",
         of([](const DoorCase& door, const std::string& text) { return forged(door, text, "00000000"); })},
        {"mistyped", of([](const DoorCase&, const std::string& text) { return with_last_changed(text); })},
        {"truncated",
         of([](const DoorCase&, const std::string& text) { return text.substr(0, text.size() - 1); })},
        {"its id alone", of([](const DoorCase&, const std::string& text) { return text.substr(0, 16); })},
        {"longer", of([](const DoorCase&, const std::string& text) { return text + 'x'; })},
        {"upper case", of([](const DoorCase&, std::string text) {
           for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
           return text;
         })},
        {"a letter that only looks alike",
         of([](const DoorCase&, const std::string& text) { return "\xd1\x81" + text.substr(1); })},
        {"a full-width letter at its end",
         of([](const DoorCase&, const std::string& text) { return text + "\xef\xbd\x81"; })},
        {"bytes that are no UTF-8", of([](const DoorCase&, const std::string& text) {
           return text.substr(0, text.size() - 2) + "\xff\xfe";
         })},
        {"in quotes", of([](const DoorCase&, const std::string& text) { return '"' + text + '"'; })},
        {"two pairs of braces",
         of([](const DoorCase&, const std::string& text) { return "{{" + text + "}}"; })},
        {"deactivated", after([](AccessSite& site, const Held& held) {
           site.change(held.issued.row.id, [](Credential& row) { bridge::set_active(row, false); });
           site.access().forget();
         })},
        {"revoked", after([](AccessSite& site, const Held& held) {
           site.store().credentials().remove(held.issued.row.id, {});
           site.access().forget();
         })},
        {"rotated", after([](AccessSite& site, const Held& held) {
           site.change(held.issued.row.id, [&](Credential& row) {
             bridge::rotate(*tests::pepper(), row, site.clock.now(), std::chrono::seconds(0));
           });
           site.access().forget();
         })},
        {"expired", after([](AccessSite& site, const Held& held) {
           site.change(held.issued.row.id,
                       [&](Credential& row) { row.expires = site.clock.now() + std::chrono::hours(1); });
           site.access().forget();
           site.clock.advance(std::chrono::hours(1));
         })},
        {"not valid yet", after([](AccessSite& site, const Held& held) {
           site.change(held.issued.row.id, [&](Credential& row) {
             row.not_before = site.clock.now() + std::chrono::microseconds(1);
           });
           site.access().forget();
         })},
        {"wrong address", after([](AccessSite& site, const Held& held) {
           site.change(held.issued.row.id, [](Credential& row) { row.networks = {"192.0.2.0/24"}; });
           site.access().forget();
         })},
        {"an address list that cannot be read", after([](AccessSite& site, const Held& held) {
           site.change(held.issued.row.id, [](Credential& row) { row.networks = {"everywhere"}; });
           site.access().forget();
         })},
        {"wrong address for the tenant", after([](AccessSite& site, const Held& held) {
           site.change(held.issued.row.id, [](Credential& row) { row.queue = "fenced"; });
           site.access().forget();
         })},
        {"spoofed forwarding", after([](AccessSite& site, const Held& held) {
           site.change(held.issued.row.id, [](Credential& row) { row.networks = {"192.0.2.0/24"}; });
           site.access().forget();
         })},
    };
    for (const DoorCase& door : doors())
      for (const auto& [cause, make] : causes) {
        AccessSite site;
        std::string lines = make(site, door);
        if (cause == "spoofed forwarding")
          lines += "X-Forwarded-For: 192.0.2.1\r\nForwarded: for=192.0.2.1\r\n";
        for (const char* target : {"/requests", "/requests/1", "/whoami"})
          CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name + ", " + cause + ", " + target, door.unknown,
                                       site.bytes("GET", target, lines));
      }
    AccessSite site;
    CPPUNIT_ASSERT_EQUAL_MESSAGE("missing", no_door, site.bytes("GET", list, ""));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("another header", no_door, site.bytes("GET", list, "X-Api-Key: x\r\n"));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("another scheme", no_door,
                                 site.bytes("GET", list, "Authorization: Digest x\r\n"));
  }

  void two_credentials_are_refused_whichever_comes_first() {
    AccessSite site;
    for (const DoorCase& one : doors())
      for (const DoorCase& two : doors()) {
        const std::string first = hold(site, one).text;
        const bool same = &one == &two;
        const std::string second = same ? first : hold(site, two).text;
        const bool one_door = one.unknown == two.unknown;
        CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name + " and " + two.name, one_door ? one.unknown : no_door,
                                     site.bytes("GET", list, one.lines(first) + two.lines(second)));
      }
    // A header that says nothing is one too.
    for (const DoorCase& door : doors())
      for (const char* other : {"apikey:\r\n", "Authorization:\r\n", "Authorization: Digest x\r\n"}) {
        const std::string text = hold(site, door).text;
        for (const std::string& lines : {door.lines(text) + other, other + door.lines(text)})
          CPPUNIT_ASSERT_EQUAL_MESSAGE(lines, 401, site.ask("GET", list, lines).status);
      }
  }

  void a_credential_fits_its_own_door_only() {
    AccessSite site;
    for (const DoorCase& one : doors())
      for (const DoorCase& two : doors()) {
        if (one.kind == two.kind) continue;
        // An API key may come as a bearer: see below.
        if (one.kind == CredentialKind::api_key && two.name == "Bearer") continue;
        const Held held = hold(site, one);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name + " at " + two.name, two.unknown,
                                     site.bytes("GET", list, two.lines(held.text)));
        // A client's secret is for buying tokens alone.
        CPPUNIT_ASSERT_EQUAL_MESSAGE(one.name + "'s secret at " + two.name, two.unknown,
                                     site.bytes("GET", list, two.lines(held.issued.secret)));
      }
  }

  // Entra ID and Okta hold one secret for ever, and send it as a bearer.
  void an_api_key_may_come_as_a_bearer() {
    AccessSite site;
    const DoorCase& key_door = doors().front();
    const DoorCase& bearer = doors().back();
    const Held held = hold(site, key_door);
    CPPUNIT_ASSERT_EQUAL(answer("200 OK", "", "[]"), site.bytes("GET", list, bearer.lines(held.text)));
    CPPUNIT_ASSERT_EQUAL_MESSAGE("mistyped", bearer.unknown,
                                 site.bytes("GET", list, bearer.lines(with_last_changed(held.text))));
    CPPUNIT_ASSERT_EQUAL_MESSAGE(
        "forged", bearer.unknown,
        site.bytes("GET", list, bearer.lines(forged(key_door, held.text, held.issued.row.id))));
    const Held narrow = hold(site, key_door, [](Credential& wanted) { wanted.networks = {"192.0.2.0/24"}; });
    CPPUNIT_ASSERT_EQUAL_MESSAGE("elsewhere", bearer.unknown,
                                 site.bytes("GET", list, bearer.lines(narrow.text)));
  }

  void addresses_count_behind_trusted_proxies_only() {
    struct Case {
      const char* name;
      const char* peer;
      const char* forwarded;
      bool let_in;
    };
    const Case cases[] = {
        {"in the list", "192.0.2.9", "", true},
        {"IPv4 in IPv6", "::ffff:192.0.2.9", "", true},
        {"IPv6 in the list", "2001:db8::1", "", true},
        {"not in the list", "192.0.3.9", "", false},
        {"a proxy alone", "10.0.0.1", "", false},
        {"behind a proxy", "10.0.0.1", "X-Forwarded-For: 192.0.2.9\r\n", true},
        {"behind two proxies", "10.0.0.1", "X-Forwarded-For: 192.0.2.9, 10.0.0.2\r\n", true},
        {"another behind a proxy", "10.0.0.1", "X-Forwarded-For: 198.51.100.1\r\n", false},
        {"what the caller added before the proxy", "10.0.0.1", "X-Forwarded-For: 192.0.2.9, 198.51.100.1\r\n",
         false},
        {"the same in two headers", "10.0.0.1",
         "X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-For: 198.51.100.1\r\n", false},
        {"no address", "10.0.0.1", "X-Forwarded-For: unknown\r\n", false},
        {"a proxy that nobody trusts", "198.51.100.7", "X-Forwarded-For: 192.0.2.9\r\n", false},
    };
    for (const DoorCase& door : doors()) {
      AccessSite site;
      const Held held = hold(site, door);
      site.change(held.issued.row.id, [](Credential& row) {
        row.networks = {"192.0.2.0/24", "2001:db8::/32"};
      });
      site.access().forget();
      for (const Case& row : cases) {
        site.peer = row.peer;
        const std::string answered = site.bytes("GET", list, door.lines(held.text) + row.forwarded);
        CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name + ", " + row.name,
                                     row.let_in ? answer("200 OK", "", "[]") : door.unknown, answered);
      }
    }
  }

  void scopes_and_roles_forbid() {
    AccessSite site;
    struct Case {
      const char* method;
      const char* target;
      bridge::Scope scope;
      const char* status;  // with that scope: nothing is there, and the bodies are empty
    };
    const Case cases[] = {
        {"GET", "/requests", bridge::Scope::read, "200 OK"},
        {"GET", "/auditlog", bridge::Scope::read, "200 OK"},
        {"GET", "/whoami", bridge::Scope::read, "200 OK"},
        {"PUT", "/requests/1", bridge::Scope::decide, "204 No Content"},
        {"DELETE", "/requests/1", bridge::Scope::decide, "204 No Content"},
        {"GET", "/inventory/1/pin", bridge::Scope::decide, "404 Not Found"},
        {"POST", "/requests", bridge::Scope::submit, "400 Bad Request"},
        {"POST", "/requests/1/withdraw", bridge::Scope::submit, "204 No Content"},
        {"POST", "/events", bridge::Scope::submit, "400 Bad Request"},
        {"PUT", "/auditlog/1", bridge::Scope::submit, "400 Bad Request"},
    };
    for (const DoorCase& door : doors()) {
      for (const bridge::Scope scope :
           {bridge::Scope::read, bridge::Scope::decide, bridge::Scope::submit, bridge::Scope::manage}) {
        const std::string text =
            hold(site, door, [&](Credential& row) { row.scopes = bridge::Scopes{scope}; }).text;
        for (const Case& row : cases) {
          const std::string name =
              door.name + ", " + std::string(to_string(scope)) + ", " + row.method + ' ' + row.target;
          const std::string answered = site.bytes(row.method, row.target, door.lines(text));
          if (row.scope == scope)
            CPPUNIT_ASSERT_MESSAGE(name + ": " + answered,
                                   answered.starts_with("HTTP/1.1 " + std::string(row.status) + "\r\n"));
          else
            CPPUNIT_ASSERT_EQUAL_MESSAGE(name, door.forbidden, answered);
        }
      }
      const std::string reader = hold(site, door, [](Credential& row) {
                                   row.role = "reader";
                                   row.scopes = bridge::Scopes::all();
                                 }).text;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, 200, site.ask("GET", list, door.lines(reader)).status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, door.forbidden,
                                   site.bytes("PUT", "/requests/1", door.lines(reader)));
      const std::string orphan = hold(site, door, [](Credential& row) { row.role = "gone"; }).text;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, door.forbidden, site.bytes("GET", list, door.lines(orphan)));
      const std::string narrow =
          hold(site, door, [&](Credential& row) {
            const std::string id = "role" + door.name;
            site.store().credentials().add_role(
                {id, "acme", door.name, "", bridge::Scopes::all(), {"requests|GET"}, false, {}}, {});
            row.role = id;
            row.scopes = bridge::Scopes::all();
          }).text;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, 200, site.ask("GET", list, door.lines(narrow)).status);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, door.forbidden,
                                   site.bytes("GET", "/auditlog", door.lines(narrow)));
    }
  }

  void another_tenants_things_are_not_there() {
    AccessSite site;
    for (const DoorCase& door : doors()) {
      const std::string text = hold(site, door, [](Credential& row) { row.queue = "beta"; }).text;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, answer("200 OK", "", "[]"),
                                   site.bytes("GET", list, door.lines(text)));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, 404, site.ask("GET", "/requests/1", door.lines(text)).status);
    }
  }

  void a_reseller_names_the_tenant() {
    AccessSite site;
    const DoorCase& bearer = doors().back();
    const std::string text = hold(site, bearer, [](Credential& row) {
                               row.more_queues = {"beta", "fenced"};
                             }).text;
    const auto whose = [&](const std::string& lines) {
      return site.ask("GET", "/whoami", bearer.lines(text) + lines).body;
    };
    CPPUNIT_ASSERT(whose("").find("\"acme\"") != std::string::npos);
    CPPUNIT_ASSERT(whose("X-KEEPNET-Company-Id: beta\r\n").find("\"beta\"") != std::string::npos);
    CPPUNIT_ASSERT(whose("x-ir-company-id: beta\r\n").find("\"beta\"") != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(
        bearer.forbidden,
        site.bytes("GET", "/whoami", bearer.lines(text) + "X-KEEPNET-Company-Id: other\r\n"));
    CPPUNIT_ASSERT_EQUAL(bearer.unknown, site.bytes("GET", "/whoami",
                                                    bearer.lines(text) + "X-KEEPNET-Company-Id: fenced\r\n"));
    const std::string single = hold(site, bearer).text;
    CPPUNIT_ASSERT_EQUAL(
        bearer.forbidden,
        site.bytes("GET", "/whoami", bearer.lines(single) + "X-KEEPNET-Company-Id: beta\r\n"));
  }

  void a_company_that_is_not_there_or_not_the_callers_is_refused_at_each_door() {
    AccessSite site;
    for (const DoorCase& door : doors()) {
      const std::string all = hold(site, door, [](Credential& row) { row.more_queues = {"*"}; }).text;
      const std::string one = hold(site, door).text;
      const auto status = [&](const std::string& text, const std::string& lines) {
        return site.ask("GET", list, door.lines(text) + lines).status;
      };
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, 200, status(all, "X-KEEPNET-Company-Id: beta\r\n"));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, 403, status(all, "X-KEEPNET-Company-Id: nowhere\r\n"));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, 403, status(one, "X-KEEPNET-Company-Id: beta\r\n"));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, 400,
                                   status(all, "X-KEEPNET-Company-Id: beta\r\nX-IR-COMPANY-ID: acme\r\n"));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, 200,
                                   status(all, "X-KEEPNET-Company-Id: beta\r\nX-IR-COMPANY-ID: beta\r\n"));
    }
  }

  void who_guesses_is_locked_out_and_sees_no_difference() {
    for (const DoorCase& door : doors()) {
      AccessSite site;
      const Held held = hold(site, door);
      const std::string other = hold(site, door).text;
      const std::string guess = forged(door, held.text, held.issued.row.id);
      for (int i = 0; i < 5; ++i)
        CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, door.unknown, site.bytes("GET", list, door.lines(guess)));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, door.unknown, site.bytes("GET", list, door.lines(held.text)));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, 200, site.ask("GET", list, door.lines(other)).status);
      site.clock.advance(std::chrono::minutes(15));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, 200, site.ask("GET", list, door.lines(held.text)).status);
      // An address that tries many.
      for (int i = 0; i < 20; ++i)
        site.ask("GET", list, door.lines(forged(door, held.text, "0000000" + std::to_string(i % 10))));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, door.unknown, site.bytes("GET", list, door.lines(other)));
      site.peer = "198.51.100.8";
      CPPUNIT_ASSERT_EQUAL_MESSAGE(door.name, 200, site.ask("GET", list, door.lines(other)).status);
    }
  }

  void takes_one_pair_of_braces() {
    AccessSite site;
    const std::string text = hold(site, doors()[2]).text;
    for (const std::string& form : {"rest_api_key={" + text + "}", "REST_API_KEY=" + text})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(form, 200,
                                   site.ask("GET", list, "Authorization: " + form + "\r\n").status);
    for (const std::string& form :
         {"rest_api_key={" + text, "rest_api_key= " + text, "rest_api_key " + text, "rest_api_key:" + text})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(form, 401,
                                   site.ask("GET", list, "Authorization: " + form + "\r\n").status);
  }

  void decides_on_behalf_of_whom_the_key_stands_for() {
    AccessSite site;
    const DoorCase& rest = doors()[2];
    const std::string text =
        hold(site, rest, [](Credential& row) { row.on_behalf_of = "ann@acme.test"; }).text;
    site.ask("PUT", "/requests/7", rest.lines(text));
    site.ask("PUT", "/requests/8?approvedby=bob@acme.test", rest.lines(text));
    site.ask("DELETE", "/requests/9?reason=no", rest.lines(text));
    const std::vector<std::string> expected = {
        "approve acme:7 ann@acme.test ", "approve acme:8 bob@acme.test ", "deny acme:9 ann@acme.test no"};
    CPPUNIT_ASSERT(expected == site.queue().decided);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DoorsTest);
