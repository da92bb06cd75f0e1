#include "mappings/engine/auditlog_shape.h"

#include <array>

#include "mappings/engine/request_shape.h"

namespace mappings {

namespace {
using Type = FieldType;

constexpr std::array install_fields{
    ObjectField{"application", Type::string},
    ObjectField{"version", Type::string},
    ObjectField{"vendor", Type::string},
};
constexpr std::array elevated_fields{
    ObjectField{"name", Type::string},       ObjectField{"path", Type::string},
    ObjectField{"file", Type::string},       ObjectField{"version", Type::string},
    ObjectField{"vendor", Type::string},     ObjectField{"sha256", Type::string},
    ObjectField{"scanResult", Type::string}, ObjectField{"scanResultCode", Type::integer, Absent::zero},
    ObjectField{"threat", Type::string},     ObjectField{"virustotalLink", Type::string},
};
// Before the request's own keys, before its requestTime, and behind that.
constexpr std::array first{
    ObjectField{"installs", Type::array, Absent::empty, install_fields},
    ObjectField{"uninstalls", Type::array, Absent::empty, install_fields},
    ObjectField{"elevatedApplications", Type::array, Absent::empty, elevated_fields},
};
constexpr std::array before_time{ObjectField{"ssoValidated", Type::boolean, Absent::no}};
constexpr std::array behind_time{
    ObjectField{"requestTimeUTC", Type::string}, ObjectField{"startTime", Type::string},
    ObjectField{"startTimeUTC", Type::string},   ObjectField{"endTime", Type::string},
    ObjectField{"endTimeUTC", Type::string},     ObjectField{"responseTime", Type::string},
};
}  // namespace

Json complete_auditlog_entry(const Json& given, std::vector<std::string>& problems) {
  const Json request = complete_request(given, problems);
  Json entry = Json::object();
  const auto add = [&](ObjectShape fields) {
    for (const ObjectField& field : fields) entry.set(field.key, complete_field(given, field, "", problems));
  };
  if (!problems.empty()) return entry;
  add(first);
  request.each_member([&](std::string_view key, const Json& value) {
    const bool time = key == "requestTime";
    if (time) add(before_time);
    entry.set(key, value);
    if (time) add(behind_time);
  });
  return entry;
}

}  // namespace mappings
