#pragma once

// countersign.yaml, read and checked: plain data. Every key is in schemas/config.schema.json.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mappings/engine/diagnostics.h"
#include "mappings/engine/json.h"

namespace bridge {

// A text that must not be seen: prints as ***. The value is read with reveal() where it is used, nowhere
// else.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const noexcept { return value_; }
  bool empty() const noexcept { return value_.empty(); }

 private:
  std::string value_;
};

struct QueueConfig {
  std::string name;
  bool remote = false;
  std::string url;                               // remote only
  Secret key;                                    // remote only
  std::chrono::milliseconds poll{10'000};        // remote only
  std::chrono::milliseconds reconcile{300'000};  // remote only: the whole pending set
  std::string approver_email;          // remote only: sent as approvedby when the decider has no mail
  std::vector<std::string> approvers;  // hosted only: known approver mails; empty: every mail is recorded
  mappings::SourceMark where;
};

struct DeskConfig {
  std::string name;
  std::string connector;
  Secret settings;               // JSON text of an object, secrets resolved
  std::string mapping;           // "servicenow/elevation"
  std::string fallback_mapping;  // empty: none
  std::string workflow;          // "standard"
  std::optional<std::chrono::milliseconds> poll;
  std::chrono::milliseconds reconcile{300'000};
  std::optional<int> in_flight;
  mappings::SourceMark where;
};

struct RouteConfig {
  std::string queue;
  std::string when;  // jq, without ${ }; empty: always
  std::string desk;
  mappings::SourceMark where;  // of the expression where there is one, else of the route
};

struct Config {
  std::filesystem::path file;
  std::filesystem::path directory;  // paths in the file are relative to it; those below are made absolute
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  int http_workers = 32;
  std::chrono::milliseconds request_deadline{30'000};
  std::size_t max_connections = 2000;
  std::string store = "sqlite:var/countersign.db";
  std::string public_url;  // how others reach us, for links; empty: http://address:port
  std::string log_level = "info";
  std::string ca_file;             // in addition to the system's
  std::filesystem::path mappings;  // default: mappings/ of the installation (CONNECTORS beside it ...)
  std::filesystem::path connectors;
  std::filesystem::path workflows;
  std::vector<QueueConfig> queues;
  std::vector<DeskConfig> desks;
  std::vector<RouteConfig> routes;

  const QueueConfig* queue(std::string_view name) const noexcept;
  const DeskConfig* desk(std::string_view name) const noexcept;
};

// Reads, validates and resolves {env: NAME} and {file: path}. Nothing when the diagnostics have an error.
// Where `connectors`, `mappings` or `workflows` are not set, the folders beside the file are used when they
// exist, else those of the installation (COUNTERSIGN_HOME, the source tree, or /usr/share/countersign).
// Mappings, connectors and workflows are looked for by name, not loaded. A secret that stands in the file as
// plain text is refused here (secret-in-file), and no diagnostic repeats its line.
std::optional<Config> load_config(const std::filesystem::path& file, mappings::Diagnostics& diagnostics);

}  // namespace bridge
