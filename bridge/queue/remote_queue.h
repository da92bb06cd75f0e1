#pragma once

// One remote queue at work: polls it, writes our decisions there and reads back which one stands. Owns its
// thread and its lane. Thread-safe. Owned by Drain.

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "bridge/config/config.h"
#include "bridge/drain/lane.h"
#include "bridge/drain/ledger.h"
#include "bridge/queue/remote_sync.h"

namespace bridge {

class RemoteQueue final : private RemoteSink {
 public:
  // `config`, `ledger` and `api` must outlive it.
  RemoteQueue(const QueueConfig& config, Ledger& ledger, std::unique_ptr<RemoteQueueApi> api);
  ~RemoteQueue() override;  // stops

  void start();
  void stop();
  void wake() { lane_.wake(); }
  // After a pause: try again at once.
  void resume();

  Time last_poll() const noexcept { return from_micros(last_poll_); }
  // JSON text: what `countersign status` shows.
  std::string status() const;

  // For Lane::Perform: writes one decision.
  void perform(const DueEffect& effect);
  // One round in the calling thread; false when the queue did not answer.
  bool poll_once();

 private:
  void arrived(const std::string& queue, std::vector<RemoteRequest> requests) override;
  void decided(const Record& held, const Decision& decision) override;
  void gone(const Record& held, Gone how) override;
  void work();
  void observe(const connectors::Outcome& outcome);
  AuditRow row(std::string what, std::string text) const;

  const QueueConfig& config_;
  Ledger& ledger_;
  const std::unique_ptr<RemoteQueueApi> api_;
  Lane lane_;
  RemoteSync sync_;
  std::atomic<std::int64_t> last_poll_{0};
  std::atomic<int> pending_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool poll_now_ = false;
  std::thread thread_;
};

}  // namespace bridge
