#pragma once

// The Store in one SQLite file: one connection writes, in groups (group_commit.h), a few read. Thread-safe.
// Owns the connections and the locks. Its destructor ends what is queued and moves the log into the file.

#include <filesystem>
#include <memory>
#include <utility>

#include "bridge/store/group_commit.h"
#include "bridge/store/lock_file.h"
#include "bridge/store/migrations.h"
#include "bridge/store/reader_pool.h"
#include "bridge/store/rows.h"
#include "bridge/store/shared_rows.h"
#include "bridge/store/store.h"

namespace bridge {

class SqliteTrail;

class SqliteStore final : public Store, private HookStore {
 public:
  SqliteStore(const std::filesystem::path& file, OpenMode mode,
              std::span<const Migration> steps = migrations());
  ~SqliteStore() override;

  Submitted submit(const NewRequest& request) override;
  std::vector<Record> submit_unknown(const std::vector<NewRequest>& requests) override;
  std::vector<Submitted> submit_all(const std::vector<NewRequest>& requests) override;
  std::optional<Record> find(const RequestRef& ref) override;
  std::vector<Record> list(const LifecycleQuery& query) override;
  std::string page(const std::string& queue, const PageQuery& query) override;
  std::optional<Record> find_by_ticket(const std::string& desk, const std::string& ticket_id) override;

  void auditlog(const std::string& queue, const AuditlogQuery& query,
                const std::function<void(const AuditlogRecord&)>& each) override;
  std::optional<Time> last_change(const std::string& queue) override;
  Reported report_use(const UseReport& report) override;

  std::vector<Applied> apply(std::span<const Change> changes) override;
  void apply_later(Change change, Then then) override;
  std::vector<DueEffect> claim(const std::string& lane, Time now, Time lease_until, int limit) override;
  void postpone(std::int64_t effect, Time not_before, const RequestRef& ref, const AuditRow& audit,
                const std::vector<TrailEntry>& trail) override;
  void finish(std::int64_t effect, const RequestRef& ref, const std::vector<AuditRow>& audit) override;
  void append(const RequestRef& ref, const std::vector<NewEffect>& effects,
              const std::vector<AuditRow>& audit, const std::vector<TrailEntry>& trail) override;
  std::optional<Time> next_due(const std::string& lane) override;
  void release_leases() override;

  std::vector<AuditRow> timeline(const RequestRef& ref) override;
  std::optional<std::string> value(const std::string& name) override;
  void set_value(const std::string& name, const std::string& value, Time at,
                 const std::vector<TrailEntry>& trail) override;
  std::map<std::string, std::string> values(const std::string& prefix) override;

  std::vector<Count> counts() override;
  std::optional<Time> oldest(const std::string& desk, const std::vector<workflows::State>& states) override;
  Credentials& credentials() override { return *credentials_; }
  EventLog& events() override { return *events_; }
  Inventory& inventory() override { return *inventory_; }
  Mirror& mirror() override { return *mirror_; }
  Trail& trail() override;
  Directory& directory() override { return *directory_; }

  HookStore& hooks() override { return *this; }
  std::vector<WebhookRow> webhooks() override;
  void put_webhook(const WebhookRow& row, const std::vector<TrailEntry>& trail) override;
  bool drop_webhook(const std::string& id, const std::string& lane,
                    const std::vector<TrailEntry>& trail) override;
  std::vector<OpenDelivery> open_deliveries(const std::string& lane, int limit) override;
  std::int64_t count_deliveries(const std::string& lane) override;
  void put_off(std::int64_t effect, const RequestRef& ref, Time not_before, bool tried,
               const std::vector<TrailEntry>& trail) override;
  std::optional<std::string> hook_message(const RequestRef& ref, const std::string& lane) override;
  void set_hook_message(const RequestRef& ref, const std::string& lane, const std::string& message) override;

  int schema_version() override { return version_; }
  Writes writes() const override;

 private:
  friend class SqliteCredentials;
  friend class SqliteDirectory;
  friend class SqliteEvents;
  friend class SqliteInventory;
  friend class SqliteMirror;
  friend class SqliteTrail;

  void open_for_looking(std::span<const Migration> steps);
  void open_for_writing(std::span<const Migration> steps);
  // Refuses what is not ours before anything is written; the version it has, 0 for a new one.
  int examine(int known) const;
  void back_up(int version) const;
  void create_file() const;

  // Durable when it returns.
  template <class Work>
  auto write(const Work& work) {
    if (!commits_) refuse("this store was opened for looking only");
    using Value = decltype(work(*writer_));
    if constexpr (std::is_void_v<Value>) {
      commits_->run(work);
    } else {
      Value value;
      commits_->run([&](SqliteSession& session) { value = work(session); });
      return value;
    }
  }
  // Leases belong to who serves: a passing process would take work and end.
  template <class Work>
  auto write_as_server(const Work& work) {
    if (mode_ != OpenMode::serve) refuse("only the bridge that serves a store leases its effects");
    return write(work);
  }
  template <class Read>
  auto read(const Read& read) {
    return readers_->with(read);
  }
  [[noreturn]] static void refuse(const std::string& message);

  const std::filesystem::path file_;
  const OpenMode mode_;
  int version_ = 0;
  // The order of construction; they end the other way round.
  std::unique_ptr<LockFile> locks_;
  std::unique_ptr<SqliteSession> writer_;
  std::unique_ptr<SqliteTrail> trail_;
  SharedRows shared_;
  std::unique_ptr<GroupCommit> commits_;
  std::unique_ptr<ReaderPool> readers_;
  std::unique_ptr<Credentials> credentials_;
  std::unique_ptr<EventLog> events_;
  std::unique_ptr<Inventory> inventory_;
  std::unique_ptr<Mirror> mirror_;
  std::unique_ptr<Directory> directory_;
};

}  // namespace bridge
