#pragma once

// A delivery as the outbox keeps it: what happened, when, and the API's object as it was then. Made with the
// change itself, so nothing here asks a jq or a network. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/config/config.h"
#include "bridge/store/store.h"

namespace bridge {

struct Delivery {
  std::string event;  // "requests.created", "auditlog.used", "events.created"
  Time at{};
  std::optional<Decision> decision;  // of a request that was decided
  // The API's object; of the auditlog, but for its use, the request's object, to be made into an entry.
  std::string object;
};

// One line of JSON, then the object as it was.
std::string write_delivery_head(const Delivery& delivery);
std::string write_delivery(const Delivery& delivery);
// Throws Error(internal) when the text is none.
Delivery read_delivery(std::string_view payload);

// "approved" for an outcome of a lifecycle, "changed" where there is none.
std::string change_word(const Lifecycle& lifecycle);

// Whether a subscription to `events` is told of "requests.created".
bool wants(const std::vector<std::string>& events, std::string_view event);

std::string hook_lane(const std::string& subscription);
// The same at every try, and of no other delivery: "siem/acme:7/requests.approved/3".
std::string delivery_id(const std::string& subscription, const RequestRef& ref, const std::string& slot);

// Adds the effects of one subscription.
void add_deliveries(const std::string& subscription, const std::vector<std::string>& events,
                    NewRequest& request);
void add_deliveries(const std::string& subscription, const std::vector<std::string>& events, Change& change);
// Of a report of use; `status`: the request's own object changed as well.
void add_deliveries(const std::string& subscription, const std::vector<std::string>& events,
                    const AuditlogRecord& entry, Time touched, bool status, std::vector<NewEffect>& effects);

}  // namespace bridge
