#pragma once

// One round of looking at a remote queue: what is new, and what was decided or withdrawn over there. The
// whole pending set is compared at the first round and every `reconcile`, and at every round while it fits
// one page; between, a long list is read from its end. What is missing from the list is looked up in the
// auditlog's changes, all with one call, and only where the queue has none, or at a comparison, request by
// request. No cursor decides: a request that becomes pending late, with a low id, is found by the next
// comparison. Used by one thread; keeps nothing that a restart would miss.

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
    std::chrono::milliseconds reconcile{300'000};
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
    int changes = 0;            // entries that the auditlog told
    bool lost_changes = false;  // the auditlog's changes could not be had: logged once
    int unreadable = 0;         // single requests whose reading failed; tried again in a later round
    // Final here, yet pending over there: somebody took a decision back, or the queue lost it.
    std::vector<RequestRef> disputed;
  };
  // `hinted`: ids that a webhook named; looked at even when the list does not show them.
  Round round(Time now, const std::vector<std::int64_t>& hinted = {});

 private:
  bool read_list(bool whole, bool to_the_end, Round& round);
  void take_page(std::vector<RemoteRequest> page, Round& round);
  bool know_mark(Time now, Round& round);
  bool is_any_missing() const;
  bool follow_changes(Time now, Round& round);
  void give_up_changes(const connectors::Outcome& outcome, Time now, Round& round);
  void keep_mark(std::int64_t mark, Time now);
  bool look_at_hinted(const std::vector<std::int64_t>& hinted, Time now, Round& round);
  bool look_for_gone(Time now, Round& round);
  bool look_at(const Record& held, Time now, Round& round);
  void take_in(const Record& held, const RemoteRequest& seen, Time now, Round& round);
  bool ends(const connectors::Outcome& outcome, Round& round);

  const Settings settings_;
  RemoteQueueApi& api_;
  Store& store_;
  RemoteSink& sink_;

  std::vector<std::int64_t> pending_;  // ascending: seen pending, and in the store
  std::vector<std::int64_t> seen_;     // of the round that runs
  std::int64_t look_after_ = 0;        // where the reading of single requests goes on
  bool cut_short_ = false;             // a read failed in the middle of a comparison
  std::optional<Time> compared_;       // the last comparison that came through
  std::optional<std::int64_t> mark_;   // the auditlog's changes are known up to here
  bool marked_ = false;                // mark_ was read from the store, or asked for
  Time no_changes_until_{};            // the queue has no such list, or cannot give it
  int change_faults_ = 0;
  std::vector<std::int64_t> strays_;  // pending by the auditlog, not in the list
  bool clamped_ = false;              // the queue gives shorter pages than we ask for
};

}  // namespace bridge
