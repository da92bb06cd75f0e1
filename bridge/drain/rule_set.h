#pragma once

// Everything that people edit, loaded and bound together: manifests, mappings, workflows, files of people and
// routes of one configuration. Immutable; one set is in force at a time and a reload replaces it whole or not
// at all.

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/config/config.h"
#include "connectors/engine/desk_client.h"
#include "mappings/engine/mapping.h"
#include "mappings/engine/program.h"
#include "workflows/engine/directory.h"
#include "workflows/engine/workflow.h"

namespace bridge {

struct Desk {
  DeskConfig config;
  std::shared_ptr<const mappings::Mapping> mapping;
  std::shared_ptr<const mappings::Mapping> fallback;  // null: none named
  std::shared_ptr<const workflows::Workflow> workflow;
  std::shared_ptr<connectors::DeskClient> client;
};

// How a subscription of the configuration chooses and words what it is told.
struct HookRule {
  std::shared_ptr<const mappings::Mapping> mapping;  // null: the object itself is sent
  std::string when;                                  // jq; empty: always
  mappings::SourceMark where;
};

// What route() says of a queue without any route: whoever uses the API decides there.
inline constexpr std::string_view no_desk_wanted = "the queue has no routes";

class RuleSet {
 public:
  // Null when the diagnostics have an error. `http` must outlive the set.
  static std::shared_ptr<const RuleSet> load(const Config& config, connectors::HttpClient& http,
                                             mappings::Diagnostics& diagnostics);
  using People = std::map<std::string, std::shared_ptr<const workflows::Directory>, std::less<>>;
  // From parts, for tests.
  RuleSet(std::map<std::string, Desk, std::less<>> desks, std::vector<RouteConfig> routes,
          mappings::Diagnostics& diagnostics, std::map<std::string, HookRule, std::less<>> hooks = {},
          People people = {});

  // Null when there is no desk of that name.
  const Desk* desk(std::string_view name) const noexcept;
  const std::map<std::string, Desk, std::less<>>& desks() const noexcept { return desks_; }
  // The desk of the first route that takes the request; empty when none does, and `trouble` then says why: a
  // condition that fails on this request does not take it; no_desk_wanted when the queue has no routes at
  // all.
  std::string route(const std::string& queue, const mappings::Json& request, std::string& trouble) const;
  // Null when there is none for a subscription of that name.
  const HookRule* hook(std::string_view name) const noexcept;
  // The people of a queue, when they come from a file; else null.
  std::shared_ptr<const workflows::Directory> people(std::string_view queue) const noexcept;
  // Whether its condition takes the object; one that fails on it does not, and `trouble` says why.
  bool hook_takes(std::string_view name, const mappings::Json& object, std::string& trouble) const;

 private:
  std::map<std::string, Desk, std::less<>> desks_;
  std::vector<RouteConfig> routes_;
  std::vector<std::size_t> conditions_;  // entry of each route's `when`
  std::map<std::string, HookRule, std::less<>> hooks_;
  People people_;  // by queue
  std::map<std::string, std::size_t, std::less<>> hook_conditions_;
  std::shared_ptr<const mappings::Program> program_;
};

// The set in force. Thread-safe.
class Rules {
 public:
  explicit Rules(std::shared_ptr<const RuleSet> first) : current_(std::move(first)) {}
  std::shared_ptr<const RuleSet> current() const { return std::atomic_load(&current_); }
  void replace(std::shared_ptr<const RuleSet> next) { std::atomic_store(&current_, std::move(next)); }

 private:
  std::shared_ptr<const RuleSet> current_;
};

}  // namespace bridge
