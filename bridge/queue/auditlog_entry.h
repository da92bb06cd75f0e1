#pragma once

// The API's auditlog entry of a request: its object as it is stored, with what only the auditlog has spliced
// in, in the order in which the real service returns them. The body of a WebHook is the same text. Pure; no
// JSON is read.

#include <optional>
#include <string>
#include <string_view>

#include "bridge/store/records.h"

namespace bridge {

// Every key is there. `scan_results`: with the details, else [].
void append_auditlog_entry(std::string& out, const AuditlogRecord& record, bool scan_results);

// How the API writes a duration: "00:02:41.8130000", "1.02:03:04.0000000"; never negative.
std::string to_time_span(std::chrono::microseconds duration);

// The object with another status and its code; as it is when the code is none of the API's.
std::string with_status(const std::string& body, int status_code);

// .NET ticks: 100 ns since the year 1, UTC; how the delta tells times.
std::int64_t to_ticks(Time time);
// Nearest to the ticks that a client sends back: it may have held them in a double.
Time from_ticks(std::int64_t ticks);

}  // namespace bridge
