#pragma once

// Where events are read from: the audit log, and the auditlog of each queue. A position is a number that only
// grows; whoever goes on behind it misses nothing. Reads the store and changes nothing; used by one thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/config/config.h"
#include "bridge/siem/siem_event.h"
#include "bridge/store/store.h"

namespace bridge {

class SiemFeed {
 public:
  virtual ~SiemFeed() = default;

  // "audit", "auditlog:acme"
  virtual const std::string& name() const = 0;

  struct Page {
    std::vector<SiemEvent> events;  // those that the sink wants
    std::int64_t reached = 0;       // all up to here were looked at
    std::optional<Time> oldest;     // of what was looked at
  };
  virtual Page read(std::int64_t after, int limit) = 0;
  // The newest position there is; 0: nothing yet.
  virtual std::int64_t newest() = 0;
  // The position before everything that is `since` or later.
  virtual std::int64_t before(Time since) = 0;
};

using SiemFeeds = std::vector<std::unique_ptr<SiemFeed>>;

// Those that the sink asks for. `config` and `store` must outlive them.
SiemFeeds make_feeds(const SiemConfig& sink, const std::vector<QueueConfig>& queues, Store& store,
                     Trail& trail);

}  // namespace bridge
