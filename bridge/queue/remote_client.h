#pragma once

// A queue elsewhere that speaks the Admin By Request API, as calls that say how they ended. The interface is
// there to be faked; the HTTP one is thread-safe and repeats nothing by itself. Never throws for what the
// queue does.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bridge/config/config.h"
#include "connectors/engine/http_exchange.h"
#include "connectors/engine/outcome.h"

namespace bridge {

// One request as the queue shows it now.
struct RemoteRequest {
  std::int64_t id = 0;
  // 4 pending, 0 to 2 approved, 3 denied, 5 quarantined, 6 expired, -1 a word or number that we do not know
  int status_code = 4;
  // The API's object, its scanResults []: complete and in order, or as it came where a field is of another
  // type than the API's, so that one odd request does not hold up a queue.
  std::string body;
  std::string scan_results = "[]";
  std::string approved_by;
  std::string approved_by_email;
  std::string denied_by;
  std::string denied_by_email;
  std::string denied_reason;
};

class RemoteQueueApi {
 public:
  virtual ~RemoteQueueApi() = default;

  // Pending requests with ids from `start_id` on, ascending, at most `take`. An empty page ends the list.
  virtual connectors::Result<std::vector<RemoteRequest>> pending(std::int64_t start_id, int take) = 0;
  // Rejected with not_found when the queue has no such request.
  virtual connectors::Result<RemoteRequest> read(std::int64_t id) = 0;
  // Done means that the queue took the call, not that the decision is ours: read() says who won.
  virtual connectors::Outcome approve(std::int64_t id, const std::string& email) = 0;
  virtual connectors::Outcome deny(std::int64_t id, const std::string& email, const std::string& reason) = 0;
};

// `url` with or without a slash at its end. `http` must outlive it.
std::unique_ptr<RemoteQueueApi> make_remote_queue_api(
    const std::string& url, const Secret& key, connectors::HttpClient& http,
    std::chrono::milliseconds deadline = std::chrono::seconds(30));

}  // namespace bridge
