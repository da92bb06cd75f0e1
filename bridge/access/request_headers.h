#pragma once

// What the headers of a request say of it beside its credential. Pure.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bridge {

using RequestHeaders = std::vector<std::pair<std::string, std::string>>;

// As sent, at most 200 bytes of it; empty: none.
std::string user_agent(const RequestHeaders& headers);
// Which company a client wants to work in, as Keepnet's clients say it; empty: none is named. Throws
// Error(invalid_request) for two different ones.
std::string_view wished_queue(const RequestHeaders& headers);

}  // namespace bridge
