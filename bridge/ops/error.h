#pragma once

// The one exception type of the bridge, and the one table of its codes: code, HTTP status, title, advice.
// Caught in three places: the request wrapper, the worker loop, main.

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bridge {

enum class ErrorCode {
  invalid_request,       // 400
  unauthorized,          // 401
  forbidden,             // 403
  not_found,             // 404
  method_not_allowed,    // 405
  conflict,              // 409
  too_large,             // 413
  idempotency_mismatch,  // 422
  overloaded,            // 503
  store_unavailable,     // 503
  config_invalid,        // exit 2
  internal,              // 500
};

struct ErrorInfo {
  ErrorCode code;
  std::string_view name;
  int http_status;
  std::string_view title;
  std::string_view advice;
};
const ErrorInfo& info(ErrorCode code) noexcept;
const std::vector<ErrorInfo>& all_errors();

class Error : public std::runtime_error {
 public:
  // `message` is shown to the caller: no secret, no internal detail.
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace bridge
