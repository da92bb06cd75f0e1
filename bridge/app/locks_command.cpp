// `countersign keys locks | unlock`: through the store, which a running bridge tells its locks.

#include <iostream>

#include "bridge/access/kept_locks.h"
#include "bridge/access/secret_text.h"
#include "bridge/app/commands.h"
#include "bridge/app/operator.h"
#include "bridge/app/table.h"
#include "bridge/ops/error.h"
#include "bridge/store/store.h"

namespace bridge {

using mappings::Json;

namespace {
std::vector<LoginLock> locked_now(Store& store, Time now) {
  auto locks = store.credentials().locks();
  std::erase_if(locks, [&](const LoginLock& lock) { return now >= lock.until; });
  return locks;
}

// Of what a person types: an id, an address, or an object as the list shows it. Empty: none of them.
std::string object_of(std::string_view typed) {
  if (const auto word = typed.find(' '); word != std::string_view::npos) typed = typed.substr(word + 1);
  if (const std::string id = id_from(typed); !id.empty()) return lock_object(id);
  const auto address = IpAddress::parse(typed.substr(0, typed.find('/')));
  return address ? lock_object(*address) : std::string();
}

Json described(const LoginLock& lock) {
  return Json::object(
      {{"object", lock.object}, {"until", to_iso(lock.until)}, {"inARow", std::int64_t{lock.in_a_row}}});
}

// The tenant of the credential, for the tenant's own view of the audit log; empty: an address, or nobody's.
std::string queue_of(Store& store, const std::string& typed) {
  const std::string id = id_from(typed);
  const auto row = id.empty() ? std::nullopt : store.credentials().find(id);
  return row ? row->queue : std::string();
}
}  // namespace

int keys_locks(const CommonOptions& common) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  auto store = open_store(config->store, OpenMode::look);
  const Time now = SystemClock().now();
  const auto locks = locked_now(*store, now);
  if (common.json) {
    Json rows = Json::array();
    for (const LoginLock& lock : locks) rows.push_back(described(lock));
    std::cout << rows.dump(true) << '\n';
    return exit_ok;
  }
  Table table({"LOCKED", "UNTIL", "STILL", "IN A ROW"});
  for (const LoginLock& lock : locks)
    table.add({lock.object, to_iso(lock.until),
               human_duration(std::chrono::ceil<std::chrono::seconds>(lock.until - now).count()),
               std::to_string(lock.in_a_row)});
  if (table.empty())
    std::cout << "nothing is locked\n";
  else
    table.print(std::cout);
  return exit_ok;
}

int keys_unlock(const CommonOptions& common, const std::string& what) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  const std::string object = object_of(what);
  // What was typed may be a whole secret: it is not repeated.
  if (object.empty())
    throw Error(ErrorCode::config_invalid,
                "write an id, such as 3fa97f2c, or an address, such as 192.0.2.1: countersign keys locks");
  auto store = open_store(config->store, OpenMode::beside);
  const Time now = SystemClock().now();
  TrailEntry entry;
  entry.at = now;
  entry.actor = operator_actor();
  entry.action = "login.unlocked";
  entry.queue = queue_of(*store, what);
  entry.object = object;
  for (const LoginLock& lock : locked_now(*store, now)) {
    if (lock.object != object) continue;
    entry.old_value = described(lock).dump();
    if (!store->credentials().unlock(object, {entry})) break;
    if (common.json)
      std::cout << described(lock).dump() << '\n';
    else
      std::cout << object << " is unlocked; a running bridge knows it within seconds\n";
    return exit_ok;
  }
  throw Error(ErrorCode::not_found, object + " is not locked: countersign keys locks");
}

}  // namespace bridge
