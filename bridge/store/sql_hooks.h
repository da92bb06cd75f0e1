#pragma once

// SQL texts about webhooks that go out. Written as those in sql.h.

#include <string_view>

namespace bridge::sql {

inline constexpr std::string_view all_webhooks =
    "SELECT id, queue, settings, created FROM webhooks ORDER BY created, id";
inline constexpr std::string_view put_webhook =
    "INSERT INTO webhooks (id, queue, settings, created) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (id) DO UPDATE SET queue = excluded.queue, settings = excluded.settings";
inline constexpr std::string_view drop_webhook = "DELETE FROM webhooks WHERE id = ?1 RETURNING id";
inline constexpr std::string_view drop_lane = "DELETE FROM effects WHERE lane = ?1 AND kind = 'deliver'";
inline constexpr std::string_view drop_messages = "DELETE FROM hook_messages WHERE lane = ?1";
inline constexpr std::string_view open_deliveries =
    "SELECT e.id, r.queue, r.id, e.slot, e.attempts, e.not_before, e.payload FROM effects e "
    "JOIN requests r ON r.num = e.num WHERE e.lane = ?1 AND e.kind = 'deliver' ORDER BY e.id LIMIT ?2";
inline constexpr std::string_view count_deliveries =
    "SELECT count(*) FROM effects WHERE lane = ?1 AND kind = 'deliver'";
inline constexpr std::string_view not_tried =
    "UPDATE effects SET attempts = attempts - 1 WHERE id = ?1 AND attempts > 0";
inline constexpr std::string_view find_message =
    "SELECT m.message FROM requests r JOIN hook_messages m ON m.num = r.num "
    "WHERE r.queue = ?1 AND r.id = ?2 AND m.lane = ?3";
inline constexpr std::string_view set_message =
    "INSERT INTO hook_messages (num, lane, message) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (num, lane) DO UPDATE SET message = excluded.message";

}  // namespace bridge::sql
