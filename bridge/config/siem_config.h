#pragma once

// The entries of `siem:` in countersign.yaml: reads what the schema has let through, and says what a schema
// cannot. Secrets are read from where they lie, and stand in no diagnostic.

#include <filesystem>
#include <vector>

#include "bridge/config/config.h"
#include "mappings/engine/yaml_tree.h"

namespace bridge {

SiemConfig read_siem(const mappings::YamlNode& row, const std::filesystem::path& directory,
                     mappings::Diagnostics& diagnostics);

// `list` is what config.siem was read from.
void check_siem(const Config& config, const mappings::YamlNode& list, mappings::Diagnostics& diagnostics);

// The words of `facility`, by their numbers in RFC 5424; empty where it has none that can be chosen.
const std::vector<std::string>& syslog_facilities();

}  // namespace bridge
