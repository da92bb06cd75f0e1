// `countersign check`: the mistakes in the configuration and its files, each with its place and the way out:
// those of form first, then, when there are none, those of what it names.

#include <iostream>

#include "bridge/access/pepper.h"
#include "bridge/app/commands.h"
#include "bridge/config/rule_files.h"
#include "bridge/drain/rule_set.h"
#include "bridge/queue/remote_client.h"
#include "mappings/engine/mapping_tests.h"
#include "workflows/engine/workflow_tests.h"

namespace bridge {

using mappings::Diagnostics;
using mappings::Json;

namespace {

std::string counted(std::size_t n, const char* word) {
  return std::to_string(n) + ' ' + word + (n == 1 ? "" : "s");
}

void check_file(const RuleFile& file, Diagnostics& diagnostics) {
  switch (file.kind) {
    case RuleFile::Kind::mapping:
      mappings::Mapping::load(file.path, diagnostics);
      return;
    case RuleFile::Kind::workflow:
      workflows::Workflow::load(file.path, diagnostics);
      return;
    case RuleFile::Kind::connector:
      connectors::Manifest::load(file.path, diagnostics);
      return;
    case RuleFile::Kind::people:
      workflows::Directory::load(file.path, diagnostics);
      return;
  }
}

void check_untested(const std::vector<RuleFile>& files, Diagnostics& diagnostics) {
  for (const RuleFile& file : files) {
    if (file.kind == RuleFile::Kind::connector || file.kind == RuleFile::Kind::people) continue;
    const bool mapping = file.kind == RuleFile::Kind::mapping;
    const auto tests =
        mapping ? mappings::mapping_tests_file(file.path) : workflows::workflow_tests_file(file.path);
    if (!std::filesystem::exists(tests))
      diagnostics.warning({file.path.string(), 0, 0}, "no-tests", "there are no tests beside this file",
                          "add " + tests.filename().string());
  }
}

Json check_online(const RuleSet& rules, Diagnostics& diagnostics) {
  Json rows = Json::array();
  for (const auto& [name, desk] : rules.desks()) {
    const auto outcome = desk.client->check();
    rows.push_back(Json::object({{"desk", name},
                                 {"verdict", connectors::to_string(outcome.verdict)},
                                 {"reason", outcome.reason},
                                 {"detail", outcome.detail}}));
    if (!outcome.done())
      diagnostics.error(desk.config.where, "desk-check",
                        "desk " + name + " does not answer as it should: " + outcome.reason +
                            (outcome.detail.empty() ? "" : ": " + outcome.detail),
                        "docs/operating.md says what to do about " + outcome.reason);
  }
  return rows;
}

// Two calls to each remote queue: whose key it is, and the list.
Json check_queues(const Config& config, connectors::HttpClient& http, Diagnostics& diagnostics) {
  Json rows = Json::array();
  for (const QueueConfig& queue : config.queues) {
    if (!queue.remote) continue;
    const auto api = make_remote_queue_api(queue.url, queue.key, http);
    const auto tenant = api->tenant_name();
    const std::string name = tenant.value.value_or("");
    const auto outcome = api->pending(0, 1).outcome;
    rows.push_back(Json::object({{"queue", queue.name},
                                 {"verdict", connectors::to_string(outcome.verdict)},
                                 {"reason", outcome.reason},
                                 {"detail", outcome.detail},
                                 {"tenant", name.empty() ? Json() : Json(name)}}));
    if (!outcome.done())
      diagnostics.error(queue.where, "queue-check",
                        "queue " + queue.name + " does not answer as it should: " + outcome.reason +
                            (outcome.detail.empty() ? "" : ": " + outcome.detail),
                        "docs/operating.md says what to do about " + outcome.reason);
    else if (!queue.tenant.empty() && name != queue.tenant)
      diagnostics.error(queue.where, "wrong-tenant",
                        "queue " + queue.name + " is to be that of " + queue.tenant +
                            (name.empty() ? ", and the server does not say whose key it is"
                                          : ", and the key is one of " + name),
                        "put the right key in its place, or correct `tenant`");
  }
  return rows;
}

}  // namespace

int check(const CommonOptions& common, const CheckOptions& options) {
  Diagnostics diagnostics;
  std::vector<RuleFile> files;
  std::size_t count = 0;
  Json desks = Json::array(), queues = Json::array();
  bool usable = true;
  std::string pepper;
  if (!options.files.empty()) {
    for (const auto& path : options.files)
      if (auto file = file_at(path, diagnostics)) files.push_back(*file);
    for (const RuleFile& file : files) check_file(file, diagnostics);
    count = options.files.size();
  } else {
    auto config = load_config(common.config, diagnostics);
    usable = config.has_value();
    count = 1;
    if (config) {
      files = files_of(*config);
      pepper = config->access.pepper ? "access.pepper" : pepper_file(config->store).string();
      count += files.size();
      connectors::HttpClient http({config->ca_file});
      auto rules = RuleSet::load(*config, http, diagnostics);
      if (rules && options.online) {
        desks = check_online(*rules, diagnostics);
        queues = check_queues(*config, http, diagnostics);
      }
    }
  }
  check_untested(files, diagnostics);

  if (common.json) {
    std::cout << Json::object({{"files", static_cast<std::int64_t>(count)},
                               {"errors", static_cast<std::int64_t>(diagnostics.errors())},
                               {"warnings", static_cast<std::int64_t>(diagnostics.warnings())},
                               {"diagnostics", diagnostics.to_json()},
                               {"pepper", pepper.empty() ? Json() : Json(pepper)},
                               {"desks", desks},
                               {"queues", queues}})
                     .dump(true)
              << '\n';
  } else {
    std::cerr << diagnostics.to_text();
    for (std::size_t i = 0; i < desks.size(); ++i)
      if (desks.at(i).get("verdict").string_or("") == "done")
        std::cout << "desk " << desks.at(i).get("desk").string_or("")
                  << " answers and finds by correlation key\n";
    for (std::size_t i = 0; i < queues.size(); ++i)
      if (const Json row = queues.at(i); row.get("verdict").string_or("") == "done")
        std::cout << "queue " << row.get("queue").string_or("") << " answers"
                  << (row.get("tenant").is_null() ? "" : ": the tenant is " + row.get("tenant").string_or(""))
                  << '\n';
    if (!pepper.empty() && pepper != "access.pepper")
      std::cout << "secrets of credentials are hashed with " << pepper
                << (std::filesystem::exists(pepper) ? "" : ", made at the first start")
                << ": keep a copy apart from the database\n";
    std::cout << counted(diagnostics.errors(), "error") << ", " << counted(diagnostics.warnings(), "warning")
              << " in " << counted(count, "file") << '\n';
  }
  if (!usable) return exit_usage;
  return diagnostics.has_errors() || (options.deny_warnings && diagnostics.warnings() > 0) ? exit_no
                                                                                           : exit_ok;
}

}  // namespace bridge
