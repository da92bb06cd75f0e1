#pragma once

// How a subscription does: whether it is paused and why, what its last calls came to, and when so many
// failures are enough. The pause is kept in the store, where any process can end it; the rest is forgotten at
// a restart. Thread-safe. Owned by Subscription.

#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bridge/hooks/hook_call.h"
#include "mappings/engine/json.h"

namespace bridge {

class HookStanding {
 public:
  // So many failures in a row, for so long without one success, and it is paused.
  static constexpr int most_failures = 200;
  static constexpr std::chrono::hours failing_for{12};

  // All must outlive it.
  HookStanding(const HookConfig& config, Store& store, const Clock& clock);

  bool paused() const;
  // Whether the store says that another process has ended the pause.
  bool resumed_elsewhere() const;

  // What a call came to. `counts`: it is a delivery, not somebody's try. True: it is the first failure of
  // perhaps several, which the audit log is told of.
  bool note(const HookCall& call, const HookAnswer& answer, bool counts);
  // Why a failed delivery, which was first due at `since`, is reason enough to pause; empty: it is not.
  std::string enough(const HookAnswer& answer, Time since) const;

  // What the audit log is told of a delivery that failed and is tried again.
  TrailEntry retry_entry(const HookCall& call, const HookAnswer& answer) const;

  // False: it is paused already, or another thread is at it.
  bool pause(const std::string& why);
  // `trail` goes with what is stored of it. A store that fails leaves it paused.
  void resume(const std::vector<TrailEntry>& trail);
  // The pause of the one whose place it takes, which may have been paused after this one was made.
  void take_over(const HookStanding& before);

  // What `status`, metrics and the API show: state, pausedAt, pausedBecause, failures, lastAnswer ...
  mappings::Json describe(std::int64_t pending, std::optional<Time> oldest) const;
  // The last attempts, newest first.
  mappings::Json attempts() const;

 private:
  struct Attempt {
    Time at{};
    std::string id, event, answer;
    int number = 1;
    bool done = false;
  };
  TrailEntry entry(const char* action, std::string detail) const;

  const HookConfig& config_;
  Store& store_;
  const Clock& clock_;

  mutable std::mutex mutex_;
  std::optional<Time> paused_at_;
  bool pausing_ = false;  // it is being stored
  std::string paused_because_;
  Time resumed_at_{};
  int failures_ = 0;  // in a row
  Time failing_since_{};
  std::string last_answer_;
  Time last_try_{}, last_done_{};
  std::deque<Attempt> attempts_;
};

// "hook:state:<name>": where a subscription's pause is kept. What resume() writes is not paused.
std::string hook_state_name(const std::string& subscription);
std::string resumed_hook_state(Time now);

}  // namespace bridge
