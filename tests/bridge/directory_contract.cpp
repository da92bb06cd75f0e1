#include "tests/bridge/directory_contract.h"

namespace tests {

using bridge::Directory;
using bridge::DirectoryGroup;
using bridge::DirectoryUser;

namespace {
template <class Rows>
std::string ids(const Rows& rows) {
  std::string text;
  for (const auto& row : rows) text += (text.empty() ? "" : " ") + row.id;
  return text;
}

std::string pairs(const std::vector<bridge::DirectoryMember>& members) {
  std::string text;
  for (const auto& one : members) text += (text.empty() ? "" : " ") + one.group + ':' + one.user;
  return text;
}

void must_be(Directory::Put wanted, Directory::Put got) {
  CPPUNIT_ASSERT_EQUAL(static_cast<int>(wanted), static_cast<int>(got));
}
constexpr auto done = Directory::Put::done;
}  // namespace

DirectoryUser sample_user(const std::string& id, const std::string& queue) {
  return {queue,
          id,
          id + "@acme.test",
          "ext-" + id,
          true,
          R"({"userName":")" + id + "\"}",
          1,
          bridge::from_micros(1'000'000),
          bridge::from_micros(2'000'000)};
}

DirectoryGroup sample_group(const std::string& id, const std::string& queue) {
  return {queue,
          id,
          "Group " + id,
          "ext-" + id,
          "{}",
          1,
          bridge::from_micros(1'000'000),
          bridge::from_micros(2'000'000)};
}

void DirectoryContract::gives_people_back_as_they_were_stored() {
  DirectoryUser user = sample_user("ann");
  user.active = false;
  must_be(done, store_->directory().add_user(user, {}));
  CPPUNIT_ASSERT(store_->directory().users("acme", {.id = "ann"}).at(0) == user);
  const DirectoryGroup group = sample_group("g");
  must_be(done, store_->directory().add_group(group, {}, {}));
  CPPUNIT_ASSERT(store_->directory().groups("acme", {.id = "g"}).at(0) == group);
  CPPUNIT_ASSERT(store_->directory().users("contoso", {.id = "ann"}).empty());
  CPPUNIT_ASSERT(store_->directory().groups("contoso", {}).empty());
}

void DirectoryContract::finds_people_by_id_name_and_other_id() {
  Directory& all = store_->directory();
  for (const char* id : {"ann", "bob"}) all.add_user(sample_user(id), {});
  all.add_group(sample_group("g"), {}, {});
  CPPUNIT_ASSERT_EQUAL(std::string("bob"), ids(all.users("acme", {.name = "BOB@acme.TEST"})));
  CPPUNIT_ASSERT_EQUAL(std::string("bob"), ids(all.users("acme", {.external_id = "ext-bob"})));
  CPPUNIT_ASSERT_EQUAL(std::string(), ids(all.users("acme", {.external_id = "EXT-bob"})));
  CPPUNIT_ASSERT_EQUAL(std::string(), ids(all.users("acme", {.id = "BOB"})));
  CPPUNIT_ASSERT_EQUAL(std::string("g"), ids(all.groups("acme", {.name = "group G"})));
  CPPUNIT_ASSERT_EQUAL(std::string("g"), ids(all.groups("acme", {.external_id = "ext-g"})));
}

void DirectoryContract::one_user_of_a_queue_has_a_name() {
  Directory& all = store_->directory();
  must_be(done, all.add_user(sample_user("ann"), {}));
  DirectoryUser other = sample_user("bob");
  other.user_name = "ANN@acme.test";
  must_be(Directory::Put::name_taken, all.add_user(other, {}));
  other.queue = "contoso";
  must_be(done, all.add_user(other, {}));
  must_be(done, all.add_user(sample_user("carl"), {}));
  DirectoryUser renamed = sample_user("carl");
  renamed.user_name = "ann@ACME.test";
  renamed.version = 2;
  must_be(Directory::Put::name_taken, all.change_user(renamed, {}));
  must_be(done, all.add_group(sample_group("g"), {}, {}));
  DirectoryGroup same = sample_group("h");
  same.name = "GROUP g";
  must_be(Directory::Put::name_taken, all.add_group(same, {}, {}));
}

void DirectoryContract::changes_the_version_it_was_told() {
  Directory& all = store_->directory();
  all.add_user(sample_user("ann"), {});
  DirectoryUser next = sample_user("ann");
  next.version = 2;
  next.body = R"({"userName":"new"})";
  must_be(done, all.change_user(next, {}));
  CPPUNIT_ASSERT(all.users("acme", {.id = "ann"}).at(0) == next);
  must_be(Directory::Put::stale, all.change_user(next, {}));
  next.id = "nobody";
  next.user_name = "nobody";
  must_be(Directory::Put::stale, all.change_user(next, {}));
  CPPUNIT_ASSERT(!all.remove_user("acme", "ann", 1, {}, {}));
  CPPUNIT_ASSERT(all.remove_user("acme", "ann", 2, {}, {}));
  CPPUNIT_ASSERT(!all.remove_user("acme", "ann", 0, {}, {}));
  all.add_group(sample_group("g"), {}, {});
  DirectoryGroup group = sample_group("g");
  must_be(Directory::Put::stale, all.change_group(group, {}, {}));
  CPPUNIT_ASSERT(!all.remove_group("acme", "g", 9, {}));
  CPPUNIT_ASSERT(all.remove_group("acme", "g", 0, {}));
}

void DirectoryContract::keeps_who_is_in_which_group() {
  Directory& all = store_->directory();
  for (const char* id : {"ann", "bob", "carl"}) all.add_user(sample_user(id), {});
  all.add_group(sample_group("g"), {"bob", "ann"}, {});
  all.add_group(sample_group("h"), {"ann"}, {});
  CPPUNIT_ASSERT_EQUAL(std::string("g:ann g:bob h:ann"), pairs(all.members("acme", "", "")));
  CPPUNIT_ASSERT_EQUAL(std::string("g:ann h:ann"), pairs(all.members("acme", "", "ann")));
  CPPUNIT_ASSERT_EQUAL(std::string("Group g"), all.members("acme", "g", "").at(0).group_name);
  CPPUNIT_ASSERT_EQUAL(std::string("ann@acme.test"), all.members("acme", "g", "").at(0).user_name);
  DirectoryGroup group = sample_group("g");
  group.version = 2;
  must_be(done, all.change_group(group, {{"carl", "bob"}, {"ann", "nobody"}}, {}));
  CPPUNIT_ASSERT_EQUAL(std::string("g:bob g:carl"), pairs(all.members("acme", "g", "")));
  all.remove_group("acme", "g", 0, {});
  CPPUNIT_ASSERT_EQUAL(std::string("h:ann"), pairs(all.members("acme", "", "")));
}

void DirectoryContract::a_user_who_is_removed_leaves_all_groups() {
  Directory& all = store_->directory();
  for (const char* id : {"ann", "bob"}) all.add_user(sample_user(id), {});
  all.add_group(sample_group("g"), {"bob", "ann"}, {});
  all.add_group(sample_group("h"), {"bob"}, {});
  const auto later = bridge::from_micros(9'000'000);
  CPPUNIT_ASSERT(all.remove_user("acme", "ann", 0, later, {}));
  CPPUNIT_ASSERT_EQUAL(std::string("g:bob h:bob"), pairs(all.members("acme", "", "")));
  const DirectoryGroup group = all.groups("acme", {.id = "g"}).at(0);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{2}, group.version);
  CPPUNIT_ASSERT(group.changed == later);
  CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, all.groups("acme", {.id = "h"}).at(0).version);
}

void DirectoryContract::refuses_members_that_are_not_there() {
  Directory& all = store_->directory();
  all.add_user(sample_user("ann"), {});
  all.add_user(sample_user("eve", "contoso"), {});
  must_be(Directory::Put::no_such_member, all.add_group(sample_group("g"), {"ann", "nobody"}, {}));
  must_be(Directory::Put::no_such_member, all.add_group(sample_group("g"), {"eve"}, {}));
  CPPUNIT_ASSERT(all.groups("acme", {}).empty());
  all.add_group(sample_group("g"), {"ann"}, {});
  DirectoryGroup group = sample_group("g");
  group.version = 2;
  must_be(Directory::Put::no_such_member, all.change_group(group, {{"nobody"}, {"ann"}}, {}));
  CPPUNIT_ASSERT_EQUAL(std::string("g:ann"), pairs(all.members("acme", "", "")));
}

void DirectoryContract::pages_people_by_age() {
  Directory& all = store_->directory();
  for (const char* id : {"d", "b", "c", "a"}) {
    all.add_user(sample_user(id), {});
    all.add_user(sample_user(id, "contoso"), {});
  }
  CPPUNIT_ASSERT_EQUAL(std::string("d b c a"), ids(all.users("acme", {})));
  CPPUNIT_ASSERT_EQUAL(std::string("b c"), ids(all.users("acme", {.skip = 1, .limit = 2})));
  CPPUNIT_ASSERT_EQUAL(std::string(), ids(all.users("acme", {.limit = 0})));
  CPPUNIT_ASSERT_EQUAL(std::string(), ids(all.users("acme", {.skip = 9, .limit = 5})));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{4}, all.count_users("acme"));
  CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, all.count_groups("acme"));
}

void DirectoryContract::counts_every_change_of_a_queue() {
  Directory& all = store_->directory();
  CPPUNIT_ASSERT(all.revisions().empty());
  all.add_user(sample_user("ann"), {});
  all.add_user(sample_user("ann"), {});  // taken
  all.add_group(sample_group("g"), {"ann"}, {});
  DirectoryUser next = sample_user("ann");
  next.version = 2;
  all.change_user(next, {});
  all.change_user(next, {});  // stale
  all.add_user(sample_user("eve", "contoso"), {});
  CPPUNIT_ASSERT((all.revisions() == std::map<std::string, std::int64_t>{{"acme", 3}, {"contoso", 1}}));
  all.remove_group("acme", "g", 0, {});
  all.remove_user("acme", "ann", 0, {}, {});
  all.remove_user("acme", "ann", 0, {}, {});
  CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, all.revisions().at("acme"));
}

void DirectoryContract::records_what_it_does_and_nothing_else() {
  Directory& all = store_->directory();
  const auto entry = [](const char* action) {
    bridge::TrailEntry one;
    one.action = action;
    return std::vector{one};
  };
  all.add_user(sample_user("ann"), entry("added"));
  all.add_user(sample_user("ann"), entry("taken"));
  DirectoryUser next = sample_user("ann");
  next.version = 2;
  all.change_user(next, entry("changed"));
  all.change_user(next, entry("stale"));
  all.add_group(sample_group("g"), {"nobody"}, entry("no member"));
  all.add_group(sample_group("g"), {"ann"}, entry("group"));
  DirectoryGroup group = sample_group("g");
  group.version = 2;
  all.change_group(group, {{}, {"ann"}}, entry("group changed"));
  all.change_group(group, {}, entry("stale"));
  all.remove_group("acme", "g", 7, entry("stale"));
  all.remove_group("acme", "g", 2, entry("group removed"));
  all.remove_user("acme", "ann", 7, {}, entry("stale"));
  all.remove_user("acme", "ann", 2, {}, entry("removed"));
  std::string actions;
  for (const auto& row : store_->trail().search({})) actions += row.entry.action + ", ";
  CPPUNIT_ASSERT_EQUAL(std::string("added, changed, group, group changed, group removed, removed, "),
                       actions);
}

}  // namespace tests
