// `countersign directory list | show | import`.

#include <algorithm>
#include <iostream>

#include "bridge/app/commands.h"
#include "bridge/app/operator.h"
#include "bridge/app/table.h"
#include "bridge/directory/scim_error.h"
#include "bridge/directory/scim_path.h"
#include "bridge/directory/scim_shown.h"
#include "bridge/directory/scim_verbs.h"
#include "bridge/ops/error.h"
#include "bridge/store/folded.h"
#include "mappings/engine/json_list.h"
#include "workflows/engine/people.h"

namespace bridge {

using mappings::Json;
using mappings::list_of;
using workflows::Person;

namespace {
std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

const QueueConfig& queue_of(const Config& config, const std::string& name) {
  if (const QueueConfig* found = config.queue(name)) return *found;
  throw Error(ErrorCode::config_invalid, "no queue is called " + name);
}

std::shared_ptr<const workflows::Directory> read_file(const std::filesystem::path& file) {
  mappings::Diagnostics diagnostics;
  auto people = workflows::Directory::load(file, diagnostics);
  if (!people) throw Error(ErrorCode::config_invalid, diagnostics.to_text());
  return people;
}

std::shared_ptr<const workflows::Directory> people_of(const Config& config, const QueueConfig& queue) {
  if (!queue.directory_file.empty()) return read_file(queue.directory_file);
  const auto store = open_store(config.store, OpenMode::look);
  auto people = Directories(*store).of(queue.name);
  return people ? people : std::make_shared<const workflows::Directory>(std::vector<Person>());
}

std::string status_of(const Person& person, Time now) {
  if (!person.active) return "inactive";
  const workflows::Absence* away = person.away_at(now);
  if (away == nullptr) return "active";
  return away->shown_until.empty() ? "away" : "away until " + away->shown_until;
}

Json to_json(const Person& person, Time now) {
  return Json::object({{"login", person.login},
                       {"name", person.name},
                       {"mails", list_of(person.mails)},
                       {"groups", list_of(person.groups)},
                       {"active", person.active},
                       {"away", person.away_at(now) != nullptr}});
}

// A person of a file, as SCIM would send it.
Json to_scim(const Person& person) {
  Json user = Json::object(
      {{"userName", person.login.empty() ? person.mails.front() : person.login}, {"active", person.active}});
  if (!person.name.empty()) user.set("displayName", person.name);
  Json mails = Json::array();
  for (const std::string& mail : person.mails)
    mails.push_back(Json::object({{"value", mail}, {"primary", mails.size() == 0}}));
  user.set("emails", mails);
  // The store keeps one absence: the one that ends last.
  const workflows::Absence* last = nullptr;
  for (const workflows::Absence& one : person.away)
    if (last == nullptr || !one.until || (last->until && *last->until < *one.until)) last = &one;
  if (last != nullptr) {
    Json away = Json::object();
    if (last->from) away.set("awayFrom", to_iso(*last->from));
    if (last->until) away.set("awayUntil", last->shown_until);
    user.set(scim::absence_schema, away);
  }
  return user;
}

class Import {
 public:
  Import(Store& store, const std::string& queue)
      : directories_(store),
        users_(make_scim_users(store.directory(), directories_, clock_)),
        groups_(make_scim_groups(store.directory(), directories_, clock_)) {
    call_.queue = queue;
    call_.who = operator_actor();
  }

  void take(const Person& person) {
    const Json wanted = to_scim(person);
    const std::string name = wanted.get("userName").string_or("");
    const Json there = found(*users_, "userName", name);
    std::string id = there.get("id").string_or("");
    if (id.empty()) {
      id = users_->create(call_, wanted).resource.get("id").string_or("");
      ++added;
    } else {
      const auto before = there.get("meta").get("version").string_or("");
      Json whole = there;
      for (const std::string& key : wanted.keys()) whole.set(key, wanted.get(key));
      if (!wanted.has(scim::absence_schema)) whole.erase(scim::absence_schema);
      if (scim_etag(users_->replace(call_, id, whole).version) != before) ++changed;
    }
    for (const std::string& group : person.groups) members_[group].push_back(id);
  }

  // Nobody leaves a group by this.
  void take_groups() {
    for (const auto& [name, ids] : members_) {
      Json members = Json::array();
      for (const std::string& id : ids) members.push_back(Json::object({{"value", id}}));
      const std::string id = found(*groups_, "displayName", name).get("id").string_or("");
      if (id.empty())
        groups_->create(call_, Json::object({{"displayName", name}, {"members", members}}));
      else
        groups_->patch(
            call_, id,
            Json::object({{"Operations", Json::array({Json::object(
                                             {{"op", "add"}, {"path", "members"}, {"value", members}})})}}));
    }
  }

  int added = 0;
  int changed = 0;
  std::size_t groups() const { return members_.size(); }

 private:
  Json found(ScimVerbs& verbs, const char* attribute, const std::string& name) {
    ScimQuery query;
    query.filter = std::string(attribute) + " eq " + Json(name).dump();
    const ScimPage page = verbs.list(call_, query);
    return page.resources.empty() ? Json() : page.resources.front();
  }

  const SystemClock clock_;
  Directories directories_;
  const std::unique_ptr<ScimVerbs> users_, groups_;
  ScimCall call_;
  std::map<std::string, std::vector<std::string>> members_;
};
}  // namespace

int directory_list(const CommonOptions& common, const std::string& queue) {
  const auto config = read_config(common);
  if (!config) return exit_usage;
  const auto people = people_of(*config, queue_of(*config, queue));
  const Time now = SystemClock().now();
  if (common.json) {
    Json rows = Json::array();
    for (const Person& person : people->people()) rows.push_back(to_json(person, now));
    std::cout << rows.dump(true) << '\n';
    return exit_ok;
  }
  Table table({"LOGIN", "NAME", "MAIL", "STATUS", "GROUPS"});
  for (const Person& person : people->people())
    table.add({person.login, person.name, person.mails.empty() ? "" : person.mails.front(),
               status_of(person, now), joined(person.groups)});
  if (table.empty())
    std::cout << "nobody is known of " << queue << ": docs/directory.md says how people get in\n";
  else
    table.print(std::cout);
  return exit_ok;
}

int directory_show(const CommonOptions& common, const std::string& queue, const std::string& who) {
  const auto config = read_config(common);
  if (!config) return exit_usage;
  const auto people = people_of(*config, queue_of(*config, queue));
  const Time now = SystemClock().now();
  const Person* found = people->find(workflows::Decider(who, ""));
  if (found == nullptr)
    throw Error(ErrorCode::not_found, "the directory of " + queue + " does not know " + who);
  if (common.json) {
    std::cout << to_json(*found, now).dump(true) << '\n';
    return exit_ok;
  }
  std::cout << "login   " << found->login << "\nname    " << found->name << "\nmails   "
            << joined(found->mails) << "\nstatus  " << status_of(*found, now) << "\ngroups  "
            << joined(found->groups) << '\n';
  return exit_ok;
}

int directory_import(const CommonOptions& common, const std::string& queue, const std::string& file) {
  const auto config = read_config(common);
  if (!config) return exit_usage;
  if (!queue_of(*config, queue).directory_file.empty())
    throw Error(ErrorCode::conflict, "the people of " + queue + " come from a file: change that one");
  const auto people = read_file(file);
  const auto store = open_store(config->store, OpenMode::beside);
  Import import(*store, queue);
  try {
    for (const Person& person : people->people()) import.take(person);
    import.take_groups();
  } catch (const ScimError& problem) {
    throw Error(ErrorCode::conflict, problem.what());
  }
  const auto all = static_cast<std::int64_t>(people->people().size());
  if (common.json)
    std::cout << Json::object({{"people", all},
                               {"added", import.added},
                               {"changed", import.changed},
                               {"groups", static_cast<std::int64_t>(import.groups())}})
                     .dump()
              << '\n';
  else
    std::cout << all << " people: " << import.added << " added, " << import.changed << " changed; "
              << import.groups() << " groups\n";
  return exit_ok;
}

}  // namespace bridge
