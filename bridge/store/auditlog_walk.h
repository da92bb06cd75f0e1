#pragma once

// One way of listing, two places to list: requests of hosted queues, and entries that are mirrored.

#include <functional>
#include <string>

#include "bridge/store/sql_auditlog.h"
#include "bridge/store/sqlite_session.h"

namespace bridge {

// One row after the other, as the source's `columns` say; `touched` is its last change when the query is for
// changes.
void walk_auditlog(SqliteSession& session, const sql::AuditlogSource& source, const std::string& queue,
                   const AuditlogQuery& query,
                   const std::function<void(const Query& row, Time touched)>& each);

}  // namespace bridge
