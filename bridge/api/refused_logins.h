#pragma once

// Refused logins in the audit log, so that a flood of them fills no disk: the first of a source is recorded
// at once, with its cause, the rest of its minute is counted, by cause, and recorded as one row. A source is
// a network address, of IPv6 a /64; above the most sources of a minute all others count as one. Thread-safe.
// Never throws, never holds a secret: a log that cannot be written does not change what the caller is
// answered.

#include <memory>
#include <string>

#include "bridge/ops/clock.h"
#include "bridge/store/trail.h"

namespace bridge {

struct RefusedLogin {
  std::string door;  // "apikey", "basic", "none", "POST /hooks/{desk}"
  std::string id;    // the public part of what was shown; empty: it had none
  std::string ip;
  std::string user_agent;  // as sent
  std::string queue{};     // whose credential it is, and how that is called; empty: nobody has such an id
  std::string name{};
  std::string cause{};  // "wrong secret", "expired"; empty: not said. Never told to the caller
};

class RefusedLogins {
 public:
  // Both must outlive it.
  RefusedLogins(Trail& trail, const Clock& clock);
  ~RefusedLogins();  // records what was counted

  void note(const RefusedLogin& login) noexcept;
  // Records what was counted of minutes that are over; asked for every few seconds.
  void settle() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bridge
