#pragma once

// Every SQL text about requests; the tables: migrations.cpp, events and computers: sql_events.h,
// sql_inventory.h. Kept to what SQLite and PostgreSQL share:
// BIGINT microseconds, JSON as TEXT, ON CONFLICT, row values. Two differences are left to whoever
// executes them: a numbered place is ?1 here and $1 in PostgreSQL, and a claim needs FOR UPDATE SKIP LOCKED
// where several processes write. Only constants; never a value pasted into a text.

#include <string>
#include <string_view>

namespace bridge::sql {

#define COUNTERSIGN_RECORD                                                                            \
  "r.queue, r.id, b.body, b.scan_results, r.status_code, r.received, r.changed, r.state, r.version, " \
  "r.desk, "                                                                                          \
  "r.ticket_id, r.ticket_number, r.ticket_link, r.outcome, r.park_reason, r.park_detail, r.since, "   \
  "r.decided, r.decided_by, r.decided_email, r.decided_reason, r.decided_at, r.decided_from, "        \
  "r.decided_record"

// Requests

inline constexpr std::string_view last_id = "SELECT last_id FROM queue_ids WHERE queue = ?1";
inline constexpr std::string_view note_id =
    "INSERT INTO queue_ids (queue, last_id) VALUES (?1, ?2) "
    "ON CONFLICT (queue) DO UPDATE SET last_id = excluded.last_id "
    "WHERE excluded.last_id > queue_ids.last_id";
inline constexpr std::string_view insert_request =
    "INSERT INTO requests (queue, id, status_code, received, changed, state, version, desk, ticket_id, "
    "ticket_number, ticket_link, outcome, park_reason, park_detail, since, decided, decided_by, "
    "decided_email, decided_reason, decided_at, decided_from, decided_record, touched, requested, type_code, "
    "computer, account, login, full_name) "
    "VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, "
    "?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28) ON CONFLICT (queue, id) DO NOTHING";
inline constexpr std::string_view insert_body =
    "INSERT INTO bodies (num, body, scan_results) VALUES (?1, ?2, ?3)";
inline constexpr std::string_view find_idempotency =
    "SELECT i.hash, " COUNTERSIGN_RECORD
    " FROM idempotency i JOIN requests r ON r.num = i.num JOIN bodies b ON b.num = i.num "
    "WHERE i.queue = ?1 AND i.name = ?2";
inline constexpr std::string_view insert_idempotency =
    "INSERT INTO idempotency (queue, name, hash, num) VALUES (?1, ?2, ?3, ?4)";
inline constexpr std::string_view find_request =
    "SELECT " COUNTERSIGN_RECORD
    " FROM requests r JOIN bodies b ON b.num = r.num WHERE r.queue = ?1 AND r.id = ?2";
inline constexpr std::string_view find_by_ticket =
    "SELECT " COUNTERSIGN_RECORD
    " FROM requests r JOIN bodies b ON b.num = r.num "
    "WHERE r.desk = ?1 AND r.ticket_id = ?2 AND r.ticket_id <> '' ORDER BY r.num DESC LIMIT 1";

// Pages: one part for each status or state, so that each walks its own index in order; the parts are merged.

// Places: ?1 queue, ?2 first id, ?3 how many, `place` the status.
inline std::string page_where(bool status, int place, bool last) {
  std::string text = "queue = ?1";
  if (status) text += " AND status_code = ?" + std::to_string(place);
  return text + (last ? " ORDER BY id DESC LIMIT ?3" : " AND id >= ?2 ORDER BY id LIMIT ?3");
}
inline std::string page_columns(bool scan_results) {
  return scan_results ? "b.body, b.scan_results" : "b.body";
}
// Of one status, or of all: the walk of the index gives the order, nothing is sorted.
inline std::string page_of_one(bool status, int place, bool last, bool scan_results) {
  return "SELECT " + page_columns(scan_results) +
         " FROM requests r CROSS JOIN bodies b ON b.num = r.num WHERE " + page_where(status, place, last);
}
inline std::string page_part(int place, bool last) {
  return "SELECT num, id FROM (SELECT num, id FROM requests WHERE " + page_where(true, place, last) +
         ") AS p";
}
inline std::string page_of_parts(const std::string& parts, bool last, bool scan_results) {
  const std::string order = last ? "id DESC" : "id";
  return "SELECT " + page_columns(scan_results) + " FROM (SELECT num, id FROM (" + parts +
         ") AS parts ORDER BY " + order + " LIMIT ?3) AS p JOIN bodies b ON b.num = p.num ORDER BY p." +
         order;
}

struct ListShape {
  bool queue = false;
  bool desk = false;
  bool after = false;  // of the same queue when `queue`
  bool newest_first = false;
};
// Places: ?1 queue, ?2 desk, ?3 and ?4 the row before, ?5 how many, from ?6 states.
inline std::string list_part(const ListShape& shape, int state_place) {
  std::string where;
  const auto also = [&](const std::string& condition) {
    where += (where.empty() ? " WHERE " : " AND ") + condition;
  };
  const std::string beyond = shape.newest_first ? "<" : ">";
  if (state_place > 0) also("state = ?" + std::to_string(state_place));
  if (shape.queue) also("queue = ?1");
  // Not by the index on desk, which would sort all that the desk ever had.
  if (shape.desk) also("desk || '' = ?2");
  if (shape.after) also(shape.queue ? "id " + beyond + " ?4" : "(queue, id) " + beyond + " (?3, ?4)");
  const std::string order = shape.newest_first ? "queue DESC, id DESC" : "queue, id";
  return "SELECT num, queue, id FROM (SELECT num, queue, id FROM requests" + where + " ORDER BY " + order +
         " LIMIT ?5) AS p";
}
inline std::string list(const std::string& parts, bool newest_first) {
  const std::string_view way = newest_first ? " DESC" : "";
  const auto order = [&](const std::string& of) {
    return of + "queue" + std::string(way) + ", " + of + "id" + std::string(way);
  };
  return "SELECT " COUNTERSIGN_RECORD " FROM (SELECT num, queue, id FROM (" + parts + ") AS parts ORDER BY " +
         order("") +
         " LIMIT ?5) AS p JOIN requests r ON r.num = p.num JOIN bodies b ON b.num = p.num ORDER BY " +
         order("p.");
}

// Lifecycle

inline constexpr std::string_view request_num = "SELECT num FROM requests WHERE queue = ?1 AND id = ?2";
inline constexpr std::string_view standing =
    "SELECT num, version, desk, state, ticket_id FROM requests WHERE queue = ?1 AND id = ?2";
#define COUNTERSIGN_STEP                                                                               \
  "UPDATE requests SET changed = ?2, state = ?3, version = ?4, ticket_number = ?7, ticket_link = ?8, " \
  "outcome = ?9, park_reason = ?10, park_detail = ?11, since = ?12, decided = ?13, decided_by = ?14, " \
  "decided_email = ?15, decided_reason = ?16, decided_at = ?17, decided_from = ?18, decided_record = ?19"
#define COUNTERSIGN_TICKET ", desk = ?5, ticket_id = ?6"
#define COUNTERSIGN_STATUS ", status_code = coalesce(?20, status_code), touched = ?21"
// Naming a column costs its indexes, whether its value changes or not.
constexpr std::string_view update_lifecycle(bool ticket, bool status) {
  if (ticket && status) return COUNTERSIGN_STEP COUNTERSIGN_TICKET COUNTERSIGN_STATUS " WHERE num = ?1";
  if (ticket) return COUNTERSIGN_STEP COUNTERSIGN_TICKET " WHERE num = ?1";
  if (status) return COUNTERSIGN_STEP COUNTERSIGN_STATUS " WHERE num = ?1";
  return COUNTERSIGN_STEP " WHERE num = ?1";
}
#undef COUNTERSIGN_STATUS
#undef COUNTERSIGN_TICKET
#undef COUNTERSIGN_STEP
inline constexpr std::string_view update_body = "UPDATE bodies SET body = ?2 WHERE num = ?1";
inline constexpr std::string_view update_status =
    "UPDATE requests SET status_code = coalesce(?2, status_code), touched = ?3 WHERE num = ?1";
inline constexpr std::string_view add_to_counter =
    "INSERT INTO counters (queue, desk, state, count) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (queue, desk, state) DO UPDATE SET count = counters.count + excluded.count";
// ?1 the request, from ?2 five places for each row.
inline std::string insert_audit(std::size_t rows) {
  std::string text = "INSERT INTO audit (num, at, what, text, actor, data) VALUES ";
  for (std::size_t row = 0; row < rows; ++row) {
    text += row == 0 ? "(?1" : ", (?1";
    for (std::size_t place = 0; place < 5; ++place) text += ", ?" + std::to_string(2 + 5 * row + place);
    text += ')';
  }
  return text;
}
inline constexpr std::string_view timeline =
    "SELECT a.seq, a.at, a.what, a.text, a.actor, a.data FROM requests r JOIN audit a ON a.num = r.num "
    "WHERE r.queue = ?1 AND r.id = ?2 ORDER BY a.seq";
inline constexpr std::string_view oldest =
    "SELECT since FROM requests WHERE desk = ?1 AND state = ?2 ORDER BY since LIMIT 1";

// Outbox

inline constexpr std::string_view take_slot =
    "SELECT id, lease_until, behind, not_before FROM effects WHERE num = ?1 AND slot = ?2";
// behind: the effect whose place it took while somebody was at work on that; it waits for the end of the
// work, at most of the lease. wanted_at: when it is due without waiting.
inline constexpr std::string_view insert_effect =
    "INSERT INTO effects (num, slot, kind, lane, priority, not_before, wanted_at, behind, payload, attempts, "
    "lease_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (num, slot) DO NOTHING";
inline constexpr std::string_view any_leased =
    "SELECT 1 FROM effects WHERE num = ?1 AND lease_until IS NOT NULL AND kind <> 'deliver' LIMIT 1";
inline constexpr std::string_view remove_effect = "DELETE FROM effects WHERE id = ?1 AND num = ?2";
inline constexpr std::string_view end_wait =
    "UPDATE effects SET not_before = wanted_at, behind = NULL WHERE num = ?1 AND behind = ?2";
inline constexpr std::string_view drop_main = "DELETE FROM effects WHERE num = ?1 AND slot = 'main'";
inline constexpr std::string_view drop_timers =
    "DELETE FROM effects WHERE num = ?1 AND slot IN ('remind', 'escalate', 'deadline')";
inline constexpr std::string_view postpone =
    "UPDATE effects SET not_before = ?3, wanted_at = ?3, behind = NULL, lease_until = NULL WHERE id = ?1 AND "
    "num = ?2";
inline constexpr std::string_view end_expired_leases =
    "UPDATE effects SET lease_until = NULL WHERE lane = ?1 AND lease_until <= ?2";
inline constexpr std::string_view end_all_leases =
    "UPDATE effects SET lease_until = NULL, not_before = wanted_at, behind = NULL "
    "WHERE lease_until IS NOT NULL OR behind IS NOT NULL";
// The lane's priorities, one step at a time: each then walks the index of what is not leased.
inline constexpr std::string_view next_priority =
    "SELECT priority FROM effects WHERE lane = ?1 AND priority > ?2 AND lease_until IS NULL "
    "ORDER BY priority LIMIT 1";
inline constexpr std::string_view due =
    "SELECT e.id, e.num, e.slot, e.kind, e.lane, e.attempts, e.payload, " COUNTERSIGN_RECORD
    " FROM effects e JOIN requests r ON r.num = e.num JOIN bodies b ON b.num = e.num "
    "WHERE e.lane = ?1 AND e.priority = ?2 AND e.not_before <= ?3 AND e.lease_until IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM effects o WHERE o.num = e.num AND o.lease_until > ?3 "
    "AND o.kind <> 'deliver') ORDER BY e.not_before, e.id";
// Of a webhook's lane: one delivery of a request behind the other, whatever other lanes do with it.
inline constexpr std::string_view due_in_order =
    "SELECT e.id, e.num, e.slot, e.kind, e.lane, e.attempts, e.payload, " COUNTERSIGN_RECORD
    " FROM effects e JOIN requests r ON r.num = e.num JOIN bodies b ON b.num = e.num "
    "WHERE e.lane = ?1 AND e.priority = ?2 AND e.not_before <= ?3 AND e.lease_until IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM effects o WHERE o.num = e.num AND o.lane = e.lane AND o.id < e.id) "
    "ORDER BY e.not_before, e.id";
inline constexpr std::string_view lease =
    "UPDATE effects SET lease_until = ?2, attempts = attempts + 1 WHERE id = ?1";
// When each comes due, and until when another effect of the same request is leased.
inline constexpr std::string_view coming =
    "SELECT e.not_before, (SELECT max(o.lease_until) FROM effects o WHERE o.num = e.num "
    "AND o.kind <> 'deliver') FROM effects e "
    "WHERE e.lane = ?1 AND e.priority = ?2 AND e.lease_until IS NULL ORDER BY e.not_before, e.id";
inline constexpr std::string_view coming_in_order =
    "SELECT e.not_before, NULL FROM effects e WHERE e.lane = ?1 AND e.priority = ?2 AND e.lease_until IS "
    "NULL "
    "AND NOT EXISTS (SELECT 1 FROM effects o WHERE o.num = e.num AND o.lane = e.lane AND o.id < e.id) "
    "ORDER BY e.not_before, e.id LIMIT 1";
inline constexpr std::string_view next_lease_end =
    "SELECT lease_until FROM effects WHERE lane = ?1 AND lease_until IS NOT NULL "
    "ORDER BY lease_until LIMIT 1";

// Values, counts

inline constexpr std::string_view value = "SELECT value FROM named_values WHERE name = ?1";
inline constexpr std::string_view set_value =
    "INSERT INTO named_values (name, value, at) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at";
inline constexpr std::string_view values_under =
    "SELECT name, value FROM named_values WHERE substr(name, 1, length(?1)) = ?1";
inline constexpr std::string_view counts =
    "SELECT queue, desk, state, count FROM counters WHERE count <> 0 ORDER BY queue, desk, state";
inline constexpr std::string_view desks = "SELECT DISTINCT desk FROM counters WHERE count > 0";

#undef COUNTERSIGN_RECORD

}  // namespace bridge::sql
