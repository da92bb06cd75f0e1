#include "bridge/store/sqlite_mirror.h"

#include <algorithm>

#include "bridge/store/auditlog_walk.h"
#include "bridge/store/folded.h"
#include "bridge/store/rows.h"
#include "bridge/store/sql_events.h"
#include "bridge/store/sql_inventory.h"
#include "bridge/store/sql_mirror.h"
#include "bridge/store/sqlite_store.h"
#include "bridge/store/touched.h"

namespace bridge {

namespace {
// Whether there is a row.
bool has(SqliteSession& session, std::string_view sql, const std::string& queue, std::int64_t id) {
  Query row = session.query(sql, queue, id);
  return row.step();
}

enum class Put { created, changed, same };

Put put_entry(SqliteSession& session, const std::string& queue, const MirroredEntry& entry, Time now) {
  bool known = false;
  {
    Query row = session.query(sql::find_entry, queue, entry.id);
    known = row.step();
    if (known && row.text(1) == entry.body && row.text(2) == entry.scan_results) return Put::same;
  }
  const Time touched = touch(session, sql::last_entry_touched, queue, now);
  const Time requested = entry.listed.requested.value_or(now);
  const std::string computer = folded(entry.listed.computer);
  const std::string account = folded(entry.listed.account);
  const std::string_view login = without_domain(account);
  const std::string full_name = folded(entry.listed.full_name);
  session
      .query(sql::put_entry, queue, entry.id, std::int64_t{entry.status_code}, requested, touched,
             std::int64_t{entry.listed.type_code}, computer, account, login, full_name, entry.body,
             entry.scan_results)
      .run();
  session.query(sql::note_entry_day, queue, day_of(requested), entry.id).run();
  return known ? Put::changed : Put::created;
}

bool add_event(SqliteSession& session, const std::string& queue, const MirroredEvent& event) {
  if (has(session, sql::has_event, queue, event.id)) return false;
  const std::string computer = folded(event.computer);
  const std::string account = folded(event.account);
  const std::string_view login = without_domain(account);
  const std::string user = folded(event.user);
  session
      .query(sql::insert_event, queue, event.id, event.at, event.code, computer, account, login, user,
             event.body)
      .run();
  session.query(sql::note_mirrored_event_day, queue, day_of(event.at), event.id).run();
  return true;
}

bool put_computer(SqliteSession& session, const std::string& queue, const MirroredComputer& computer) {
  const std::string name_key = folded(computer.name);
  session.query(sql::give_name_up, queue, name_key, computer.id).run();
  const bool known = has(session, sql::has_computer, queue, computer.id);
  session
      .query(known ? sql::replace_computer : sql::insert_computer, queue, computer.id, computer.name,
             name_key, std::int64_t{computer.server}, computer.body, computer.software, computer.user_groups,
             computer.computer_groups)
      .run();
  return !known;
}
}  // namespace

int SqliteMirror::put_entries(const std::string& queue, const std::vector<MirroredEntry>& entries, Time now) {
  if (entries.empty()) return 0;
  return store_.write([&](SqliteSession& session) {
    int created = 0;
    for (const MirroredEntry& entry : entries)
      created += put_entry(session, queue, entry, now) == Put::created;
    return created;
  });
}

int SqliteMirror::add_events(const std::string& queue, const std::vector<MirroredEvent>& events) {
  if (events.empty()) return 0;
  return store_.write([&](SqliteSession& session) {
    int created = 0;
    for (const MirroredEvent& event : events) created += add_event(session, queue, event) ? 1 : 0;
    return created;
  });
}

int SqliteMirror::put_computers(const std::string& queue, const std::vector<MirroredComputer>& computers) {
  if (computers.empty()) return 0;
  return store_.write([&](SqliteSession& session) {
    int created = 0;
    for (const MirroredComputer& computer : computers)
      created += put_computer(session, queue, computer) ? 1 : 0;
    return created;
  });
}

int SqliteMirror::keep_computers(const std::string& queue, const std::vector<std::int64_t>& ids) {
  return store_.write([&](SqliteSession& session) {
    std::vector<std::int64_t> gone;
    {
      Query row = session.query(sql::computer_ids, queue);
      while (row.step())
        if (!std::binary_search(ids.begin(), ids.end(), row.number(0))) gone.push_back(row.number(0));
    }
    for (const std::int64_t id : gone) session.query(sql::remove_computer_by_id, queue, id).run();
    return static_cast<int>(gone.size());
  });
}

void SqliteMirror::entries(const std::string& queue, const AuditlogQuery& query,
                           const std::function<void(const MirroredEntry&)>& each) {
  store_.read([&](SqliteSession& session) {
    walk_auditlog(session, sql::from_mirror, queue, query, [&](const Query& row, Time touched) {
      each({row.number(0), row.text(1), row.text(2), static_cast<int>(row.number(3)), {}, touched});
    });
  });
}

std::optional<Time> SqliteMirror::last_change(const std::string& queue) {
  return store_.read([&](SqliteSession& session) -> std::optional<Time> {
    Query row = session.query(sql::last_entry_touched, queue);
    return row.step() ? std::optional(row.time(0)) : std::nullopt;
  });
}

std::int64_t SqliteMirror::last_event(const std::string& queue) {
  return store_.read([&](SqliteSession& session) {
    Query row = session.query(sql::last_event_id, queue);
    return row.step() ? row.number(0) : std::int64_t{0};
  });
}

Mirror::Rows SqliteMirror::rows(const std::string& queue) {
  return store_.read([&](SqliteSession& session) {
    Query row = session.query(sql::mirrored_rows, queue);
    row.step();
    return Rows{row.number(0), row.number(1), row.number(2)};
  });
}

}  // namespace bridge
