#include "bridge/store/sqlite_directory.h"

#include <algorithm>

#include "bridge/store/folded.h"
#include "bridge/store/sql_directory.h"
#include "bridge/store/sqlite_store.h"
#include "bridge/store/sqlite_trail.h"

namespace bridge {

namespace {
using Put = Directory::Put;

struct Texts {
  std::string_view page, by_id, by_name, by_external_id;
};
constexpr Texts of_users = {sql::users_page, sql::user_by_id, sql::users_by_name, sql::users_by_external_id};
constexpr Texts of_groups = {sql::groups_page, sql::group_by_id, sql::groups_by_name,
                             sql::groups_by_external_id};

// Calls `each` for every row that the query means.
template <class Each>
void walk(SqliteSession& session, const Texts& texts, const std::string& queue, const DirectoryQuery& query,
          const Each& each) {
  const auto read = [&](Query&& row) {
    while (row.step()) each(row);
  };
  if (!query.id.empty()) return read(session.query(texts.by_id, queue, query.id));
  if (!query.external_id.empty()) return read(session.query(texts.by_external_id, queue, query.external_id));
  if (query.name.empty()) return read(session.query(texts.page, queue, query.limit, query.skip));
  const std::string key = folded(query.name);
  read(session.query(texts.by_name, queue, key));
}

std::int64_t count(SqliteSession& session, std::string_view text, const std::string& queue) {
  Query row = session.query(text, queue);
  row.step();
  return row.number(0);
}

// The id of whoever has the name; empty: nobody.
std::string holder(SqliteSession& session, std::string_view text, const std::string& queue,
                   const std::string& key) {
  Query row = session.query(text, queue, key);
  return row.step() ? row.text(0) : std::string();
}

bool are_there(SqliteSession& session, const std::string& queue, const std::vector<std::string>& users) {
  return std::all_of(users.begin(), users.end(), [&](const std::string& user) {
    return !holder(session, sql::user_exists, queue, user).empty();
  });
}

void join(SqliteSession& session, const DirectoryGroup& group, const std::vector<std::string>& users) {
  for (const std::string& user : users) session.query(sql::add_member, group.queue, group.id, user).run();
}

bool removed(SqliteSession& session, std::string_view text, const std::string& queue, const std::string& id,
             std::int64_t version) {
  Query row = session.query(text, queue, id, version);
  const bool was_there = row.step();
  if (was_there) row.run();
  return was_there;
}
}  // namespace

std::vector<DirectoryUser> SqliteDirectory::users(const std::string& queue, const DirectoryQuery& query) {
  return store_.read([&](SqliteSession& session) {
    std::vector<DirectoryUser> found;
    walk(session, of_users, queue, query, [&](const Query& row) {
      found.push_back({queue, row.text(0), row.text(1), row.text(2), row.number(3) != 0, row.text(4),
                       row.number(5), row.time(6), row.time(7)});
    });
    return found;
  });
}

std::int64_t SqliteDirectory::count_users(const std::string& queue) {
  return store_.read([&](SqliteSession& session) { return count(session, sql::count_users, queue); });
}

Put SqliteDirectory::add_user(const DirectoryUser& user, const std::vector<TrailEntry>& trail) {
  return store_.write([&](SqliteSession& session) {
    const std::string key = folded(user.user_name);
    if (!holder(session, sql::user_of_name, user.queue, key).empty()) return Put::name_taken;
    session
        .query(sql::insert_user, user.queue, user.id, user.user_name, key, user.external_id,
               std::int64_t{user.active}, user.body, user.version, user.created, user.changed)
        .run();
    session.query(sql::count_revision, user.queue).run();
    store_.trail_->write(session, trail);
    return Put::done;
  });
}

Put SqliteDirectory::change_user(const DirectoryUser& user, const std::vector<TrailEntry>& trail) {
  return store_.write([&](SqliteSession& session) {
    const std::string key = folded(user.user_name);
    const std::string other = holder(session, sql::user_of_name, user.queue, key);
    if (!other.empty() && other != user.id) return Put::name_taken;
    session
        .query(sql::change_user, user.queue, user.id, user.user_name, key, user.external_id,
               std::int64_t{user.active}, user.body, user.version, user.changed)
        .run();
    if (session.changed() == 0) return Put::stale;
    session.query(sql::count_revision, user.queue).run();
    store_.trail_->write(session, trail);
    return Put::done;
  });
}

bool SqliteDirectory::remove_user(const std::string& queue, const std::string& id, std::int64_t version,
                                  Time now, const std::vector<TrailEntry>& trail) {
  return store_.write([&](SqliteSession& session) {
    if (!removed(session, sql::delete_user, queue, id, version)) return false;
    session.query(sql::touch_groups_of_user, queue, id, now).run();
    session.query(sql::drop_members_of_user, queue, id).run();
    session.query(sql::count_revision, queue).run();
    store_.trail_->write(session, trail);
    return true;
  });
}

std::vector<DirectoryGroup> SqliteDirectory::groups(const std::string& queue, const DirectoryQuery& query) {
  return store_.read([&](SqliteSession& session) {
    std::vector<DirectoryGroup> found;
    walk(session, of_groups, queue, query, [&](const Query& row) {
      found.push_back({queue, row.text(0), row.text(1), row.text(2), row.text(3), row.number(4), row.time(5),
                       row.time(6)});
    });
    return found;
  });
}

std::int64_t SqliteDirectory::count_groups(const std::string& queue) {
  return store_.read([&](SqliteSession& session) { return count(session, sql::count_groups, queue); });
}

Put SqliteDirectory::add_group(const DirectoryGroup& group, const std::vector<std::string>& members,
                               const std::vector<TrailEntry>& trail) {
  return store_.write([&](SqliteSession& session) {
    const std::string key = folded(group.name);
    if (!holder(session, sql::group_of_name, group.queue, key).empty()) return Put::name_taken;
    if (!are_there(session, group.queue, members)) return Put::no_such_member;
    session
        .query(sql::insert_group, group.queue, group.id, group.name, key, group.external_id, group.body,
               group.version, group.created, group.changed)
        .run();
    join(session, group, members);
    session.query(sql::count_revision, group.queue).run();
    store_.trail_->write(session, trail);
    return Put::done;
  });
}

Put SqliteDirectory::change_group(const DirectoryGroup& group, const Members& members,
                                  const std::vector<TrailEntry>& trail) {
  return store_.write([&](SqliteSession& session) {
    const std::string key = folded(group.name);
    const std::string other = holder(session, sql::group_of_name, group.queue, key);
    if (!other.empty() && other != group.id) return Put::name_taken;
    if (!are_there(session, group.queue, members.joined)) return Put::no_such_member;
    session
        .query(sql::change_group, group.queue, group.id, group.name, key, group.external_id, group.body,
               group.version, group.changed)
        .run();
    if (session.changed() == 0) return Put::stale;
    for (const std::string& user : members.left)
      session.query(sql::drop_member, group.queue, group.id, user).run();
    join(session, group, members.joined);
    session.query(sql::count_revision, group.queue).run();
    store_.trail_->write(session, trail);
    return Put::done;
  });
}

bool SqliteDirectory::remove_group(const std::string& queue, const std::string& id, std::int64_t version,
                                   const std::vector<TrailEntry>& trail) {
  return store_.write([&](SqliteSession& session) {
    if (!removed(session, sql::delete_group, queue, id, version)) return false;
    session.query(sql::drop_members_of_group, queue, id).run();
    session.query(sql::count_revision, queue).run();
    store_.trail_->write(session, trail);
    return true;
  });
}

std::vector<DirectoryMember> SqliteDirectory::members(const std::string& queue, const std::string& group,
                                                      const std::string& user) {
  return store_.read([&](SqliteSession& session) {
    std::vector<DirectoryMember> found;
    const auto read = [&](Query&& row) {
      while (row.step()) found.push_back({row.text(0), row.text(1), row.text(2), row.text(3)});
    };
    if (!group.empty())
      read(session.query(sql::members_of_group, queue, group));
    else if (!user.empty())
      read(session.query(sql::groups_of_user, queue, user));
    else
      read(session.query(sql::all_members, queue));
    return found;
  });
}

std::map<std::string, std::int64_t> SqliteDirectory::revisions() {
  return store_.read([&](SqliteSession& session) {
    std::map<std::string, std::int64_t> found;
    Query row = session.query(sql::revisions);
    while (row.step()) found.emplace(row.text(0), row.number(1));
    return found;
  });
}

}  // namespace bridge
