#pragma once

// One subscription at work: its lane performs deliveries in order per request, tries again with growing
// waits, and stands still when the receiver is gone (410) or has failed for too long; what is pending stays.
// Whether it is paused is kept in the store and can be ended by any process. Thread-safe. Owned by Hooks.

#include <string>

#include "bridge/drain/lane.h"
#include "bridge/drain/rule_set.h"
#include "bridge/hooks/event_teller.h"
#include "bridge/hooks/hook_body.h"
#include "bridge/hooks/hook_call.h"
#include "bridge/hooks/hook_standing.h"

namespace bridge {

class Subscription {
 public:
  struct Parts {
    Store& store;
    const Rules& rules;
    const Clock& clock;
    Exchange exchange;
    std::string public_url;
  };

  Subscription(HookConfig config, bool of_file, Time created, Parts parts);
  ~Subscription();  // stops

  void start();
  void stop();
  // All that begins a subscription anew in the store: events are told from now on, where it wants them.
  void begin_events() { events_.begin_from_now(); }
  // Of `before`, which has stopped and had this place: whether it is paused.
  void take_over(const Subscription& before);
  // Ends waiting for what a command in another process did; tells of new events of the log.
  void look();

  const HookConfig& config() const noexcept { return config_; }
  bool of_file() const noexcept { return of_file_; }
  Time created() const noexcept { return created_; }
  Lane& lane() noexcept { return lane_; }

  // Sends the object once, outside the order, with the event "webhooks.test".
  HookAnswer test(const std::string& object);
  // `trail` goes with what is stored of it.
  void resume(const std::vector<TrailEntry>& trail = {});

  bool paused() const { return standing_.paused(); }
  // What `status`, metrics and the API show: state, pausedAt, pausedBecause, failures, lastAnswer ...
  mappings::Json describe() const;
  // The last attempts, newest first.
  mappings::Json attempts() const { return standing_.attempts(); }

  // For Lane::Perform.
  void perform(const DueEffect& effect);

 private:
  HookAnswer send(const HookCall& call, const RequestRef* ref, bool message);
  // Gives what the audit log is told of it.
  std::vector<TrailEntry> record(const HookCall& call, const HookAnswer& answer);
  HookAnswer send_event(const HookCall& call, Time since);
  void pause_if_enough(const HookAnswer& answer, Time since);

  const HookConfig config_;
  const bool of_file_;
  const Time created_;
  const Parts parts_;

  const HookBodies bodies_;
  HookStanding standing_;
  EventTeller events_;
  Lane lane_;
};

}  // namespace bridge
