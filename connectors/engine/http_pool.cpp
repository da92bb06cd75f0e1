#include "connectors/engine/http_pool.h"

#include <algorithm>
#include <iterator>

namespace connectors {

HttpPool::HttpPool(std::chrono::seconds max_idle, std::size_t max_per_origin)
    : max_idle_(max_idle), max_per_origin_(max_per_origin), next_sweep_(Clock::now() + max_idle) {}

std::unique_ptr<HttpConnection> HttpPool::take(const std::string& origin) {
  for (;;) {
    Idle last;
    {
      const std::lock_guard lock(mutex_);
      const auto found = idle_.find(origin);
      if (found == idle_.end() || found->second.empty()) return nullptr;
      last = std::move(found->second.back());
      found->second.pop_back();
    }
    if (Clock::now() < last.until && last.connection->is_quiet()) return std::move(last.connection);
  }
}

void HttpPool::put(const std::string& origin, std::unique_ptr<HttpConnection> connection,
                   std::chrono::seconds keep) {
  // A second less than the peer says, so that we close first.
  auto allowed = max_idle_;
  if (keep.count() > 0) allowed = std::min(allowed, keep - std::chrono::seconds(1));
  if (allowed.count() <= 0) return;
  const auto now = Clock::now();
  std::vector<Idle> dropped;
  const std::lock_guard lock(mutex_);
  std::vector<Idle>& list = idle_[origin];
  if (list.size() < max_per_origin_) list.push_back({std::move(connection), now + allowed});
  if (now >= next_sweep_) sweep(now, dropped);
}

void HttpPool::sweep(Clock::time_point now, std::vector<Idle>& dropped) {
  next_sweep_ = now + max_idle_;
  for (auto entry = idle_.begin(); entry != idle_.end();) {
    std::vector<Idle>& list = entry->second;
    const auto old =
        std::stable_partition(list.begin(), list.end(), [now](const Idle& idle) { return now < idle.until; });
    std::move(old, list.end(), std::back_inserter(dropped));
    list.erase(old, list.end());
    entry = list.empty() ? idle_.erase(entry) : std::next(entry);
  }
}

void HttpPool::clear() {
  std::unordered_map<std::string, std::vector<Idle>> all;
  const std::lock_guard lock(mutex_);
  all.swap(idle_);
}

}  // namespace connectors
