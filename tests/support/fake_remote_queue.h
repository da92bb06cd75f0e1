#pragma once

// A remote queue in memory, with switchable faults. One thread only.

#include <chrono>
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

  void add(std::int64_t id, int status_code = 4);
  void decide(std::int64_t id, bool approve, const std::string& by, const std::string& email = "",
              const std::string& reason = "");

  connectors::Result<std::vector<bridge::RemoteRequest>> pending(std::int64_t start_id, int take) override;
  connectors::Result<bridge::RemoteRequest> read(std::int64_t id) override;
  connectors::Outcome approve(std::int64_t id, const std::string& email) override;
  connectors::Outcome deny(std::int64_t id, const std::string& email, const std::string& reason) override;

 private:
  connectors::Outcome write(std::int64_t id, bool approve, const std::string& email,
                            const std::string& reason);
};

}  // namespace tests
