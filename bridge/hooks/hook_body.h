#pragma once

// What a delivery says to its receiver: the API's object as it was, or what the subscription's mapping makes
// of it; and whether the subscription wants it at all. Sends nothing. Thread-safe. Owned by Subscription.

#include <string>

#include "bridge/drain/rule_set.h"
#include "bridge/hooks/delivery.h"

namespace bridge {

struct HookBody {
  // `nothing`: it is not for this receiver. `later`: its ticket is not there yet, and worth a short wait.
  enum class What { text, nothing, later, failed } what = What::nothing;
  std::string text;
  std::string why;  // of `failed`, and where the subscription's condition could not be told
};

class HookBodies {
 public:
  // All must outlive it. `of_file`: the subscription stands in the configuration, where conditions are.
  HookBodies(const HookConfig& config, bool of_file, Store& store, const Rules& rules, const Clock& clock,
             const std::string& public_url);

  HookBody compose(const DueEffect& effect, const Delivery& delivery) const;
  // Whether the subscription is told of this object. `why`: its condition failed on it, which is logged.
  bool takes(const mappings::Json& object, std::string& why) const;

 private:
  // The auditlog entry as it was at that change.
  std::string auditlog_entry(const Record& record, const Delivery& delivery) const;

  const HookConfig& config_;
  const bool of_file_;
  Store& store_;
  const Rules& rules_;
  const Clock& clock_;
  const std::string& public_url_;
};

}  // namespace bridge
