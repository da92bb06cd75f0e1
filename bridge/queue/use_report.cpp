#include "bridge/queue/use_report.h"

#include <span>

#include "bridge/ops/error.h"
#include "bridge/queue/auditlog_entry.h"
#include "mappings/engine/request_shape.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::Json;

namespace {
constexpr int running = 1, finished = 2;

struct ListField {
  std::string_view key;
  bool code = false;  // a whole number, 0 when it is not given; else text
};
constexpr ListField program_fields[] = {{"application"}, {"version"}, {"vendor"}};
constexpr ListField elevated_fields[] = {
    {"name"},   {"path"},           {"file"},       {"version"},
    {"vendor"}, {"sha256"},         {"scanResult"}, {"scanResultCode", true},
    {"threat"}, {"virustotalLink"},
};

class Reader {
 public:
  explicit Reader(const Json& given) : given_(given) {}

  std::optional<int> status() {
    std::optional<int> code;
    if (const Json word = given_.get("status"); !word.is_null()) {
      const std::string text = word.string_or("");
      if (mappings::equal_ignoring_case(text, "running")) code = running;
      if (mappings::equal_ignoring_case(text, "finished")) code = finished;
      if (!code) problems_.emplace_back("status must be Running or Finished");
    }
    if (const Json number = given_.get("statusCode"); !number.is_null()) {
      const std::int64_t value = number.as_integer().value_or(0);
      if (value < running || value > finished)
        problems_.emplace_back("statusCode must be 1 or 2");
      else if (code && *code != value)
        problems_.emplace_back("status and statusCode contradict each other; give one of them");
      else
        code = static_cast<int>(value);
    }
    return code;
  }

  std::optional<Time> time(std::string_view key) {
    const Json value = given_.get(key);
    if (value.is_null()) return std::nullopt;
    const auto time = from_iso(value.string_or(""));
    if (!time)
      problems_.push_back(std::string(key) + " must be a time without a zone, as 2026-01-31T10:00:00");
    return time;
  }

  std::optional<bool> flag(std::string_view key) {
    const Json value = given_.get(key);
    if (!value.is_null() && !value.is_bool())
      problems_.push_back(std::string(key) + " must be true or false");
    return value.as_bool();
  }

  std::optional<std::string> list(std::string_view key, std::span<const ListField> fields) {
    const Json value = given_.get(key);
    if (value.is_null()) return std::nullopt;
    if (!value.is_array()) problems_.push_back(std::string(key) + " must be a list");
    Json whole = Json::array();
    for (std::size_t i = 0; i < value.size() && value.is_array(); ++i)
      whole.push_back(item(value.at(i), std::string(key) + "[" + std::to_string(i) + "]", fields));
    return whole.dump();
  }

  const std::vector<std::string>& problems() const { return problems_; }

 private:
  Json item(const Json& given, const std::string& place, std::span<const ListField> fields) {
    if (!given.is_object()) problems_.push_back(place + " must be an object");
    Json whole = Json::object();
    for (const ListField& field : fields) {
      Json value = given.get(field.key);
      const bool fits = field.code ? value.is_integer() : value.is_string();
      if (!value.is_null() && !fits)
        problems_.push_back(place + "." + std::string(field.key) + " must be " +
                            (field.code ? "a whole number" : "text"));
      if (value.is_null() && field.code) value = 0;
      whole.set(field.key, std::move(value));
    }
    return whole;
  }

  const Json& given_;
  std::vector<std::string> problems_;
};
}  // namespace

UseReport use_report_of(const RequestRef& ref, const Json& given, Time now, const std::string& actor) {
  if (!given.is_object()) throw Error(ErrorCode::invalid_request, "The body must be a JSON object");
  Reader reader(given);
  UseReport report;
  report.ref = ref;
  report.at = now;
  report.status_code = reader.status();
  report.started = reader.time("startTime");
  report.started_utc = reader.time("startTimeUTC");
  report.ended = reader.time("endTime");
  report.ended_utc = reader.time("endTimeUTC");
  report.sso_validated = reader.flag("ssoValidated");
  report.installs = reader.list("installs", program_fields);
  report.uninstalls = reader.list("uninstalls", program_fields);
  report.elevated_applications = reader.list("elevatedApplications", elevated_fields);
  std::string text;
  for (const std::string& problem : reader.problems()) text += (text.empty() ? "" : "; ") + problem;
  if (!text.empty()) throw Error(ErrorCode::invalid_request, text);
  report.with_status = with_status;
  report.audit = {0, now, "used", report.status_code == finished ? "finished" : "running", actor, ""};
  if (!report.status_code) report.audit.text = "more of its use";
  return report;
}

}  // namespace bridge
