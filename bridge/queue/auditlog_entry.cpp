#include "bridge/queue/auditlog_entry.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "mappings/engine/request_shape.h"

namespace bridge {

namespace {
constexpr int pending = 4;

constexpr std::int64_t ticks_in_a_microsecond = 10;
constexpr std::int64_t ticks_of_1970 = 621'355'968'000'000'000;
constexpr std::int64_t tick_grain = 1000;

void append_time(std::string& out, std::string_view key, const std::optional<Time>& time) {
  out.append(",\"").append(key).append("\":");
  if (time)
    out.append("\"").append(to_api_time(*time)).append("\"");
  else
    out.append("null");
}

// Where `,"key":` begins. Inside a text a quotation mark is escaped, so the last one found is a member; and
// of these keys no object within the object has one.
std::size_t member(std::string_view body, std::string_view key) {
  std::string text = ",\"";
  text.append(key).append("\":");
  const auto at = body.rfind(text);
  if (at == std::string_view::npos)
    throw std::logic_error("a stored request object has no " + std::string(key));
  return at;
}

constexpr std::string_view head = R"({"scanResults":[],)";
}  // namespace

void append_auditlog_entry(std::string& out, const AuditlogRecord& record, bool scan_results) {
  const std::string_view body = record.body;
  if (body.substr(0, head.size()) != head)
    throw std::logic_error("a stored request object does not begin with scanResults");
  const auto request_time = member(body, "requestTime");
  const auto link = member(body, "auditlogLink");
  const Use& use = record.use;
  // Where only one clock is told, it stands for both.
  const auto either = [](const std::optional<Time>& told, const std::optional<Time>& other) {
    return told ? told : other;
  };
  out.reserve(out.size() + body.size() + record.scan_results.size() + use.installs.size() +
              use.uninstalls.size() + use.elevated_applications.size() + 400);
  out.append("{\"installs\":").append(use.installs);
  out.append(",\"uninstalls\":").append(use.uninstalls);
  out.append(",\"elevatedApplications\":").append(use.elevated_applications);
  out.append(",\"scanResults\":").append(scan_results ? std::string_view(record.scan_results) : "[]");
  out.append(",").append(body.substr(head.size(), request_time - head.size()));
  out.append(",\"ssoValidated\":").append(use.sso_validated ? "true" : "false");
  out.append(body.substr(request_time, link - request_time));
  append_time(out, "requestTimeUTC", record.requested);
  append_time(out, "startTime", either(use.started, use.started_utc));
  append_time(out, "startTimeUTC", either(use.started_utc, use.started));
  append_time(out, "endTime", either(use.ended, use.ended_utc));
  append_time(out, "endTimeUTC", either(use.ended_utc, use.ended));
  out.append(",\"responseTime\":");
  // A decision may be known here while the queue elsewhere, whose object this is, is still to be told.
  if (record.decided && record.status_code != pending)
    out.append("\"").append(to_time_span(*record.decided - record.received)).append("\"");
  else
    out.append("null");
  out.append(body.substr(link));
}

std::string to_time_span(std::chrono::microseconds duration) {
  using namespace std::chrono;
  const microseconds length = std::max(duration, microseconds::zero());
  const auto whole_days = floor<days>(length);
  const hh_mm_ss clock(length - whole_days);
  char text[64];
  int n = 0;
  if (whole_days.count() > 0)
    n = std::snprintf(text, sizeof text, "%lld.", static_cast<long long>(whole_days.count()));
  n += std::snprintf(text + n, sizeof text - static_cast<std::size_t>(n), "%02d:%02d:%02d.%06d0",
                     static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                     static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return std::string(text, static_cast<std::size_t>(n));
}

std::string with_status(const std::string& body, int status_code) {
  const auto& words = mappings::request_statuses();
  const auto word =
      std::find_if(words.begin(), words.end(), [&](const auto& row) { return row.code == status_code; });
  if (word == words.end()) return body;
  const auto begin = member(body, "status");
  const auto end = member(body, "application");
  std::string changed = body.substr(0, begin);
  changed.append(",\"status\":\"").append(word->word);
  changed.append("\",\"statusCode\":").append(std::to_string(status_code));
  return changed.append(body, end);
}

std::int64_t to_ticks(Time time) {
  return to_micros(time) * ticks_in_a_microsecond + ticks_of_1970;
}

Time from_ticks(std::int64_t ticks) {
  const std::int64_t least = ticks_of_1970, most = 3'155'378'975'999'990'000;  // to the end of the year 9999
  const std::int64_t kept = std::clamp(ticks, least, most);
  const std::int64_t rounded = (kept + tick_grain / 2) / tick_grain * tick_grain;
  return from_micros((rounded - ticks_of_1970) / ticks_in_a_microsecond);
}

}  // namespace bridge
