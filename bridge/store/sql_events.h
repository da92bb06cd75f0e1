#pragma once

// The SQL texts about events, by the rules of sql.h.

#include <string>
#include <string_view>

namespace bridge::sql {

inline constexpr std::string_view next_event_id =
    "INSERT INTO event_ids (queue, last_id) VALUES (?1, 1) "
    "ON CONFLICT (queue) DO UPDATE SET last_id = event_ids.last_id + 1 RETURNING last_id";
// A day's events lie between these ids; others may lie between them too.
inline constexpr std::string_view note_event_day =
    "INSERT INTO event_days (queue, day, first_id, last_id) VALUES (?1, ?2, ?3, ?3) "
    "ON CONFLICT (queue, day) DO UPDATE SET last_id = excluded.last_id";
inline constexpr std::string_view event_ids_of_days =
    "SELECT first_id, last_id FROM event_days WHERE queue = ?1 AND day >= ?2 AND day <= ?3";
inline constexpr std::string_view insert_event =
    "INSERT INTO events (queue, id, at, code, computer, account, login, user_name, body) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
inline constexpr std::string_view find_event_intake =
    "SELECT hash, first_id, count FROM event_intakes WHERE queue = ?1 AND name = ?2";
inline constexpr std::string_view insert_event_intake =
    "INSERT INTO event_intakes (queue, name, hash, first_id, count) VALUES (?1, ?2, ?3, ?4, ?5)";
inline constexpr std::string_view find_event = "SELECT id, body FROM events WHERE queue = ?1 AND id = ?2";

// Pages. Places: ?1 queue, ?2 and ?3 ids from and to, ?4 how many, ?5 code, ?6 from, ?7 until, ?8 computer,
// ?9 the account without its domain, ?10 the whole name. Each part walks one index in the order of ids: what
// else it asks for stands in an expression, so that no other index fits. Parts are merged.
struct EventPart {
  enum class By { id, code, computer, login, login_in_domain, user_name } by = By::id;
  bool code = false;
  bool period = false;
};
inline std::string event_part(const EventPart& part) {
  using By = EventPart::By;
  std::string text = "SELECT id, body FROM events WHERE queue = ?1 AND id >= ?2 AND id <= ?3";
  if (part.by == By::code) text += " AND code = ?5";
  if (part.by == By::computer) text += " AND computer = ?8 AND computer <> ''";
  if (part.by == By::login) text += " AND login = ?9 AND login <> ''";
  if (part.by == By::login_in_domain)
    text += " AND login = ?9 AND login <> '' AND account || '' IN (?9, ?10)";
  if (part.by == By::user_name) text += " AND user_name = ?10 AND user_name <> '' AND login || '' <> ?9";
  if (part.code && part.by != By::code) text += " AND code + 0 = ?5";
  if (part.period) text += " AND at >= ?6 AND at < ?7";
  return text;
}
inline std::string event_page(const std::string& parts, bool last) {
  return parts + " ORDER BY id" + (last ? " DESC" : "") + " LIMIT ?4";
}

}  // namespace bridge::sql
