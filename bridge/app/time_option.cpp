#include "bridge/app/time_option.h"

#include "bridge/ops/error.h"
#include "mappings/engine/duration.h"

namespace bridge {

std::optional<Time> read_time_option(const std::string& option, const std::string& text, Time now,
                                     Away away) {
  constexpr std::size_t day = 10;
  if (text.empty()) return std::nullopt;
  if (const auto length = mappings::parse_duration(text))
    return away == Away::ago ? now - *length : now + *length;
  if (const auto time = from_iso(text.size() == day ? text + "T00:00:00Z" : text)) return time;
  throw Error(ErrorCode::invalid_request,
              option + ": write a day or a time in UTC, as 2026-12-31 or 2026-12-31T18:00:00Z, or how " +
                  (away == Away::ago ? "long ago it was" : "far away it is") + ", 36500d at most: 90d");
}

}  // namespace bridge
