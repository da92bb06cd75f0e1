#pragma once

// The SQL texts of the auditlog, under the rules of sql.h. A column that shall not choose the index stands in
// an expression (`status_code + 0`).

#include <string>
#include <string_view>

#include "bridge/store/store.h"

namespace bridge::sql {

inline constexpr std::string_view last_touched =
    "SELECT touched FROM requests WHERE queue = ?1 ORDER BY touched DESC LIMIT 1";
inline constexpr std::string_view last_entry_touched =
    "SELECT touched FROM mirrored_entries WHERE queue = ?1 ORDER BY touched DESC LIMIT 1";

// A day's requests lie between these ids; others may lie between them too.
#define COUNTERSIGN_NOTE_DAY(table, last)                                           \
  "INSERT INTO " table " (queue, day, first_id, last_id) VALUES (?1, ?2, ?3, " last \
  ") "                                                                              \
  "ON CONFLICT (queue, day) DO UPDATE SET "                                         \
  "first_id = CASE WHEN excluded.first_id < " table                                 \
  ".first_id THEN excluded.first_id "                                               \
  "ELSE " table                                                                     \
  ".first_id END, "                                                                 \
  "last_id = CASE WHEN excluded.last_id > " table                                   \
  ".last_id THEN excluded.last_id "                                                 \
  "ELSE " table ".last_id END"
#define COUNTERSIGN_IDS_OF_DAYS(table) \
  "SELECT min(first_id), max(last_id) FROM " table " WHERE queue = ?1 AND day >= ?2 AND day <= ?3"
inline constexpr std::string_view note_days = COUNTERSIGN_NOTE_DAY("request_days", "?4");
inline constexpr std::string_view note_entry_day = COUNTERSIGN_NOTE_DAY("mirrored_days", "?3");
inline constexpr std::string_view note_mirrored_event_day = COUNTERSIGN_NOTE_DAY("event_days", "?3");
inline constexpr std::string_view ids_of_days = COUNTERSIGN_IDS_OF_DAYS("request_days");
inline constexpr std::string_view entry_ids_of_days = COUNTERSIGN_IDS_OF_DAYS("mirrored_days");
#undef COUNTERSIGN_NOTE_DAY
#undef COUNTERSIGN_IDS_OF_DAYS

// Lists: parts that each walk one index in the order of ids; the parts have no row in common and are merged.
// Places: ?1 queue, ?2 and ?3 ids from and to, ?4 requested from, ?5 and before, ?6 how many, ?7 computer or
// login, ?8 account, ?9 full name, from ?10 the statuses.
struct AuditlogPart {
  enum class By { id, status, type, computer, login, account, name_not_login, name_not_account } by = By::id;
  int place = 0;                                        // of its status, or the code of its type
  int statuses = 0;                                     // how many to look at in each row
  AuditlogQuery::Type type = AuditlogQuery::Type::any;  // to look at in each row
  bool last = false;
};
inline std::string auditlog_part(const AuditlogPart& part, std::string_view table = "requests") {
  using By = AuditlogPart::By;
  using Type = AuditlogQuery::Type;
  std::string text = "SELECT num, id FROM (SELECT num, id FROM " + std::string(table) +
                     " WHERE queue = ?1 AND id >= ?2 AND id <= ?3 "
                     "AND requested >= ?4 AND requested < ?5";
  const std::string place = std::to_string(part.place);
  if (part.by == By::status) text += " AND status_code = ?" + place;
  // Both, because the index has only rows that are not 0.
  if (part.by == By::type) text += " AND type_code = " + place + " AND type_code <> 0";
  if (part.by == By::computer) text += " AND computer = ?7";
  if (part.by == By::login) text += " AND login = ?7";
  if (part.by == By::account) text += " AND login = ?7 AND account = ?8";
  if (part.by == By::name_not_login) text += " AND full_name = ?9 AND login || '' <> ?7";
  if (part.by == By::name_not_account) text += " AND full_name = ?9 AND account <> ?8";
  if (part.type == Type::app) text += " AND type_code + 0 = 0";
  if (part.type == Type::session) text += " AND type_code + 0 <> 0";
  for (int i = 0; i < part.statuses; ++i)
    text += (i > 0 ? ", ?" : " AND status_code + 0 IN (?") + std::to_string(10 + i);
  if (part.statuses > 0) text += ")";
  return text + " ORDER BY id" + (part.last ? " DESC" : "") + " LIMIT ?6) AS p";
}

#define COUNTERSIGN_ENTRY                                                                           \
  "r.id, b.body, b.scan_results, r.status_code, r.requested, r.received, r.decided_at, u.started, " \
  "u.started_utc, u.ended, u.ended_utc, u.sso_validated, u.installs, u.uninstalls, u.elevated_applications "

// Where entries are listed from.
struct AuditlogSource {
  std::string_view table;  // with the columns that lists are asked for
  std::string_view ids_of_days;
  std::string_view columns;  // of the table r and what is joined
  std::string_view joined;   // by p.num or r.num
  std::string_view changed_after;
  std::string_view oldest_changes;
  std::string_view by_num;
};

inline std::string auditlog_page(const AuditlogSource& source, const std::string& parts, bool last) {
  const std::string order = last ? "id DESC" : "id";
  return "SELECT " + std::string(source.columns) + "FROM (SELECT num, id FROM (" + parts +
         ") AS parts ORDER BY " + order + " LIMIT ?6) AS p JOIN " + std::string(source.table) +
         " r ON r.num = p.num " + std::string(source.joined) + "ORDER BY p." + order;
}

inline constexpr std::string_view auditlog_entry_by_id =
    "SELECT r.num, " COUNTERSIGN_ENTRY
    "FROM requests r JOIN bodies b ON b.num = r.num LEFT JOIN uses u ON u.num = r.num "
    "WHERE r.queue = ?1 AND r.id = ?2";

// What changed at the same moment stands on one page: the next one begins behind that moment.
#define COUNTERSIGN_OLDEST_CHANGES(table)                                                  \
  "SELECT num, touched FROM " table                                                        \
  " WHERE queue = ?1 AND touched > ?2 AND touched <= COALESCE((SELECT touched FROM " table \
  " WHERE queue = ?1 AND touched > ?2 ORDER BY touched LIMIT 1 OFFSET ?3 - 1), "           \
  "9223372036854775807) ORDER BY touched"
inline constexpr AuditlogSource from_requests{
    "requests",
    ids_of_days,
    COUNTERSIGN_ENTRY,
    "JOIN bodies b ON b.num = p.num LEFT JOIN uses u ON u.num = p.num ",
    "SELECT num, touched FROM requests WHERE queue = ?1 AND touched > ?2 ORDER BY id",
    COUNTERSIGN_OLDEST_CHANGES("requests"),
    "SELECT " COUNTERSIGN_ENTRY
    "FROM requests r JOIN bodies b ON b.num = r.num LEFT JOIN uses u ON u.num = r.num WHERE r.num = ?1"};
inline constexpr AuditlogSource from_mirror{
    "mirrored_entries",
    entry_ids_of_days,
    "r.id, r.body, r.scan_results, r.status_code ",
    "",
    "SELECT num, touched FROM mirrored_entries WHERE queue = ?1 AND touched > ?2 ORDER BY id",
    COUNTERSIGN_OLDEST_CHANGES("mirrored_entries"),
    "SELECT r.id, r.body, r.scan_results, r.status_code FROM mirrored_entries r WHERE r.num = ?1"};

inline constexpr std::string_view put_use =
    "INSERT INTO uses (num, started, started_utc, ended, ended_utc, sso_validated, installs, uninstalls, "
    "elevated_applications) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
    "ON CONFLICT (num) DO UPDATE SET started = excluded.started, started_utc = excluded.started_utc, "
    "ended = excluded.ended, ended_utc = excluded.ended_utc, sso_validated = excluded.sso_validated, "
    "installs = excluded.installs, uninstalls = excluded.uninstalls, "
    "elevated_applications = excluded.elevated_applications";

#undef COUNTERSIGN_OLDEST_CHANGES
#undef COUNTERSIGN_ENTRY

}  // namespace bridge::sql
