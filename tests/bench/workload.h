#pragma once

// What is submitted and what is decided: the same for the bridge and for the reference.

#include <string>

#include "bridge/app/sample_requests.h"

namespace bench {

inline constexpr std::size_t request_bytes = 2000;

// The n-th request, about 2 KB of JSON: its reason is as long as it takes.
inline std::string request_text(int n) {
  mappings::Json request = bridge::sample_request(n);
  std::string reason = request.get("reason").string_or("");
  const std::size_t have = request.dump().size();
  while (have + reason.size() < request_bytes) reason += ". It is needed for the work of this week";
  request.set("reason", reason);
  return request.dump();
}

// Every second one is denied, with a reason.
inline bool approves(std::int64_t n) {
  return n % 2 == 0;
}
inline std::string decision_text(bool approve) {
  return approve ? R"({"approval":"approved","comments":"Fine for today"})"
                 : R"({"approval":"rejected","comments":"Ask for the packaged version"})";
}

}  // namespace bench
