// Opening and closing, and the verbs about values and counts.

#include "bridge/store/sqlite_store.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/store/sql.h"
#include "bridge/store/sqlite_credentials.h"
#include "bridge/store/sqlite_directory.h"
#include "bridge/store/sqlite_events.h"
#include "bridge/store/sqlite_inventory.h"
#include "bridge/store/sqlite_mirror.h"
#include "bridge/store/sqlite_trail.h"

namespace bridge {

namespace {
constexpr int readers_when_serving = 4;

// So that the name of a new file is as durable as its content.
void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}
}  // namespace

std::unique_ptr<Store> open_store(const std::string& where, OpenMode mode) {
  constexpr std::string_view sqlite = "sqlite:";
  if (where.rfind(sqlite, 0) != 0 || where.size() == sqlite.size())
    throw Error(ErrorCode::config_invalid,
                "store: expected sqlite:PATH, found " + where.substr(0, where.find(':')));
  return std::make_unique<SqliteStore>(where.substr(sqlite.size()), mode);
}

SqliteStore::SqliteStore(const std::filesystem::path& file, OpenMode mode, std::span<const Migration> steps)
    : file_(std::filesystem::absolute(file)),
      mode_(mode),
      trail_(std::make_unique<SqliteTrail>(*this)),
      credentials_(std::make_unique<SqliteCredentials>(*this)),
      events_(std::make_unique<SqliteEvents>(*this)),
      inventory_(std::make_unique<SqliteInventory>(*this)),
      mirror_(std::make_unique<SqliteMirror>(*this)),
      directory_(std::make_unique<SqliteDirectory>(*this)) {
  if (mode == OpenMode::look)
    open_for_looking(steps);
  else
    open_for_writing(steps);
}

SqliteStore::~SqliteStore() {
  readers_.reset();
  const bool serving = commits_ && mode_ == OpenMode::serve;
  commits_.reset();
  if (serving && locks_->lock_within(LockFile::What::log, std::chrono::seconds(1))) writer_->checkpoint(true);
}

void SqliteStore::open_for_looking(std::span<const Migration> steps) {
  if (!std::filesystem::exists(file_))
    refuse("there is no store at " + file_.string() + " yet: start countersign serve first");
  const int known = steps.back().version;
  version_ = examine(known);
  if (version_ < known)
    refuse(file_.string() +
           " was made by an older version: start countersign serve, which brings it up to date");
  readers_ = std::make_unique<ReaderPool>(file_, 1);
}

void SqliteStore::open_for_writing(std::span<const Migration> steps) {
  const int known = steps.back().version;
  std::error_code error;
  if (!std::filesystem::exists(file_.parent_path())) {
    std::filesystem::create_directories(file_.parent_path(), error);
    if (error) refuse(file_.parent_path().string() + " cannot be created: " + error.message());
    std::filesystem::permissions(file_.parent_path(), std::filesystem::perms::owner_all, error);
  }
  locks_ = std::make_unique<LockFile>(file_);
  // Beside a running bridge the tables stay as they are; a store that is new or old needs to be alone.
  const bool alone = mode_ == OpenMode::serve || !std::filesystem::exists(file_) || examine(known) < known;
  if (alone) {
    if (!locks_->try_lock(LockFile::What::serving))
      refuse(file_.string() + " is served by another countersign (process " +
             std::to_string(locks_->owner()) + "): stop that one first, or give this one another store");
    locks_->write_owner();
    create_file();
  }
  const int have = examine(known);
  if (have > 0 && have < known) back_up(have);
  writer_ = std::make_unique<SqliteSession>(file_, SqliteSession::Access::write);
  if (alone) {
    Query mode = writer_->query("PRAGMA journal_mode = WAL");
    if (!mode.step() || mode.text(0) != "wal")
      refuse("the file system of " + file_.string() + " cannot hold a write-ahead log: use a local disk");
    mode.run();
    migrate(*writer_, steps);
  } else {
    writer_->leave_log();
  }
  version_ = known;
  commits_ = std::make_unique<GroupCommit>(
      *writer_, *locks_, alone ? GroupCommit::Beside::nobody : GroupCommit::Beside::a_serving_process,
      GroupCommit::Shared{[this] {
                            shared_.clear();
                            trail_->forget();
                          },
                          [this](SqliteSession& session) { shared_.write(session); }});
  readers_ = std::make_unique<ReaderPool>(file_, mode_ == OpenMode::serve ? readers_when_serving : 1);
}

int SqliteStore::examine(int known) const {
  SqliteSession session(file_, SqliteSession::Access::read);
  const Inspection found = inspect(session);
  if (found.empty) return 0;
  if (!found.ours)
    refuse(file_.string() +
           " is another program's database: nothing was changed; give countersign a file of its own");
  if (found.version > known)
    refuse(file_.string() + " was made by a newer version (its tables are at " +
           std::to_string(found.version) + ", this program knows " + std::to_string(known) +
           "): nothing was changed; use that version");
  return found.version;
}

void SqliteStore::create_file() const {
  const int descriptor = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) refuse(file_.string() + " cannot be created: " + std::strerror(errno));
  ::close(descriptor);
  sync_folder(file_.parent_path());
}

void SqliteStore::back_up(int version) const {
  const std::string kept = file_.string() + ".v" + std::to_string(version) + ".backup";
  const std::string part = kept + ".part";
  std::filesystem::remove(part);
  const mode_t before = ::umask(0077);
  try {
    SqliteSession session(file_, SqliteSession::Access::write);
    session.execute("VACUUM INTO " + quoted(part));
  } catch (...) {
    ::umask(before);
    throw;
  }
  ::umask(before);
  std::filesystem::rename(part, kept);
  sync_folder(file_.parent_path());
}

void SqliteStore::refuse(const std::string& message) {
  throw Error(ErrorCode::store_unavailable, message);
}

std::optional<std::string> SqliteStore::value(const std::string& name) {
  return read([&](SqliteSession& session) -> std::optional<std::string> {
    Query row = session.query(sql::value, name);
    if (!row.step()) return std::nullopt;
    return row.text(0);
  });
}

void SqliteStore::set_value(const std::string& name, const std::string& value, Time at,
                            const std::vector<TrailEntry>& trail) {
  write([&](SqliteSession& session) {
    session.query(sql::set_value, name, value, at).run();
    trail_->write(session, trail);
  });
}

std::map<std::string, std::string> SqliteStore::values(const std::string& prefix) {
  return read([&](SqliteSession& session) {
    std::map<std::string, std::string> found;
    Query row = session.query(sql::values_under, prefix);
    while (row.step()) found.emplace(row.text(0), row.text(1));
    return found;
  });
}

std::vector<Store::Count> SqliteStore::counts() {
  return read([&](SqliteSession& session) {
    std::vector<Count> found;
    Query row = session.query(sql::counts);
    while (row.step()) {
      const auto state = workflows::state_from(row.text(2));
      if (state) found.push_back({row.text(0), row.text(1), *state, row.number(3)});
    }
    return found;
  });
}

std::optional<Time> SqliteStore::oldest(const std::string& desk,
                                        const std::vector<workflows::State>& states) {
  return read([&](SqliteSession& session) {
    std::vector<std::string> desks{desk};
    if (desk.empty()) {
      desks.clear();
      Query row = session.query(sql::desks);
      while (row.step()) desks.push_back(row.text(0));
    }
    std::optional<Time> first;
    for (const std::string& one : desks)
      for (const workflows::State state : states) {
        Query row = session.query(sql::oldest, one, workflows::to_string(state));
        if (row.step() && (!first || row.time(0) < *first)) first = row.time(0);
      }
    return first;
  });
}

Trail& SqliteStore::trail() {
  return *trail_;
}

Store::Writes SqliteStore::writes() const {
  if (!commits_) return {};
  return {commits_->jobs(), commits_->commits()};
}

}  // namespace bridge
