#include "bridge/store/sqlite_session.h"

#include <mutex>
#include <unistd.h>
#include <unordered_map>

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SQLite/SQLiteException.h>
#include <Poco/Data/SQLite/Utility.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <sqlite3.h>

#include "bridge/ops/sha256.h"
#include "bridge/store/folded.h"
#include "bridge/store/gathered_log.h"

namespace bridge {

using namespace Poco::Data::Keywords;

namespace {
constexpr int busy_timeout_s = 5;

// A copy that was put away where nothing may be written, such as on a disc. Nobody serves it: it has no log.
bool is_put_away(const std::filesystem::path& file) {
  const auto folder = std::filesystem::absolute(file).parent_path();
  return ::access(folder.c_str(), W_OK) != 0 && !std::filesystem::exists(file.string() + "-wal");
}

std::string uri(const std::filesystem::path& file, SqliteSession::Access access) {
  std::string text = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    if (c == '?')
      text += "%3f";
    else if (c == '#')
      text += "%23";
    else if (c == '%')
      text += "%25";
    else
      text += c;
  }
  if (access == SqliteSession::Access::write) return text + "?mode=rw&vfs=" + gathered_log();
  return text + "?mode=ro" + (is_put_away(file) ? "&immutable=1" : "");
}

int code_of(const Poco::Exception& error) {
  namespace lite = Poco::Data::SQLite;
  if (dynamic_cast<const lite::DatabaseFullException*>(&error)) return SQLITE_FULL;
  if (dynamic_cast<const lite::ReadOnlyException*>(&error)) return SQLITE_READONLY;
  if (dynamic_cast<const lite::CantOpenDBFileException*>(&error)) return SQLITE_CANTOPEN;
  if (dynamic_cast<const lite::CorruptImageException*>(&error)) return SQLITE_CORRUPT;
  if (dynamic_cast<const lite::DBLockedException*>(&error)) return SQLITE_BUSY;
  if (dynamic_cast<const lite::IOErrorException*>(&error)) return SQLITE_IOERR;
  return SQLITE_ERROR;
}

// Poco has one exception for a damaged file and for one that never was a database: the handle knows which.
Error from_poco(const Poco::Exception& error, sqlite3* db) {
  int code = code_of(error);
  if (db && sqlite3_errcode(db) == SQLITE_NOTADB) code = SQLITE_NOTADB;
  return store_error(code, error.message());
}
// For a migration that fills columns from what is stored already.
template <auto function>
void define(sqlite3* db, const char* name) {
  sqlite3_create_function_v2(
      db, name, 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr,
      [](sqlite3_context* context, int, sqlite3_value** values) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(values[0]));
        const std::string result(function(text == nullptr ? "" : text));
        sqlite3_result_text64(context, result.data(), result.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
      },
      nullptr, nullptr, nullptr);
}
}  // namespace

Error store_error(int sqlite_code, const std::string& detail) {
  std::string text;
  switch (sqlite_code & 0xff) {
    case SQLITE_FULL:
      text = "the disk that holds the store is full: free some space, then try again";
      break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      text =
          "the store cannot be written: look at the owner and mode of its file, of the files beside it and "
          "of their folder";
      break;
    case SQLITE_CORRUPT:
      text =
          "the store's file is damaged: stop the bridge, keep a copy, restore the last backup "
          "(docs/store.md)";
      break;
    case SQLITE_NOTADB:
      text = "the store's file is not an SQLite database: look at the path in the configuration";
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      text = "another program keeps the store locked: end it, then try again";
      break;
    case SQLITE_IOERR:
      text = "the disk that holds the store fails: look at the system log, then at docs/store.md";
      break;
    default:
      text = "the store failed";
  }
  return Error(ErrorCode::store_unavailable,
               text + " (SQLite " + std::to_string(sqlite_code) + ": " + detail + ")");
}

Query::~Query() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}
void Query::bind(int place, std::string_view text) {
  // An empty view may have no address, which SQLite would take for NULL.
  const int result = sqlite3_bind_text64(statement_, place, text.data() ? text.data() : "", text.size(),
                                         SQLITE_STATIC, SQLITE_UTF8);
  if (result != SQLITE_OK) throw store_error(result, sqlite3_errmsg(db_));
}
void Query::bind(int place, std::int64_t number) {
  const int result = sqlite3_bind_int64(statement_, place, number);
  if (result != SQLITE_OK) throw store_error(result, sqlite3_errmsg(db_));
}
void Query::bind(int place, std::nullptr_t) {
  const int result = sqlite3_bind_null(statement_, place);
  if (result != SQLITE_OK) throw store_error(result, sqlite3_errmsg(db_));
}
bool Query::step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  throw store_error(sqlite3_extended_errcode(db_), sqlite3_errmsg(db_));
}
std::string Query::text(int column) const {
  return std::string(view(column));
}
std::string_view Query::view(int column) const {
  const unsigned char* data = sqlite3_column_text(statement_, column);
  if (!data) return {};
  return {reinterpret_cast<const char*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}
std::int64_t Query::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}
bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

struct SqliteSession::State {
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::optional<Poco::Data::Session> session;
  sqlite3* db = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*, Hash, std::equal_to<>> statements;
  int frames = 0;
};

SqliteSession::SqliteSession(const std::filesystem::path& file, Access access)
    : state_(std::make_unique<State>()) {
  static std::once_flag registered;
  std::call_once(registered, [] {
    // Nobody asks SQLite how much memory it has, and counting it costs all connections a common lock.
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    Poco::Data::SQLite::Connector::registerConnector();
  });
  // Poco tries again for its whole timeout when a file cannot be opened: see for ourselves first.
  if (::access(file.c_str(), access == Access::read ? R_OK : R_OK | W_OK) != 0)
    throw store_error(SQLITE_CANTOPEN, file.string());
  try {
    state_->session.emplace("SQLite", uri(file, access), busy_timeout_s);
    state_->db = Poco::Data::SQLite::Utility::dbHandle(*state_->session);
    execute("PRAGMA busy_timeout = " + std::to_string(busy_timeout_s * 1000));
    execute("PRAGMA temp_store = MEMORY");
    execute("PRAGMA foreign_keys = ON");
    if (access == Access::read) {
      execute("PRAGMA query_only = ON");
      execute("PRAGMA cache_size = -1024");
      leave_log();
    } else {
      execute("PRAGMA synchronous = FULL");
      sqlite3_rollback_hook(
          state_->db, [](void* db) { forget_unwritten(static_cast<sqlite3*>(db)); }, state_->db);
      execute("PRAGMA cache_size = -8192");
      execute("PRAGMA secure_delete = OFF");
      execute("PRAGMA journal_size_limit = 16777216");
      define<folded>(state_->db, "folded");
      define<without_domain>(state_->db, "without_domain");
      define<sha256_hex>(state_->db, "sha256_hex");
    }
    // Checkpoints are asked for, never automatic: the hook takes the place of SQLite's own.
    sqlite3_wal_hook(
        state_->db,
        [](void* frames, sqlite3*, const char*, int count) {
          *static_cast<int*>(frames) = count;
          return SQLITE_OK;
        },
        &state_->frames);
  } catch (const Poco::Exception& error) {
    throw from_poco(error, state_->db);
  }
}

SqliteSession::~SqliteSession() {
  for (const auto& [text, statement] : state_->statements) sqlite3_finalize(statement);
}

void SqliteSession::execute(const std::string& sql) {
  try {
    *state_->session << sql, now;
  } catch (const Poco::Exception& error) {
    throw from_poco(error, state_->db);
  }
}

int SqliteSession::number(const std::string& sql) {
  try {
    int value = 0;
    *state_->session << sql, into(value), now;
    return value;
  } catch (const Poco::Exception& error) {
    throw from_poco(error, state_->db);
  }
}

void SqliteSession::transaction(const std::function<void()>& work) {
  execute("BEGIN IMMEDIATE");
  try {
    work();
    execute("COMMIT");
  } catch (...) {
    if (in_transaction()) execute("ROLLBACK");
    throw;
  }
}

bool SqliteSession::in_transaction() const noexcept {
  return sqlite3_get_autocommit(state_->db) == 0;
}

std::int64_t SqliteSession::changed() const noexcept {
  return sqlite3_changes64(state_->db);
}

std::int64_t SqliteSession::inserted() const noexcept {
  return sqlite3_last_insert_rowid(state_->db);
}

int SqliteSession::log_frames() const noexcept {
  return state_->frames;
}

void SqliteSession::leave_log() noexcept {
  sqlite3_db_config(state_->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void SqliteSession::checkpoint(bool whole) noexcept {
  int frames = 0;
  int moved = 0;
  sqlite3_wal_checkpoint_v2(state_->db, nullptr,
                            whole ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
  // The next commit tells the log's new length; until then there is no reason to try again.
  state_->frames = 0;
}

sqlite3* SqliteSession::handle() const noexcept {
  return state_->db;
}

sqlite3_stmt* SqliteSession::prepared(std::string_view sql) {
  if (const auto known = state_->statements.find(sql); known != state_->statements.end())
    return known->second;
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(state_->db, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) throw store_error(result, sqlite3_errmsg(state_->db));
  state_->statements.emplace(std::string(sql), statement);
  return statement;
}

}  // namespace bridge
