#include "mappings/engine/inventory_shape.h"

#include <array>

#include "mappings/engine/text.h"

namespace mappings {

namespace {
using Type = FieldType;

constexpr ObjectField texts(std::string_view key) {
  return {key, Type::array, Absent::null, {}, Type::string};
}

// Where a user or a computer stands in its directory.
constexpr std::array membership_fields{
    ObjectField{"domain", Type::string},         ObjectField{"isDomainJoined", Type::boolean},
    ObjectField{"isAzureJoined", Type::boolean}, ObjectField{"orgUnit", Type::string},
    ObjectField{"orgUnitPath", Type::string},    texts("groups"),
};
constexpr auto user_fields = joined(person_fields, membership_fields);
constexpr std::array owner_fields{
    ObjectField{"account", Type::string},
    ObjectField{"fullName", Type::string},
};
constexpr auto computer_fields =
    joined(membership_fields, std::array{
                                  ObjectField{"localAdmins", Type::array, Absent::empty, {}, Type::string},
                                  ObjectField{"users", Type::array, Absent::empty, {}, Type::string},
                              });
constexpr std::array system_fields{
    ObjectField{"platform", Type::string},     ObjectField{"platformCode", Type::integer},
    ObjectField{"name", Type::string},         ObjectField{"version", Type::string},
    ObjectField{"release", Type::integer},     ObjectField{"build", Type::integer},
    ObjectField{"buildUpdate", Type::integer}, ObjectField{"type", Type::string},
    ObjectField{"typeCode", Type::integer},    ObjectField{"bits", Type::integer},
    ObjectField{"installDate", Type::string},
};
constexpr std::array hardware_fields{
    ObjectField{"make", Type::string},
    ObjectField{"model", Type::string},
    ObjectField{"type", Type::string},
    ObjectField{"typeCode", Type::integer},
    ObjectField{"serviceTag", Type::string},
    ObjectField{"cpu", Type::string},
    ObjectField{"cpuSpeed", Type::integer},
    ObjectField{"cpuCores", Type::integer},
    ObjectField{"diskSize", Type::integer},
    ObjectField{"diskFree", Type::integer},
    ObjectField{"diskStatus", Type::string},
    ObjectField{"memory", Type::integer},
    ObjectField{"noMonitors", Type::integer},
    ObjectField{"monitorResolution", Type::string},
    ObjectField{"bitlockerEnabled", Type::boolean},
    ObjectField{"isCompliant", Type::boolean},
    ObjectField{"tpmEnabled", Type::boolean},
    ObjectField{"tpmVersion", Type::string},
};
constexpr std::array network_fields{
    ObjectField{"publicIP", Type::string},   ObjectField{"privateIP", Type::string},
    ObjectField{"macAddress", Type::string}, ObjectField{"nicSpeed", Type::string},
    ObjectField{"hostName", Type::string},
};
// Latitude and longitude are texts over there.
constexpr std::array location_fields{
    ObjectField{"city", Type::string},       ObjectField{"region", Type::string},
    ObjectField{"country", Type::string},    ObjectField{"latitude", Type::string},
    ObjectField{"longitude", Type::string},  ObjectField{"googleMapsLink", Type::string},
    ObjectField{"hourOffset", Type::number},
};
constexpr std::array software_fields{
    ObjectField{"name", Type::string},   ObjectField{"version", Type::string},
    ObjectField{"vendor", Type::string}, ObjectField{"installDate", Type::string},
    ObjectField{"size", Type::integer},  ObjectField{"bits", Type::integer},
};
constexpr std::array shape{
    ObjectField{"id", Type::integer},
    ObjectField{"name", Type::string},
    ObjectField{"inventoryAvailable", Type::boolean},
    ObjectField{"inventoryDate", Type::string},
    ObjectField{"abrClientVersion", Type::string},
    ObjectField{"abrClientInstallDate", Type::string},
    ObjectField{"notes", Type::string},
    ObjectField{"user", Type::object, Absent::empty, user_fields},
    ObjectField{"owner", Type::object, Absent::empty, owner_fields},
    ObjectField{"computer", Type::object, Absent::empty, computer_fields},
    ObjectField{"operatingSystem", Type::object, Absent::empty, system_fields},
    ObjectField{"hardware", Type::object, Absent::empty, hardware_fields},
    ObjectField{"network", Type::object, Absent::empty, network_fields},
    ObjectField{"location", Type::object, Absent::empty, location_fields},
    ObjectField{"software", Type::array, Absent::null, software_fields},
};

// In a text of JSON a quotation mark inside a value has a backslash before it: this can only be the member.
constexpr std::string_view no_groups = R"("groups":null)";

void put_groups_after(std::string& body, std::string_view member, std::string_view groups) {
  const auto part = body.find(member);
  if (part == std::string::npos) return;
  const auto at = body.find(no_groups, part);
  if (at != std::string::npos) body.replace(at + no_groups.size() - 4, 4, groups);
}
}  // namespace

Json complete_inventory(const Json& given, std::vector<std::string>& problems) {
  if (!given.is_object()) {
    problems.emplace_back("a computer must be an object");
    return Json::object();
  }
  Json object = complete_object(given, shape, "", problems);
  if (object.get("inventoryAvailable").is_null()) object.set("inventoryAvailable", true);
  if (object.get("inventoryAvailable").as_bool().value_or(true)) return object;
  for (const ObjectField& field : shape)
    if (field.type == Type::object || field.type == Type::array) object.set(field.key, nullptr);
  return object;
}

bool is_server(const Json& operating_system) {
  constexpr int platform_server = 2;
  return equal_ignoring_case(operating_system.get("type").string_or(""), "server") ||
         equal_ignoring_case(operating_system.get("platform").string_or(""), "server") ||
         operating_system.get("platformCode").as_integer() == platform_server;
}

InventoryTexts inventory_texts(Json object) {
  InventoryTexts texts;
  texts.software = object.get("software").dump();
  object.set("software", nullptr);
  const auto take_groups = [&object](std::string_view key, std::string& to) {
    Json part = object.get(key);
    if (!part.is_object()) return;
    to = part.get("groups").dump();
    part.set("groups", nullptr);
    object.set(key, std::move(part));
  };
  take_groups("user", texts.user_groups);
  take_groups("computer", texts.computer_groups);
  texts.body = object.dump();
  return texts;
}

void put_groups(std::string& body, std::string_view user_groups, std::string_view computer_groups) {
  put_groups_after(body, R"("computer":{)", computer_groups);
  put_groups_after(body, R"("user":{)", user_groups);
}

void put_software(std::string& body, std::string_view software) {
  constexpr std::string_view tail = R"("software":null})";
  if (body.ends_with(tail)) body.replace(body.size() - 5, 4, software);
}

}  // namespace mappings
