#pragma once

// JSON lines on standard error: one event a line, {"time","level","event",...}. Thread-safe.
// Never give it a secret: values are written as they are.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "mappings/engine/json.h"

namespace bridge {

enum class Level { debug, info, warning, error };

// "debug", "info", "warning", "error"; nothing for any other word.
std::optional<Level> level_from(std::string_view name) noexcept;

void set_log_level(Level level) noexcept;
// For tests: lines go to `sink` instead; null puts standard error back.
void set_log_sink(void (*sink)(const std::string& line)) noexcept;

// Never throws: a line that cannot be made or written is lost.
void log(Level level, std::string_view event,
         std::initializer_list<mappings::Json::Member> fields = {}) noexcept;

}  // namespace bridge
