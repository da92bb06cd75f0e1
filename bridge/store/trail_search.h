#pragma once

// One search of the audit log on its way through the rows. Used by one thread; reads, and never writes.

#include <cstdint>
#include <string>
#include <vector>

#include "bridge/store/sql_trail.h"
#include "bridge/store/trail.h"

namespace bridge {

class Query;
class SqliteSession;

class TrailSearch {
 public:
  // Decides, with a look at the store, which rows have to be looked at.
  TrailSearch(SqliteSession& session, const TrailQuery& query);

  // Looks at a few thousand more. True: the search goes on.
  bool walk(SqliteSession& session);
  TrailPage take() { return std::move(page_); }

 private:
  struct Range {
    std::int64_t first, last;
  };
  void find_ranges(SqliteSession& session);
  void find_way(SqliteSession& session);
  bool is_meant(const Query& row) const;
  // False: enough was found.
  bool keep(SqliteSession& session, const Query& row);

  const TrailQuery query_;
  const std::string actor_;    // folded
  std::vector<Range> ranges_;  // the next one stands last
  sql::TrailWay way_ = sql::TrailWay::all;
  std::vector<std::string> keys_;
  bool whole_ = false;  // no row that is walked is left out: each is read as it is
  std::string text_;
  std::int64_t looked_at_ = 0;
  TrailPage page_;
};

}  // namespace bridge
