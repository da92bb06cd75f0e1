#pragma once

// The hosted queues: requests come in through our own API, and a decision made here is final at once.
// Thread-safe.

#include <atomic>
#include <string>

#include "bridge/drain/ledger.h"
#include "bridge/queue/queue_service.h"

namespace bridge {

class HostedQueue final : public QueueService {
 public:
  // `config` and `ledger` must outlive it.
  HostedQueue(const Config& config, Ledger& ledger) : config_(config), ledger_(ledger) {}

  Submitted submit(const std::string& queue, const mappings::Json& given, const std::string& idempotency_key,
                   const std::string& actor) override;
  std::vector<Answered> submit_all(const std::string& queue, const std::vector<Wanted>& wanted,
                                   const std::string& actor) override;
  bool decide(const RequestRef& ref, bool approve, const std::string& email, const std::string& reason,
              const Actor& actor) override;
  bool withdraw(const RequestRef& ref, const Actor& actor) override;
  void report_use(const RequestRef& ref, const mappings::Json& given, const std::string& actor) override;

 private:
  NewRequest prepare(const std::string& queue, const mappings::Json& given,
                     const std::string& idempotency_key, const std::string& actor) const;
  // Throws Error(conflict) when the queue is elsewhere.
  void must_be_ours(const std::string& queue) const;

  const Config& config_;
  Ledger& ledger_;
};

}  // namespace bridge
