#pragma once

// The Mirror of an SqliteStore, which owns it. Thread-safe.

#include "bridge/store/mirror.h"

namespace bridge {

class SqliteStore;

class SqliteMirror final : public Mirror {
 public:
  explicit SqliteMirror(SqliteStore& store) : store_(store) {}

  int put_entries(const std::string& queue, const std::vector<MirroredEntry>& entries, Time now) override;
  int add_events(const std::string& queue, const std::vector<MirroredEvent>& events) override;
  int put_computers(const std::string& queue, const std::vector<MirroredComputer>& computers) override;
  int keep_computers(const std::string& queue, const std::vector<std::int64_t>& ids) override;
  void entries(const std::string& queue, const AuditlogQuery& query,
               const std::function<void(const MirroredEntry&)>& each) override;
  std::optional<Time> last_change(const std::string& queue) override;
  std::int64_t last_event(const std::string& queue) override;
  Rows rows(const std::string& queue) override;

 private:
  SqliteStore& store_;
};

}  // namespace bridge
