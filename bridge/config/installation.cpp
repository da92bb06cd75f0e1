#include "bridge/config/installation.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>

namespace bridge {

namespace fs = std::filesystem;

namespace {
bool is_home(const fs::path& folder) {
  std::error_code absent;
  return fs::is_directory(folder / "mappings", absent) && fs::is_directory(folder / "connectors", absent) &&
         fs::is_directory(folder / "workflows", absent);
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> all;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
    all.push_back(at->path());
  std::sort(all.begin(), all.end());
  return all;
}

// Names of the YAML files of a folder that are no tests.
std::vector<std::string> yaml_names(const fs::path& folder, const std::string& prefix) {
  std::vector<std::string> names;
  for (const fs::path& path : entries(folder))
    if (path.extension() == ".yaml" && path.stem().extension() != ".tests")
      names.push_back(prefix + path.stem().string());
  return names;
}
}  // namespace

fs::path installation() {
  if (const char* home = std::getenv("COUNTERSIGN_HOME"); home != nullptr && *home != '\0') return home;
  std::error_code failed;
  // build/<preset>/countersign, and the test programs one folder further in.
  fs::path folder = fs::read_symlink("/proc/self/exe", failed).parent_path();
  for (int up = 0; up < 4 && !failed && folder.has_relative_path(); ++up) {
    if (is_home(folder)) return folder;
    folder = folder.parent_path();
  }
  return "/usr/share/countersign";
}

std::vector<std::string> mapping_names(const fs::path& mappings) {
  std::vector<std::string> names;
  for (const fs::path& system : entries(mappings))
    for (std::string& name : yaml_names(system, system.filename().string() + '/'))
      names.push_back(std::move(name));
  return names;
}

std::vector<std::string> connector_names(const fs::path& connectors) {
  std::vector<std::string> names;
  std::error_code absent;
  for (const fs::path& system : entries(connectors))
    if (fs::is_regular_file(system / "connector.yaml", absent)) names.push_back(system.filename().string());
  return names;
}

std::vector<std::string> workflow_names(const fs::path& workflows) {
  return yaml_names(workflows, "");
}

}  // namespace bridge
