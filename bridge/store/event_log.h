#pragma once

// The events of the hosted queues: written once, never changed, read by pages and by whoever goes on behind
// the last id that was seen. Reached through Store, which owns it; thread-safe and durable as that.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bridge/ops/clock.h"

namespace bridge {

// What filters look at stands apart from the object. Names are compared without their case.
struct NewEvent {
  Time at{};  // UTC
  std::int64_t code = 0;
  std::string computer;
  std::string account;  // "ACME\ann" or "ann"
  std::string user;     // full name
  // The API's object for the id; called on the store's thread, must be quick and not throw.
  std::function<std::string(std::int64_t id)> body;
};

struct NewEvents {
  std::string queue;
  std::vector<NewEvent> events;  // stored all or none, with ids in their order
  std::string idempotency_key;   // empty: none
  std::string idempotency_hash;  // sha256_hex() of what was sent
};

struct StoredEvent {
  std::int64_t id = 0;
  std::string body;
};

struct AddedEvents {
  enum class What { created, repeated, mismatch } what = What::created;  // mismatch: same key, other content
  std::vector<StoredEvent> events;                                       // of the first one
};

struct EventQuery {
  std::string computer;
  // An account with its domain finds that account, and the same account written without one; an account
  // without a domain finds it in every domain; a full name finds that name.
  std::string user;
  std::optional<std::int64_t> code;
  std::optional<Time> from;   // inclusive
  std::optional<Time> until;  // exclusive
  std::int64_t start_id = 0;  // inclusive, ascending
  int take = 50;
  int last = 0;  // > 0: the latest so many, descending; start_id and take are then ignored
};

class EventLog {
 public:
  virtual ~EventLog() = default;

  // Ids ascend in each queue in the order of commits, without a gap: whoever asks for start_id = last + 1
  // misses nothing.
  virtual AddedEvents add(const NewEvents& events) = 0;
  virtual std::optional<StoredEvent> find(const std::string& queue, std::int64_t id) = 0;
  virtual std::vector<StoredEvent> page(const std::string& queue, const EventQuery& query) = 0;
};

}  // namespace bridge
