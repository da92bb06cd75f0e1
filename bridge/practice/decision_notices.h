#pragma once

// Tells the bridge of decisions: signs {sys_id, number, correlation_id, table} and hands it to a sender on a
// thread of its own. Says it once and never again, as the business rule of a real desk does. Thread-safe.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "bridge/api/http_front.h"
#include "bridge/ops/clock.h"
#include "bridge/practice/table_store.h"

namespace bridge {

class DecisionNotices {
 public:
  // May throw: the notice is lost then, as it would be on a network.
  using Send =
      std::function<void(const std::string& url, const HeaderList& headers, const std::string& body)>;

  DecisionNotices(std::string url, std::string secret, std::string table, Send send,
                  std::shared_ptr<const Clock> clock);
  ~DecisionNotices();  // waits for the sender's current call, drops the rest
  DecisionNotices(const DecisionNotices&) = delete;
  DecisionNotices& operator=(const DecisionNotices&) = delete;

  void tell(const TableRow& ticket);

  // Base64 of HMAC-SHA256 over "timestamp.body".
  static std::string sign(std::string_view secret, std::string_view timestamp, std::string_view body);

 private:
  void run();

  const std::string url_, secret_, table_;
  const Send send_;
  const std::shared_ptr<const Clock> clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> bodies_;
  bool stopping_ = false;
  std::uint64_t sent_ = 0;
  std::thread thread_;
};

}  // namespace bridge
