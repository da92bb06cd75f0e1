#pragma once

// One subscription at work: its lane performs deliveries in order per request, tries again with growing
// waits, and stands still when the receiver is gone (410) or has failed for too long; what is pending stays.
// Whether it is paused is kept in the store and can be ended by any process. Thread-safe. Owned by Hooks.

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "bridge/drain/lane.h"
#include "bridge/drain/rule_set.h"
#include "bridge/hooks/hook_call.h"

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
  // So many failures in a row, for so long without one success, and it is paused.
  static constexpr int most_failures = 200;
  static constexpr std::chrono::hours failing_for{12};

  Subscription(HookConfig config, bool of_file, Time created, Parts parts);
  ~Subscription();  // stops

  void start();
  void stop();
  // Ends waiting for what a command in another process did; tells of new events of the log.
  void look();

  const HookConfig& config() const noexcept { return config_; }
  bool of_file() const noexcept { return of_file_; }
  Time created() const noexcept { return created_; }
  Lane& lane() noexcept { return lane_; }

  // Sends the object once, outside the order, with the event "webhooks.test".
  HookAnswer test(const std::string& object);
  void resume();

  bool paused() const;
  // What `status`, metrics and the API show: state, pausedAt, pausedBecause, failures, lastAnswer ...
  mappings::Json describe() const;
  // The last attempts, newest first.
  mappings::Json attempts() const;

  // For Lane::Perform.
  void perform(const DueEffect& effect);

 private:
  struct Attempt {
    Time at{};
    std::string id, event, answer;
    int number = 1;
    bool done = false;
  };
  enum class Composed { body, nothing, later, failed };
  Composed compose(const DueEffect& effect, const Delivery& delivery, std::string& body, std::string& why);
  // The auditlog entry as it was at that change.
  std::string auditlog_entry(const Record& record, const Delivery& delivery) const;
  bool takes(const mappings::Json& object, std::string& why) const;
  HookAnswer send(const HookCall& call, const RequestRef* ref, bool message);
  void record(const HookCall& call, const HookAnswer& answer);
  // True when the failure, of a delivery that old, pauses it.
  bool fail(const HookAnswer& answer, Time since);
  void pause(const std::string& why);
  std::string cursor_name() const { return "hook:cursor:" + config_.name; }
  void mark_events();
  void tell_events();

  const HookConfig config_;
  const bool of_file_;
  const Time created_;
  const Parts parts_;

  mutable std::mutex mutex_;
  std::optional<Time> paused_at_;
  std::string paused_because_;
  Time resumed_at_{};
  int failures_ = 0;  // in a row
  Time failing_since_{};
  std::string last_answer_;
  Time last_try_{}, last_done_{};
  std::deque<Attempt> attempts_;
  bool telling_events_ = false;
  int event_attempts_ = 0;  // of the event at the cursor
  Time event_failing_since_{};
  Time next_event_{};

  Lane lane_;
};

// "hook:state:<name>": where a subscription's pause is kept. What resume() writes is not paused.
std::string hook_state_name(const std::string& subscription);
std::string resumed_hook_state(Time now);

}  // namespace bridge
