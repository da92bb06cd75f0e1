#include "bridge/store/shared_rows.h"

#include <algorithm>

#include "bridge/store/rows.h"
#include "bridge/store/sql.h"
#include "bridge/store/sql_auditlog.h"
#include "bridge/store/touched.h"

namespace bridge {

void SharedRows::count(const std::string& queue, const std::string& desk, std::string_view state, int by) {
  auto& standing = queues_[queue].standing;
  const auto known = std::find_if(standing.begin(), standing.end(), [&](const Standing& one) {
    return one.state == state && one.desk == desk;
  });
  if (known == standing.end())
    standing.push_back({desk, std::string(state), by});
  else
    known->by += by;
}

std::int64_t& SharedRows::last_id(SqliteSession& session, const std::string& queue) {
  Queue& rows = queues_[queue];
  if (!rows.last_id) {
    Query row = session.query(sql::last_id, queue);
    rows.last_id = row.step() ? row.number(0) : 0;
  }
  return *rows.last_id;
}

std::int64_t SharedRows::next_id(SqliteSession& session, const std::string& queue) {
  queues_[queue].used_id = true;
  return ++last_id(session, queue);
}

void SharedRows::note_id(SqliteSession& session, const std::string& queue, std::int64_t id) {
  std::int64_t& last = last_id(session, queue);
  if (id <= last) return;
  last = id;
  queues_[queue].used_id = true;
}

void SharedRows::note_day(const std::string& queue, Time requested, std::int64_t id) {
  auto& days = queues_[queue].days;
  const auto [at, first] = days.try_emplace(day_of(requested), Day{id, id});
  if (first) return;
  at->second.first_id = std::min(at->second.first_id, id);
  at->second.last_id = std::max(at->second.last_id, id);
}

Time SharedRows::touch(SqliteSession& session, const std::string& queue, Time now) {
  auto& touched = queues_[queue].touched;
  touched = touched ? touch_after(*touched, now) : bridge::touch(session, sql::last_touched, queue, now);
  return *touched;
}

void SharedRows::write(SqliteSession& session) const {
  for (const auto& [queue, rows] : queues_) {
    if (rows.used_id) session.query(sql::note_id, queue, *rows.last_id).run();
    for (const auto& [day, ids] : rows.days)
      session.query(sql::note_days, queue, day, ids.first_id, ids.last_id).run();
    for (const Standing& one : rows.standing)
      if (one.by != 0) session.query(sql::add_to_counter, queue, one.desk, one.state, one.by).run();
  }
}

}  // namespace bridge
