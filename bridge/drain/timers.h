#pragma once

// Performs the clock's effects: reminders, escalations and deadlines of requests that wait. Thread-safe.

#include "bridge/drain/ledger.h"

namespace bridge {

class Timers {
 public:
  explicit Timers(Ledger& ledger) : ledger_(ledger) {}
  // For Lane::Perform.
  void perform(const DueEffect& effect);

 private:
  Ledger& ledger_;
};

}  // namespace bridge
