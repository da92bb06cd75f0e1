#pragma once

// How many calls a queue's keys may make on a day: past that the queue is closed until its next business day
// begins. Counting is one atomic; the store is written by save() alone. Thread-safe, but load() comes before
// everything else, and save() is for one thread at a time. Clock outlives this.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/api/http_front.h"
#include "bridge/ops/clock.h"
#include "bridge/ops/metrics.h"
#include "bridge/ops/time_zone.h"
#include "bridge/store/store.h"

namespace bridge {

class Quota {
 public:
  struct Settings {
    std::int64_t calls_a_day = 100'000;  // 0: any number
    TimeZone zone;                       // whose midnight begins a day
    std::vector<std::chrono::weekday> business_days = {std::chrono::Monday, std::chrono::Tuesday,
                                                       std::chrono::Wednesday, std::chrono::Thursday,
                                                       std::chrono::Friday};
  };
  // What one call came to.
  struct Charge {
    bool allowed = true;
    std::int64_t limit = 0;
    std::int64_t remaining = 0;
    std::int64_t reset_s = 0;  // until counting begins anew, rounded up
    std::string opens;         // when that is, with the zone; only when not allowed
  };

  Quota(const Clock& clock, const std::map<std::string, Settings>& queues);
  ~Quota();

  // Nothing: this queue has no quota.
  std::optional<Charge> charge(std::string_view queue);

  // Goes on counting where an earlier process stopped, when it is still the same day.
  void load(Store& store);
  // What changed since it was last written.
  void save(Store& store);
  void measure(Metrics& all) const;

 private:
  struct Tenant;
  std::map<std::string, std::unique_ptr<Tenant>, std::less<>> tenants_;
  const Clock& clock_;
};

// 429 with Retry-After.
Reply quota_reply(const Quota::Charge& charge);
// X-RateLimit-Limit, -Remaining and -Reset.
void append_quota(HeaderList& headers, const Quota::Charge& charge);

}  // namespace bridge
