#include "bridge/api/parameters.h"

#include <algorithm>
#include <charconv>

#include "bridge/ops/error.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;
using std::chrono::days;
using std::chrono::floor;

namespace {
constexpr std::size_t day_form = 10;  // yyyy-mm-dd

// Beyond this the calendar of a date has more than four digits.
constexpr std::int64_t longest_days = 700'000;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || stopped != end) return std::nullopt;
  return value;
}

// Its midnight stands for the whole day: clients that hold dates as times send both forms for the same.
Time end_of(Time given) {
  const Time day = floor<days>(given);
  return given == day ? day + days(1) : floor<std::chrono::seconds>(given) + std::chrono::seconds(1);
}
}  // namespace

std::string text_of(const Call& call, std::string_view name) {
  return call.request.parameter(name).value_or("");
}

std::int64_t number_of(const Call& call, std::string_view name) {
  const std::string text = text_of(call, name);
  if (text.empty()) return 0;
  const auto value = whole_number(text);
  if (!value || *value < 0)
    throw Error(ErrorCode::invalid_request, std::string(name) + " must be a whole number from 0");
  return *value;
}

bool flag_of(const Call& call, std::string_view name) {
  const std::string text = text_of(call, name);
  if (text.empty() || text == "0" || equal_ignoring_case(text, "false")) return false;
  if (text == "1" || equal_ignoring_case(text, "true")) return true;
  throw Error(ErrorCode::invalid_request, std::string(name) + " must be 1 or 0");
}

int count_of(const Call& call, std::string_view name, int otherwise, int largest) {
  const std::int64_t given = number_of(call, name);
  return static_cast<int>(std::min<std::int64_t>(given > 0 ? given : otherwise, largest));
}

std::optional<Time> date_of(const Call& call, std::string_view name) {
  const std::string text = text_of(call, name);
  if (text.empty()) return std::nullopt;
  const auto time = from_iso(text.size() == day_form ? text + "T00:00:00" : text);
  if (!time)
    throw Error(ErrorCode::invalid_request,
                std::string(name) + " must be a day or a time, as 2026-01-31 or 2026-01-31T10:00:00");
  return time;
}

Period period_of(const Call& call, Time now, int default_days) {
  Period period;
  period.from = date_of(call, "startdate");
  if (const auto end = date_of(call, "enddate")) period.until = end_of(*end);
  const std::int64_t back = std::min(number_of(call, "days"), longest_days);
  if (!period.from && (back > 0 || default_days > 0))
    period.from = floor<days>(now) - days(back > 0 ? back : default_days);
  return period;
}

std::int64_t id_of(const Call& call, std::string_view what) {
  const auto id = whole_number(call.parts.at(0));
  if (!id || *id <= 0)
    throw Error(ErrorCode::not_found, "There is no " + std::string(what) + " with this id");
  return *id;
}

std::string idempotency_key_of(const Call& call) {
  std::string key;
  bool given = false;
  for (const auto& [name, value] : call.request.headers) {
    if (!equal_ignoring_case(name, "Idempotency-Key")) continue;
    const bool printable =
        std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (value.empty() || value.size() > 255 || !printable || given)
      throw Error(ErrorCode::invalid_request,
                  "Idempotency-Key must be one value of 1 to 255 printable characters");
    key = value;
    given = true;
  }
  return key;
}

}  // namespace bridge
