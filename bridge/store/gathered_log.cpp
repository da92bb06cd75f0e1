#include "bridge/store/gathered_log.h"

#include <cstddef>
#include <exception>
#include <new>
#include <string>

#include <sqlite3.h>

namespace bridge {

namespace {

constexpr std::size_t largest_piece = 128u << 10;

// Readers of other connections see a frame only when the index names it, which SQLite lets it do behind the
// xSync of its commit; this connection reads through here. So nobody can ask for what is still kept.
struct LogFile : sqlite3_file {
  std::string kept;
  sqlite3_int64 from = 0;  // where `kept` belongs

  // SQLite makes room for it behind ours.
  sqlite3_file* file() { return reinterpret_cast<sqlite3_file*>(this + 1); }

  int write_kept() {
    if (kept.empty()) return SQLITE_OK;
    const int result = file()->pMethods->xWrite(file(), kept.data(), static_cast<int>(kept.size()), from);
    kept.clear();  // what failed is not tried again: its transaction is undone
    return result;
  }
};

LogFile& ours(sqlite3_file* file) {
  return *static_cast<LogFile*>(file);
}

// What was kept, then what is asked for.
template <class Then>
int behind_kept(sqlite3_file* file, const Then& then) {
  LogFile& log = ours(file);
  const int result = log.write_kept();
  return result == SQLITE_OK ? then(log.file()) : result;
}

// What is kept now was never synced, so that no commit needs it.
int close_log(sqlite3_file* file) {
  LogFile& log = ours(file);
  const int result = log.file()->pMethods->xClose(log.file());
  log.~LogFile();
  return result;
}

int read_log(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
  const int result =
      behind_kept(file, [&](sqlite3_file* log) { return log->pMethods->xRead(log, to, size, at); });
  // SQLite knows no read that fills the disk: it would undo the statement alone and keep the transaction,
  // which has lost what was kept.
  return result == SQLITE_FULL ? SQLITE_IOERR_WRITE : result;
}

int write_log(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  LogFile& log = ours(file);
  const auto follows = log.from + static_cast<sqlite3_int64>(log.kept.size());
  if (at != follows || log.kept.size() + static_cast<std::size_t>(size) > largest_piece)
    if (const int result = log.write_kept(); result != SQLITE_OK) return result;
  if (log.kept.empty()) log.from = at;
  try {
    log.kept.append(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    return SQLITE_OK;
  } catch (const std::exception&) {
    log.kept.clear();
    return SQLITE_IOERR_NOMEM;  // ends the transaction, as SQLITE_NOMEM need not
  }
}

int truncate_log(sqlite3_file* file, sqlite3_int64 size) {
  return behind_kept(file, [&](sqlite3_file* log) { return log->pMethods->xTruncate(log, size); });
}
int sync_log(sqlite3_file* file, int flags) {
  return behind_kept(file, [&](sqlite3_file* log) { return log->pMethods->xSync(log, flags); });
}
int size_of_log(sqlite3_file* file, sqlite3_int64* size) {
  return behind_kept(file, [&](sqlite3_file* log) { return log->pMethods->xFileSize(log, size); });
}
int control_log(sqlite3_file* file, int what, void* argument) {
  return behind_kept(file,
                     [&](sqlite3_file* log) { return log->pMethods->xFileControl(log, what, argument); });
}

int lock_log(sqlite3_file* file, int how) {
  return ours(file).file()->pMethods->xLock(ours(file).file(), how);
}
int unlock_log(sqlite3_file* file, int how) {
  return ours(file).file()->pMethods->xUnlock(ours(file).file(), how);
}
int check_log_lock(sqlite3_file* file, int* result) {
  return ours(file).file()->pMethods->xCheckReservedLock(ours(file).file(), result);
}
int sector_of_log(sqlite3_file* file) {
  return ours(file).file()->pMethods->xSectorSize(ours(file).file());
}
int traits_of_log(sqlite3_file* file) {
  return ours(file).file()->pMethods->xDeviceCharacteristics(ours(file).file());
}

// Version 1: what comes behind it is for databases, not for logs.
const sqlite3_io_methods log_methods = [] {
  sqlite3_io_methods methods{};
  methods.iVersion = 1;
  methods.xClose = close_log;
  methods.xRead = read_log;
  methods.xWrite = write_log;
  methods.xTruncate = truncate_log;
  methods.xSync = sync_log;
  methods.xFileSize = size_of_log;
  methods.xLock = lock_log;
  methods.xUnlock = unlock_log;
  methods.xCheckReservedLock = check_log_lock;
  methods.xFileControl = control_log;
  methods.xSectorSize = sector_of_log;
  methods.xDeviceCharacteristics = traits_of_log;
  return methods;
}();

sqlite3_vfs* plain_files() {
  static sqlite3_vfs* const found = sqlite3_vfs_find(nullptr);
  return found;
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* result_flags) {
  sqlite3_vfs* const plain = plain_files();
  if ((flags & SQLITE_OPEN_WAL) == 0) return plain->xOpen(plain, name, file, flags, result_flags);
  auto* log = new (file) LogFile;
  log->pMethods = nullptr;
  const int result = plain->xOpen(plain, name, log->file(), flags, result_flags);
  if (result == SQLITE_OK) {
    log->pMethods = &log_methods;
    return result;
  }
  // Without methods SQLite does not close it.
  if (log->file()->pMethods != nullptr) log->file()->pMethods->xClose(log->file());
  log->~LogFile();
  return result;
}

}  // namespace

const char* gathered_log() {
  // What SQLite puts behind it needs its place as much as ours does.
  static_assert(sizeof(LogFile) % alignof(std::max_align_t) == 0);
  static constexpr const char* name = "countersign-gathered-log";
  static const bool known = [] {
    // As the plain one in all but how a file is opened.
    static sqlite3_vfs layer = *plain_files();
    layer.zName = name;
    layer.pNext = nullptr;
    layer.szOsFile += static_cast<int>(sizeof(LogFile));
    layer.xOpen = open_file;
    return sqlite3_vfs_register(&layer, 0) == SQLITE_OK;
  }();
  return known ? name : plain_files()->zName;
}

void forget_unwritten(sqlite3* db) noexcept {
  sqlite3_file* log = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log != nullptr &&
      log->pMethods == &log_methods)
    ours(log).kept.clear();
}

}  // namespace bridge
