#pragma once

// The workers of one desk or queue: they claim its due effects and perform them, with posted reads first. A
// fault of the whole desk pauses the lane with a growing wait and one probe at a time; other lanes do not
// notice. Thread-safe. Owned by Drain.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bridge/ops/clock.h"
#include "bridge/store/store.h"
#include "connectors/engine/outcome.h"

namespace bridge {

class Lane {
 public:
  struct Settings {
    int width = 8;                             // effects and reads at the same time
    std::chrono::seconds lease{300};           // twice what an effect takes: begun in its first half or not
    std::chrono::milliseconds base_wait{500};  // of the pause; doubles with every fault in a row
    std::chrono::milliseconds longest_wait{60'000};
  };
  // Performs one effect and records what came of it. Must not throw.
  using Perform = std::function<void(const DueEffect&)>;

  // What the lane knows of its other side, for `status` and metrics.
  struct Health {
    int faults = 0;           // in a row
    std::string last_answer;  // "200 in 84 ms", "connection refused"
    Time last_at{};
    Time last_done_at{};
    Time paused_until{};
    int busy = 0;
  };

  Lane(std::string name, Settings settings, Store& store, const Clock& clock, Perform perform);
  ~Lane();  // stops
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  void start();
  // Takes no new work, waits for what is running.
  void stop();

  // There may be a due effect.
  void wake();
  // Runs `read` on a worker before any effect.
  void post(std::function<void()> read);
  // A step is on its way to the store, and nobody waits for it. Until it is stored the lane does not end, and
  // with too many of them it takes no new work.
  void begin_step();
  void end_step();
  // Keeps a place for one effect that is stored leased until then and handed over, instead of claimed: for
  // take_over() or free_place(). Nothing while the lane is full, held, stopping or its other side at fault.
  std::optional<Time> keep_place();
  void take_over(DueEffect effect, Time lease_until);
  void free_place();
  // What a call came to: drives the pause. Any thread.
  void report(const connectors::Outcome& outcome);
  // Claims nothing while it is held; posted reads are run all the same.
  void hold(bool held);
  // Ends a pause: after a reload, or by a person.
  void resume();

  const std::string& name() const noexcept { return name_; }
  Health health() const;
  bool paused() const;

  // Claims and performs in the calling thread what is due now, reads first; how many. For tests and shutdown.
  int run_due();

 private:
  struct Claimed {
    DueEffect effect;
    Time begin_by;
  };
  void work();
  bool take(std::unique_lock<std::mutex>& lock, std::function<void()>& job);
  bool claim(std::unique_lock<std::mutex>& lock);
  // Those that wait for a claim, although the lane has others to perform.
  bool others_are_late() const;

  const std::string name_;
  const Settings settings_;
  Store& store_;
  const Clock& clock_;
  const Perform perform_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable stored_;
  std::deque<std::function<void()>> reads_;
  std::deque<Claimed> effects_;
  std::vector<std::thread> workers_;
  Health health_;
  int steps_ = 0;
  int places_ = 0;  // kept for effects that are not here yet
  std::uint64_t random_;
  bool maybe_due_ = true;
  bool claiming_ = false;
  bool held_ = false;
  bool stopping_ = false;
  Time next_look_{};
  Time last_claim_{};
};

}  // namespace bridge
