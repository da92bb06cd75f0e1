#pragma once

// The SQL texts about computers, by the rules of sql.h.

#include <string_view>

namespace bridge::sql {

inline constexpr std::string_view next_computer_id =
    "INSERT INTO computer_ids (queue, last_id) VALUES (?1, 1) "
    "ON CONFLICT (queue) DO UPDATE SET last_id = computer_ids.last_id + 1 RETURNING last_id";
inline constexpr std::string_view computer_id_of_name =
    "SELECT id FROM computers WHERE queue = ?1 AND name_key = ?2";
inline constexpr std::string_view insert_computer =
    "INSERT INTO computers (queue, id, name, name_key, server, body, software, user_groups, computer_groups) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
inline constexpr std::string_view replace_computer =
    "UPDATE computers SET name = ?3, name_key = ?4, server = ?5, body = ?6, software = ?7, user_groups = ?8, "
    "computer_groups = ?9 WHERE queue = ?1 AND id = ?2";

inline constexpr std::string_view find_computer_by_id =
    "SELECT id, body, software, user_groups, computer_groups FROM computers WHERE queue = ?1 AND id = ?2";
inline constexpr std::string_view find_computer_by_name =
    "SELECT id, body, software, user_groups, computer_groups FROM computers "
    "WHERE queue = ?1 AND name_key = ?2";
// ?4 software, ?5 groups: 1 or 0. A text that is not asked for is not read.
inline constexpr std::string_view computer_page =
    "SELECT id, body, CASE WHEN ?4 = 1 THEN software ELSE '' END, CASE WHEN ?5 = 1 THEN user_groups ELSE '' "
    "END, CASE WHEN ?5 = 1 THEN computer_groups ELSE '' END FROM computers "
    "WHERE queue = ?1 AND id >= ?2 ORDER BY id LIMIT ?3";
inline constexpr std::string_view remove_computer_by_id =
    "DELETE FROM computers WHERE queue = ?1 AND id = ?2 RETURNING id";
inline constexpr std::string_view remove_computer_by_name =
    "DELETE FROM computers WHERE queue = ?1 AND name_key = ?2 RETURNING id";
inline constexpr std::string_view count_computers =
    "SELECT server, count(*) FROM computers WHERE queue = ?1 GROUP BY server";

}  // namespace bridge::sql
