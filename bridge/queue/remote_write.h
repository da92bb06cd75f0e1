#pragma once

// Writes a decision to a remote queue and reads back which one stands: the first decision wins over there
// too, and the queue does not say so by itself. Stateless; may be repeated at any time.

#include <optional>
#include <string>

#include "bridge/queue/remote_client.h"
#include "bridge/store/records.h"

namespace bridge {

struct WriteBack {
  enum class What {
    accepted,   // the queue shows our verdict (ours, or another person's that says the same)
    lost,       // the queue shows the opposite: that one stands
    withdrawn,  // the queue no longer has the request
    expired,    // nobody decided in time, as the queue sees it
    open,       // not yet: `outcome` says retry, rejected or unknown, and why
  };
  What what = What::open;
  connectors::Outcome outcome;     // done unless open; its calls are all that were made
  std::optional<Decision> stands;  // what the queue shows, when accepted or lost
  // We sent a mail and the queue shows no name: its portal does not know the person.
  bool name_not_taken = false;
};

// `fallback_email` is sent when the decision has no mail. `may_have_happened`: an earlier try may have
// reached the queue, so this one looks first.
WriteBack write_back(RemoteQueueApi& api, const RequestRef& ref, const Decision& decision,
                     const std::string& fallback_email, bool may_have_happened, Time now);

// The decision that a request of the remote queue shows; nothing while there is none.
std::optional<Decision> decision_of(const RemoteRequest& request, const std::string& queue, Time now);

}  // namespace bridge
