#pragma once

// The write-ahead log, written in large pieces. SQLite writes each page of a commit with two calls of the
// system, and such a call costs more than the bytes; this layer between SQLite and the file (a "VFS") keeps
// what is written to the log in order until SQLite wants it durable, asks for it, or it is 128 KB. What
// fails then fails at the commit. The database itself is not touched: its writes go straight through.
// Only for connections with synchronous = FULL: without a sync at its end a commit would not be written; and
// with powersafe overwrite on (`psow`, SQLite's default). Such a connection must call forget_unwritten() when
// it rolls back.

struct sqlite3;

namespace bridge {

// The name of the layer, for `vfs=` in the address of a database. Known to SQLite from the first call on.
const char* gathered_log();

// Drops what the connection's log keeps: after a rollback nobody wants it, and where it belongs another
// process may have committed by the time it would be written. Not for ROLLBACK TO, which leaves earlier pages
// wanted.
void forget_unwritten(sqlite3* db) noexcept;

}  // namespace bridge
