// The verbs about users.

#include "bridge/directory/scim_error.h"
#include "bridge/directory/scim_kept.h"
#include "bridge/directory/scim_patch.h"
#include "bridge/directory/scim_path.h"
#include "bridge/directory/scim_shown.h"
#include "bridge/directory/scim_verbs.h"
#include "bridge/directory/stored_body.h"
#include "mappings/engine/json_names.h"

namespace bridge {

using mappings::Json;
using mappings::member_of;

namespace {
constexpr int most_tries = 10;

// As much of a user as the audit log keeps.
std::string summary(const Json& user) {
  Json mails = Json::array();
  const Json emails = user.get("emails");
  for (std::size_t i = 0; i < emails.size(); ++i) mails.push_back(emails.at(i).get("value"));
  return Json::object({{"userName", user.get("userName")},
                       {"displayName", user.get("displayName")},
                       {"active", user.get("active")},
                       {"emails", mails}})
      .dump();
}

class ScimUsers final : public ScimVerbs {
 public:
  ScimUsers(Directory& stored, Directories& directories, const Clock& clock)
      : stored_(stored), directories_(directories), clock_(clock) {}

  ScimPage list(const ScimCall& call, const ScimQuery& query) override {
    if (query.filter.empty() && query.sort_by.empty()) {
      ScimPage page;
      page.total = stored_.count_users(call.queue);
      DirectoryQuery part;
      part.skip = query.start - 1;
      part.limit = query.count;
      for (const DirectoryUser& user : stored_.users(call.queue, part))
        page.resources.push_back(selected(shown(call, user, listed(user)), call.selection));
      return page;
    }
    const DirectoryQuery part = narrowed(query.filter, "userName");
    const bool with_groups = mentions(query, "groups") || call.selection.shows("groups");
    const bool few = !part.name.empty() || !part.id.empty() || !part.external_id.empty();
    std::vector<Json> all;
    const auto users = stored_.users(call.queue, part);
    const auto groups = with_groups && !few ? groups_of_all(call) : GroupsOfAll();
    for (const DirectoryUser& user : users) {
      if (few || !with_groups) {
        all.push_back(shown(call, user, listed(user)));
        continue;
      }
      const auto in = groups.find(user.id);
      all.push_back(shown_user(user, listed(user),
                               in == groups.end() ? std::vector<ScimReference>() : in->second, call.url));
    }
    return page_of(std::move(all), query, call.selection);
  }

  ScimAnswer show(const ScimCall& call, const std::string& id) override {
    return answer(call, found(call, id));
  }

  ScimAnswer create(const ScimCall& call, const Json& given) override {
    const Json kept = kept_user(given);
    DirectoryUser user;
    user.queue = call.queue;
    user.id = new_scim_id();
    fill(user, kept);
    user.created = user.changed = clock_.now();
    const auto turn = directories_.turn(call.queue);
    if (stored_.add_user(user, {entry(call, user, "directory.user_added", "", summary(kept))}) !=
        Directory::Put::done)
      name_taken(user.user_name);
    directories_.put(user);
    return answer(call, user);
  }

  ScimAnswer replace(const ScimCall& call, const std::string& id, const Json& given) override {
    const Json kept = kept_user(given);
    const bool says = !member_of(given, "active").is_null();
    return change(call, id, [&](const DirectoryUser& user) {
      Json after = kept;
      // Who was shut out does not come back because somebody forgot to say so.
      if (!says) after.set("active", user.active);
      return after;
    });
  }

  ScimAnswer patch(const ScimCall& call, const std::string& id, const Json& request) override {
    return change(call, id,
                  [&](const DirectoryUser& user) { return kept_user(patched(needed_body(user), request)); });
  }

  void remove(const ScimCall& call, const std::string& id) override {
    const auto turn = directories_.turn(call.queue);
    for (int i = 0; i < most_tries; ++i) {
      const DirectoryUser user = found(call, id);
      must_match(call, user.version);
      const auto gone = entry(call, user, "directory.user_removed", summary(listed(user)), "");
      if (!stored_.remove_user(call.queue, id, user.version, clock_.now(), {gone})) continue;
      directories_.drop_user(call.queue, id);
      return;
    }
    busy();
  }

 private:
  using GroupsOfAll = std::map<std::string, std::vector<ScimReference>>;

  [[noreturn]] static void busy() { throw ScimError(409, "", "somebody else changes it too: try again"); }
  [[noreturn]] static void name_taken(const std::string& name) {
    throw ScimError(409, "uniqueness", "there is a user with the userName " + name + " already");
  }

  DirectoryUser found(const ScimCall& call, const std::string& id) {
    DirectoryQuery one;
    one.id = id;
    auto users = id.empty() ? std::vector<DirectoryUser>() : stored_.users(call.queue, one);
    if (users.empty()) throw ScimError(404, "", "there is no user " + id);
    return std::move(users.front());
  }

  static void fill(DirectoryUser& user, const Json& kept) {
    user.user_name = kept.get("userName").string_or("");
    user.external_id = kept.get("externalId").string_or("");
    user.active = kept.get("active").as_bool().value_or(true);
    user.body = kept.dump();
  }

  template <class After>
  ScimAnswer change(const ScimCall& call, const std::string& id, const After& after) {
    const auto turn = directories_.turn(call.queue);
    for (int i = 0; i < most_tries; ++i) {
      DirectoryUser user = found(call, id);
      must_match(call, user.version);
      const Json kept = after(user);
      const auto stored = stored_body(user);
      if (stored && kept == *stored) return answer(call, user);  // providers send the same again and again
      const Json before = stored.value_or(body_of_columns(user));
      fill(user, kept);
      ++user.version;
      user.changed = clock_.now();
      const auto changed = entry(call, user, "directory.user_changed", summary(before), summary(kept));
      switch (stored_.change_user(user, {changed})) {
        case Directory::Put::done:
          directories_.put(user);
          return answer(call, user);
        case Directory::Put::name_taken:
          name_taken(user.user_name);
        case Directory::Put::stale:
        case Directory::Put::no_such_member:
          break;
      }
    }
    busy();
  }

  TrailEntry entry(const ScimCall& call, const DirectoryUser& user, const char* action, std::string before,
                   std::string after) const {
    return {clock_.now(),      call.who,          action,           call.queue,
            "user " + user.id, std::move(before), std::move(after), user.user_name};
  }

  std::vector<ScimReference> groups_of(const ScimCall& call, const std::string& user) {
    std::vector<ScimReference> groups;
    for (const DirectoryMember& member : stored_.members(call.queue, "", user))
      groups.push_back({member.group, member.group_name});
    return groups;
  }

  GroupsOfAll groups_of_all(const ScimCall& call) {
    GroupsOfAll all;
    for (const DirectoryMember& member : stored_.members(call.queue, "", ""))
      all[member.user].push_back({member.group, member.group_name});
    return all;
  }

  // One who cannot be read holds no list up, and is not left out of it.
  static Json listed(const DirectoryUser& user) { return stored_body(user).value_or(body_of_columns(user)); }

  Json shown(const ScimCall& call, const DirectoryUser& user, const Json& body) {
    const bool with_groups = call.selection.shows("groups");
    return shown_user(user, body, with_groups ? groups_of(call, user.id) : std::vector<ScimReference>(),
                      call.url);
  }

  ScimAnswer answer(const ScimCall& call, const DirectoryUser& user) {
    return {selected(shown(call, user, needed_body(user)), call.selection), user.version};
  }

  Directory& stored_;
  Directories& directories_;
  const Clock& clock_;
};
}  // namespace

std::unique_ptr<ScimVerbs> make_scim_users(Directory& stored, Directories& directories, const Clock& clock) {
  return std::make_unique<ScimUsers>(stored, directories, clock);
}

}  // namespace bridge
