#pragma once

// What a tenant elsewhere holds, as copies with its ids: auditlog entries, events, computers. Events and
// computers stand beside those of hosted queues and are read there (EventLog, Inventory); entries have a
// place of their own, since most of them were never requests here. Every verb may be repeated: what is known
// already changes nothing. Reached through Store, which owns it; thread-safe and durable as that.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bridge/store/records.h"

namespace bridge {

struct AuditlogQuery;

struct MirroredEntry {
  std::int64_t id = 0;
  std::string body;  // the whole entry, its scanResults []
  std::string scan_results = "[]";
  int status_code = 4;
  Listed listed;
  Time touched{};  // its last change; told with AuditlogQuery::changed_after only
};

struct MirroredEvent {
  std::int64_t id = 0;
  Time at{};  // UTC
  std::int64_t code = 0;
  std::string computer;
  std::string account;
  std::string user;
  std::string body;
};

struct MirroredComputer {
  std::int64_t id = 0;
  std::string name;
  bool server = false;
  std::string body;  // without what stands apart, as NewComputer's
  std::string software = "null";
  std::string user_groups = "null";
  std::string computer_groups = "null";
};

class Mirror {
 public:
  virtual ~Mirror() = default;

  // Each returns how many rows are new. One commit.
  // An entry that changed has a time of change, as a request of a hosted queue has (Store::last_change).
  virtual int put_entries(const std::string& queue, const std::vector<MirroredEntry>& entries, Time now) = 0;
  virtual int add_events(const std::string& queue, const std::vector<MirroredEvent>& events) = 0;
  // Of two with one name the later one is found by it; both are listed.
  virtual int put_computers(const std::string& queue, const std::vector<MirroredComputer>& computers) = 0;
  // Removes all computers of the queue but these (ascending ids); how many.
  virtual int keep_computers(const std::string& queue, const std::vector<std::int64_t>& ids) = 0;

  // Entries as Store::auditlog() lists requests. `each` must not call the store.
  virtual void entries(const std::string& queue, const AuditlogQuery& query,
                       const std::function<void(const MirroredEntry&)>& each) = 0;
  // The time of the last change of an entry; nothing: there is none.
  virtual std::optional<Time> last_change(const std::string& queue) = 0;
  // The highest id; 0: there is none.
  virtual std::int64_t last_event(const std::string& queue) = 0;

  struct Rows {
    std::int64_t entries = 0;
    std::int64_t events = 0;
    std::int64_t computers = 0;
  };
  // By counting: for a start, not for every day.
  virtual Rows rows(const std::string& queue) = 0;
};

}  // namespace bridge
