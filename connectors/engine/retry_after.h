#pragma once

// When a desk says that it may be asked again. Pure.

#include <chrono>
#include <optional>
#include <string>

#include "mappings/engine/json.h"

namespace connectors {

// `value`: seconds, an HTTP date, or a Unix time (as some rate limits give their reset). `date` is the
// answer's own Date header: points in time count from it, so the desk's clock may be wrong. At most an hour;
// nothing when the value says nothing.
std::optional<std::chrono::milliseconds> parse_retry_after(const mappings::Json& value,
                                                           const std::string& date);

// Seconds since 1970 of "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<std::int64_t> parse_http_date(const std::string& text);

}  // namespace connectors
