#include "workflows/engine/people.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using mappings::Json;
using workflows::Decider;

class PeopleTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PeopleTest);
  CPPUNIT_TEST(names_compare_without_case_in_any_script);
  CPPUNIT_TEST(the_requester_is_known_under_every_name);
  CPPUNIT_TEST(others_are_not_taken_for_the_requester);
  CPPUNIT_TEST(an_allowed_entry_is_matched_exactly);
  CPPUNIT_TEST(a_barred_entry_is_matched_generously);
  CPPUNIT_TEST_SUITE_END();

 public:
  void names_compare_without_case_in_any_script() {
    const std::pair<const char*, const char*> alike[] = {
        {"Ann Example", " ann EXAMPLE\n"},
        {"J\u00dcRGEN M\u00dcLLER", "J\u00fcrgen M\u00fcller"},
        {"\u0416\u0410\u041d", "\u0436\u0430\u043d"},
        {"\u0141UKASZ", "\u0142ukasz"}};
    for (const auto& [a, b] : alike)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(a, workflows::folded(a), workflows::folded(b));
    CPPUNIT_ASSERT_EQUAL(std::string("a\xff"), workflows::folded("a\xff"));
    CPPUNIT_ASSERT_EQUAL(std::string("\U0001F600 x"), workflows::folded("\U0001F600 X"));
    CPPUNIT_ASSERT(workflows::folded("ann") != workflows::folded("anna"));
  }

  void the_requester_is_known_under_every_name() {
    const std::pair<const char*, const char*> deciders[] = {
        {"ann@acme.test", ""},      {"", "ANN@acme.test"},
        {"ACME\\ann", ""},          {"ann", ""},
        {"OTHER\\Ann", ""},         {"Ann Example", ""},
        {"agent", "ann@ACME.test"}, {"ann@acme.test", "x@y.z"},
        {"aexample@acme.test", ""},
    };
    for (const auto& [by, mail] : deciders) {
      const Json request = by == std::string("aexample@acme.test")
                               ? user("ann@acme.test", "ACME\\aexample", "Ann Example")
                               : user("ann@acme.test", "ACME\\ann", "Ann Example");
      CPPUNIT_ASSERT_MESSAGE(std::string(by) + ' ' + mail,
                             workflows::may_be_requester(Decider(by, mail), request));
    }
  }

  void others_are_not_taken_for_the_requester() {
    const Json request = user("ann@acme.test", "ACME\\ann", "Ann Example");
    for (const char* by : {"bob.admin", "Ann", "anna", "ann@other.test", "example", "ACME"}) {
      const bool own = by == std::string("Ann");  // the account, in another case
      CPPUNIT_ASSERT_EQUAL_MESSAGE(by, own, workflows::may_be_requester(Decider(by, ""), request));
    }
    // What is absent from a request matches nobody, also not one whose name is empty.
    for (const Json& nobody : {Json::object(), user("", "", ""), Json()}) {
      CPPUNIT_ASSERT(!workflows::may_be_requester(Decider("bob", "bob@acme.test"), nobody));
      CPPUNIT_ASSERT(!workflows::may_be_requester(Decider("", ""), nobody));
    }
  }

  void an_allowed_entry_is_matched_exactly() {
    struct {
      const char* entry;
      const char* by;
      const char* mail;
      bool matches;
    } const cases[] = {
        {"bob.admin", "Bob.Admin", "", true},
        {"bob.admin", "ACME\\bob.admin", "", false},
        {"bob@acme.test", "bob", "BOB@acme.test", true},
        {"bob@acme.test", "bob@acme.test", "", true},
        {"bob@acme.test", "bob@acme.test", "mallory@acme.test", false},  // a display name proves nothing
        {"@acme.test", "bob", "bob@acme.test", true},
        {"@acme.test", "bob", "bob@evil-acme.test", false},
        {"@acme.test", "bob", "bob@acme.test.evil", false},
        {"@acme.test", "x@acme.test", "x@evil.test", false},
        {"@acme.test", "@acme.test", "", false},
        {"", "", "", false},
    };
    for (const auto& one : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(one.entry) + " for " + one.by + ' ' + one.mail, one.matches,
                                   workflows::is_entry(Decider(one.by, one.mail), one.entry));
  }

  void a_barred_entry_is_matched_generously() {
    struct {
      const char* entry;
      const char* by;
      const char* mail;
      bool matches;
    } const cases[] = {
        {"bridge", "ACME\\Bridge", "", true},
        {"ACME\\bridge", "bridge", "", true},
        {"bob@acme.test", "bob@acme.test", "other@acme.test", true},
        {"@contractors.test", "eve@contractors.test", "eve@acme.test", true},
        {"bridge", "bridget", "", false},
        {"", "", "", false},
    };
    for (const auto& one : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(one.entry) + " for " + one.by + ' ' + one.mail, one.matches,
                                   workflows::may_be_entry(Decider(one.by, one.mail), one.entry));
  }

 private:
  static Json user(const char* mail, const char* account, const char* full_name) {
    return Json::object(
        {{"user", Json::object({{"email", mail}, {"account", account}, {"fullName", full_name}})}});
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PeopleTest);
