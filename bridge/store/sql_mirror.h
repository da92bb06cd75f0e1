#pragma once

// The SQL texts about what is mirrored, under the rules of sql.h. Lists of entries: sql_auditlog.h.

#include <string_view>

namespace bridge::sql {

inline constexpr std::string_view find_entry =
    "SELECT num, body, scan_results FROM mirrored_entries WHERE queue = ?1 AND id = ?2";
inline constexpr std::string_view put_entry =
    "INSERT INTO mirrored_entries (queue, id, status_code, requested, touched, type_code, computer, account, "
    "login, full_name, body, scan_results) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) "
    "ON CONFLICT (queue, id) DO UPDATE SET status_code = excluded.status_code, "
    "requested = excluded.requested, touched = excluded.touched, type_code = excluded.type_code, "
    "computer = excluded.computer, account = excluded.account, login = excluded.login, "
    "full_name = excluded.full_name, body = excluded.body, scan_results = excluded.scan_results";

inline constexpr std::string_view has_event = "SELECT 1 FROM events WHERE queue = ?1 AND id = ?2";
inline constexpr std::string_view last_event_id =
    "SELECT id FROM events WHERE queue = ?1 ORDER BY id DESC LIMIT 1";

// Frees a name for another computer: a name as it is stored has no line break of ours.
inline constexpr std::string_view give_name_up =
    "UPDATE computers SET name_key = name_key || char(10) || id "
    "WHERE queue = ?1 AND name_key = ?2 AND id <> ?3";
inline constexpr std::string_view has_computer = "SELECT 1 FROM computers WHERE queue = ?1 AND id = ?2";
inline constexpr std::string_view computer_ids = "SELECT id FROM computers WHERE queue = ?1";

inline constexpr std::string_view mirrored_rows =
    "SELECT (SELECT count(*) FROM mirrored_entries WHERE queue = ?1), "
    "(SELECT count(*) FROM events WHERE queue = ?1), (SELECT count(*) FROM computers WHERE queue = ?1)";

}  // namespace bridge::sql
