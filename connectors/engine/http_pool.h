#pragma once

// Idle connections by origin. Only whole, undisturbed connections come in; each is looked at again before it
// goes out. Thread-safe; closes what it drops outside its lock.

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "connectors/engine/http_connection.h"

namespace connectors {

class HttpPool {
 public:
  HttpPool(std::chrono::seconds max_idle, std::size_t max_per_origin);

  // Null when there is none that may be used.
  std::unique_ptr<HttpConnection> take(const std::string& origin);
  // `keep`: how long the peer said that it keeps it; zero when it said nothing.
  void put(const std::string& origin, std::unique_ptr<HttpConnection> connection, std::chrono::seconds keep);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  struct Idle {
    std::unique_ptr<HttpConnection> connection;
    Clock::time_point until;
  };
  void sweep(Clock::time_point now, std::vector<Idle>& dropped);

  const std::chrono::seconds max_idle_;
  const std::size_t max_per_origin_;
  std::mutex mutex_;
  Clock::time_point next_sweep_;
  std::unordered_map<std::string, std::vector<Idle>> idle_;
};

}  // namespace connectors
