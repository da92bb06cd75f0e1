#include "bridge/access/request_headers.h"

#include "bridge/ops/error.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;

std::string user_agent(const RequestHeaders& headers) {
  constexpr std::size_t most = 200;
  for (const auto& [name, value] : headers)
    if (equal_ignoring_case(name, "User-Agent")) return value.substr(0, most);
  return {};
}

std::string_view wished_queue(const RequestHeaders& headers) {
  std::string_view wished;
  for (const auto& [name, value] : headers) {
    if (!equal_ignoring_case(name, "X-KEEPNET-Company-Id") && !equal_ignoring_case(name, "X-IR-COMPANY-ID"))
      continue;
    if (!wished.empty() && wished != value)
      throw Error(ErrorCode::invalid_request, "The request names two companies");
    wished = value;
  }
  return wished;
}

}  // namespace bridge
