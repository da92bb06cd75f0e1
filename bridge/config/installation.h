#pragma once

// Where mappings/, connectors/ and workflows/ lie, and what is in them. Reads folders, never the files.

#include <filesystem>
#include <string>
#include <vector>

namespace bridge {

// The folder that holds mappings/, connectors/ and workflows/: COUNTERSIGN_HOME when it is set, else the
// source tree that the program was built in, else /usr/share/countersign.
std::filesystem::path installation();

// The names that a configuration may use: "servicenow/elevation", "servicenow", "standard". Sorted.
std::vector<std::string> mapping_names(const std::filesystem::path& mappings);
std::vector<std::string> connector_names(const std::filesystem::path& connectors);
std::vector<std::string> workflow_names(const std::filesystem::path& workflows);

}  // namespace bridge
