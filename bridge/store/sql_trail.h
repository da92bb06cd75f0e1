#pragma once

// The SQL texts of the audit log, under the rules of sql.h. A search walks the primary key or one index in
// the order of rows; whatever else it asks for is looked at in each row by whoever reads, so that it knows
// how many it has looked at.

#include <cstddef>
#include <string>
#include <string_view>

namespace bridge::sql {

#define COUNTERSIGN_TRAIL                                                                                  \
  "sequence, at, actor, on_behalf_of, role, ip, user_agent, action, queue, object, old_value, new_value, " \
  "detail, previous, hash"
// Actions that are not of requests are few: they have an index of their own.
#define COUNTERSIGN_RARE_ACTION "(action < 'request.' OR action >= 'request/')"

inline constexpr std::string_view insert_trail =
    "INSERT INTO trail (" COUNTERSIGN_TRAIL
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
inline constexpr std::string_view newest_trail =
    "SELECT sequence, hash FROM trail ORDER BY sequence DESC LIMIT 1";

// Times need not ascend: clocks are set. So each span of rows says between which times it lies.
// Place: ?1 the last row of a span that is whole.
inline constexpr int trail_span = 512;
inline constexpr std::string_view insert_trail_span =
    "INSERT INTO trail_spans (last, earliest, latest) SELECT ?1, min(at), max(at) FROM trail "
    "WHERE sequence > ?1 - 512 AND sequence <= ?1 "
    "ON CONFLICT (last) DO UPDATE SET earliest = excluded.earliest, latest = excluded.latest";
// Places: ?1 from, ?2 before, ?3 the newest row.
inline constexpr std::string_view trail_spans_of_period =
    "SELECT last FROM trail_spans WHERE latest >= ?1 AND earliest < ?2 AND last <= ?3 ORDER BY last";

// The next action behind one; places: ?1 that one, ?2 the first that is not meant any more.
inline constexpr std::string_view next_rare_action =
    "SELECT min(action) FROM trail WHERE action > ?1 AND action < ?2 AND " COUNTERSIGN_RARE_ACTION;

inline constexpr std::string_view trail_row = "SELECT " COUNTERSIGN_TRAIL " FROM trail WHERE sequence = ?1";

// Which rows are walked: all, those of a queue or an object, or those of rare actions.
enum class TrailWay { all, queue, object, actions };
// Places: ?1 and ?2 rows from and to, ?3 and on the keys. Not `whole`: what decides whether a row is meant,
// sequence, at, actor, on_behalf_of, action, queue; the rest of a row is dear where most are left out.
inline std::string trail_search(TrailWay way, std::size_t keys, bool newest_first, bool whole) {
  std::string text;
  for (std::size_t key = 0; key < keys || key == 0; ++key) {
    const std::string place = '?' + std::to_string(3 + key);
    text += key > 0 ? " UNION ALL " : "";
    text += whole ? "SELECT " COUNTERSIGN_TRAIL : "SELECT sequence, at, actor, on_behalf_of, action, queue";
    text += " FROM trail WHERE sequence >= ?1 AND sequence <= ?2";
    if (way == TrailWay::queue) text += " AND queue = " + place + " AND queue <> ''";
    if (way == TrailWay::object) text += " AND object = " + place + " AND object <> ''";
    if (way == TrailWay::actions) text += " AND action = " + place + " AND " COUNTERSIGN_RARE_ACTION;
  }
  return text + " ORDER BY sequence" + (newest_first ? " DESC" : "");
}

#undef COUNTERSIGN_TRAIL
#undef COUNTERSIGN_RARE_ACTION

}  // namespace bridge::sql
