#pragma once

// `tls.certificate`, `tls.key` and `tls.passphrase` of the configuration: read, tried together, and what is
// wrong with them said at its place. Nothing of a key is ever put into a diagnostic.

#include <filesystem>
#include <memory>

#include "bridge/ops/tls_identity.h"
#include "mappings/engine/diagnostics.h"
#include "mappings/engine/yaml_tree.h"

namespace bridge {

// Null when `tls` names no certificate, or when the diagnostics got an error. A certificate that has expired,
// or soon will, is a warning: whoever does not check it is still served.
std::shared_ptr<const TlsIdentity> read_identity(const mappings::YamlNode& tls,
                                                 const std::filesystem::path& directory,
                                                 mappings::Diagnostics& diagnostics);

}  // namespace bridge
