#pragma once

// What the API may do to a queue: take requests in, approve, deny, withdraw, report the use. Decides about
// routes, the first lifecycle step and who may decide; the store makes it durable. Thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/ops/error.h"
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

  // The same for many that share a commit; the answers are in their order, and one that is refused stops no
  // other.
  struct Wanted {
    mappings::Json given;
    std::string idempotency_key;
  };
  struct Answered {
    std::optional<Submitted> submitted;  // or
    std::optional<Error> refused;
  };
  virtual std::vector<Answered> submit_all(const std::string& queue, const std::vector<Wanted>& wanted,
                                           const std::string& actor) = 0;

  // Final: the first decision stands, a repeat or a contradiction changes nothing. `email` is the approver's
  // mail, may be empty; `actor` goes to the timeline and the audit log. Throws Error(not_found). True when
  // this call made the decision.
  virtual bool decide(const RequestRef& ref, bool approve, const std::string& email,
                      const std::string& reason, const Actor& actor) = 0;

  // Whoever asked takes it back: it then shows as Expired. One that is decided stays as it is. Throws
  // Error(not_found), Error(conflict) when the queue is not ours. True when this call withdrew it.
  virtual bool withdraw(const RequestRef& ref, const Actor& actor) = 0;

  // What the endpoint tells of the use of an approved request, in the auditlog entry's shape. Throws
  // Error(not_found), Error(invalid_request), Error(conflict) when it is not approved or the queue not ours.
  virtual void report_use(const RequestRef& ref, const mappings::Json& given, const std::string& actor) = 0;
};

}  // namespace bridge
