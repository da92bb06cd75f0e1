#include "bridge/access/role.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using bridge::built_in_role;
using bridge::Permission;
using bridge::Role;
using bridge::Scope;
using bridge::Scopes;

namespace {
Role role(std::initializer_list<const char*> permissions, Scopes scopes = Scopes::all()) {
  Role made{"r1", "Custom", "", scopes, {}, false};
  std::string problem;
  for (const char* text : permissions) made.permissions.push_back(Permission::parse(text, problem).value());
  return made;
}
}  // namespace

class RoleTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RoleTest);
  CPPUNIT_TEST(built_in_roles_have_the_scopes_of_their_names);
  CPPUNIT_TEST(scopes_are_read_and_written);
  CPPUNIT_TEST(permissions_allow_the_calls_that_they_name);
  CPPUNIT_TEST(permissions_meet_the_routes_that_they_can_allow);
  CPPUNIT_TEST(permissions_are_kept_in_one_spelling);
  CPPUNIT_TEST(permissions_that_are_none_say_why);
  CPPUNIT_TEST(a_role_needs_scope_and_permission);
  CPPUNIT_TEST(a_role_covers_what_can_do_no_more);
  CPPUNIT_TEST(a_stored_role_that_cannot_be_read_can_do_nothing);
  CPPUNIT_TEST_SUITE_END();

 public:
  void built_in_roles_have_the_scopes_of_their_names() {
    struct Case {
      const char* id;
      const char* name;
      const char* scopes;
      bool several;
    };
    const Case cases[] = {
        {"reader", "READER", "read", false},
        {"approver", "Approver", "read decide", false},
        {"submitter", "Submitter", "read submit", false},
        {"administrator", "company admin", "read decide submit manage", false},
        {"reseller", "Reseller", "read decide submit manage", true},
    };
    for (const Case& one : cases) {
      const Role* found = built_in_role(one.id);
      CPPUNIT_ASSERT_MESSAGE(one.id, found != nullptr && found == built_in_role(one.name));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.id, std::string(one.scopes), found->scopes.text());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.id, one.several, found->several_tenants);
      CPPUNIT_ASSERT_MESSAGE(one.id, found->allows("DELETE", "/anything"));
    }
    CPPUNIT_ASSERT_EQUAL(std::size(cases), bridge::built_in_roles().size());
    CPPUNIT_ASSERT(built_in_role("root") == nullptr);
    CPPUNIT_ASSERT(built_in_role("") == nullptr);
  }

  void scopes_are_read_and_written() {
    CPPUNIT_ASSERT_EQUAL(std::string("read manage"), Scopes::parse(" manage,read ").value().text());
    CPPUNIT_ASSERT(Scopes::parse("").value().empty());
    CPPUNIT_ASSERT(Scopes::parse("read decide submit manage").value() == Scopes::all());
    for (const char* text : {"reads", "read;decide", "rea", "READ", "all"})
      CPPUNIT_ASSERT_MESSAGE(text, !Scopes::parse(text));
    const Scopes some{Scope::read, Scope::decide};
    CPPUNIT_ASSERT(some.has(Scope::decide) && !some.has(Scope::submit));
    CPPUNIT_ASSERT(Scopes::all().has(some) && !some.has(Scopes::all()));
    CPPUNIT_ASSERT((some.within({Scope::decide, Scope::manage}) == Scopes{Scope::decide}));
  }

  void permissions_allow_the_calls_that_they_name() {
    struct Case {
      const char* permission;
      const char* method;
      const char* path;
      bool allowed;
    };
    const Case cases[] = {
        {"companies/search|POST", "POST", "/api/companies/search", true},
        {"companies/search|POST", "POST", "/companies/search", true},
        {"/api/companies/search|POST", "POST", "/api/companies/search", true},
        {"companies/search|POST", "GET", "/api/companies/search", false},
        {"companies/search|POST", "POST", "/api/companies/search/export", false},
        {"companies/search|POST", "POST", "/api/companies", false},
        {"companies/search|POST", "POST", "/api/api/companies/search", false},
        {"Companies/Search|post", "POST", "/api/COMPANIES/search", true},
        {"requests/{id}|PUT", "PUT", "/requests/17", true},
        {"requests/{id}|PUT", "PUT", "/requests", false},
        {"requests/{id}|PUT", "PUT", "/requests/", false},
        {"requests/{id}|PUT", "PUT", "/requests/17/notes", false},
        {"requests/*|PUT", "PUT", "/requests/17", true},
        {"requests/*/notes|GET", "GET", "/requests/17/notes", true},
        {"requests/*/notes|GET", "GET", "/requests/17/18", false},
        {"requests|GET", "GET", "/requests", true},
        {"requests|GET", "HEAD", "/requests", true},
        {"requests|HEAD", "GET", "/requests", false},
        {"requests|*", "DELETE", "/requests", true},
        {"scim/**|*", "PATCH", "/scim/v2/Users/17", true},
        {"scim/**|*", "PATCH", "/scim", false},
        {"**|GET", "GET", "/anything/at/all", true},
        {"**|GET", "POST", "/anything", false},
        {"{all}|GET", "GET", "/requests", true},
        {"{all}|GET", "GET", "/requests/17", false},
        {"requests|GET", "GET", "/request", false},
        {"requests|GET", "GET", "", false},
        {"requests|GET", "GET", "/", false},
    };
    for (const Case& one : cases)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(one.permission) + " for " + one.method + ' ' + one.path,
                                   one.allowed, role({one.permission}).allows(one.method, one.path));
  }

  void permissions_meet_the_routes_that_they_can_allow() {
    struct Case {
      const char* permission;
      const char* method;
      const char* route;
      bool meets;
    };
    const Case cases[] = {
        {"requests/{id}|PUT", "PUT", "/requests/{id}", true},
        {"requests/17|PUT", "PUT", "/requests/{id}", true},
        {"requests/*|PUT", "PUT", "/requests/{id}", true},
        {"**|*", "PUT", "/requests/{id}", true},
        {"requests/{id}|PUT", "DELETE", "/requests/{id}", false},
        {"requests|GET", "GET", "/requests/{id}", false},
        {"requests/{id}/notes|GET", "GET", "/requests/{id}", false},
        {"companies/my|GET", "GET", "/api/companies/{resourceId}", true},
        {"companies|GET", "GET", "/api/clients", false},
    };
    for (const Case& one : cases) {
      std::string problem;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(
          std::string(one.permission) + " for " + one.route, one.meets,
          Permission::parse(one.permission, problem).value().meets(one.method, one.route));
    }
  }

  void permissions_are_kept_in_one_spelling() {
    std::string problem;
    for (const char* text : {"requests/{id}|put", "/requests/{id}|PUT", "/api/requests/{id}|Put"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string("requests/{id}|PUT"),
                                   Permission::parse(text, problem).value().text());
  }

  void permissions_that_are_none_say_why() {
    const std::pair<std::string, const char*> cases[] = {
        {"requests", "a permission is path|METHOD, such as requests/{id}|PUT, of at most 300 letters"},
        {std::string(400, 'x') + "|GET",
         "a permission is path|METHOD, such as requests/{id}|PUT, of at most 300 letters"},
        {"requests|", "behind the | stands a method: GET, POST, PUT, PATCH, DELETE or *"},
        {"requests|FETCH", "behind the | stands a method: GET, POST, PUT, PATCH, DELETE or *"},
        {"requests|GET|PUT", "behind the | stands a method: GET, POST, PUT, PATCH, DELETE or *"},
        {"|GET", "before the | stands a path, such as requests/{id}"},
        {"/|GET", "before the | stands a path, such as requests/{id}"},
        {"requests/|GET", "a path has no empty segments"},
        {"requests//notes|GET", "a path has no empty segments"},
        {"**/notes|GET", "** can only be the last segment"},
        {"req*|GET", "a segment is a word, {name} or *"},
        {"requests/{a b}|GET", "a segment is a word, {name} or *"},
        {"requests/{a}b{c}|GET", "a segment is a word, {name} or *"},
        {"requests/{}|GET", "a segment is a word, {name} or *"},
        {"requests/{id|GET", "a segment is a word, {name} or *"},
        {"requests?x=1|GET", "a segment is a word, {name} or *"},
        {"a b|GET", "a segment is a word, {name} or *"},
    };
    for (const auto& [text, why] : cases) {
      std::string problem;
      CPPUNIT_ASSERT_MESSAGE(text, !Permission::parse(text, problem));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::string(why), problem);
    }
  }

  void a_role_needs_scope_and_permission() {
    const Role reader = role({"requests|*"}, {Scope::read});
    CPPUNIT_ASSERT(reader.allows(Scope::read, "GET", "/requests"));
    CPPUNIT_ASSERT(!reader.allows(Scope::submit, "POST", "/requests"));
    CPPUNIT_ASSERT(!reader.allows(Scope::read, "GET", "/events"));
  }

  void a_role_covers_what_can_do_no_more() {
    const Role& admin = *built_in_role("administrator");
    const Role& reseller = *built_in_role("reseller");
    const Role& reader = *built_in_role("reader");
    CPPUNIT_ASSERT(admin.covers(reader) && admin.covers(admin) && reseller.covers(admin));
    CPPUNIT_ASSERT(!reader.covers(admin) && !admin.covers(reseller));
    const Role narrow = role({"clients|GET", "clients|POST"});
    CPPUNIT_ASSERT(admin.covers(narrow) && !narrow.covers(admin));
    CPPUNIT_ASSERT(narrow.covers(role({"clients|GET"})));
    CPPUNIT_ASSERT(!narrow.covers(role({"clients|GET", "clients|DELETE"})));
  }

  void a_stored_role_that_cannot_be_read_can_do_nothing() {
    bridge::RoleRow row;
    row.id = "abcdefghijkl";
    row.name = "Desk";
    row.scopes = {Scope::read};
    row.permissions = {"requests|GET"};
    CPPUNIT_ASSERT(bridge::role_from(row).allows(Scope::read, "GET", "/requests"));
    CPPUNIT_ASSERT(!bridge::role_from(row).allows(Scope::read, "GET", "/events"));
    row.permissions = {"requests"};
    CPPUNIT_ASSERT(!bridge::role_from(row).allows(Scope::read, "GET", "/requests"));
    row.permissions = {"requests|GET", ""};
    CPPUNIT_ASSERT(!bridge::role_from(row).allows(Scope::read, "GET", "/requests"));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RoleTest);
