#include "bridge/practice/decision_notices.h"

#include <exception>

#include "bridge/ops/log.h"
#include "connectors/engine/webhook_signature.h"
#include "mappings/engine/json.h"

namespace bridge {

DecisionNotices::DecisionNotices(std::string url, std::string secret, std::string table, Send send,
                                 std::shared_ptr<const Clock> clock)
    : url_(std::move(url)),
      secret_(std::move(secret)),
      table_(std::move(table)),
      send_(std::move(send)),
      clock_(std::move(clock)) {
  if (!url_.empty() && send_) thread_ = std::thread([this] { run(); });
}

DecisionNotices::~DecisionNotices() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::string DecisionNotices::sign(std::string_view secret, std::string_view timestamp,
                                  std::string_view body) {
  return connectors::base64(
      connectors::hmac_sha256(secret, std::string(timestamp) + "." + std::string(body)));
}

void DecisionNotices::tell(const TableRow& ticket) {
  if (!thread_.joinable()) return;
  std::string body = mappings::Json::object({{"sys_id", ticket.id()},
                                             {"number", ticket.get("number")},
                                             {"correlation_id", ticket.get("correlation_id")},
                                             {"table", table_}})
                         .dump();
  std::lock_guard lock(mutex_);
  if (bodies_.size() >= 10'000) return;  // nobody listens: the bridge's poll still finds the decision
  bodies_.push_back(std::move(body));
  wake_.notify_one();
}

void DecisionNotices::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !bodies_.empty(); });
    if (stopping_) return;
    const std::string body = std::move(bodies_.front());
    bodies_.pop_front();
    const std::string delivery = "practice-" + std::to_string(++sent_);
    lock.unlock();
    const std::string timestamp = std::to_string(to_micros(clock_->now()) / 1'000'000);
    try {
      send_(url_,
            {{"Content-Type", "application/json"},
             {"X-Bridge-Timestamp", timestamp},
             {"X-Bridge-Signature", sign(secret_, timestamp, body)},
             {"X-Bridge-Delivery", delivery}},
            body);
    } catch (const std::exception& error) {
      log(Level::warning, "practice_notice_lost", {{"why", error.what()}});
    }
    lock.lock();
  }
}

}  // namespace bridge
