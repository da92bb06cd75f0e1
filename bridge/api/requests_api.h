#pragma once

// The Requests part of the Admin By Request API over one store, and our one extension: POST takes requests
// in. The caller's key says which queue. Stateless, thread-safe; failures are thrown as Error.

#include <vector>

#include "bridge/api/routes.h"
#include "bridge/queue/queue_service.h"
#include "bridge/store/store.h"

namespace bridge {

class RequestsApi {
 public:
  RequestsApi(Store& store, QueueService& queue) : store_(store), queue_(queue) {}

  // Bound to this object, which must outlive them.
  std::vector<Route> routes();

 private:
  Reply list(const Call& call);
  Reply show(const Call& call);
  Reply submit(const Call& call);
  Reply approve(const Call& call);
  Reply deny(const Call& call);

  Store& store_;
  QueueService& queue_;
};

}  // namespace bridge
