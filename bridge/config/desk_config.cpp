#include "bridge/config/desk_config.h"

#include "bridge/config/secret_source.h"
#include "bridge/config/section_reader.h"

namespace bridge {

using mappings::Diagnostics;
using mappings::Json;
using mappings::YamlNode;

namespace {

void set_secret(Json& object, const std::string& name, const std::string& secret, const YamlNode& node,
                Diagnostics& diagnostics) {
  if (mappings::is_valid_utf8(secret) && secret.find('\0') == std::string::npos)
    object.set(name, secret);
  else
    diagnostics.error(node.where, "secret-not-text", "the value of " + name + " is not UTF-8 text",
                      "look at the file or the variable");
}

// JSON text of an object, its secrets read.
Secret settings(const YamlNode* node, const std::filesystem::path& directory, Diagnostics& diagnostics) {
  Json object = Json::object();
  if (node != nullptr)
    for (const auto& [name, value] : node->members) {
      if (!is_secret_source(value))
        object.set(name, value.to_json());
      else if (const auto secret = read_secret(value, directory, diagnostics))
        set_secret(object, name, *secret, value, diagnostics);
    }
  return Secret(object.dump());
}

}  // namespace

DeskConfig read_desk(const YamlNode& row, const std::filesystem::path& directory, Diagnostics& diagnostics) {
  const SectionReader reader(directory, diagnostics);
  DeskConfig desk;
  desk.where = row.where;
  desk.name = row.text("name");
  desk.connector = row.text("connector");
  desk.settings = settings(row.find("settings"), directory, diagnostics);
  desk.mapping = row.text("mapping");
  desk.fallback_mapping = row.text("fallback_mapping");
  desk.workflow = row.text("workflow", "standard");
  desk.poll = reader.duration(row, "poll");
  reader.read_duration(row, "reconcile", desk.reconcile);
  if (int calls = 0; row.find("in_flight")) {
    SectionReader::read_number(row, "in_flight", calls);
    desk.in_flight = calls;
  }
  return desk;
}

}  // namespace bridge
