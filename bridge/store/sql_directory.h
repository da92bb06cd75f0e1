#pragma once

// The SQL texts about directories, by the rules of sql.h.

#include <string_view>

namespace bridge::sql {

// Rows of a queue; which of them, and their order, comes behind.
#define COUNTERSIGN_USERS                                                                            \
  "SELECT id, user_name, external_id, active, body, version, created, changed FROM directory_users " \
  "WHERE queue = ?1"
#define COUNTERSIGN_GROUPS                                                               \
  "SELECT id, name, external_id, body, version, created, changed FROM directory_groups " \
  "WHERE queue = ?1"
#define COUNTERSIGN_MEMBERS                                                        \
  "SELECT m.group_id, m.user_id, g.name, u.user_name FROM directory_members AS m " \
  "JOIN directory_groups AS g ON g.queue = m.queue AND g.id = m.group_id "         \
  "JOIN directory_users AS u ON u.queue = m.queue AND u.id = m.user_id "           \
  "WHERE m.queue = ?1"

inline constexpr std::string_view users_page = COUNTERSIGN_USERS " ORDER BY num LIMIT ?2 OFFSET ?3";
inline constexpr std::string_view user_by_id = COUNTERSIGN_USERS " AND id = ?2";
inline constexpr std::string_view users_by_name = COUNTERSIGN_USERS " AND name_key = ?2";
inline constexpr std::string_view users_by_external_id =
    COUNTERSIGN_USERS " AND external_id = ?2 AND external_id <> '' ORDER BY num";
inline constexpr std::string_view count_users = "SELECT count(*) FROM directory_users WHERE queue = ?1";
inline constexpr std::string_view user_of_name =
    "SELECT id FROM directory_users WHERE queue = ?1 AND name_key = ?2";
inline constexpr std::string_view insert_user =
    "INSERT INTO directory_users (queue, id, user_name, name_key, external_id, active, body, version, "
    "created, "
    "changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
inline constexpr std::string_view change_user =
    "UPDATE directory_users SET user_name = ?3, name_key = ?4, external_id = ?5, active = ?6, body = ?7, "
    "version = ?8, changed = ?9 WHERE queue = ?1 AND id = ?2 AND version = ?8 - 1";
// ?3: the version it must have; 0: any.
inline constexpr std::string_view delete_user =
    "DELETE FROM directory_users WHERE queue = ?1 AND id = ?2 AND (?3 = 0 OR version = ?3) RETURNING num";

inline constexpr std::string_view groups_page = COUNTERSIGN_GROUPS " ORDER BY num LIMIT ?2 OFFSET ?3";
inline constexpr std::string_view group_by_id = COUNTERSIGN_GROUPS " AND id = ?2";
inline constexpr std::string_view groups_by_name = COUNTERSIGN_GROUPS " AND name_key = ?2";
inline constexpr std::string_view groups_by_external_id =
    COUNTERSIGN_GROUPS " AND external_id = ?2 AND external_id <> '' ORDER BY num";
inline constexpr std::string_view count_groups = "SELECT count(*) FROM directory_groups WHERE queue = ?1";
inline constexpr std::string_view group_of_name =
    "SELECT id FROM directory_groups WHERE queue = ?1 AND name_key = ?2";
inline constexpr std::string_view insert_group =
    "INSERT INTO directory_groups (queue, id, name, name_key, external_id, body, version, created, changed) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
inline constexpr std::string_view change_group =
    "UPDATE directory_groups SET name = ?3, name_key = ?4, external_id = ?5, body = ?6, version = ?7, "
    "changed = ?8 WHERE queue = ?1 AND id = ?2 AND version = ?7 - 1";
inline constexpr std::string_view delete_group =
    "DELETE FROM directory_groups WHERE queue = ?1 AND id = ?2 AND (?3 = 0 OR version = ?3) RETURNING num";

inline constexpr std::string_view user_exists = "SELECT id FROM directory_users WHERE queue = ?1 AND id = ?2";
inline constexpr std::string_view add_member =
    "INSERT INTO directory_members (queue, group_id, user_id) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (queue, group_id, user_id) DO NOTHING";
inline constexpr std::string_view drop_member =
    "DELETE FROM directory_members WHERE queue = ?1 AND group_id = ?2 AND user_id = ?3";
inline constexpr std::string_view drop_members_of_group =
    "DELETE FROM directory_members WHERE queue = ?1 AND group_id = ?2";
inline constexpr std::string_view touch_groups_of_user =
    "UPDATE directory_groups SET version = version + 1, changed = ?3 WHERE queue = ?1 AND id IN "
    "(SELECT group_id FROM directory_members WHERE queue = ?1 AND user_id = ?2)";
inline constexpr std::string_view drop_members_of_user =
    "DELETE FROM directory_members WHERE queue = ?1 AND user_id = ?2";
inline constexpr std::string_view all_members = COUNTERSIGN_MEMBERS " ORDER BY m.group_id, m.user_id";
inline constexpr std::string_view members_of_group =
    COUNTERSIGN_MEMBERS " AND m.group_id = ?2 ORDER BY m.user_id";
inline constexpr std::string_view groups_of_user =
    COUNTERSIGN_MEMBERS " AND m.user_id = ?2 ORDER BY m.group_id";

inline constexpr std::string_view count_revision =
    "INSERT INTO directory_revisions (queue, revision) VALUES (?1, 1) "
    "ON CONFLICT (queue) DO UPDATE SET revision = directory_revisions.revision + 1";
inline constexpr std::string_view revisions = "SELECT queue, revision FROM directory_revisions";

#undef COUNTERSIGN_USERS
#undef COUNTERSIGN_GROUPS
#undef COUNTERSIGN_MEMBERS

}  // namespace bridge::sql
