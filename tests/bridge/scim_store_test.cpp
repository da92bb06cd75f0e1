// How lists use the store: no more rows than a filter may mean, and whatever happens in between.

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/directory/scim_error.h"
#include "bridge/directory/scim_verbs.h"
#include "bridge/store/store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temporary_folder.h"

using bridge::DirectoryGroup;
using bridge::DirectoryMember;
using bridge::DirectoryQuery;
using bridge::DirectoryUser;
using bridge::ScimPage;
using mappings::Json;

namespace {
// Counts what is read, and lets something happen before members are.
class WatchedDirectory final : public bridge::Directory {
 public:
  using Trail = std::vector<bridge::TrailEntry>;
  explicit WatchedDirectory(Directory& behind) : behind_(behind) {}
  std::size_t rows = 0;
  int questions = 0;
  std::function<void()> before_members;

  std::vector<DirectoryUser> users(const std::string& queue, const DirectoryQuery& query) override {
    return counted(behind_.users(queue, query));
  }
  std::vector<DirectoryGroup> groups(const std::string& queue, const DirectoryQuery& query) override {
    return counted(behind_.groups(queue, query));
  }
  std::vector<DirectoryMember> members(const std::string& queue, const std::string& group,
                                       const std::string& user) override {
    if (before_members) std::exchange(before_members, nullptr)();
    return counted(behind_.members(queue, group, user));
  }
  std::int64_t count_users(const std::string& queue) override { return behind_.count_users(queue); }
  std::int64_t count_groups(const std::string& queue) override { return behind_.count_groups(queue); }
  Put add_user(const DirectoryUser& user, const Trail& trail) override {
    return behind_.add_user(user, trail);
  }
  Put change_user(const DirectoryUser& user, const Trail& trail) override {
    return behind_.change_user(user, trail);
  }
  bool remove_user(const std::string& queue, const std::string& id, std::int64_t version, bridge::Time now,
                   const Trail& trail) override {
    return behind_.remove_user(queue, id, version, now, trail);
  }
  Put add_group(const DirectoryGroup& group, const std::vector<std::string>& members,
                const Trail& trail) override {
    return behind_.add_group(group, members, trail);
  }
  Put change_group(const DirectoryGroup& group, const Members& members, const Trail& trail) override {
    return behind_.change_group(group, members, trail);
  }
  bool remove_group(const std::string& queue, const std::string& id, std::int64_t version,
                    const Trail& trail) override {
    return behind_.remove_group(queue, id, version, trail);
  }
  std::map<std::string, std::int64_t> revisions() override { return behind_.revisions(); }

 private:
  template <class Rows>
  Rows counted(Rows found) {
    ++questions;
    rows += found.size();
    return found;
  }
  Directory& behind_;
};
}  // namespace

class ScimStoreTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ScimStoreTest);
  CPPUNIT_TEST(looks_at_one_row_where_the_filter_names_it);
  CPPUNIT_TEST(a_membership_is_looked_up_in_one_group);
  CPPUNIT_TEST(a_filter_about_all_members_reads_them_once);
  CPPUNIT_TEST(a_page_of_groups_reads_no_other_groups);
  CPPUNIT_TEST(a_group_that_goes_while_a_list_is_made_is_not_in_it);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    for (int i = 0; i < 20; ++i) {
      const std::string n = std::to_string(i);
      store_->directory().add_user(
          {"acme", "u" + n, "user" + n, "x" + n, true,
           R"({"userName":"user)" + n + R"(","externalId":"x)" + n + R"(","active":true})"},
          {});
      store_->directory().add_group(
          {"acme", "g" + n, "Group " + n, "", R"({"displayName":"Group )" + n + "\"}"}, {"u" + n, "u0"}, {});
    }
  }

  void looks_at_one_row_where_the_filter_names_it() {
    for (const char* filter :
         {R"(userName eq "USER7")", R"(userName+eq+"user7")", R"(active eq true and userName eq "user7")",
          R"(id eq "u7" and userName sw "u")", R"(externalId eq "x7")",
          R"((userName eq "user7") and not (title pr))"}) {
      stored_.rows = 0;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(filter, std::string("u7"), ids(*users_, filter, {"", "groups"}));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(filter, std::size_t{1}, stored_.rows);
    }
    for (const char* filter : {R"(userName eq "user7" and userName eq "user8")",
                               R"(id eq "u7" and userName eq "user8")", R"(id eq "u7" and active eq false)"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(filter, std::string(), ids(*users_, filter, {}));
    CPPUNIT_ASSERT_EQUAL(std::string("u7 u8"), ids(*users_, R"(userName eq "user7" or id eq "u8")", {}));
  }

  void a_membership_is_looked_up_in_one_group() {
    stored_.rows = 0;
    CPPUNIT_ASSERT_EQUAL(std::string("g3"), ids(*groups_, R"(id eq "g3" and members eq "u3")", {"id", ""}));
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, stored_.rows);  // the group and its two members
    CPPUNIT_ASSERT_EQUAL(std::string("g3"), ids(*groups_, R"(id eq "g3" and members[value eq "u3"])", {}));
    CPPUNIT_ASSERT_EQUAL(std::string("g3"), ids(*groups_, R"(members.value eq "u3" and id eq "g3")", {}));
    CPPUNIT_ASSERT_EQUAL(std::string(), ids(*groups_, R"(id eq "g3" and members eq "u4")", {}));
  }

  void a_filter_about_all_members_reads_them_once() {
    stored_.questions = 0;
    CPPUNIT_ASSERT_EQUAL(std::string("g5"), ids(*groups_, R"(members eq "u5")", {}));
    CPPUNIT_ASSERT_EQUAL(2, stored_.questions);
  }

  void a_page_of_groups_reads_no_other_groups() {
    bridge::ScimQuery query;
    query.start = 3;
    query.count = 2;
    stored_.rows = 0;
    const ScimPage page = groups_->list(call_, query);
    CPPUNIT_ASSERT_EQUAL(std::string("g2 g3"), ids(page));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{20}, page.total);
    CPPUNIT_ASSERT_EQUAL(std::size_t{6}, stored_.rows);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, page.resources.front().get("members").size());
  }

  void a_group_that_goes_while_a_list_is_made_is_not_in_it() {
    std::int64_t left = 20;
    for (const char* filter : {"", R"(displayName sw "group")"}) {
      stored_.before_members = [this] {
        store_->directory().remove_group("acme", store_->directory().groups("acme", {}).at(0).id, 0, {});
      };
      bridge::ScimQuery query;
      query.filter = filter;
      const ScimPage page = groups_->list(call_, query);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(filter, --left, page.total);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(filter, static_cast<std::size_t>(left), page.resources.size());
    }
  }

 private:
  static std::string ids(const ScimPage& page) {
    std::string text;
    for (const Json& one : page.resources) text += (text.empty() ? "" : " ") + one.get("id").string_or("");
    return text;
  }
  std::string ids(bridge::ScimVerbs& verbs, const std::string& filter,
                  const bridge::ScimSelection& selection) {
    bridge::ScimQuery query;
    query.filter = filter;
    call_.selection = selection;
    return ids(verbs.list(call_, query));
  }

  tests::TemporaryFolder folder_;
  tests::FakeClock clock_;
  const std::unique_ptr<bridge::Store> store_ =
      bridge::open_store("sqlite:" + (folder_ / "test.db").string());
  bridge::Directories directories_{*store_};
  WatchedDirectory stored_{store_->directory()};
  const std::unique_ptr<bridge::ScimVerbs> users_ = make_scim_users(stored_, directories_, clock_);
  const std::unique_ptr<bridge::ScimVerbs> groups_ = make_scim_groups(stored_, directories_, clock_);
  bridge::ScimCall call_{"acme", {}, "https://a/scim/v2", "", {}};
};
CPPUNIT_TEST_SUITE_REGISTRATION(ScimStoreTest);
