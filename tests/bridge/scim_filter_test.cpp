// Filters and paths of SCIM: what they match, and what is refused with which word.

#include "bridge/directory/scim_filter.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/directory/scim_error.h"

using bridge::ScimError;
using bridge::ScimFilter;
using mappings::Json;

namespace {
const Json bob = Json::parse(R"json({
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "2819c223", "externalId": "Ext-1",
  "userName": "bob@acme.test", "displayName": "Bob Ädmin", "active": true, "nickName": "a+b",
  "name": {"givenName": "Bob", "familyName": "O'Admin (\"x\")"},
  "emails": [{"value": "bob@acme.test", "type": "work", "primary": true}, {"value": "b@home.test", "type": "home"}],
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
      {"department": "IT", "employeeNumber": "7", "manager": {"value": "boss"}},
  "age": 41,
  "meta": {"created": "2026-01-31T10:00:00.000Z", "lastModified": "2026-02-01T10:00:00.500Z"}})json");

// The status and word of the refusal; empty when there is none.
std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const ScimError& error) {
    CPPUNIT_ASSERT(!std::string(error.what()).empty());
    return std::to_string(error.status()) + ' ' + error.type();
  }
  return {};
}
}  // namespace

class ScimFilterTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ScimFilterTest);
  CPPUNIT_TEST(matches_what_the_filter_says);
  CPPUNIT_TEST(refuses_what_is_no_filter);
  CPPUNIT_TEST(refuses_what_is_no_path);
  CPPUNIT_TEST(takes_paths_apart);
  CPPUNIT_TEST(knows_a_filter_that_an_index_can_answer);
  CPPUNIT_TEST(no_cut_of_a_good_filter_ends_badly);
  CPPUNIT_TEST_SUITE_END();

 public:
  void matches_what_the_filter_says() {
    const std::pair<const char*, bool> cases[] = {
        {R"(userName eq "bob@acme.test")", true},
        {R"(USERNAME Eq "BOB@acme.test")", true},
        {R"(userName eq "rob@acme.test")", false},
        {R"(userName ne "rob@acme.test")", true},
        {R"(userName ne "bob@acme.test")", false},
        {R"(displayName eq "bob ädmin")", true},
        {R"(displayName co "b Ä")", true},
        {R"(userName sw "BOB")", true},
        {R"(userName ew "acme.TEST")", true},
        {R"(userName ew "acme")", false},
        {R"(id eq "2819c223")", true},
        {R"(id eq "2819C223")", false},
        {R"(externalId eq "ext-1")", false},
        {R"x(name.familyName eq "o'admin (\"X\")")x", true},
        {R"(name.givenName eq "\u0042ob")", true},
        {R"(active eq true)", true},
        {R"(active eq True)", true},
        {R"(active eq "true")", true},
        {R"(active eq false)", false},
        {R"(active ne false)", true},
        {R"(title pr)", false},
        {R"(name pr)", true},
        {R"(emails pr)", true},
        {R"(not (title pr))", true},
        {R"(title eq null)", true},
        {R"(userName eq null)", false},
        {R"(title ne "x")", true},
        {R"(emails eq "b@home.test")", true},
        {R"(emails.value eq "b@home.test")", true},
        {R"(emails.type eq "other")", false},
        {R"(emails[type eq "work"].value eq "bob@acme.test")", true},
        {R"(emails[type eq "work"].value eq "b@home.test")", false},
        {R"(emails[type eq "work" and value co "@acme.test"])", true},
        {R"(emails[type eq "home" and primary eq true])", false},
        {R"(emails[not (type eq "work")])", true},
        {R"(age gt 40 and age lt 42 and age ge 41 and age le 41.0)", true},
        {R"(age gt 41)", false},
        {R"(age eq "41")", false},
        {R"(meta.created ge "2026-01-31T10:00:00Z")", true},
        {R"(meta.created lt "2026-01-31T10:00:00Z")", false},
        {R"(meta.lastModified gt "2026-02-01T10:00:00Z")", true},
        {R"(userName gt "alice" and userName lt "carl")", true},
        {R"(title pr or userName pr and active eq false)", false},
        {R"(userName pr or title pr and active eq false)", true},
        {R"((userName pr or title pr) and active eq false)", false},
        {R"(((((userName pr)))))", true},
        {R"(urn:ietf:params:scim:schemas:core:2.0:User:userName eq "bob@acme.test")", true},
        {R"(URN:ietf:params:scim:schemas:extension:enterprise:2.0:user:department eq "it")", true},
        {R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "boss")", true},
        {R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "boss")", true},
        {R"(urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr)", true},
        {R"(urn:example:x:2.0:User:anything pr)", false},
        {R"(schemas eq "urn:ietf:params:scim:schemas:core:2.0:User")", true},
        {R"(userName+eq+"bob@acme.test")", true},
        {R"(displayName+eq+"Bob+ädmin")", true},
        {R"(nickName eq "a+b")", true},
        {R"(nickName eq "a b")", false},
        {R"(  userName   eq   "bob@acme.test"  )", true},
        {R"(not pr)", false},
    };
    for (const auto& [text, expected] : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, expected, ScimFilter::parse(text).matches(bob));
  }

  void refuses_what_is_no_filter() {
    std::string deep, many = "a pr";
    for (int i = 0; i < 5000; ++i) deep += "(";
    for (int i = 0; i < 1000; ++i) many += " or a pr";
    const std::string cases[] = {"",
                                 " ",
                                 "userName",
                                 "userName eq",
                                 "userName eq ",
                                 "userName eq bob",
                                 R"(userName eq "bob)",
                                 R"(userName equals "bob")",
                                 R"(userName = "bob")",
                                 R"(eq "bob")",
                                 R"("bob" eq userName)",
                                 R"(userName eq "a" and)",
                                 R"(userName eq "a" or)",
                                 R"(and userName eq "a")",
                                 R"(userName eq "a" userName eq "b")",
                                 R"((userName eq "a")",
                                 R"(userName eq "a"))",
                                 R"(emails[type eq "work")",
                                 R"(emails[type eq "work"]])",
                                 R"(emails[])",
                                 R"(emails.value[type eq "a"])",
                                 R"(emails[type eq "work"].)",
                                 R"(emails[type eq "work"].value)",
                                 R"(emails[a[b eq "c"]])",
                                 R"(not userName eq "a")",
                                 "not",
                                 "not (",
                                 "()",
                                 R"(user Name eq "a")",
                                 R"(1name eq "a")",
                                 R"(user$name eq "a")",
                                 R"(name..given eq "a")",
                                 R"(name.given.more eq "a")",
                                 R"(.name eq "a")",
                                 "active gt true",
                                 "active co false",
                                 "title gt null",
                                 "age co 4",
                                 "age eq 4x",
                                 "age eq 1e",
                                 "age eq --1",
                                 R"(userName eq "\q")",
                                 R"(userName eq "\u12")",
                                 "userName eq \"\xff\"",
                                 "userName eq 'bob'",
                                 R"(urn: eq "a")",
                                 R"(urn:x[y eq "a"] pr pr)",
                                 R"(urn:ietf:params:scim:schemas:core:2.0:User eq "a")",
                                 std::string("userName eq \"a\0b\"", 17),
                                 "\x01 pr",
                                 deep,
                                 deep + "a pr",
                                 many,
                                 "userName eq \"" + std::string(9000, 'a') + '"'};
    for (const std::string& text : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text.substr(0, 80), std::string("400 invalidFilter"),
                                   refusal([&] { ScimFilter::parse(text); }));
  }

  void refuses_what_is_no_path() {
    const std::string cases[] = {"",
                                 " ",
                                 "members[",
                                 "members[]",
                                 R"(members[value eq "a")",
                                 "members]",
                                 R"(members[value eq "a"]x)",
                                 R"(members[value eq "a"].)",
                                 R"(members[value eq "a"].b.c)",
                                 R"(members[value eq "a"].b[c eq "d"])",
                                 "name.",
                                 "name.a.b",
                                 ".",
                                 "a b",
                                 R"(name eq "x")",
                                 "1a",
                                 "members[value]",
                                 R"(members[value xx "a"])",
                                 "urn:",
                                 "urn:a b:c",
                                 "urn:ietf:params:scim:schemas:core:2.0:User",
                                 std::string(9000, 'a') + "["};
    for (const std::string& text : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text.substr(0, 80), std::string("400 invalidPath"),
                                   refusal([&] { bridge::parse_scim_target(text); }));
  }

  void takes_paths_apart() {
    const std::tuple<const char*, const char*, bool> cases[] = {
        {"members", "members", false},
        {"USERNAME", "userName", false},
        {"name.GIVENNAME", "name.givenName", false},
        {R"(members[value eq "a"])", "members", true},
        {R"(emails[type eq "work"].Value)", "emails.value", true},
        {"urn:ietf:params:scim:schemas:core:2.0:User:name.familyName", "name.familyName", false},
        {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:Department",
         "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", false},
        {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
         "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", false},
        {"urn:example:2.0:User:x.y", "urn:example:2.0:User:x.y", false},
        {"MANAGER.value", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", false},
        {"department", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", false},
        {"urn:ietf:params:scim:schemas:core:2.0:User:manager", "manager", false},
        {"addresses.manager", "addresses.manager", false},
    };
    for (const auto& [text, path, filtered] : cases) {
      const auto target = bridge::parse_scim_target(text);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string(path), target.path.text());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, filtered, target.filter.has_value());
    }
  }

  void knows_a_filter_that_an_index_can_answer() {
    const auto answer = [](const char* text) {
      return ScimFilter::parse(text).required_text("userName").value_or("none");
    };
    for (const char* text :
         {R"(USERNAME eq "Bob")", R"(userName+eq+"Bob")", R"(userName eq "Bob" and active eq true)",
          R"(emails[type eq "work"] and userName eq "Bob")",
          R"(active eq true and (title pr and userName eq "Bob"))",
          R"(urn:ietf:params:scim:schemas:core:2.0:User:userName eq "Bob")"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string("Bob"), answer(text));
    for (const char* text : {R"(userName ne "Bob")", R"(userName co "Bob")", R"(displayName eq "Bob")",
                             R"(userName eq "Bob" or active eq true)", R"(not (userName eq "Bob"))",
                             R"(name.userName eq "Bob")", R"(userName+eq+"Bob+B")", R"(userName+eq+"Bob B")",
                             R"(emails[userName eq "Bob"])", "userName eq true"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string("none"), answer(text));
  }

  void no_cut_of_a_good_filter_ends_badly() {
    const std::string whole =
        R"(not (emails[type eq "w\"x" and value co "@a"].value sw "b") or (active eq true and age ge -1.5e3))";
    int good = 0, bad = 0;
    for (std::size_t from = 0; from < whole.size(); ++from)
      for (std::size_t size = 0; from + size <= whole.size(); ++size) {
        const std::string part = whole.substr(from, size);
        const std::string what = refusal([&] { (void)ScimFilter::parse(part).matches(bob); });
        CPPUNIT_ASSERT_MESSAGE(part + ": " + what, what.empty() || what == "400 invalidFilter");
        const std::string path = refusal([&] { bridge::parse_scim_target(part); });
        CPPUNIT_ASSERT_MESSAGE(part + ": " + path, path.empty() || path == "400 invalidPath");
        ++(what.empty() ? good : bad);
      }
    CPPUNIT_ASSERT(good > 10 && bad > 1000);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ScimFilterTest);
