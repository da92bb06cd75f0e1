#pragma once

// Between rows and the plain data of records.h. The order of columns is that of sql.h.

#include <span>

#include "bridge/store/records.h"
#include "bridge/store/sqlite_session.h"

namespace bridge {

// Reads the columns of a record from `column` on.
Record read_record(const Query& query, int column);
AuditRow read_audit(const Query& query);

// The row of a request. Throws not_found.
std::int64_t num_of(SqliteSession& session, const RequestRef& ref);
// As the tables of days have it.
std::int64_t day_of(Time time) noexcept;

// Binds what a step may change, from `place` on: 17 places.
void bind_lifecycle(Query& query, int place, const Lifecycle& lifecycle);

// These write, inside the transaction that is open.
void add_audit(SqliteSession& session, std::int64_t num, std::span<const AuditRow> rows);
// Takes the place of what is in its slot. The effect's number when it is leased as it was to be, else 0.
std::int64_t put_effect(SqliteSession& session, std::int64_t num, const NewEffect& effect);
// A new request's: there is nothing to replace.
std::int64_t add_effect(SqliteSession& session, std::int64_t num, const NewEffect& effect);
// Whoever worked on the effect is done with it. Where another took its place meanwhile, that one waits no
// longer.
void remove_effect(SqliteSession& session, std::int64_t num, std::int64_t effect);
void put_off_effect(SqliteSession& session, std::int64_t num, std::int64_t effect, Time not_before);

}  // namespace bridge
