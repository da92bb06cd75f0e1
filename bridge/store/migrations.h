#pragma once

// The tables, as numbered steps that only go forward. A step that was released is never edited: a change is a
// new step. Each runs in one transaction together with the number that says it ran.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bridge {

class SqliteSession;

struct Migration {
  int version = 0;
  std::vector<std::string_view>
      statements;  // BIGINT, @SERIAL, @STRICT and @REFUSE stand for each database's own words
};

// In order; the last one's version is what this program knows.
std::span<const Migration> migrations();

std::string to_sqlite(std::string_view statement);

// What a database file is, before anything is written to it.
struct Inspection {
  bool empty = false;
  bool ours = false;
  int version = 0;
};
Inspection inspect(SqliteSession& session);

// Runs the steps behind the session's version. Throws Error(store_unavailable); a step that failed left
// nothing.
void migrate(SqliteSession& session, std::span<const Migration> steps);

}  // namespace bridge
