#pragma once

// A desk's side of the drain without threads: real store, real mapping and workflow, a fake desk and a fake
// clock. The test says when work is done.

#include <functional>
#include <memory>
#include <string>

#include "bridge/drain/desk_watch.h"
#include "bridge/drain/desk_worker.h"
#include "bridge/drain/timers.h"
#include "bridge/queue/hosted_queue.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_desk.h"
#include "tests/support/temporary_folder.h"

namespace tests {

class DrainBench {
 public:
  // `fallback`: the desk has a fallback mapping. `remote`: the queue is elsewhere.
  explicit DrainBench(bool fallback = false, bool remote = false);

  // A whole request, of a remote queue number 1; an empty name makes the mapping fail.
  bridge::Record submit(const std::string& name = "Ann Example", const std::string& idempotency_key = "");
  // Performs all that is due now; how many effects.
  int work();
  // One poll of the desk, its reads performed; false when the desk did not answer.
  bool poll();
  // Reads every waiting ticket.
  void reconcile();
  bridge::Record record(std::int64_t id);
  std::string state(std::int64_t id);
  mappings::Json body(std::int64_t id);
  // The `what` of each line of the timeline.
  std::string timeline(std::int64_t id);

  // Performs reads in this thread while `round` runs in another.
  void beside(const std::function<void()>& round);

  TemporaryFolder folder;
  FakeClock clock;
  std::shared_ptr<FakeDesk> desk = std::make_shared<FakeDesk>();
  bridge::Config config;
  std::unique_ptr<bridge::Store> store;
  std::unique_ptr<bridge::Rules> rules;
  std::unique_ptr<bridge::Ledger> ledger;
  std::unique_ptr<bridge::HostedQueue> queue;
  std::unique_ptr<bridge::DeskWorker> worker;
  std::unique_ptr<bridge::Timers> timers;
  std::unique_ptr<bridge::Lane> lane, clock_side;
  std::unique_ptr<bridge::DeskWatch> watch;
};

}  // namespace tests
