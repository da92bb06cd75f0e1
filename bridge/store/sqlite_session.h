#pragma once

// One connection to the SQLite file: a Poco::Data session with the settings of the house, and prepared
// statements on its handle that are kept and used again. Used by one thread at a time. Every failure of the
// database becomes Error(store_unavailable) with what to do about it.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/ops/clock.h"
#include "bridge/ops/error.h"

struct sqlite3;
struct sqlite3_stmt;
namespace Poco::Data {
class Session;
}

namespace bridge {

// The sentence for an SQLite result code; `detail` is what SQLite says itself.
Error store_error(int sqlite_code, const std::string& detail);

// One use of a prepared statement; ends it when destroyed. Texts given to it must live until then.
class Query {
 public:
  // Values go to ?1, ?2 ... in their order.
  template <class... Values>
  Query(sqlite3* db, sqlite3_stmt* statement, const Values&... values) : db_(db), statement_(statement) {
    [[maybe_unused]] int place = 0;
    (bind(++place, values), ...);
  }
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // Places are numbered from 1.
  void bind(int place, std::string_view text);
  void bind(int place, std::int64_t number);
  void bind(int place, Time time) { bind(place, to_micros(time)); }
  void bind(int place, std::nullptr_t);

  // True: there is a row. False: the end.
  bool step();
  // For statements without rows of interest.
  void run() {
    while (step()) {
    }
  }

  // Columns are numbered from 0.
  std::string text(int column) const;
  // Until the next step.
  std::string_view view(int column) const;
  std::int64_t number(int column) const;
  Time time(int column) const { return from_micros(number(column)); }
  bool is_null(int column) const;

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_;
};

class SqliteSession {
 public:
  enum class Access { read, write };
  // The file must exist. A reader never writes, not even a checkpoint.
  SqliteSession(const std::filesystem::path& file, Access access);
  ~SqliteSession();
  SqliteSession(const SqliteSession&) = delete;
  SqliteSession& operator=(const SqliteSession&) = delete;

  // Prepared at the first use of this text, kept for the next. One use of a text at a time.
  template <class... Values>
  Query query(std::string_view sql, const Values&... values) {
    return Query(handle(), prepared(sql), values...);
  }

  // Once, through Poco::Data.
  void execute(const std::string& sql);
  int number(const std::string& sql);
  // BEGIN IMMEDIATE; COMMIT, or ROLLBACK when `work` throws.
  void transaction(const std::function<void()>& work);
  bool in_transaction() const noexcept;

  // How many rows the last statement wrote, and the number that the last one inserted got.
  std::int64_t changed() const noexcept;
  std::int64_t inserted() const noexcept;

  // Frames in the write-ahead log at the last commit of this connection.
  int log_frames() const noexcept;
  // Leaves the log alone even when this is the last connection to close.
  void leave_log() noexcept;
  // Moves the log into the database; `whole` empties the log file too. What cannot be moved now stays.
  void checkpoint(bool whole) noexcept;

 private:
  sqlite3* handle() const noexcept;
  sqlite3_stmt* prepared(std::string_view sql);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bridge
