#pragma once

// Sees what a desk has decided: polls its changes behind a durable watermark, follows hints, and reads every
// open ticket once in a while, so that nothing depends on a cursor alone. A decision is believed only as read
// from the desk's own API and allowed by the workflow. Thread-safe. Owned by Drain.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>

#include "bridge/drain/desk_worker.h"
#include "bridge/drain/lane.h"
#include "bridge/drain/ledger.h"

namespace bridge {

class DeskWatch {
 public:
  struct Settings {
    std::optional<std::chrono::milliseconds> poll;  // nothing: the connector's own interval
    std::chrono::milliseconds reconcile{300'000};
  };
  using Observe = DeskWorker::Observe;
  // A poll was answered; for metrics and `status`.
  using Polled = std::function<void(const std::string& desk, Time at)>;

  DeskWatch(std::string desk, Settings settings, Ledger& ledger, Lane& lane, Observe observe, Polled polled);
  ~DeskWatch();  // stops

  void start();
  void stop();

  // A webhook said so. Reads that ticket at once, or polls at once when it is not known yet.
  void hint(const connectors::Hint& hint);

  // One round of "what changed", over all pages; true when the desk answered. The watermark moves only after
  // every ticket of a page has been read and its event stored.
  bool poll_once();
  // Reads every ticket that waits for a decision.
  void reconcile_once();

 private:
  class Batch;
  void work();
  // A hint may be lost: nobody waits for what came of it. A page's watermark moves behind its steps.
  enum class Stored { waited_for, later };
  // Reads one ticket and feeds what it says. False when the desk did not answer.
  bool look(const RequestRef& ref, const std::string& ticket_id, const char* via, Stored stored);
  void judge(const Record& record, const Desk& desk, const connectors::TicketState& state,
             const std::string& evidence, Stored stored);
  // Another decision was first.
  void came_late(const Record& record, const Decision& decision);
  void refuse(const Record& record, const Decision& decision, const char* what, const char* note,
              const std::string& why);
  bool handle_page(const std::vector<connectors::Changes::Row>& rows);
  bool is_new(const std::string& seen);
  void remember(const std::string& seen);

  const std::string desk_;
  const Settings settings_;
  Ledger& ledger_;
  Lane& lane_;
  const Observe observe_;
  const Polled polled_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool poll_now_ = false;
  std::deque<std::string> seen_order_;
  std::unordered_set<std::string> seen_;
  std::thread thread_;
};

}  // namespace bridge
