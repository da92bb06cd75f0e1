#pragma once

// What the API may do to a queue: take a request in, approve, deny. Decides about routes, the first lifecycle
// step and who may decide; the store makes it durable. Thread-safe.

#include <cstdint>
#include <string>

#include "bridge/store/store.h"
#include "mappings/engine/json.h"

namespace bridge {

class QueueService {
 public:
  virtual ~QueueService() = default;

  // `given`: a partial object in the API's shape. Throws Error(invalid_request) with every problem in one
  // message, Error(idempotency_mismatch). `actor` goes to the timeline.
  virtual Submitted submit(const std::string& queue, const mappings::Json& given,
                           const std::string& idempotency_key, const std::string& actor) = 0;

  // Final: the first decision stands, a repeat or a contradiction changes nothing. `email` is the approver's
  // mail, may be empty. Throws Error(not_found). True when this call made the decision.
  virtual bool decide(const RequestRef& ref, bool approve, const std::string& email,
                      const std::string& reason, const std::string& actor) = 0;
};

}  // namespace bridge
