#pragma once

// What the store keeps for webhooks that go out: subscriptions made by the API, their deliveries (effects of
// a lane "hook:<subscription>", kind "deliver") and the chat message that a request has at a subscription.
// Reached through Store, which owns it; thread-safe and durable as that. A delivery is not claimed while an
// earlier one of the same request is open in its lane; it holds nothing else up.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/store/records.h"
#include "bridge/store/trail.h"

namespace bridge {

inline constexpr const char* deliver_kind = "deliver";
inline constexpr std::string_view hook_lane_prefix = "hook:";

struct WebhookRow {
  std::string id;
  std::string queue;
  std::string settings;  // JSON text of an object; holds secrets
  Time created{};
};

// A delivery that is not done yet.
struct OpenDelivery {
  std::int64_t effect = 0;
  RequestRef ref;
  std::string slot;
  int attempts = 0;
  Time not_before{};
  std::string payload;
};

class HookStore {
 public:
  virtual ~HookStore() = default;

  virtual std::vector<WebhookRow> webhooks() = 0;
  // Takes the place of the row with that id, if there is one. The audit log gets its rows in the same
  // transaction.
  virtual void put_webhook(const WebhookRow& row, const std::vector<TrailEntry>& trail) = 0;
  // With what `lane` still had to do. False when there was none: then nothing is recorded.
  virtual bool drop_webhook(const std::string& id, const std::string& lane,
                            const std::vector<TrailEntry>& trail) = 0;

  // Oldest first.
  virtual std::vector<OpenDelivery> open_deliveries(const std::string& lane, int limit) = 0;
  virtual std::int64_t count_deliveries(const std::string& lane) = 0;
  // Due again at `not_before`, its lease ended; the timeline gets no line. Not `tried`: this attempt is not
  // counted.
  virtual void put_off(std::int64_t effect, const RequestRef& ref, Time not_before, bool tried,
                       const std::vector<TrailEntry>& trail = {}) = 0;

  virtual std::optional<std::string> hook_message(const RequestRef& ref, const std::string& lane) = 0;
  virtual void set_hook_message(const RequestRef& ref, const std::string& lane,
                                const std::string& message) = 0;
};

}  // namespace bridge
