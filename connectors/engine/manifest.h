#pragma once

// The description of one kind of ticket system: connectors/<system>/connector.yaml, read, validated and
// compiled. Immutable after load; may be shared between threads.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/json.h"

namespace connectors {

struct Setting {
  std::string name;
  std::string type;  // url, string, secret, choice, integer, duration, boolean
  bool required = false;
  std::vector<std::string> choices;
  std::string default_json;  // JSON text; empty when there is none
  std::string help;
};

class Manifest {
 public:
  // Null when the diagnostics have an error.
  static std::shared_ptr<const Manifest> load(const std::filesystem::path& file,
                                              mappings::Diagnostics& diagnostics);
  virtual ~Manifest() = default;

  virtual const std::string& name() const noexcept = 0;   // "servicenow"
  virtual const std::string& title() const noexcept = 0;  // "ServiceNow (Table API)"
  virtual const std::vector<Setting>& settings() const noexcept = 0;
};

}  // namespace connectors
