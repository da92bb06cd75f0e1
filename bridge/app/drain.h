#pragma once

// The engine room: a lane and a watch for each desk, a lane and a sync for each remote queue, the clock for
// reminders and deadlines. Starts and stops them together. Thread-safe.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/config/config.h"
#include "bridge/drain/desk_watch.h"
#include "bridge/drain/desk_worker.h"
#include "bridge/drain/lane.h"
#include "bridge/drain/ledger.h"
#include "bridge/drain/timers.h"
#include "bridge/queue/remote_mirror.h"
#include "bridge/queue/remote_queue.h"

namespace bridge {

class Metrics;

class Drain {
 public:
  // All must outlive it. `config.public_url` is set.
  Drain(const Config& config, Store& store, const Rules& rules, const Clock& clock,
        connectors::HttpClient& http);
  ~Drain();  // stops

  void start();
  // Ends calls in flight (their effects are repeated at the next start) and waits for all threads.
  void stop();

  Ledger& ledger() noexcept { return ledger_; }

  // A webhook for a desk. False with `refused` set when it was turned away; not_found as Error for an unknown
  // desk.
  bool hint(const std::string& desk, const std::vector<std::pair<std::string, std::string>>& headers,
            std::string_view body, std::string& refused);
  // A webhook of a remote queue, whose secret was right. Throws Error(not_found) for another queue.
  void hint_queue(const std::string& queue, std::string_view body);
  // After a reload: paused lanes try again at once.
  void resume_lanes();
  // Fills the gauges that are read at a scrape.
  void measure(Metrics& metrics);
  // One line of `countersign status` for each desk and queue: name -> JSON text.
  std::map<std::string, std::string> status();
  // Why the bridge cannot do all of its work; empty: ready.
  std::vector<std::string> unready() const;

 private:
  struct DeskSide;
  struct QueueSide;
  void wake(const std::string& lane);
  Lane* lane_of_desk(const std::string& lane);  // null: it is no desk's
  void moved(const Record& before, const Change& change);

  const Config& config_;
  Store& store_;
  const Rules& rules_;
  const Clock& clock_;
  connectors::HttpClient& http_;
  Ledger ledger_;
  const Time started_;
  Timers timers_;
  std::unique_ptr<Lane> clock_side_;
  std::map<std::string, std::unique_ptr<DeskSide>, std::less<>> desks_;
  std::map<std::string, std::unique_ptr<QueueSide>, std::less<>> queues_;
  bool running_ = false;
};

}  // namespace bridge
