#include "bridge/config/config_check.h"

#include <algorithm>
#include <map>
#include <set>

#include "bridge/config/installation.h"
#include "bridge/config/siem_config.h"
#include "bridge/ops/address_guard.h"
#include "connectors/engine/http_url.h"

namespace bridge {

namespace fs = std::filesystem;
using mappings::Diagnostics;
using mappings::SourceMark;
using mappings::YamlNode;

namespace {
std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// "did you mean X", else what there is.
std::string way_out(const std::string& wrong, const std::vector<std::string>& names,
                    const std::string& where) {
  const std::string near = mappings::nearest(wrong, names);
  if (!near.empty()) return "did you mean " + near + "?";
  return names.empty() ? "there is none in " + where : "there are: " + list(names);
}

template <class Row>
std::vector<std::string> names_of(const std::vector<Row>& rows) {
  std::vector<std::string> names;
  for (const Row& row : rows) names.push_back(row.name);
  return names;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The connector that a mapping file says it is for; empty when the file cannot tell (its own check will).
std::string connector_of(const fs::path& mapping) {
  Diagnostics elsewhere;
  const auto tree = mappings::read_yaml_file(mapping, elsewhere);
  return tree ? tree->text("connector") : std::string();
}

class Check {
 public:
  Check(const Config& config, const YamlNode& tree, Diagnostics& diagnostics)
      : config_(config), tree_(tree), diagnostics_(diagnostics) {}

  void run() {
    check_names("queues", "queue", config_.queues);
    check_names("desks", "desk", config_.desks);
    for (std::size_t i = 0; i < config_.queues.size(); ++i) check_queue(i);
    for (std::size_t i = 0; i < config_.desks.size(); ++i) check_desk(i);
    check_routes();
    if (const YamlNode* hooks = tree_.find("hooks")) check_hooks(*hooks);
    if (const YamlNode* siem = tree_.find("siem")) check_siem(config_, *siem, diagnostics_);
    std::error_code absent;
    if (!config_.ca_file.empty() && !fs::is_regular_file(config_.ca_file, absent))
      diagnostics_.error(tree_.find("tls")->find("ca")->where, "missing-ca-file",
                         "there is no file " + config_.ca_file,
                         "the path is relative to the folder of this file");
  }

 private:
  // Where the member `key` of the i-th row of a list stands, else the row.
  SourceMark at(const char* rows, std::size_t i, const char* key) const {
    const YamlNode& row = tree_.find(rows)->items.at(i);
    const YamlNode* member = row.find(key);
    return member ? member->where : row.where;
  }

  template <class Row>
  void check_names(const char* rows, const std::string& what, const std::vector<Row>& all) {
    std::map<std::string, std::size_t> first;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string& name = all[i].name;
      if (!is_name(name))
        diagnostics_.error(at(rows, i, "name"), "bad-name", "this is no name for a " + what + ": " + name,
                           "1 to 32 of a-z, 0-9 and -");
      const auto [known, fresh] = first.emplace(name, i);
      if (!fresh)
        diagnostics_.error(at(rows, i, "name"), "duplicate-name",
                           "there are two " + what + "s with the name " + name,
                           "the other is in line " + std::to_string(at(rows, known->second, "name").line));
    }
  }

  bool check_known(const std::string& name, const std::vector<std::string>& names, const std::string& what,
                   const std::string& folder, const SourceMark& where) {
    if (contains(names, name)) return true;
    diagnostics_.error(where, "unknown-" + what, "there is no " + what + ' ' + name,
                       way_out(name, names, folder));
    return false;
  }

  void check_queue(std::size_t i) {
    const QueueConfig& queue = config_.queues[i];
    const YamlNode& row = tree_.find("queues")->items.at(i);
    auto misplaced = [&](const char* key, const char* hint) {
      if (row.find(key))
        diagnostics_.error(
            at("queues", i, key), "key-of-other-kind",
            std::string(key) + " is not for a queue that is " + (queue.remote ? "remote" : "hosted"), hint);
    };
    std::error_code absent;
    if (!queue.directory_file.empty() && !fs::is_regular_file(queue.directory_file, absent))
      diagnostics_.error(row.find("directory")->find("file")->where, "missing-directory-file",
                         "there is no file " + queue.directory_file.string(),
                         "the path is relative to the folder of this file");
    if (queue.remote) {
      for (const char* key : {"url", "key"})
        if (!row.find(key))
          diagnostics_.error(row.where, std::string("remote-without-") + key,
                             "the remote queue " + queue.name + " has no " + key,
                             key == std::string("url") ? "add url: https://..." : "add key: {env: NAME}");
      std::string problem;
      if (row.find("url") && !connectors::parse_http_url(queue.url, problem))
        diagnostics_.error(row.find("url")->where, "bad-queue-url",
                           "the address of the remote queue cannot be used: " + problem,
                           "write https://host");
      misplaced("approvers", "the remote queue knows its own approvers");
      for (const char* key : {"workstation_seats", "server_seats"})
        misplaced(key, "leave it out: the tenant over there knows it");
    } else {
      for (const char* key : {"url", "key", "poll", "poll_quick", "reconcile", "approver_email",
                              "calls_a_day", "decision_reserve", "day_starts", "webhook_secret", "mirror"})
        misplaced(key, "leave it out, or say kind: remote");
    }
  }

  void check_desk(std::size_t i) {
    const DeskConfig& desk = config_.desks[i];
    check_known(desk.connector, connectors_, "connector", config_.connectors.string(),
                at("desks", i, "connector"));
    check_known(desk.workflow, workflows_, "workflow", config_.workflows.string(),
                at("desks", i, "workflow"));
    check_mapping(i, "mapping", desk.mapping);
    if (!desk.fallback_mapping.empty()) check_mapping(i, "fallback_mapping", desk.fallback_mapping);
  }

  void check_mapping(std::size_t i, const char* key, const std::string& name) {
    const DeskConfig& desk = config_.desks[i];
    if (!check_known(name, mappings_, "mapping", config_.mappings.string(), at("desks", i, key))) return;
    const std::string connector = connector_of(config_.mappings / (name + ".yaml"));
    if (!connector.empty() && connector != desk.connector && contains(connectors_, desk.connector))
      diagnostics_.error(at("desks", i, key), "connector-mismatch",
                         "the mapping " + name + " is for the connector " + connector + ", and the desk " +
                             desk.name + " has " + desk.connector,
                         "choose a mapping for " + desk.connector);
  }

  void check_routes() {
    const auto queues = names_of(config_.queues);
    const auto desks = names_of(config_.desks);
    std::set<std::string> closed;  // queues whose requests are all taken by an earlier route
    std::set<std::string> from;
    std::set<std::string> to;
    for (std::size_t i = 0; i < config_.routes.size(); ++i) {
      const RouteConfig& route = config_.routes[i];
      check_known(route.queue, queues, "queue", "this file", at("routes", i, "queue"));
      check_known(route.desk, desks, "desk", "this file", at("routes", i, "desk"));
      from.insert(route.queue);
      to.insert(route.desk);
      if (closed.contains(route.queue))
        diagnostics_.warning(at("routes", i, "queue"), "route-never-reached",
                             "an earlier route takes every request of the queue " + route.queue,
                             "put the route without `when` last");
      if (route.when.empty()) closed.insert(route.queue);
    }
    for (std::size_t i = 0; i < queues.size(); ++i)
      // A bridge without desks is a queue for others: whoever uses the API decides.
      if (!desks.empty() && !from.contains(queues[i]))
        diagnostics_.warning(
            at("queues", i, "name"), "queue-without-route",
            "no route takes requests of the queue " + queues[i] + ": they wait for the API alone",
            "add {queue: " + queues[i] + ", desk: ...} to routes");
    for (std::size_t i = 0; i < desks.size(); ++i)
      if (!to.contains(desks[i]))
        diagnostics_.warning(at("desks", i, "name"), "desk-without-route",
                             "no route leads to the desk " + desks[i],
                             "add {queue: ..., desk: " + desks[i] + "} to routes");
  }

  void check_hooks(const YamlNode& hooks) {
    if (const YamlNode* allow = hooks.find("allow"))
      for (const YamlNode& entry : allow->items)
        if (!AddressGuard::is_entry(entry.scalar))
          diagnostics_.error(entry.where, "bad-hook-allow",
                             "this is no host, address or network: " + entry.scalar,
                             "write siem.acme.test, 10.1.2.3 or 10.20.0.0/16");
    std::map<std::string, int> lines;
    for (std::size_t i = 0; i < config_.hooks.size(); ++i) {
      const HookConfig& hook = config_.hooks[i];
      const YamlNode& row = hooks.find("subscriptions")->items.at(i);
      const auto place = [&](const char* key) {
        const YamlNode* member = row.find(key);
        return member != nullptr ? member->where : row.where;
      };
      if (!is_name(hook.name))
        diagnostics_.error(place("name"), "bad-name", "this is no name for a subscription: " + hook.name,
                           "1 to 32 of a-z, 0-9 and -");
      const auto [known, fresh] = lines.emplace(hook.name, place("name").line);
      if (!fresh)
        diagnostics_.error(place("name"), "duplicate-name",
                           "there are two subscriptions with the name " + hook.name,
                           "the other is in line " + std::to_string(known->second));
      check_known(hook.queue, names_of(config_.queues), "queue", "this file", place("queue"));
      if (!hook.mapping.empty())
        check_known(hook.mapping, mappings_, "mapping", config_.mappings.string(), place("mapping"));
      check_hook_url(hook, row, place("url"));
      if (hook.uses_slack_api() && hook.mapping.empty())
        diagnostics_.error(place("slack"), "hook-without-mapping", "a message for Slack needs a mapping",
                           "add mapping: slack/request");
      if (!hook.mapping.empty() &&
          std::any_of(hook.events.begin(), hook.events.end(),
                      [](const std::string& event) { return !event.starts_with("requests"); }))
        diagnostics_.error(place("events"), "hook-events-without-mapping",
                           "a mapping makes messages of requests only", "leave the other events out");
    }
  }

  void check_hook_url(const HookConfig& hook, const YamlNode& row, const SourceMark& where) {
    if (hook.uses_slack_api() && row.find("url") != nullptr) {
      diagnostics_.error(where, "hook-with-two-ways", "a subscription has slack: or url:, not both",
                         "leave one out");
      return;
    }
    if (!hook.uses_slack_api() && row.find("url") == nullptr) {
      diagnostics_.error(where, "hook-without-url", "the subscription " + hook.name + " has no url",
                         "add url: https://..., or slack: {token, channel}");
      return;
    }
    if (hook.url.empty()) return;  // its source has been complained about
    std::string problem;
    const auto url = connectors::parse_http_url(hook.url.reveal(), problem);
    if (!url) {
      diagnostics_.error(where, "bad-hook-url", "the subscription's URL cannot be used: " + problem,
                         "write https://host/path");
      return;
    }
    std::vector<std::string> allowed;
    for (const std::string& entry : config_.hooks_allow)
      if (AddressGuard::is_entry(entry)) allowed.push_back(entry);
    if (!url->tls && !AddressGuard(allowed).names(url->host))
      diagnostics_.error(where, "hook-without-tls", "this URL would send requests over the wire in the clear",
                         "write https://, or name the host in hooks.allow");
  }

  const Config& config_;
  const YamlNode& tree_;
  Diagnostics& diagnostics_;
  const std::vector<std::string> mappings_ = mapping_names(config_.mappings);
  const std::vector<std::string> connectors_ = connector_names(config_.connectors);
  const std::vector<std::string> workflows_ = workflow_names(config_.workflows);
};
}  // namespace

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= 32 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

void check_config(const Config& config, const YamlNode& tree, Diagnostics& diagnostics) {
  Check(config, tree, diagnostics).run();
}

}  // namespace bridge
