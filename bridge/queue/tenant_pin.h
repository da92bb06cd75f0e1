#pragma once

// Which tenant a remote queue belongs to: its name is remembered at first sight, and another name stops the
// queue, so that a key of another tenant never mixes two. What the configuration names counts more than what
// was remembered. Thread-safe; those who ask while another asks wait for that answer.

#include <chrono>
#include <mutex>
#include <string>

#include "bridge/queue/remote_client.h"
#include "bridge/store/store.h"

namespace bridge {

class TenantPin {
 public:
  // `named`: by the configuration, may be empty. `store` must outlive it.
  TenantPin(std::string queue, std::string named, Store& store);

  // Asks the queue when that is due: at first, after doubt(), and every few hours. Done: this is the tenant,
  // or one that never said its name. "wrong_tenant": do not read or write anything. Else the fault met.
  connectors::Outcome check(RemoteQueueApi& api, Time now);
  // The key was refused, or a person says: look again.
  void doubt();

  // What stops the queue and the way out, as a sentence; empty: nothing.
  std::string trouble() const;
  // As the tenant last said it; may be empty.
  std::string name() const;

 private:
  connectors::Outcome judge(const std::string& answered, Time now);
  static connectors::Outcome stop(const std::string& why);

  const std::string queue_;
  const std::string named_;
  Store& store_;
  mutable std::mutex mutex_;  // of what is known
  std::mutex asking_;
  bool known_ = false;
  bool said_unnamed_ = false;
  Time ask_again_{};
  std::string name_;
  std::string trouble_;
};

}  // namespace bridge
