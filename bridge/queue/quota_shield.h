#pragma once

// The day's budget of one tenant, shared by all who call it: counts before each call, learns from each
// answer, keeps the count over a restart. What is kept runs ahead of what was used, so that a kill forgets no
// call. Thread-safe. Never makes a call itself.

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "bridge/queue/call_budget.h"
#include "bridge/queue/remote_client.h"
#include "bridge/store/store.h"

namespace bridge {

// Whether calls were ever counted for a queue of this name: it is, or was, in a tenant elsewhere.
bool has_budget(const std::string& queue, Store& store);

class QuotaShield {
 public:
  // `store` and `clock` must outlive it.
  QuotaShield(const std::string& queue, const CallBudget::Settings& settings, Store& store,
              const Clock& clock);
  ~QuotaShield();  // keeps the count as it is
  QuotaShield(const QuotaShield&) = delete;
  QuotaShield& operator=(const QuotaShield&) = delete;

  // Counts one call. An outcome with the reason "quota": not now, and why.
  std::optional<connectors::Outcome> take(Purpose purpose);
  void heard(const RateSaid& said);
  // How a call ended: 429 holds the others.
  void ended(const connectors::Outcome& outcome);
  void reopen();
  std::optional<Time> closed_until(Purpose purpose);
  std::chrono::milliseconds interval(Time last_traffic, double cost);
  CallBudget::Figures figures();

 private:
  void keep(std::int64_t ahead);

  const std::string name_;  // in the store
  Store& store_;
  const Clock& clock_;
  std::mutex mutex_;
  CallBudget budget_;
  CallBudget::Spent kept_;
};

// The same queue, each call counted for `purpose` first; what the shield refuses is not sent. Both must
// outlive it. As thread-safe as `api`.
std::unique_ptr<RemoteQueueApi> shielded(RemoteQueueApi& api, QuotaShield& shield, Purpose purpose);

}  // namespace bridge
