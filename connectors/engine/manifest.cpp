#include "connectors/engine/manifest.h"

#include "connectors/engine/manifest_compiler.h"
#include "mappings/engine/schema.h"
#include "mappings/engine/yaml_tree.h"

namespace connectors {

std::shared_ptr<const Manifest> Manifest::load(const std::filesystem::path& file,
                                               mappings::Diagnostics& diagnostics) {
  const auto tree = mappings::read_yaml_file(file, diagnostics);
  if (!tree || !mappings::check_schema("connector", *tree, diagnostics)) return nullptr;
  const std::string folder = file.parent_path().filename().string();
  if (!folder.empty() && tree->text("connector") != folder) {
    diagnostics.error(
        tree->find("connector")->where, "name-is-not-folder",
        "the connector is named \"" + tree->text("connector") + "\" but lies in " + folder + "/",
        "a connector is named as its folder");
    return nullptr;
  }
  return ManifestCompiler(diagnostics).compile(*tree);
}

}  // namespace connectors
