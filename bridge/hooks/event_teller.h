#pragma once

// Tells a subscription of new events of the log, in their order and each until it is taken: events have no
// effects of their own, a cursor in the store says which was told last. Thread-safe. Owned by Subscription.

#include <functional>
#include <mutex>
#include <string>

#include "bridge/hooks/hook_body.h"
#include "bridge/hooks/hook_call.h"

namespace bridge {

class EventTeller {
 public:
  // Sends one and counts what came of it; `since` is when that event was first tried. What has the reason
  // "stopped" was not sent.
  using Send = std::function<HookAnswer(const HookCall& call, Time since)>;
  using Paused = std::function<bool()>;

  // All must outlive it.
  EventTeller(const HookConfig& config, Store& store, const Clock& clock, const HookBodies& bodies, Send send,
              Paused paused);

  // What happened before is not told, all that comes after it is; where it had begun it goes on. A
  // subscription that wants none forgets where it was.
  void begin_from_now();
  // Whether the subscription wants events.
  bool wanted() const;
  // Whether there is time for a round: then tell() must follow, from any thread.
  bool begin();
  // Some events, until one is not taken. Never throws.
  void tell() noexcept;
  // The next round need not wait.
  void resume();

 private:
  void tell_some();
  std::string cursor() const;

  const HookConfig& config_;
  Store& store_;
  const Clock& clock_;
  const HookBodies& bodies_;
  const Send send_;
  const Paused paused_;

  // Of the event at the cursor; tell() alone.
  int attempts_ = 0;
  Time failing_since_{};

  std::mutex mutex_;
  bool telling_ = false;
  Time next_{};
};

// Before the name of a subscription: the value of the store with the number of the event that it was told
// last; empty: it has not begun.
extern const std::string event_cursor_prefix;

}  // namespace bridge
