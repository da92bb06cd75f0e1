#pragma once

// What an answer of a queue elsewhere means: whether the call was done, may be tried again, or nobody knows;
// what it says of the tenant's own count of calls; and the marks of its lists. Pure.

#include <cstdint>
#include <optional>
#include <string>

#include "bridge/queue/call_budget.h"
#include "connectors/engine/http_exchange.h"
#include "connectors/engine/outcome.h"
#include "mappings/engine/json.h"

namespace bridge {

// `writes`: the call changes something, so a lost answer leaves us in doubt. `url` is the queue's, for the
// words; `outcome` keeps its calls.
void judge(const connectors::HttpResult& result, bool writes, const std::string& url,
           connectors::Outcome& outcome);

// A read whose answer is not the API's: nothing happened over there, and no other call would fare better.
void not_an_answer(const std::string& detail, connectors::Outcome& outcome);

// Nothing of it that the headers do not say.
RateSaid rate_said(const connectors::HttpAnswer& answer);

// What a refused key means at this url, and where to look: the API answers a wrong key and a wrong data
// centre alike.
std::string key_refused_at(const std::string& url);

// `timeNow` of the list of changes, as a mark; nothing when it is none. A mark comes as a double gives it
// back: the API's own survive that only when they are multiples of 1000 ticks.
std::optional<std::int64_t> mark_from(std::optional<double> ticks) noexcept;

}  // namespace bridge
