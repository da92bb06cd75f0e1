#pragma once

// Performs the effects of one desk: opens tickets, tells them the outcome, comments. Every effect may be
// performed twice; what a call came to decides: done, later, or parked for a person. Thread-safe. Owned by
// Drain.

#include <functional>
#include <string>

#include "bridge/drain/lane.h"
#include "bridge/drain/ledger.h"

namespace bridge {

class DeskWorker {
 public:
  struct Settings {
    std::string public_url;                     // for links back to the request
    int most_attempts = 20;                     // of one effect while the desk is well; then it is parked
    std::chrono::milliseconds base_wait{1000};  // of a retry: full jitter, doubling
    std::chrono::milliseconds longest_wait{300'000};
  };
  using Observe = std::function<void(const std::string& desk, const connectors::Outcome& outcome)>;

  DeskWorker(std::string desk, Settings settings, Ledger& ledger, Observe observe);

  // For Lane::Perform. `lane` is told what each call came to.
  void perform(const DueEffect& effect, Lane& lane);

 private:
  void open(const DueEffect& effect, const Desk& desk, Lane& lane);
  void recall(const DueEffect& effect, const Desk& desk, Lane& lane);
  void tell(const DueEffect& effect, const Desk& desk, Lane& lane);
  void note(const DueEffect& effect, const Desk& desk, Lane& lane);
  void seen(const connectors::Outcome& outcome, Lane& lane);
  // Not done: postpones, parks, or moves on when the ticket is gone.
  void settle(const DueEffect& effect, const connectors::Outcome& outcome, const Lane& lane);
  void postpone(const DueEffect& effect, const std::string& why,
                std::optional<std::chrono::milliseconds> after);
  void park(const DueEffect& effect, const std::string& reason, const std::string& detail,
            std::vector<AuditRow> audit = {});
  mappings::Json context(const DueEffect& effect, const Desk& desk) const;
  AuditRow row(std::string what, std::string text) const;

  const std::string desk_;
  const Settings settings_;
  Ledger& ledger_;
  const Observe observe_;
};

// "POST /api/now/table/incident 201 in 84 ms; GET ...", for the timeline.
std::string describe(const std::vector<connectors::Call>& calls);

}  // namespace bridge
