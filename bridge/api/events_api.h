#pragma once

// The Events part of the Admin By Request API over one store, and an extension: POST takes events in. The
// caller's key says which queue. Stateless, thread-safe; failures are thrown as Error.

#include <map>
#include <string>
#include <vector>

#include "bridge/api/routes.h"
#include "bridge/ops/clock.h"
#include "bridge/store/store.h"

namespace bridge {

class EventsApi {
 public:
  // `remote_queues`: ApiParts'. All must outlive it.
  EventsApi(Store& store, const Clock& clock, const std::map<std::string, bool>& remote_queues)
      : store_(store), clock_(clock), remote_queues_(remote_queues) {}

  // Bound to this object, which must outlive them.
  std::vector<Route> routes();

 private:
  // Adds the parameters that every list takes.
  Reply list(const Call& call, EventQuery query);
  Reply show(const Call& call);
  Reply take_in(const Call& call);

  Store& store_;
  const Clock& clock_;
  const std::map<std::string, bool>& remote_queues_;
};

}  // namespace bridge
