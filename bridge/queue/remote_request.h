#pragma once

// A request as a queue elsewhere shows it, read from its JSON: completed to every key of the API in its
// order, or as it came. Pure.

#include <cstdint>
#include <optional>
#include <string>

#include "mappings/engine/json.h"

namespace bridge {

// One request as the queue shows it now.
struct RemoteRequest {
  std::int64_t id = 0;
  // 4 pending, 0 to 2 approved, 3 denied, 5 quarantined, 6 expired, -1 a word or number that we do not know
  int status_code = 4;
  // The API's object, its scanResults []: complete and in order, or as it came where a field is of another
  // type than the API's, so that one odd request does not hold up a queue.
  std::string body;
  std::string scan_results = "[]";
  std::string approved_by;
  std::string approved_by_email;
  std::string denied_by;
  std::string denied_by_email;
  std::string denied_reason;
};

// Nothing when this is no request of the API: it has no id.
std::optional<RemoteRequest> read_remote_request(const mappings::Json& given);
// The same without body and scan results: where it stands.
std::optional<RemoteRequest> read_standing(const mappings::Json& given);

}  // namespace bridge
