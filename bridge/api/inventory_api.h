#pragma once

// The Inventory part of the Admin By Request API over one store, with what belongs to the tenant as a whole:
// /whoami; and an extension: PUT takes a computer in. PIN codes are refused: they are the secret of the
// endpoints' vendor. The caller's key says which queue. Thread-safe; failures are thrown as Error.

#include <map>
#include <string>
#include <vector>

#include "bridge/api/routes.h"
#include "bridge/ops/clock.h"
#include "bridge/store/store.h"

namespace bridge {

// What a queue says of itself.
struct Tenant {
  std::string name;
  std::int64_t workstation_seats = 0;
  std::int64_t server_seats = 0;
};

class InventoryApi {
 public:
  // `tenants`: by queue; a queue that has none shows its own name. `url`: how clients reach this API.
  // `remote_queues`: ApiParts'. That, store and clock must outlive it.
  InventoryApi(Store& store, const Clock& clock, std::map<std::string, Tenant> tenants, std::string url,
               const std::map<std::string, bool>& remote_queues)
      : store_(store),
        clock_(clock),
        tenants_(std::move(tenants)),
        url_(std::move(url)),
        remote_queues_(remote_queues) {}

  // Bound to this object, which must outlive them.
  std::vector<Route> routes();

 private:
  Reply list(const Call& call);
  Reply show(const Call& call);
  Reply put(const Call& call);
  Reply remove(const Call& call);
  Reply pin(const Call& call);
  Reply whoami(const Call& call);

  // By id when the segment is a number that one has, else by name. Throws Error(not_found).
  Computer found(const Call& call);

  Store& store_;
  const Clock& clock_;
  const std::map<std::string, Tenant> tenants_;
  const std::string url_;
  const std::map<std::string, bool>& remote_queues_;
};

}  // namespace bridge
