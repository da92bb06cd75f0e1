#include "bridge/ops/error.h"

namespace bridge {

const std::vector<ErrorInfo>& all_errors() {
  static const std::vector<ErrorInfo> table = {
      {ErrorCode::invalid_request, "invalid_request", 400, "The request is not valid",
       "Mend what the message names and send it again."},
      {ErrorCode::unauthorized, "unauthorized", 401, "Invalid API key",
       "Send a key of this bridge: countersign keys create --queue NAME."},
      {ErrorCode::forbidden, "forbidden", 403, "Not allowed", "Use a key that has this right."},
      {ErrorCode::not_found, "not_found", 404, "Not found",
       "Look at the id and at the queue that the key belongs to."},
      {ErrorCode::method_not_allowed, "method_not_allowed", 405, "Method not allowed",
       "See the Allow header."},
      {ErrorCode::conflict, "conflict", 409, "Conflict", "Read the object again."},
      {ErrorCode::too_large, "too_large", 413, "The body is too large", "Send it in parts."},
      {ErrorCode::idempotency_mismatch, "idempotency_mismatch", 422,
       "The Idempotency-Key was used for another request", "Use a new key for a new request."},
      {ErrorCode::overloaded, "overloaded", 503, "Overloaded", "Try again after Retry-After seconds."},
      {ErrorCode::store_unavailable, "store_unavailable", 503, "The store is not available",
       "Look at the log and at the disk that holds the store."},
      {ErrorCode::config_invalid, "config_invalid", 500, "The configuration is not valid",
       "Run countersign check."},
      {ErrorCode::internal, "internal", 500, "Internal error", "Look for the request id in the log."},
  };
  return table;
}

const ErrorInfo& info(ErrorCode code) noexcept {
  for (const ErrorInfo& row : all_errors())
    if (row.code == code) return row;
  return all_errors().back();
}

}  // namespace bridge
