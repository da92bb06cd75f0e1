#pragma once

// Companies, as Keepnet's clients call tenants: a company is a queue of the configuration and has its name as
// resource id. Says in which of them a call may look and act: a credential has its own, a reseller's has more
// and may name one, by header X-KEEPNET-Company-Id (or X-IR-COMPANY-ID) or ?companyId=. Immutable,
// thread-safe.

#include <map>
#include <string>
#include <vector>

#include "bridge/api/inventory_api.h"
#include "bridge/api/routes.h"

namespace bridge {

class CompaniesApi {
 public:
  // `tenants`: by queue.
  explicit CompaniesApi(std::map<std::string, Tenant> tenants) : tenants_(std::move(tenants)) {}

  // Bound to this object, which must outlive them.
  std::vector<Route> routes() const;

  // The queues that a call may see: the one it names, or all that the caller has, by name. Throws
  // Error(forbidden) when it names one that the caller has not, Error(not_found) for one that there is not.
  std::vector<std::string> seen(const Call& call) const;
  bool sees(const Call& call, const std::string& queue) const;
  // The one where something new goes: that it names, or the caller's own.
  std::string acting_in(const Call& call) const;
  // All that the caller has and that let it in from where it calls, whatever the call names.
  std::vector<std::string> of(const Caller& caller) const;

 private:
  std::string named(const Call& call) const;
  std::string title(const std::string& queue) const;

  const std::map<std::string, Tenant> tenants_;
};

}  // namespace bridge
