#pragma once

// JSON lines on standard error: one event a line, {"time","level","event",...}. Thread-safe.
// Never give it a secret: values are written as they are.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "mappings/engine/json.h"

namespace bridge {

enum class Level { debug, info, warning, error };

// "debug", "info", "warning", "error"; nothing for any other word.
std::optional<Level> level_from(std::string_view name) noexcept;

void set_log_level(Level level) noexcept;
// For tests: lines go to `sink` instead; null puts standard error back.
void set_log_sink(void (*sink)(const std::string& line)) noexcept;

// While one lives, lines below a warning are kept for some milliseconds and written together: a call of the
// system for each costs more than the line. A warning or an error is written at once, with what was kept
// before it. The destructor writes the rest; what kills the process loses lines of the last milliseconds.
class GatheredLogLines {
 public:
  GatheredLogLines();
  ~GatheredLogLines();
  GatheredLogLines(const GatheredLogLines&) = delete;
  GatheredLogLines& operator=(const GatheredLogLines&) = delete;
};

// A value of a line: a text, a number, true or false, or a Json; nothing: null. Looked at during the call
// only, and made into nothing before it is known that the line is wanted.
class LogValue {
 public:
  // A line of a log is to read like one: {{"queue", name}, {"status", 200}}.
  // NOLINTBEGIN(google-explicit-constructor)
  LogValue(std::string_view text) noexcept : kind_(Kind::text), text_(text) {}
  LogValue(const std::string& text) noexcept : LogValue(std::string_view(text)) {}
  LogValue(const char* text) noexcept : LogValue(std::string_view(text)) {}
  LogValue(bool truth) noexcept : kind_(Kind::truth), number_(truth ? 1 : 0) {}
  template <class Number>
  requires(std::is_arithmetic_v<Number> && !std::is_same_v<Number, bool>) LogValue(Number number)
  noexcept : number_(static_cast<double>(number)) {}
  LogValue(const mappings::Json& json) noexcept : kind_(Kind::json), json_(&json) {}
  template <class T>
  LogValue(const std::optional<T>& value) noexcept : LogValue(value ? LogValue(*value) : LogValue()) {}
  // NOLINTEND(google-explicit-constructor)

  void append_to(std::string& line) const;

 private:
  enum class Kind : unsigned char { null, number, truth, text, json };
  LogValue() noexcept : kind_(Kind::null) {}

  Kind kind_ = Kind::number;
  double number_ = 0;
  std::string_view text_;
  const mappings::Json* json_ = nullptr;
};

using LogField = std::pair<std::string_view, LogValue>;

// Never throws: a line that cannot be made or written is lost.
void log(Level level, std::string_view event, std::initializer_list<LogField> fields = {}) noexcept;

}  // namespace bridge
