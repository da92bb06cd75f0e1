#pragma once

// The Requests part of the Admin By Request API over one store, and our extensions: intake, one or many at
// once, withdrawal, the timeline. The caller's key says which queue. Stateless, thread-safe; failures are
// thrown as Error.

#include <vector>

#include "bridge/api/routes.h"
#include "bridge/queue/queue_service.h"
#include "bridge/store/store.h"

namespace bridge {

class RequestsApi {
 public:
  RequestsApi(Store& store, QueueService& queue, std::size_t bulk_body)
      : store_(store), queue_(queue), bulk_body_(bulk_body) {}

  // Bound to this object, which must outlive them.
  std::vector<Route> routes();

 private:
  Reply list(const Call& call);
  Reply show(const Call& call);
  Reply submit(const Call& call);
  Reply approve(const Call& call);
  Reply deny(const Call& call);
  Reply withdraw(const Call& call);
  Reply timeline(const Call& call);

  Store& store_;
  QueueService& queue_;
  const std::size_t bulk_body_;
};

}  // namespace bridge
