#include "bridge/config/rule_files.h"

#include <algorithm>

#include "mappings/engine/yaml_tree.h"

namespace bridge {

std::vector<RuleFile> files_of(const Config& config) {
  std::vector<RuleFile> files;
  auto add = [&](RuleFile::Kind kind, std::filesystem::path path) {
    const bool known =
        std::any_of(files.begin(), files.end(), [&](const RuleFile& f) { return f.path == path; });
    if (!known) files.push_back({kind, std::move(path)});
  };
  for (const DeskConfig& desk : config.desks) {
    add(RuleFile::Kind::mapping, config.mappings / (desk.mapping + ".yaml"));
    if (!desk.fallback_mapping.empty())
      add(RuleFile::Kind::mapping, config.mappings / (desk.fallback_mapping + ".yaml"));
    add(RuleFile::Kind::workflow, config.workflows / (desk.workflow + ".yaml"));
    add(RuleFile::Kind::connector, config.connectors / desk.connector / "connector.yaml");
  }
  for (const QueueConfig& queue : config.queues)
    if (!queue.directory_file.empty()) add(RuleFile::Kind::people, queue.directory_file);
  for (const HookConfig& hook : config.hooks)
    if (!hook.mapping.empty()) add(RuleFile::Kind::mapping, config.mappings / (hook.mapping + ".yaml"));
  return files;
}

std::optional<RuleFile> file_at(const std::filesystem::path& path, mappings::Diagnostics& diagnostics) {
  auto tree = mappings::read_yaml_file(path, diagnostics);
  if (!tree) return std::nullopt;
  if (tree->find("workflow") != nullptr) return RuleFile{RuleFile::Kind::workflow, path};
  if (tree->find("mapping") != nullptr) return RuleFile{RuleFile::Kind::mapping, path};
  if (tree->find("connector") != nullptr) return RuleFile{RuleFile::Kind::connector, path};
  if (tree->find("people") != nullptr) return RuleFile{RuleFile::Kind::people, path};
  diagnostics.error(
      tree->where, "unknown-file", "this is no mapping, workflow, connector or directory file",
      "such a file starts with mapping:, workflow: or connector: and its name, or with people:");
  return std::nullopt;
}

}  // namespace bridge
