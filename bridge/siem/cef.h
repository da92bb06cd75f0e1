#pragma once

// An event as ArcSight's Common Event Format, version 0: one line. Pure.

#include <string>

#include "bridge/siem/siem_event.h"

namespace bridge {

// `brief`: without what may be long.
std::string event_cef(const SiemEvent& event, bool brief = false);

}  // namespace bridge
