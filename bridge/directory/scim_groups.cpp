// The verbs about groups.

#include <algorithm>
#include <set>

#include "bridge/directory/scim_error.h"
#include "bridge/directory/scim_kept.h"
#include "bridge/directory/scim_patch.h"
#include "bridge/directory/scim_shown.h"
#include "bridge/directory/scim_verbs.h"
#include "bridge/directory/stored_body.h"

namespace bridge {

using mappings::Json;

namespace {
constexpr int most_tries = 10;

Json list_of(const std::vector<std::string>& ids) {
  Json list = Json::array();
  for (const std::string& id : ids) list.push_back(id);
  return list;
}

std::string summary(const std::string& name, const Directory::Members& members) {
  Json text = Json::object({{"displayName", name}});
  if (!members.joined.empty()) text.set("joined", list_of(members.joined));
  if (!members.left.empty()) text.set("left", list_of(members.left));
  return text.dump();
}

Directory::Members difference(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  const std::set<std::string> had(before.begin(), before.end());
  const std::set<std::string> has(after.begin(), after.end());
  Directory::Members members;
  for (const std::string& id : has)
    if (!had.contains(id)) members.joined.push_back(id);
  for (const std::string& id : had)
    if (!has.contains(id)) members.left.push_back(id);
  return members;
}

class ScimGroups final : public ScimVerbs {
 public:
  ScimGroups(Directory& stored, Directories& directories, const Clock& clock)
      : stored_(stored), directories_(directories), clock_(clock) {}

  ScimPage list(const ScimCall& call, const ScimQuery& query) override {
    if (query.filter.empty() && query.sort_by.empty()) {
      DirectoryQuery part;
      part.skip = query.start - 1;
      part.limit = query.count;
      ScimPage page;
      page.total = stored_.count_groups(call.queue);
      for (const DirectoryGroup& group : stored_.groups(call.queue, part))
        page.resources.push_back(shown_group(group, listed(group), {}, call.url));
      return with_members(call, std::move(page));
    }
    // Members are read where somebody looks at them: for a filter of all groups, else of the page alone.
    const bool by_members = mentions(query, "members");
    const auto groups = stored_.groups(call.queue, narrowed(query.filter, "displayName"));
    auto members = by_members ? members_of_all(call, groups) : MembersOfAll();
    std::vector<Json> all;
    for (const DirectoryGroup& group : groups)
      all.push_back(shown_group(group, listed(group), members[group.id], call.url));
    if (by_members) return page_of(std::move(all), query, call.selection);
    return with_members(call, page_of(std::move(all), query, {}));
  }

  ScimAnswer show(const ScimCall& call, const std::string& id) override {
    return answer(call, found(call, id));
  }

  ScimAnswer create(const ScimCall& call, const Json& given) override {
    const Json kept = kept_group(given);
    DirectoryGroup group;
    group.queue = call.queue;
    group.id = new_scim_id();
    fill(group, kept);
    group.created = group.changed = clock_.now();
    const Directory::Members members{member_ids(kept.get("members")), {}};
    const auto turn = directories_.turn(call.queue);
    must_be_done(
        stored_.add_group(group, members.joined,
                          {entry(call, group, "directory.group_added", "", summary(group.name, members))}),
        group.name);
    directories_.put(group, members);
    return answer(call, group);
  }

  ScimAnswer replace(const ScimCall& call, const std::string& id, const Json& given) override {
    const Json kept = kept_group(given);
    return change(call, id, [&](const DirectoryGroup&, const Json&) { return kept; });
  }

  ScimAnswer patch(const ScimCall& call, const std::string& id, const Json& request) override {
    return change(call, id, [&](const DirectoryGroup& group, const Json& members) {
      Json before = needed_body(group);
      before.set("members", members);
      return kept_group(patched(std::move(before), request));
    });
  }

  void remove(const ScimCall& call, const std::string& id) override {
    const auto turn = directories_.turn(call.queue);
    for (int i = 0; i < most_tries; ++i) {
      const DirectoryGroup group = found(call, id);
      must_match(call, group.version);
      const auto gone = entry(call, group, "directory.group_removed", summary(group.name, {}), "");
      if (!stored_.remove_group(call.queue, id, group.version, {gone})) continue;
      directories_.drop_group(call.queue, id);
      return;
    }
    busy();
  }

 private:
  using MembersOfAll = std::map<std::string, std::vector<ScimReference>>;

  [[noreturn]] static void busy() { throw ScimError(409, "", "somebody else changes it too: try again"); }

  // False: the version was another one.
  static bool must_be_done(Directory::Put put, const std::string& name) {
    if (put == Directory::Put::name_taken)
      throw ScimError(409, "uniqueness", "there is a group with the displayName " + name + " already");
    if (put == Directory::Put::no_such_member)
      throw ScimError(400, "invalidValue", "a member is no user of this tenant");
    return put == Directory::Put::done;
  }

  DirectoryGroup found(const ScimCall& call, const std::string& id) {
    DirectoryQuery one;
    one.id = id;
    auto groups = id.empty() ? std::vector<DirectoryGroup>() : stored_.groups(call.queue, one);
    if (groups.empty()) throw ScimError(404, "", "there is no group " + id);
    return std::move(groups.front());
  }

  static void fill(DirectoryGroup& group, const Json& kept) {
    group.name = kept.get("displayName").string_or("");
    group.external_id = kept.get("externalId").string_or("");
    Json body = kept;
    body.erase("members");
    group.body = body.dump();
  }

  // Of one that cannot be read too: it holds no list up, and is not left out of it.
  static Json listed(const DirectoryGroup& group) {
    return stored_body(group).value_or(body_of_columns(group));
  }

  // As kept_group() gives them.
  Json members_now(const ScimCall& call, const DirectoryGroup& group) {
    Json members = Json::array();
    for (const DirectoryMember& member : stored_.members(call.queue, group.id, ""))
      members.push_back(Json::object({{"value", member.user}}));
    return members;
  }

  template <class After>
  ScimAnswer change(const ScimCall& call, const std::string& id, const After& after) {
    const auto turn = directories_.turn(call.queue);
    for (int i = 0; i < most_tries; ++i) {
      DirectoryGroup group = found(call, id);
      must_match(call, group.version);
      const Json before = members_now(call, group);
      const Json kept = after(group, before);
      const Directory::Members members = difference(member_ids(before), member_ids(kept.get("members")));
      const DirectoryGroup old = group;
      fill(group, kept);
      const bool same_members = members.joined.empty() && members.left.empty();
      if (const auto body = stored_body(old); same_members && body && Json::parse(group.body) == *body)
        return answer(call, old);
      ++group.version;
      group.changed = clock_.now();
      const auto changed =
          entry(call, group, "directory.group_changed", summary(old.name, {}), summary(group.name, members));
      if (!must_be_done(stored_.change_group(group, members, {changed}), group.name)) continue;
      directories_.put(group, members);
      return answer(call, group);
    }
    busy();
  }

  TrailEntry entry(const ScimCall& call, const DirectoryGroup& group, const char* action, std::string before,
                   std::string after) const {
    return {clock_.now(),        call.who,          action,           call.queue,
            "group " + group.id, std::move(before), std::move(after), group.name};
  }

  std::vector<ScimReference> members_of(const ScimCall& call, const std::string& group) {
    std::vector<ScimReference> users;
    for (const DirectoryMember& member : stored_.members(call.queue, group, ""))
      users.push_back({member.user, member.user_name});
    return users;
  }

  MembersOfAll members_of_all(const ScimCall& call, const std::vector<DirectoryGroup>& groups) {
    MembersOfAll all;
    if (groups.size() == 1) {
      all[groups.front().id] = members_of(call, groups.front().id);
      return all;
    }
    for (const DirectoryMember& member : stored_.members(call.queue, "", ""))
      all[member.group].push_back({member.user, member.user_name});
    return all;
  }

  // What was asked for of a page of groups that have no members yet. A group that is gone since it was read
  // is not in it.
  ScimPage with_members(const ScimCall& call, ScimPage page) {
    std::vector<Json> whole;
    for (Json& group : page.resources)
      if (!call.selection.shows("members") || add_members(call, group))
        whole.push_back(selected(group, call.selection));
      else
        --page.total;
    page.resources = std::move(whole);
    return page;
  }

  // False: the group is gone.
  bool add_members(const ScimCall& call, Json& group) {
    DirectoryQuery one;
    one.id = group.get("id").string_or("");
    const auto members = members_of(call, one.id);
    if (members.empty() && stored_.groups(call.queue, one).empty()) return false;
    group.set("members", shown_members(members, call.url));
    return true;
  }

  ScimAnswer answer(const ScimCall& call, const DirectoryGroup& group) {
    const bool with_members = call.selection.shows("members");
    const Json shown =
        shown_group(group, needed_body(group),
                    with_members ? members_of(call, group.id) : std::vector<ScimReference>(), call.url);
    return {selected(shown, call.selection), group.version};
  }

  Directory& stored_;
  Directories& directories_;
  const Clock& clock_;
};
}  // namespace

std::unique_ptr<ScimVerbs> make_scim_groups(Directory& stored, Directories& directories, const Clock& clock) {
  return std::make_unique<ScimGroups>(stored, directories, clock);
}

}  // namespace bridge
