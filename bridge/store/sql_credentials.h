#pragma once

// The SQL texts about credentials, under the rules of sql.h.

#include <string_view>

namespace bridge::sql {

#define COUNTERSIGN_CREDENTIAL                                                                            \
  "c.id, c.kind, c.queue, c.more_queues, c.key_group, c.label, c.on_behalf_of, c.role, c.scopes, "        \
  "c.networks, c.active, c.created, c.not_before, c.expires, c.hash, c.previous_hash, c.previous_until, " \
  "c.last_four, c.generation, c.revision, u.last_used, u.ip, u.uses FROM credentials c "                  \
  "LEFT JOIN credential_uses u ON u.id = c.id"

inline constexpr std::string_view insert_credential =
    "INSERT INTO credentials (id, kind, queue, more_queues, key_group, label, on_behalf_of, role, scopes, "
    "networks, active, not_before, expires, hash, previous_hash, previous_until, last_four, generation, "
    "created, revision) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, 1) "
    "ON CONFLICT (id) DO NOTHING RETURNING id";
inline constexpr std::string_view update_credential =
    "UPDATE credentials SET queue = ?3, more_queues = ?4, key_group = ?5, label = ?6, on_behalf_of = ?7, "
    "role = ?8, scopes = ?9, networks = ?10, active = ?11, not_before = ?12, expires = ?13, hash = ?14, "
    "previous_hash = ?15, previous_until = ?16, last_four = ?17, generation = ?18, revision = revision + 1 "
    "WHERE id = ?1 AND kind = ?2 AND revision = ?19";
inline constexpr std::string_view has_credential = "SELECT 1 FROM credentials WHERE id = ?1";
inline constexpr std::string_view remove_credential = "DELETE FROM credentials WHERE id = ?1";
inline constexpr std::string_view find_credential = "SELECT " COUNTERSIGN_CREDENTIAL " WHERE c.id = ?1";
inline constexpr std::string_view credentials =
    "SELECT " COUNTERSIGN_CREDENTIAL " WHERE ?1 = '' OR c.queue = ?1 ORDER BY c.created, c.id";
inline constexpr std::string_view rehash_credential =
    "UPDATE credentials SET hash = ?3 WHERE id = ?1 AND hash = ?2";
// Of a credential that is gone there is nothing to count.
inline constexpr std::string_view note_credential_use =
    "INSERT INTO credential_uses (id, last_used, ip, uses) SELECT id, ?2, ?3, ?4 FROM credentials "
    "WHERE id = ?1 ON CONFLICT (id) DO UPDATE SET last_used = max(credential_uses.last_used, "
    "excluded.last_used), ip = excluded.ip, uses = credential_uses.uses + excluded.uses";

inline constexpr std::string_view credential_version = "SELECT version FROM credential_version";
inline constexpr std::string_view next_credential_version =
    "UPDATE credential_version SET version = version + 1";

inline constexpr std::string_view insert_key_group =
    "INSERT INTO key_groups (queue, name, description, created) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (queue, name) DO NOTHING RETURNING name";
inline constexpr std::string_view update_key_group =
    "UPDATE key_groups SET description = ?4 WHERE queue = ?1 AND name = ?2 AND description = ?3";
inline constexpr std::string_view has_key_group = "SELECT 1 FROM key_groups WHERE queue = ?1 AND name = ?2";
inline constexpr std::string_view key_groups =
    "SELECT name, queue, description, created FROM key_groups WHERE ?1 = '' OR queue = ?1 "
    "ORDER BY queue, name";
inline constexpr std::string_view key_in_group =
    "SELECT 1 FROM credentials WHERE queue = ?1 AND key_group = ?2 LIMIT 1";
inline constexpr std::string_view remove_key_group = "DELETE FROM key_groups WHERE queue = ?1 AND name = ?2";

inline constexpr std::string_view insert_role =
    "INSERT INTO roles (id, queue, name, name_key, description, scopes, permissions, several_tenants, "
    "created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO NOTHING RETURNING id";
inline constexpr std::string_view update_role =
    "UPDATE roles SET name = ?3, name_key = ?4, description = ?5, scopes = ?6, permissions = ?7, "
    "several_tenants = ?8 WHERE id = ?1 AND queue = ?2 AND name = ?9 AND description = ?10 AND "
    "scopes = ?11 AND permissions = ?12 AND several_tenants = ?13";
inline constexpr std::string_view has_role = "SELECT 1 FROM roles WHERE id = ?1";
inline constexpr std::string_view role_of_name =
    "SELECT id FROM roles WHERE queue = ?1 AND name_key = ?2 AND id <> ?3";
inline constexpr std::string_view roles =
    "SELECT id, queue, name, description, scopes, permissions, several_tenants, created FROM roles "
    "ORDER BY queue, name_key";
inline constexpr std::string_view credential_of_role = "SELECT 1 FROM credentials WHERE role = ?1 LIMIT 1";
inline constexpr std::string_view remove_role = "DELETE FROM roles WHERE id = ?1";

inline constexpr std::string_view locks =
    "SELECT object, ends, in_a_row FROM login_locks ORDER BY ends DESC, object";
inline constexpr std::string_view put_lock =
    "INSERT INTO login_locks (object, ends, in_a_row) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (object) DO UPDATE SET ends = excluded.ends, in_a_row = excluded.in_a_row";
inline constexpr std::string_view remove_lock = "DELETE FROM login_locks WHERE object = ?1";

#undef COUNTERSIGN_CREDENTIAL

}  // namespace bridge::sql
