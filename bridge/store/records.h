#pragma once

// What the store keeps, as plain data.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bridge/ops/clock.h"
#include "connectors/engine/desk_client.h"
#include "workflows/lifecycle.h"

namespace bridge {

struct RequestRef {
  std::string queue;
  std::int64_t id = 0;
  // "acme:615670": the correlation key that the ticket carries.
  std::string key() const { return queue + ':' + std::to_string(id); }
  auto operator<=>(const RequestRef&) const = default;
};
// Nothing when `key` is not one of ours.
std::optional<RequestRef> ref_from_key(std::string_view key);

struct Decision {
  bool approve = false;
  std::string by;  // name as the desk or the API gave it
  std::string by_email;
  std::string reason;
  Time at{};           // when it was made
  std::string from;    // "desk snow", "queue acme", "workflow standard"
  std::string record;  // the desk's record it was read from; may be empty
  bool operator==(const Decision&) const = default;
};

struct Lifecycle {
  workflows::State state = workflows::State::opening;
  std::int64_t version = 0;
  std::string desk;           // empty: no route took it
  connectors::Ticket ticket;  // id empty until known
  std::optional<Decision> decision;
  std::string outcome;      // approved, denied, withdrawn, expired; empty until the queue is final
  std::string park_reason;  // a reason word, when parked
  std::string park_detail;
  Time since{};  // when this state was entered
};

// What lists are asked for, as the request says it; the store folds it for comparing.
struct Listed {
  std::optional<Time> requested;  // nothing: when it was received
  int type_code = 0;
  std::string computer;
  std::string account;  // "ACME\ann"
  std::string full_name;
};

struct Record {
  RequestRef ref;
  std::string body;          // the API's object, served verbatim; its scanResults is []
  std::string scan_results;  // JSON array
  int status_code = 4;       // of the API: 4 pending, 0 approved, 3 denied, 6 expired
  Time received{};
  Time changed{};
  Lifecycle lifecycle;
};

// An effect of the outbox. One request has at most one effect in a slot: "main", "remind", "escalate",
// "deadline", or "note:<n>"; a new one in the same slot replaces the old one and does not become due before
// the work on that one has ended, at the latest with its lease.
struct NewEffect {
  std::string slot = "main";
  std::string kind;  // workflows::to_string(Effect), or "remind", "escalate", "deadline", "note"
  std::string lane;  // who performs it: "desk:snow", "queue:contoso", "clock"
  int priority = 5;  // lower first
  Time not_before{};
  std::string payload;  // JSON text; may be empty
  int attempts = 0;     // > 0: an earlier effect may have done the same already
  // Handed to its lane by whoever stores it, without a claim: leased until then, if no other effect of the
  // request is, and its attempt counted. Of slot "main" only.
  std::optional<Time> lease_until;
  bool with_body = false;  // the API's object goes behind the payload; of a new request only, which has no id
                           // before it is stored
};

struct DueEffect {
  std::int64_t id = 0;
  std::string slot;
  std::string kind;
  std::string lane;
  int attempts = 0;  // begun before this claim; > 0 means an earlier one may have happened
  std::string payload;
  Record record;  // as it was at the claim
};

// What an endpoint told of an approved request's use. Lists are JSON texts.
struct Use {
  std::optional<Time> started;  // by the endpoint's clock
  std::optional<Time> started_utc;
  std::optional<Time> ended;
  std::optional<Time> ended_utc;
  bool sso_validated = false;
  std::string installs = "[]";
  std::string uninstalls = "[]";
  std::string elevated_applications = "[]";
  bool operator==(const Use&) const = default;
};

// What an auditlog entry is made of (queue/auditlog_entry.h).
struct AuditlogRecord {
  std::int64_t id = 0;
  std::string body;
  std::string scan_results;
  int status_code = 4;
  Time requested{};
  Time received{};
  std::optional<Time> decided;  // when the decision that is known was made
  Use use;
  Time touched{};  // its last change; told with AuditlogQuery::changed_after only
};

// A line of a request's timeline, which is also the audit log.
struct AuditRow {
  std::int64_t seq = 0;  // given by the store
  Time at{};
  std::string what;   // "received", "ticket_opened", "retry", "decision_seen", "parked" ...
  std::string text;   // one line for a person
  std::string actor;  // who: "key cs_live_..7f2c", "bob@acme.test at desk snow", "countersign"
  std::string data;   // JSON object text; may be empty; no secret
};

}  // namespace bridge
