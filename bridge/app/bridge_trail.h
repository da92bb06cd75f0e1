#pragma once

// What the bridge records of itself in the audit log: that it started and stopped, and which files were put
// into force. A store that fails is logged, and stops nothing. Thread-safe, but for tell_head(). Owned by
// Daemon.

#include <cstdint>

#include "bridge/app/fingerprints.h"
#include "bridge/ops/clock.h"
#include "bridge/store/store.h"

namespace bridge {

class BridgeTrail {
 public:
  // Both must outlive it.
  BridgeTrail(Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // Now, and by the bridge itself where the entry names nobody.
  void record(TrailEntry entry) noexcept;
  // What the files of the configuration are now, where they are not what the store remembers. A reload is
  // told even when it found everything as it was.
  void record_files(const Fingerprints& now, const char* action, const Actor& by) noexcept;
  // To the log, where it has moved, so that a tail that is cut off is found elsewhere. Throws what the store
  // throws.
  void tell_head();

 private:
  Store& store_;
  const Clock& clock_;
  std::int64_t told_head_ = 0;
};

}  // namespace bridge
