#pragma once

// Which content of the configuration and of the files it uses is in force, for the audit log: a hash for
// each, never the content. Files of secrets are not looked at.

#include <map>
#include <string>

#include "bridge/config/config.h"

namespace bridge {

// File, relative to the configuration's folder where it lies below -> the first 16 hex of its SHA-256.
using Fingerprints = std::map<std::string, std::string>;

Fingerprints fingerprints(const Config& config);

// JSON objects; empty when nothing differs. A file that one side does not have is missing there.
struct ChangedFiles {
  std::string before, after;
  std::string names;  // "mappings/a.yaml, workflows/b.yaml"
};
ChangedFiles changed_files(const Fingerprints& before, const Fingerprints& after);

std::string to_json(const Fingerprints& prints);
// What to_json() made; nothing of it when the text is something else.
Fingerprints fingerprints_from(const std::string& json);

}  // namespace bridge
