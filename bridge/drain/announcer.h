#pragma once

// Who tells others of what happens to requests: the webhooks that go out (bridge/hooks). The ledger asks for
// the effects that tell of a change and stores them with it. Thread-safe, quick, never calls anything
// outside.

#include <string>

#include "bridge/store/store.h"

namespace bridge {

class Announcer {
 public:
  virtual ~Announcer() = default;
  // Add the effects that tell of it; none when nobody wants to know.
  virtual void tell_of(NewRequest& request) const = 0;
  virtual void tell_of(const Record& before, Change& change) const = 0;
  virtual void tell_of(UseReport& report) const = 0;
  // There may be a due effect in this lane, when it is one of its own; empty: in any of them.
  virtual void wake(const std::string& lane) = 0;
};

}  // namespace bridge
