#pragma once

// Copies what a tenant elsewhere holds (auditlog, events, inventory) into the store, so that our own API can
// serve it as often as anybody likes. Takes only calls that decisions and polls can spare; each kind has its
// own pace, faults and end, and none of them holds up polling or deciding. Owns its thread. Thread-safe, but
// for round(), which belongs to that thread, or to a test. Owned by Drain.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bridge/config/config.h"
#include "bridge/queue/mirror_lists.h"
#include "bridge/queue/quota_shield.h"

namespace bridge {

class Metrics;

class RemoteMirror {
 public:
  // Done: the tenant is the right one. Else nothing is read.
  using MayRead = std::function<connectors::Outcome()>;

  // All but `api` must outlive it.
  RemoteMirror(const QueueConfig& config, Store& store, const Clock& clock, QuotaShield& shield,
               std::unique_ptr<RemoteQueueApi> api, MayRead may_read);
  ~RemoteMirror();  // stops

  void start();
  void stop();
  // A person says: look again, also at what had stopped.
  void resume();

  // Reads what is due, some pages of each kind. False: a kind could not be read.
  bool round();
  // When something is due next; nothing: nothing is mirrored.
  std::optional<Time> next_due() const;

  // "auditlog", "events", "inventory": how each does, as JSON text.
  std::string status() const;
  // Why a kind has stopped, one sentence for all; empty: none has.
  std::string trouble() const;
  void measure(Metrics& all) const;

 private:
  struct Part {
    std::string kind;
    std::chrono::milliseconds every{};
    MirrorStep (MirrorLists::*step)(Time now, int take) = nullptr;
    int page = 1000;
    // Under mutex_:
    Time due{};
    Time success{};
    int faults = 0;
    bool stopped = false;
    std::string reason = "ok", detail;
    std::int64_t rows = 0;
  };

  void work();
  void settle(Part& part, const MirrorStep& step, Time now);
  Part& part(std::string_view kind);

  const QueueConfig& config_;
  const Clock& clock_;
  const std::unique_ptr<RemoteQueueApi> api_, spare_;  // spare_: of api_, within what others leave
  MirrorLists lists_;
  const MayRead may_read_;
  const Time started_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Part> parts_;
  bool stopping_ = false;
  bool now_ = false;
  std::thread thread_;
};

}  // namespace bridge
