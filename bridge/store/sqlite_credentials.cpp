#include "bridge/store/sqlite_credentials.h"

#include <algorithm>

#include "bridge/store/folded.h"
#include "bridge/store/sql_credentials.h"
#include "bridge/store/sqlite_store.h"
#include "bridge/store/sqlite_trail.h"

namespace bridge {

namespace {
// Names of queues, networks and permissions have no blanks.
std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    words.emplace_back(text.substr(0, text.find(' ')));
    text.remove_prefix(std::min(words.back().size() + 1, text.size()));
  }
  return words;
}

std::optional<Time> time_if(const Query& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return row.time(column);
}

void bind_if(Query& query, int place, const std::optional<Time>& time) {
  if (time)
    query.bind(place, *time);
  else
    query.bind(place, nullptr);
}

// The places 1 to 18 of an insert and of an update.
struct Bound {
  Bound(SqliteSession& session, std::string_view sql, const Credential& row)
      : more_queues(joined(row.more_queues)),
        scopes(row.scopes.text()),
        networks(joined(row.networks)),
        query(session.query(sql, row.id, to_string(row.kind), row.queue, more_queues, row.group, row.label,
                            row.on_behalf_of, row.role, scopes, networks, std::int64_t{row.active})) {
    bind_if(query, 12, row.not_before);
    bind_if(query, 13, row.expires);
    query.bind(14, row.hash);
    query.bind(15, row.previous_hash);
    bind_if(query, 16, row.previous_until);
    query.bind(17, row.last_four);
    query.bind(18, row.generation);
  }
  const std::string more_queues, scopes, networks;
  Query query;
};

Credential read_credential(const Query& row) {
  Credential found;
  found.id = row.text(0);
  found.kind = credential_kind_from(row.view(1)).value_or(CredentialKind::api_key);
  found.queue = row.text(2);
  found.more_queues = split(row.view(3));
  found.group = row.text(4);
  found.label = row.text(5);
  found.on_behalf_of = row.text(6);
  found.role = row.text(7);
  found.scopes = Scopes::parse(row.view(8)).value_or(Scopes());
  found.networks = split(row.view(9));
  found.active = row.number(10) != 0;
  found.created = row.time(11);
  found.not_before = time_if(row, 12);
  found.expires = time_if(row, 13);
  found.hash = row.text(14);
  found.previous_hash = row.text(15);
  found.previous_until = time_if(row, 16);
  found.last_four = row.text(17);
  found.generation = row.number(18);
  found.revision = row.number(19);
  found.last_used = time_if(row, 20);
  if (found.last_used) {
    found.last_ip = row.text(21);
    found.uses = row.number(22);
  }
  return found;
}

template <class... Values>
bool exists(SqliteSession& session, std::string_view sql, const Values&... values) {
  Query row = session.query(sql, values...);
  return row.step();
}

// The role's name as it is compared. Throws Error(conflict) when another role of the queue has it.
std::string name_not_taken(SqliteSession& session, const RoleRow& role) {
  const std::string name_key = folded(role.name);
  if (exists(session, sql::role_of_name, role.queue, name_key, role.id))
    throw Error(ErrorCode::conflict, "there is a role called " + role.name + " already");
  return name_key;
}
}  // namespace

void SqliteCredentials::changed(SqliteSession& session, const std::vector<TrailEntry>& trail) {
  session.query(sql::next_credential_version).run();
  store_.trail_->write(session, trail);
}

void SqliteCredentials::add(const Credential& credential, const std::vector<TrailEntry>& trail) {
  store_.write([&](SqliteSession& session) {
    if (credential.kind == CredentialKind::rest_key && !credential.group.empty() &&
        !exists(session, sql::has_key_group, credential.queue, credential.group))
      throw Error(ErrorCode::not_found, "There is no key group " + credential.group);
    {
      Bound bound(session, sql::insert_credential, credential);
      bound.query.bind(19, credential.created);
      if (!bound.query.step())
        throw Error(ErrorCode::conflict, "there is a credential with the id " + credential.id + " already");
      bound.query.run();
    }
    changed(session, trail);
  });
}

void SqliteCredentials::change(const Credential& credential, const std::vector<TrailEntry>& trail) {
  store_.write([&](SqliteSession& session) {
    {
      Bound bound(session, sql::update_credential, credential);
      bound.query.bind(19, credential.revision);
      bound.query.run();
    }
    if (session.changed() == 0) {
      if (!exists(session, sql::has_credential, credential.id))
        throw Error(ErrorCode::not_found, "there is no credential with the id " + credential.id);
      throw Error(ErrorCode::conflict, "the credential " + credential.id + " was changed meanwhile");
    }
    changed(session, trail);
  });
}

bool SqliteCredentials::remove(const std::string& id, const std::vector<TrailEntry>& trail) {
  return store_.write([&](SqliteSession& session) {
    session.query(sql::remove_credential, id).run();
    if (session.changed() == 0) return false;
    changed(session, trail);
    return true;
  });
}

std::optional<Credential> SqliteCredentials::find(const std::string& id) {
  return store_.read([&](SqliteSession& session) -> std::optional<Credential> {
    Query row = session.query(sql::find_credential, id);
    if (!row.step()) return std::nullopt;
    return read_credential(row);
  });
}

std::vector<Credential> SqliteCredentials::list(const std::string& queue) {
  return store_.read([&](SqliteSession& session) {
    std::vector<Credential> found;
    Query row = session.query(sql::credentials, queue);
    while (row.step()) found.push_back(read_credential(row));
    return found;
  });
}

std::int64_t SqliteCredentials::version() {
  return store_.read([](SqliteSession& session) {
    Query row = session.query(sql::credential_version);
    return row.step() ? row.number(0) : std::int64_t{0};
  });
}

void SqliteCredentials::note_uses(const std::vector<CredentialUse>& uses) {
  if (uses.empty()) return;
  store_.write([&](SqliteSession& session) {
    for (const CredentialUse& use : uses)
      session.query(sql::note_credential_use, use.id, use.at, use.ip, use.count).run();
  });
}

void SqliteCredentials::rehash(const std::string& id, const std::string& from, const std::string& to) {
  store_.write([&](SqliteSession& session) { session.query(sql::rehash_credential, id, from, to).run(); });
}

void SqliteCredentials::add_group(const KeyGroup& group, const std::vector<TrailEntry>& trail) {
  store_.write([&](SqliteSession& session) {
    {
      Query row =
          session.query(sql::insert_key_group, group.queue, group.name, group.description, group.created);
      if (!row.step()) throw Error(ErrorCode::conflict, "There is a key group " + group.name + " already");
      row.run();
    }
    changed(session, trail);
  });
}

void SqliteCredentials::change_group(const KeyGroup& before, const KeyGroup& after,
                                     const std::vector<TrailEntry>& trail) {
  store_.write([&](SqliteSession& session) {
    session.query(sql::update_key_group, before.queue, before.name, before.description, after.description)
        .run();
    if (session.changed() == 0) {
      if (!exists(session, sql::has_key_group, before.queue, before.name))
        throw Error(ErrorCode::not_found, "There is no key group " + before.name);
      throw Error(ErrorCode::conflict, "The key group " + before.name + " was changed meanwhile");
    }
    changed(session, trail);
  });
}

std::vector<KeyGroup> SqliteCredentials::groups(const std::string& queue) {
  return store_.read([&](SqliteSession& session) {
    std::vector<KeyGroup> found;
    Query row = session.query(sql::key_groups, queue);
    while (row.step()) found.push_back({row.text(0), row.text(1), row.text(2), row.time(3)});
    return found;
  });
}

bool SqliteCredentials::remove_group(const std::string& queue, const std::string& name,
                                     const std::vector<TrailEntry>& trail) {
  return store_.write([&](SqliteSession& session) {
    if (exists(session, sql::key_in_group, queue, name))
      throw Error(ErrorCode::conflict, "there are keys in the group " + name);
    session.query(sql::remove_key_group, queue, name).run();
    if (session.changed() == 0) return false;
    changed(session, trail);
    return true;
  });
}

void SqliteCredentials::add_role(const RoleRow& role, const std::vector<TrailEntry>& trail) {
  store_.write([&](SqliteSession& session) {
    const std::string name_key = name_not_taken(session, role);
    const std::string scopes = role.scopes.text(), permissions = joined(role.permissions);
    {
      Query row = session.query(sql::insert_role, role.id, role.queue, role.name, name_key, role.description,
                                scopes, permissions, std::int64_t{role.several_tenants}, role.created);
      if (!row.step())
        throw Error(ErrorCode::conflict, "there is a role with the id " + role.id + " already");
      row.run();
    }
    changed(session, trail);
  });
}

void SqliteCredentials::change_role(const RoleRow& before, const RoleRow& after,
                                    const std::vector<TrailEntry>& trail) {
  store_.write([&](SqliteSession& session) {
    const std::string name_key = name_not_taken(session, after);
    const std::string scopes = after.scopes.text(), permissions = joined(after.permissions);
    const std::string old_scopes = before.scopes.text(), old_permissions = joined(before.permissions);
    session
        .query(sql::update_role, before.id, before.queue, after.name, name_key, after.description, scopes,
               permissions, std::int64_t{after.several_tenants}, before.name, before.description, old_scopes,
               old_permissions, std::int64_t{before.several_tenants})
        .run();
    if (session.changed() == 0) {
      if (!exists(session, sql::has_role, before.id))
        throw Error(ErrorCode::not_found, "There is no role " + before.id);
      throw Error(ErrorCode::conflict, "The role " + before.id + " was changed meanwhile");
    }
    changed(session, trail);
  });
}

std::vector<RoleRow> SqliteCredentials::roles() {
  return store_.read([](SqliteSession& session) {
    std::vector<RoleRow> found;
    Query row = session.query(sql::roles);
    while (row.step())
      found.push_back({row.text(0), row.text(1), row.text(2), row.text(3),
                       Scopes::parse(row.view(4)).value_or(Scopes()), split(row.view(5)), row.number(6) != 0,
                       row.time(7)});
    return found;
  });
}

bool SqliteCredentials::remove_role(const std::string& id, const std::vector<TrailEntry>& trail) {
  return store_.write([&](SqliteSession& session) {
    if (exists(session, sql::credential_of_role, id))
      throw Error(ErrorCode::conflict, "there are credentials with this role");
    session.query(sql::remove_role, id).run();
    if (session.changed() == 0) return false;
    changed(session, trail);
    return true;
  });
}

std::vector<LoginLock> SqliteCredentials::locks() {
  return store_.read([](SqliteSession& session) {
    std::vector<LoginLock> found;
    Query row = session.query(sql::locks);
    while (row.step()) found.push_back({row.text(0), row.time(1), static_cast<int>(row.number(2))});
    return found;
  });
}

void SqliteCredentials::keep_locks(const std::vector<LoginLock>& locked,
                                   const std::vector<std::string>& over) {
  if (locked.empty() && over.empty()) return;
  store_.write([&](SqliteSession& session) {
    for (const std::string& object : over) session.query(sql::remove_lock, object).run();
    for (const LoginLock& lock : locked)
      session.query(sql::put_lock, lock.object, lock.until, std::int64_t{lock.in_a_row}).run();
  });
}

bool SqliteCredentials::unlock(const std::string& object, const std::vector<TrailEntry>& trail) {
  return store_.write([&](SqliteSession& session) {
    session.query(sql::remove_lock, object).run();
    if (session.changed() == 0) return false;
    store_.trail_->write(session, trail);
    return true;
  });
}

}  // namespace bridge
