#include "bridge/directory/directories.h"

#include <set>

#include "bridge/directory/scim_path.h"
#include "bridge/directory/stored_body.h"

namespace bridge {

using mappings::Json;

namespace {
// As workflows ask for people; without their groups.
workflows::Person person_of(const DirectoryUser& user, const Json& body) {
  workflows::Person person;
  person.login = user.user_name;
  person.name = body.get("displayName").string_or(body.get("name").get("formatted").text());
  const Json mails = body.get("emails");
  for (std::size_t i = 0; i < mails.size(); ++i)
    if (const std::string mail = mails.at(i).get("value").string_or(""); !mail.empty())
      person.mails.push_back(mail);
  person.active = user.active;
  const Json absence = body.get(scim::absence_schema);
  workflows::Absence away;
  away.from = workflows::moment_from(absence.get("awayFrom").text());
  away.until = workflows::moment_from(absence.get("awayUntil").text(), true);
  away.shown_until = absence.get("awayUntil").string_or("");
  if (away.from || away.until) person.away.push_back(std::move(away));
  return person;
}
}  // namespace

struct Directories::Tenant {
  struct Group {
    std::string name;
    std::set<std::string> users;
  };

  // With `mutex` held.
  std::shared_ptr<const workflows::Directory> fresh() const {
    std::map<std::string, std::vector<std::string>> groups_of;
    for (const auto& [id, group] : groups)
      for (const std::string& user : group.users) groups_of[user].push_back(group.name);
    std::vector<workflows::Person> people;
    people.reserve(users.size());
    for (const auto& [id, person] : users) {
      people.push_back(person);
      if (auto in = groups_of.find(id); in != groups_of.end()) people.back().groups = std::move(in->second);
    }
    return std::make_shared<const workflows::Directory>(std::move(people));
  }

  std::mutex turn;
  mutable std::mutex mutex;
  std::map<std::string, workflows::Person> users;  // by id, without their groups
  std::map<std::string, Group> groups;
  std::int64_t revision = 0;
  mutable std::shared_ptr<const workflows::Directory> copy;  // null: made anew when asked for
};

Directories::Directories(Store& store) : store_(store) {
  catch_up();
}

Directories::~Directories() = default;

std::shared_ptr<const workflows::Directory> Directories::of(const std::string& queue) const {
  const Tenant* tenant = known(queue);
  if (tenant == nullptr) return nullptr;
  const std::lock_guard lock(tenant->mutex);
  if (tenant->users.empty()) return nullptr;
  if (!tenant->copy) tenant->copy = tenant->fresh();
  return tenant->copy;
}

void Directories::catch_up() {
  for (const auto& [queue, revision] : store_.directory().revisions()) {
    Tenant& one = tenant(queue);
    {
      const std::lock_guard lock(one.mutex);
      if (one.revision == revision) continue;
    }
    const auto mine = turn(queue);
    // It may have been one of ours, told of meanwhile.
    const auto now = store_.directory().revisions();
    const auto found = now.find(queue);
    if (found != now.end() && one.revision != found->second) read(queue, found->second);
  }
}

void Directories::read(const std::string& queue, std::int64_t revision) {
  Directory& stored = store_.directory();
  std::map<std::string, workflows::Person> users;
  for (const DirectoryUser& user : stored.users(queue, {})) {
    // One who cannot be read decides nothing, and holds nobody else up.
    if (const auto body = stored_body(user)) users.emplace(user.id, person_of(user, *body));
  }
  std::map<std::string, Tenant::Group> groups;
  for (const DirectoryGroup& group : stored.groups(queue, {})) groups[group.id].name = group.name;
  for (const DirectoryMember& member : stored.members(queue, "", ""))
    groups[member.group].users.insert(member.user);
  Tenant& one = tenant(queue);
  const std::lock_guard lock(one.mutex);
  one.users = std::move(users);
  one.groups = std::move(groups);
  one.revision = revision;
  one.copy = nullptr;
}

std::unique_lock<std::mutex> Directories::turn(const std::string& queue) {
  return std::unique_lock(tenant(queue).turn);
}

void Directories::put(const DirectoryUser& user) {
  Tenant& one = tenant(user.queue);
  auto person = person_of(user, needed_body(user));
  const std::lock_guard lock(one.mutex);
  one.users[user.id] = std::move(person);
  ++one.revision;
  one.copy = nullptr;
}

void Directories::put(const DirectoryGroup& group, const Directory::Members& members) {
  Tenant& one = tenant(group.queue);
  const std::lock_guard lock(one.mutex);
  Tenant::Group& kept = one.groups[group.id];
  kept.name = group.name;
  for (const std::string& user : members.left) kept.users.erase(user);
  kept.users.insert(members.joined.begin(), members.joined.end());
  ++one.revision;
  one.copy = nullptr;
}

void Directories::drop_user(const std::string& queue, const std::string& id) {
  Tenant& one = tenant(queue);
  const std::lock_guard lock(one.mutex);
  one.users.erase(id);
  for (auto& [group, kept] : one.groups) kept.users.erase(id);
  ++one.revision;
  one.copy = nullptr;
}

void Directories::drop_group(const std::string& queue, const std::string& id) {
  Tenant& one = tenant(queue);
  const std::lock_guard lock(one.mutex);
  one.groups.erase(id);
  ++one.revision;
  one.copy = nullptr;
}

Directories::Tenant& Directories::tenant(const std::string& queue) {
  const std::lock_guard lock(mutex_);
  auto& one = tenants_[queue];
  if (!one) one = std::make_unique<Tenant>();
  return *one;
}

const Directories::Tenant* Directories::known(const std::string& queue) const {
  const std::shared_lock lock(mutex_);
  const auto found = tenants_.find(queue);
  return found == tenants_.end() ? nullptr : found->second.get();
}

}  // namespace bridge
