#pragma once

// What a remote queue's WebHook says, as a hint: which requests to look at. Its form is not published, so
// anything is taken; nothing in it is believed. Pure.

#include <cstdint>
#include <string_view>
#include <vector>

namespace bridge {

// The ids of an object or of a list of objects; none when it has none, or is no JSON: then everything is
// looked at.
std::vector<std::int64_t> hinted_ids(std::string_view body);

}  // namespace bridge
