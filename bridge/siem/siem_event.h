#pragma once

// What a SIEM is told: one row of the audit log, or one entry of the auditlog as it stands after a change.
// Plain data, and its JSON.

#include <cstdint>
#include <string>
#include <string_view>

#include "bridge/store/trail.h"

namespace bridge {

struct SiemEvent {
  std::string source;  // "audit", "auditlog", "test"
  // The row of the audit log. Of the auditlog: who and what, its sequence the time of the change in
  // microseconds, and no hash.
  TrailRecord row;
  std::string entry;  // JSON text of the auditlog's entry; empty: none
};

SiemEvent audit_event(const TrailRecord& record);
// `status` is a word of the API ("Pending approval").
SiemEvent auditlog_event(const std::string& queue, std::int64_t id, std::string_view status, Time changed,
                         std::string entry);
// Nobody did anything: for `countersign siem test`.
SiemEvent test_event(const std::string& sink, Time now);

// From 0 to 10, as CEF counts.
int severity_of(const SiemEvent& event);

// One line. `brief`: without what may be long (values, entry, detail), and saying so.
std::string event_json(const SiemEvent& event, bool brief = false);

// The same JSON in plain ASCII.
std::string to_ascii_json(std::string_view json);

// This machine's; empty when it has none.
std::string own_hostname();

}  // namespace bridge
