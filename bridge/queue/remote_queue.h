#pragma once

// One remote queue at work: polls it, writes our decisions there and reads back which one stands. Polls as
// often as the day's budget bears, at once after a hint; does nothing while the key is another tenant's. Owns
// its thread and its lane. Thread-safe. Owned by Drain.

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bridge/config/config.h"
#include "bridge/drain/lane.h"
#include "bridge/drain/ledger.h"
#include "bridge/queue/quota_shield.h"
#include "bridge/queue/remote_sync.h"
#include "bridge/queue/remote_write.h"
#include "bridge/queue/tenant_pin.h"

namespace bridge {

class Metrics;

class RemoteQueue final : private RemoteSink {
 public:
  // All but `api` must outlive it.
  RemoteQueue(const QueueConfig& config, Ledger& ledger, QuotaShield& shield,
              std::unique_ptr<RemoteQueueApi> api);
  ~RemoteQueue() override;  // stops

  void start();
  void stop();
  void wake() { lane_.wake(); }
  // After a pause: try again at once.
  void resume();
  // A webhook came: polls as soon as the shortest interval allows, and looks at these requests.
  void hint(const std::vector<std::int64_t>& ids);

  Time last_poll() const noexcept { return from_micros(last_poll_); }
  // Done: the key is that of the tenant that this queue belongs to.
  connectors::Outcome same_tenant();
  // JSON text: what `countersign status` shows.
  std::string status() const;
  // Why nothing is read or written here until a person does something; empty: it is.
  std::string trouble() const;
  void measure(Metrics& all) const;

  // For Lane::Perform: writes one decision.
  void perform(const DueEffect& effect);
  // One round in the calling thread; false when the queue did not answer.
  bool poll_once(const std::vector<std::int64_t>& hinted = {});
  // From the begin of the last round to that of the next.
  std::chrono::milliseconds wait(std::uint64_t random) const;

 private:
  void arrived(const std::string& queue, std::vector<RemoteRequest> requests) override;
  void decided(const Record& held, const Decision& decision) override;
  void gone(const Record& held, Gone how) override;
  void work();
  void observe(const connectors::Outcome& outcome, bool tell_lane);
  void remember(const connectors::Outcome& outcome);
  void something_happened();
  WriteBack write(const DueEffect& effect);
  void settle(const DueEffect& effect, const WriteBack& result);
  void note_lost_name(const DueEffect& effect, Facts& facts) const;
  AuditRow row(std::string what, std::string text) const;

  const QueueConfig& config_;
  Ledger& ledger_;
  QuotaShield& shield_;
  const std::unique_ptr<RemoteQueueApi> api_;
  const std::unique_ptr<RemoteQueueApi> polls_, decisions_;  // of api_, each with its share of the budget
  TenantPin pin_;
  Lane lane_;
  RemoteSync sync_;
  std::atomic<std::int64_t> last_poll_{0};
  std::atomic<std::int64_t> last_traffic_;
  std::atomic<int> pending_{0};
  std::atomic<double> cost_{1};  // calls of a poll, lately

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool poll_now_ = false;
  std::vector<std::int64_t> hinted_;
  int faults_ = 0;  // of polls, in a row
  std::optional<std::chrono::milliseconds> after_;
  std::string poll_reason_, poll_detail_;  // of the last poll; "ok"
  std::thread thread_;
};

}  // namespace bridge
