#pragma once

// The auditlog of one queue: lists, one entry, the delta, lists of a computer and of a user; and our
// extension, the report of what an approved request was used for. Stateless, thread-safe; failures are thrown
// as Error.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bridge/api/routes.h"
#include "bridge/ops/clock.h"
#include "bridge/queue/queue_service.h"
#include "bridge/store/store.h"

namespace bridge {

class AuditlogApi {
 public:
  // `remote_queues`: ApiParts'; must outlive it.
  AuditlogApi(Store& store, QueueService& queue, const Clock& clock,
              const std::map<std::string, bool>& remote_queues)
      : store_(store), queue_(queue), clock_(clock), remote_queues_(remote_queues) {}

  // Bound to this object, which must outlive them.
  std::vector<Route> routes();

 private:
  Reply list(const Call& call);
  Reply show(const Call& call);
  Reply delta(const Call& call);
  Reply of_computer(const Call& call);
  Reply of_user(const Call& call);
  Reply report(const Call& call);

  // Whether the queue's entries are those of the tenant. Until the first one came: those of the requests
  // that we hold.
  bool is_mirrored(const std::string& queue);
  // Calls append(entry's id, text) for each, as the query asks.
  void each_entry(const Call& call, const AuditlogQuery& query,
                  const std::function<void(std::int64_t id, const std::function<void(std::string&)>&)>& each);
  // The JSON array of what the query gives.
  void append_entries(std::string& body, const Call& call, const AuditlogQuery& query);
  Reply listed(const Call& call, const std::string& computer, const std::string& user);

  Store& store_;
  QueueService& queue_;
  const Clock& clock_;
  const std::map<std::string, bool>& remote_queues_;
};

}  // namespace bridge
