#pragma once

// A queue elsewhere that speaks the Admin By Request API, as calls that say how they ended. The interface is
// there to be faked; the HTTP one is thread-safe and repeats nothing by itself. Never throws for what the
// queue does.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/config/config.h"
#include "bridge/queue/call_budget.h"
#include "bridge/queue/remote_request.h"
#include "connectors/engine/http_exchange.h"
#include "connectors/engine/outcome.h"
#include "mappings/engine/json.h"

namespace bridge {

// What changed since a mark, and the mark to go on from.
struct RemoteChanges {
  std::vector<RemoteRequest> entries;  // without body and scan results: there may be thousands
  std::int64_t as_of = 0;              // ticks
};

class RemoteQueueApi {
 public:
  virtual ~RemoteQueueApi() = default;

  // Pending requests with ids from `start_id` on, ascending, at most `take`. An empty page ends the list.
  virtual connectors::Result<std::vector<RemoteRequest>> pending(std::int64_t start_id, int take) = 0;
  // Rejected with not_found when the queue has no such request.
  virtual connectors::Result<RemoteRequest> read(std::int64_t id) = 0;
  // Requests that were created, decided or used after `since`. Without it: no entries, only the mark of now.
  // Rejected with not_found when the queue has no such list.
  virtual connectors::Result<RemoteChanges> changes(std::optional<std::int64_t> since) = 0;
  // Any other list or object of the API, as it came. Rejected with not_found when the queue has none such.
  virtual connectors::Result<mappings::Json> get(const std::string& path, const std::string& query) = 0;
  // Whose key this is; empty when the queue does not say. Rejected when it cannot be asked.
  virtual connectors::Result<std::string> tenant_name() = 0;
  // Done means that the queue took the call, not that the decision is ours: read() says who won.
  virtual connectors::Outcome approve(std::int64_t id, const std::string& email) = 0;
  virtual connectors::Outcome deny(std::int64_t id, const std::string& email, const std::string& reason) = 0;
};

// Told what an answer says of the tenant's own count of calls; any thread.
using RateHeard = std::function<void(const RateSaid& said)>;

// `url` with or without a slash at its end. `http` must outlive it.
std::unique_ptr<RemoteQueueApi> make_remote_queue_api(
    const std::string& url, const Secret& key, connectors::HttpClient& http, RateHeard heard = {},
    std::chrono::milliseconds deadline = std::chrono::seconds(30));

}  // namespace bridge
