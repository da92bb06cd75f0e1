#pragma once

// Rows that most steps of a commit change in the same way: how many requests stand where, the highest id that
// a queue used, between which ids the requests of a day lie, when the last of them changed. Gathered over the
// steps of one commit, read and written once in it. Used by the writing thread only, inside the transaction
// that is open.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/ops/clock.h"
#include "bridge/store/sqlite_session.h"

namespace bridge {

class SharedRows {
 public:
  // A transaction begins, or is begun anew: what was gathered is gone, what was read may be.
  void clear() { queues_.clear(); }
  void write(SqliteSession& session) const;

  // So many more requests (or fewer) stand there.
  void count(const std::string& queue, const std::string& desk, std::string_view state, int by);
  // For a request that brings none.
  std::int64_t next_id(SqliteSession& session, const std::string& queue);
  void note_id(SqliteSession& session, const std::string& queue, std::int64_t id);
  void note_day(const std::string& queue, Time requested, std::int64_t id);
  // As touch() in touched.h, of the queue's requests.
  Time touch(SqliteSession& session, const std::string& queue, Time now);

 private:
  struct Standing {
    std::string desk, state;
    std::int64_t by = 0;
  };
  struct Day {
    std::int64_t first_id = 0, last_id = 0;
  };
  struct Queue {
    std::optional<std::int64_t> last_id;  // as it was read, and then used
    bool used_id = false;
    std::optional<Time> touched;
    std::vector<Standing> standing;  // few
    std::map<std::int64_t, Day> days;
  };
  std::int64_t& last_id(SqliteSession& session, const std::string& queue);

  std::map<std::string, Queue, std::less<>> queues_;
};

}  // namespace bridge
