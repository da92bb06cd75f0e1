#pragma once

// Finds places of a configuration where a secret belongs and something else stands. Works on a tree that
// nothing has checked yet.

#include <filesystem>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/yaml_tree.h"

namespace bridge {

// Nodes that are neither {env: NAME} nor {file: path} where a secret belongs: a remote queue's key, the key
// and the passphrase of TLS, the token of a Splunk, and a desk's setting whose type in
// <connectors>/<connector>/connector.yaml is `secret`; for a connector that cannot be read the setting's name
// decides. Also any URL with a password in it. The pointers are valid as long as the tree.
std::vector<const mappings::YamlNode*> plain_secrets(const mappings::YamlNode& tree,
                                                     const std::filesystem::path& connectors);

// A key of TLS in the file itself, where its path may stand.
bool is_key_text(const mappings::YamlNode& node) noexcept;

// Nodes anywhere in the tree that are named like a secret and are no source of one: in a file of the wrong
// shape nobody knows what they are, so their lines are better not shown.
std::vector<const mappings::YamlNode*> named_like_secrets(const mappings::YamlNode& tree);

// Whether a place lies in the node: what is said there might show the secret.
bool lies_in(const mappings::SourceMark& place, const mappings::YamlNode& node) noexcept;
// Whether it lies on one of the node's lines.
bool shares_line(const mappings::SourceMark& place, const mappings::YamlNode& node) noexcept;

}  // namespace bridge
