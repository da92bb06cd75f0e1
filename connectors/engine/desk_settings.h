#pragma once

// Holds a desk's settings against the table of its connector's manifest: unknown, missing, wrong type, not a
// choice. Pure.

#include <optional>
#include <string>
#include <vector>

#include "connectors/engine/manifest.h"
#include "mappings/engine/diagnostics.h"
#include "mappings/engine/json.h"

namespace connectors {

struct DeskSettings {
  mappings::Json all;                // with secrets: for the connection only
  mappings::Json open;               // without: what expressions may see
  std::vector<std::string> secrets;  // to be struck out of everything that is shown
};

// Every setting is there afterwards: as given, by default, or null. A duration is seconds, a url has no slash
// at its end. Nothing when an error was added; messages never hold a value of a secret.
std::optional<DeskSettings> check_settings(const Manifest& manifest, const std::string& json,
                                           const mappings::SourceMark& where,
                                           mappings::Diagnostics& diagnostics);

}  // namespace connectors
