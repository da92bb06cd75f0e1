#pragma once

// The EventLog of an SqliteStore, which owns it. Thread-safe.

#include "bridge/store/event_log.h"

namespace bridge {

class SqliteStore;

class SqliteEvents final : public EventLog {
 public:
  explicit SqliteEvents(SqliteStore& store) : store_(store) {}

  AddedEvents add(const NewEvents& events) override;
  std::optional<StoredEvent> find(const std::string& queue, std::int64_t id) override;
  std::vector<StoredEvent> page(const std::string& queue, const EventQuery& query) override;

 private:
  SqliteStore& store_;
};

}  // namespace bridge
