#pragma once

// One round of looking at a remote queue: what is new, and what was decided or withdrawn over there. The
// whole pending set is compared at the first round and every `reconcile`, and at every round while it fits
// one page; between, a long list is read from its end. No cursor is remembered: a request that becomes
// pending late, with a low id, is found by the next comparison. Used by one thread; keeps nothing that a
// restart would miss.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/queue/remote_client.h"
#include "bridge/store/store.h"

namespace bridge {

// Where a round's findings go. Each call returns after they are durable; the same may come again.
class RemoteSink {
 public:
  virtual ~RemoteSink() = default;
  // Pending requests that the store does not hold.
  virtual void arrived(const std::string& queue, std::vector<RemoteRequest> requests) = 0;
  // Decided over there, not by us.
  virtual void decided(const Record& held, const Decision& decision) = 0;
  enum class Gone { withdrawn, expired };
  virtual void gone(const Record& held, Gone how) = 0;
};

class RemoteSync {
 public:
  struct Settings {
    std::string queue;
    std::chrono::milliseconds poll{10'000};
    std::chrono::milliseconds reconcile{300'000};
    std::chrono::milliseconds longest_wait{300'000};  // after faults
    int page = 500;
    int most_reads = 100;  // single requests read in one round; the rest wait for the next
  };
  // All must outlive it.
  RemoteSync(Settings settings, RemoteQueueApi& api, Store& store, RemoteSink& sink);

  struct Round {
    connectors::Outcome outcome;  // done, or what stopped it; what was found before is kept
    bool whole = false;           // the whole pending set was compared
    int pending = 0;              // seen in this round
    int arrived = 0;
    int decided = 0;
    int gone = 0;
    int unreadable = 0;  // single requests whose reading failed; tried again in a later round
    // Final here, yet pending over there: somebody took a decision back, or the queue lost it.
    std::vector<RequestRef> disputed;
  };
  Round round(Time now);

  // How long to wait after the last round: the poll interval, or longer after faults.
  std::chrono::milliseconds wait(std::uint64_t random) const noexcept;
  int faults() const noexcept { return faults_; }

 private:
  bool read_list(bool whole, bool to_the_end, Round& round);
  void take_page(std::vector<RemoteRequest> page, Round& round);
  bool look_for_gone(Time now, Round& round);
  bool look_at(const Record& held, Time now, Round& round);
  bool ends(const connectors::Outcome& outcome, Round& round);

  const Settings settings_;
  RemoteQueueApi& api_;
  Store& store_;
  RemoteSink& sink_;

  std::vector<std::int64_t> pending_;  // ascending: seen pending, and in the store
  std::vector<std::int64_t> seen_;     // of the round that runs
  std::int64_t look_after_ = 0;        // where the reading of single requests goes on
  std::optional<Time> compared_;       // the last comparison that came through
  bool clamped_ = false;               // the queue gives shorter pages than we ask for
  int faults_ = 0;
  std::optional<std::chrono::milliseconds> after_;
};

}  // namespace bridge
