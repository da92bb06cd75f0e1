#include "bridge/queue/mirrored.h"

#include <string>
#include <vector>

#include "mappings/engine/auditlog_shape.h"
#include "mappings/engine/event_shape.h"
#include "mappings/engine/inventory_shape.h"

namespace bridge {

using mappings::Json;

namespace {
constexpr std::string_view no_scan_results = R"("scanResults":[])";

std::optional<std::int64_t> id_of(const Json& given) {
  const auto id = given.get("id").as_integer();
  return id && *id > 0 ? id : std::nullopt;
}

std::optional<Time> first_time(const Json& object, std::initializer_list<const char*> keys) {
  for (const char* key : keys)
    if (const auto time = from_iso(object.get(key).string_or(""))) return time;
  return std::nullopt;
}

// With its scanResults before all that may hold a key of that name.
Json scan_results_first(const Json& given) {
  Json object = Json::object({{"scanResults", Json::array()}});
  given.each_member([&](std::string_view key, const Json& value) { object.set(key, value); });
  return object;
}
}  // namespace

std::optional<MirroredEntry> mirrored_entry(const Json& given, Time now) {
  const auto id = id_of(given);
  if (!id) return std::nullopt;
  std::vector<std::string> problems;
  Json whole = mappings::complete_auditlog_entry(given, problems);
  if (!problems.empty()) whole = scan_results_first(given);
  MirroredEntry entry;
  entry.id = *id;
  if (const Json scans = whole.get("scanResults"); scans.is_array()) entry.scan_results = scans.dump();
  whole.set("scanResults", Json::array());
  entry.body = whole.dump();
  entry.status_code = static_cast<int>(whole.get("statusCode").as_integer().value_or(-1));
  entry.listed.requested = first_time(whole, {"requestTimeUTC", "requestTime"}).value_or(now);
  entry.listed.type_code = static_cast<int>(whole.get("typeCode").as_integer().value_or(0));
  entry.listed.computer = whole.get("computer").get("name").string_or("");
  entry.listed.account = whole.get("user").get("account").string_or("");
  entry.listed.full_name = whole.get("user").get("fullName").string_or("");
  return entry;
}

std::optional<MirroredEvent> mirrored_event(const Json& given, Time now) {
  const auto id = id_of(given);
  if (!id) return std::nullopt;
  std::vector<std::string> problems;
  Json whole = mappings::complete_event(given, problems);
  if (!problems.empty()) whole = given;
  if (whole.get("eventTimeUTC").is_null() && whole.get("eventTime").is_string())
    whole.set("eventTimeUTC", whole.get("eventTime"));
  MirroredEvent event;
  event.id = *id;
  event.at = first_time(whole, {"eventTimeUTC", "eventTime"}).value_or(now);
  event.code = whole.get("eventCode").as_integer().value_or(0);
  event.computer = whole.get("computerName").string_or("");
  event.account = whole.get("userAccount").string_or("");
  event.user = whole.get("userName").string_or("");
  event.body = whole.dump();
  return event;
}

std::optional<MirroredComputer> mirrored_computer(const Json& given) {
  const auto id = id_of(given);
  if (!id) return std::nullopt;
  std::vector<std::string> problems;
  Json whole = mappings::complete_inventory(given, problems);
  if (!problems.empty()) whole = given;
  MirroredComputer computer;
  computer.id = *id;
  computer.name = given.get("name").string_or("");
  computer.server = mappings::is_server(given.get("operatingSystem"));
  mappings::InventoryTexts texts = mappings::inventory_texts(std::move(whole));
  computer.body = std::move(texts.body);
  computer.software = std::move(texts.software);
  computer.user_groups = std::move(texts.user_groups);
  computer.computer_groups = std::move(texts.computer_groups);
  return computer;
}

void append_mirrored_entry(std::string& out, const MirroredEntry& entry, bool scan_results) {
  const auto at = scan_results ? entry.body.find(no_scan_results) : std::string::npos;
  if (at == std::string::npos) {
    out += entry.body;
    return;
  }
  const auto list = at + no_scan_results.size() - 2;
  out.append(entry.body, 0, list).append(entry.scan_results).append(entry.body, list + 2);
}

}  // namespace bridge
