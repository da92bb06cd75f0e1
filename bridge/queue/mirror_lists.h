#pragma once

// Reads the lists of a tenant elsewhere (auditlog, events, inventory) into the mirror, some pages at a time.
// Where each list stands lies in the store, so that a restart goes on there. For one thread. Owned by
// RemoteMirror, which says when.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/config/config.h"
#include "bridge/queue/remote_client.h"
#include "bridge/store/store.h"

namespace bridge {

struct MirrorStep {
  connectors::Outcome outcome;  // of the last call, with the calls of all
  bool more = false;            // there may be more to read now
  std::int64_t rows = 0;        // more, or fewer, than before
};

class MirrorLists {
 public:
  // All must outlive it. `api`: what is left of the tenant's calls for this.
  MirrorLists(const QueueConfig& config, Store& store, RemoteQueueApi& api);

  // `take`: rows of one page. The whole history first, then what changed since.
  MirrorStep read_auditlog(Time now, int take);
  MirrorStep read_events(Time now, int take);
  // One pass over all computers, in as many calls as it takes; those that it did not see are gone at its end.
  MirrorStep read_inventory(Time now, int take);

 private:
  struct Mark {
    std::string ticks;                 // changes up to here are known
    std::optional<std::int64_t> next;  // the history is read up to this id; nothing: all of it
  };
  MirrorStep read_history(Time now, int take);
  MirrorStep read_changes(Time now);
  void keep_mark(const Mark& mark, Time now);
  std::optional<mappings::Json> ask(const std::string& path, const std::string& query, MirrorStep& step);
  std::optional<mappings::Json> ask_page(const std::string& path, const std::string& query, std::int64_t from,
                                         int take, MirrorStep& step);

  const QueueConfig& config_;
  Store& store_;
  RemoteQueueApi& api_;
  const std::string days_;
  std::optional<Mark> mark_;
  std::int64_t next_computer_ = 0;       // of the pass that runs
  std::vector<std::int64_t> computers_;  // seen in it
};

// The value of the store that says where a list stands: of "auditlog" a mark, of "inventory" when its last
// pass ended.
std::string mirror_mark(const std::string& queue, const std::string& kind);

}  // namespace bridge
