#include "bridge/drain/rule_set.h"

namespace bridge {

namespace {

constexpr std::size_t no_condition = static_cast<std::size_t>(-1);

// Each file is loaded once, however many desks use it.
template <class T>
class Loaded {
 public:
  template <class Load>
  std::shared_ptr<const T> get(const std::filesystem::path& file, Load load,
                               mappings::Diagnostics& diagnostics) {
    auto [at, fresh] = files_.try_emplace(file);
    if (fresh) at->second = load(file, diagnostics);
    return at->second;
  }

 private:
  std::map<std::filesystem::path, std::shared_ptr<const T>> files_;
};

}  // namespace

std::shared_ptr<const RuleSet> RuleSet::load(const Config& config, connectors::HttpClient& http,
                                             mappings::Diagnostics& diagnostics) {
  Loaded<mappings::Mapping> mapping_files;
  Loaded<workflows::Workflow> workflow_files;
  Loaded<connectors::Manifest> manifests;
  std::map<std::string, Desk, std::less<>> desks;
  for (const DeskConfig& desk_config : config.desks) {
    Desk desk;
    desk.config = desk_config;
    auto mapping = [&](const std::string& name) {
      return mapping_files.get(config.mappings / (name + ".yaml"), mappings::Mapping::load, diagnostics);
    };
    desk.mapping = mapping(desk_config.mapping);
    if (!desk_config.fallback_mapping.empty()) desk.fallback = mapping(desk_config.fallback_mapping);
    desk.workflow = workflow_files.get(config.workflows / (desk_config.workflow + ".yaml"),
                                       workflows::Workflow::load, diagnostics);
    auto manifest = manifests.get(config.connectors / desk_config.connector / "connector.yaml",
                                  connectors::Manifest::load, diagnostics);
    if (manifest)
      desk.client = connectors::DeskClient::bind(manifest, desk_config.settings.reveal(), http,
                                                 desk_config.where, diagnostics);
    desks.emplace(desk_config.name, std::move(desk));
  }
  std::map<std::string, HookRule, std::less<>> hooks;
  for (const HookConfig& hook : config.hooks) {
    HookRule rule{nullptr, hook.when, hook.where};
    if (!hook.mapping.empty())
      rule.mapping =
          mapping_files.get(config.mappings / (hook.mapping + ".yaml"), mappings::Mapping::load, diagnostics);
    hooks.emplace(hook.name, std::move(rule));
  }
  People people;
  for (const QueueConfig& queue : config.queues)
    if (!queue.directory_file.empty())
      people[queue.name] = workflows::Directory::load(queue.directory_file, diagnostics);
  auto set = std::make_shared<RuleSet>(std::move(desks), config.routes, diagnostics, std::move(hooks),
                                       std::move(people));
  return diagnostics.has_errors() ? nullptr : set;
}

RuleSet::RuleSet(std::map<std::string, Desk, std::less<>> desks, std::vector<RouteConfig> routes,
                 mappings::Diagnostics& diagnostics, std::map<std::string, HookRule, std::less<>> hooks,
                 People people)
    : desks_(std::move(desks)),
      routes_(std::move(routes)),
      hooks_(std::move(hooks)),
      people_(std::move(people)) {
  mappings::Program::Builder builder({});
  for (const RouteConfig& route : routes_)
    conditions_.push_back(route.when.empty() ? no_condition
                                             : builder.add_expression(route.when, route.where));
  for (const auto& [name, hook] : hooks_)
    if (!hook.when.empty()) hook_conditions_[name] = builder.add_expression(hook.when, hook.where);
  program_ = builder.build(diagnostics);
}

const Desk* RuleSet::desk(std::string_view name) const noexcept {
  auto found = desks_.find(name);
  return found == desks_.end() ? nullptr : &found->second;
}

const HookRule* RuleSet::hook(std::string_view name) const noexcept {
  auto found = hooks_.find(name);
  return found == hooks_.end() ? nullptr : &found->second;
}

std::shared_ptr<const workflows::Directory> RuleSet::people(std::string_view queue) const noexcept {
  const auto found = people_.find(queue);
  return found == people_.end() ? nullptr : found->second;
}

bool RuleSet::hook_takes(std::string_view name, const mappings::Json& object, std::string& trouble) const {
  const auto condition = hook_conditions_.find(name);
  if (condition == hook_conditions_.end()) return true;
  try {
    const auto answer = program_->run(condition->second, object, mappings::Json::object());
    return answer.as_bool().value_or(!answer.is_null());
  } catch (const mappings::ExpressionError& e) {
    trouble = "the condition at " + e.where().to_string() + ": " + e.what();
    return false;
  }
}

std::string RuleSet::route(const std::string& queue, const mappings::Json& request,
                           std::string& trouble) const {
  trouble = no_desk_wanted;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (routes_[i].queue != queue) continue;
    if (trouble == no_desk_wanted) trouble = "no route of queue " + queue + " takes it";
    if (conditions_[i] == no_condition) return routes_[i].desk;
    try {
      auto answer = program_->run(conditions_[i], request, mappings::Json::object());
      if (answer.as_bool().value_or(!answer.is_null())) return routes_[i].desk;
    } catch (const mappings::ExpressionError& e) {
      trouble = "the route at " + e.where().to_string() + ": " + e.what();
    }
  }
  return {};
}

}  // namespace bridge
