#pragma once

// Turns a manifest's tree, which has passed the schema, into a CompiledManifest. Used once, by
// Manifest::load; not shared between threads.

#include <memory>
#include <string>
#include <vector>

#include "connectors/engine/compiled_manifest.h"
#include "mappings/engine/yaml_tree.h"

namespace connectors {

class ManifestCompiler {
 public:
  explicit ManifestCompiler(mappings::Diagnostics& diagnostics);
  // Null when the diagnostics got an error.
  std::shared_ptr<const CompiledManifest> compile(const mappings::YamlNode& root);

 private:
  using YamlNode = mappings::YamlNode;

  void read_settings(const YamlNode& node);
  void read_limits(const YamlNode& root);
  void read_connection(const YamlNode& root);
  void read_webhook(const YamlNode& node);
  void read_operation(const std::string& name, const YamlNode& node);
  Step read_step(const YamlNode& node, const Operation& operation);
  void read_path(const YamlNode& node, Step& step, YamlNode& request);
  AnswerRules read_answers(const YamlNode& list);
  Entry add_result(const std::string& operation, const YamlNode& node);

  Entry add_jq(const YamlNode& leaf);
  Entry add_composed(const std::string& text, const mappings::SourceMark& where);
  Entry add_template(const YamlNode& tree);
  std::string jq(const YamlNode& leaf);
  std::string composed(const YamlNode& tree);
  std::chrono::milliseconds duration(const YamlNode& node, std::chrono::milliseconds otherwise);
  bool build();

  mappings::Diagnostics& diagnostics_;
  std::shared_ptr<CompiledManifest> manifest_;
  mappings::Program::Builder builder_;
  // The pieces that composed expressions are made of, so that an error is shown at its own place.
  std::vector<std::pair<std::string, mappings::SourceMark>> pieces_;
  std::vector<YamlNode> templates_;
  bool answers_name_headers_ = false;
};

}  // namespace connectors
