#pragma once

// A remote queue in memory, with switchable faults. One thread only.

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bridge/queue/remote_client.h"

namespace tests {

class FakeRemoteQueue final : public bridge::RemoteQueueApi {
 public:
  enum class WriteFault { none, answer_lost, request_lost, ignored, refused_connection };

  std::map<std::int64_t, bridge::RemoteRequest> requests;
  std::vector<std::string> calls;      // "pending 0", "read 7", "approve 7"
  int most_rows = 1000;                // of a page, whatever was asked for
  bool knows_nobody = false;           // names of deciders are left out, the decision is taken
  std::set<std::int64_t> unreadable;   // read() fails
  std::optional<int> fail_list_after;  // this many pages come, then faults
  std::optional<std::chrono::milliseconds> ask_to_wait;
  WriteFault write_fault = WriteFault::none;
  std::optional<std::string> tenant;  // nothing: it cannot be asked
  std::optional<connectors::Outcome> tenant_fault, list_fault;
  bool has_changes = false;  // the auditlog's delta
  bool changes_fail = false;
  std::int64_t mark = 1000;                      // of the last change
  std::map<std::int64_t, std::int64_t> changed;  // id -> mark

  // Other lists: what to answer to a path and its query. Not set: 404.
  std::function<connectors::Result<mappings::Json>(const std::string& path, const std::string& query)> lists;

  void add(std::int64_t id, int status_code = 4);
  // As a change of the auditlog.
  void touch(std::int64_t id) { changed[id] = mark += 1000; }
  void decide(std::int64_t id, bool approve, const std::string& by, const std::string& email = "",
              const std::string& reason = "");

  connectors::Result<std::vector<bridge::RemoteRequest>> pending(std::int64_t start_id, int take) override;
  connectors::Result<bridge::RemoteRequest> read(std::int64_t id) override;
  connectors::Result<bridge::RemoteChanges> changes(std::optional<std::int64_t> since) override;
  connectors::Result<mappings::Json> get(const std::string& path, const std::string& query) override;
  connectors::Result<std::string> tenant_name() override;
  connectors::Outcome approve(std::int64_t id, const std::string& email) override;
  connectors::Outcome deny(std::int64_t id, const std::string& email, const std::string& reason) override;

 private:
  connectors::Outcome write(std::int64_t id, bool approve, const std::string& email,
                            const std::string& reason);
};

}  // namespace tests
