#pragma once

// The SQL texts of the audit log, under the rules of sql.h. A column that shall not choose the index stands
// in an expression (`queue || ''`).

#include <string>
#include <string_view>

namespace bridge::sql {

#define COUNTERSIGN_TRAIL                                                                                  \
  "sequence, at, actor, on_behalf_of, role, ip, user_agent, action, queue, object, old_value, new_value, " \
  "detail, previous, hash"

inline constexpr std::string_view insert_trail =
    "INSERT INTO trail (" COUNTERSIGN_TRAIL
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
inline constexpr std::string_view newest_trail =
    "SELECT sequence, hash FROM trail ORDER BY sequence DESC LIMIT 1";

// Between which rows a period lies: clocks are set, so that the times of rows need not ascend.
// Places: ?1 from, ?2 before.
inline constexpr std::string_view trail_of_period =
    "SELECT min(sequence), max(sequence) FROM trail WHERE at >= ?1 AND at < ?2";

// Actions that are not of requests are few: they have an index of their own.
#define COUNTERSIGN_RARE_ACTION "(action < 'request.' OR action >= 'request/')"

// Places: ?1 and ?2 rows from and to, ?3 queue, ?4 object, ?5 action, ?6 the first action behind a prefix,
// ?7 from, ?8 before. What actors are asked for is compared by whoever reads: it wants letters of all
// scripts.
struct TrailShape {
  bool queue = false;
  bool object = false;
  enum class Action { any, whole, prefix } action = Action::any;
  bool rare = false;  // no action of a request can be meant
  bool period = false;
  bool newest_first = false;
};
inline std::string trail_search(const TrailShape& shape) {
  using Action = TrailShape::Action;
  const bool by_action = shape.rare && !shape.object;
  // The few of a prefix are sorted, rather than all rows walked in their order.
  const std::string sequence = by_action && shape.action == Action::prefix ? "sequence + 0" : "sequence";
  std::string text =
      "SELECT " COUNTERSIGN_TRAIL " FROM trail WHERE " + sequence + " >= ?1 AND " + sequence + " <= ?2";
  if (shape.object) text += " AND object = ?4 AND object <> ''";
  if (by_action) text += " AND " COUNTERSIGN_RARE_ACTION;
  if (shape.queue)
    text += shape.object || by_action ? " AND queue || '' = ?3" : " AND queue = ?3 AND queue <> ''";
  const std::string action = by_action ? "action" : "action || ''";
  if (shape.action == Action::whole) text += " AND " + action + " = ?5";
  if (shape.action == Action::prefix) text += " AND " + action + " >= ?5 AND " + action + " < ?6";
  if (shape.period) text += " AND at + 0 >= ?7 AND at + 0 < ?8";
  return text + " ORDER BY sequence" + (shape.newest_first ? " DESC" : "");
}

#undef COUNTERSIGN_TRAIL
#undef COUNTERSIGN_RARE_ACTION

}  // namespace bridge::sql
