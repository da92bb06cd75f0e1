#pragma once

// The one reader of a call's parameters: by query or header, names in any case, the query wins, and an empty
// value is as good as none, since clients leave their optional parameters empty. Pure. Throws
// Error(invalid_request) that names the parameter.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/api/routes.h"
#include "bridge/ops/clock.h"

namespace bridge {

// Empty: not given.
std::string text_of(const Call& call, std::string_view name);
// 0: not given. Never negative.
std::int64_t number_of(const Call& call, std::string_view name);
// 1 or true.
bool flag_of(const Call& call, std::string_view name);

// `take` or `last`: never above the largest; 0 stands for `otherwise`.
int count_of(const Call& call, std::string_view name, int otherwise, int largest);

// "2026-01-31" or "2026-01-31T10:00:00", in UTC.
std::optional<Time> date_of(const Call& call, std::string_view name);

// What a list is asked for by startdate, enddate and days.
struct Period {
  std::optional<Time> from;   // inclusive
  std::optional<Time> until;  // exclusive
};
// startdate and enddate with both days included whole; a time of day counts to its second. `days` counts only
// without a startdate and reaches back to the begin of that day; when it is not given either,
// `default_days` (0: no bound).
Period period_of(const Call& call, Time now, int default_days);

// The number that stands for {id}. Throws Error(not_found) when it is none.
std::int64_t id_of(const Call& call, std::string_view what);

// The header Idempotency-Key, once, 1 to 255 printable characters; empty: not given.
std::string idempotency_key_of(const Call& call);

}  // namespace bridge
