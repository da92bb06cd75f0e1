#include "bridge/config/config.h"

#include <algorithm>

#include "bridge/config/access_config.h"
#include "bridge/config/condition.h"
#include "bridge/config/config_check.h"
#include "bridge/config/desk_config.h"
#include "bridge/config/hook_config.h"
#include "bridge/config/installation.h"
#include "bridge/config/plain_secrets.h"
#include "bridge/config/queue_config.h"
#include "bridge/config/section_reader.h"
#include "bridge/config/server_identity.h"
#include "bridge/config/siem_config.h"
#include "bridge/ops/listen_address.h"
#include "mappings/engine/schema.h"

namespace bridge {

namespace fs = std::filesystem;
using mappings::Diagnostics;
using mappings::YamlNode;

namespace {

// Reads a tree that the schema has let through.
class Reader {
 public:
  Reader(Config& config, Diagnostics& diagnostics)
      : config_(config), diagnostics_(diagnostics), section_(config.directory, diagnostics) {}

  void read(const YamlNode& tree) {
    if (const YamlNode* listen = tree.find("listen")) read_listen(*listen, config_.address, config_.port);
    config_.public_url = SectionReader::url(tree, "public_url");
    read_store(tree);
    if (const YamlNode* log = tree.find("log")) SectionReader::read_text(*log, "level", config_.log_level);
    if (const YamlNode* http = tree.find("http")) {
      SectionReader::read_number(*http, "workers", config_.http_workers);
      section_.read_duration(*http, "request_deadline", config_.request_deadline);
      SectionReader::read_number(*http, "max_connections", config_.max_connections);
      SectionReader::read_number(*http, "bulk_body", config_.bulk_body);
    }
    if (const YamlNode* tls = tree.find("tls")) read_tls(*tls);
    if (const YamlNode* access = tree.find("access"))
      config_.access = read_access(*access, config_.directory, diagnostics_);
    SectionReader::each(tree, "queues", [this](const YamlNode& row) {
      config_.queues.push_back(read_queue(row, config_.directory, diagnostics_));
    });
    SectionReader::each(tree, "desks", [this](const YamlNode& row) {
      config_.desks.push_back(read_desk(row, config_.directory, diagnostics_));
    });
    SectionReader::each(tree, "routes", [this](const YamlNode& row) { read_route(row); });
    if (const YamlNode* hooks = tree.find("hooks")) {
      SectionReader::read_texts(*hooks, "allow", config_.hooks_allow);
      SectionReader::each(*hooks, "subscriptions", [this](const YamlNode& row) {
        config_.hooks.push_back(read_hook(row, config_.directory, diagnostics_));
      });
    }
    SectionReader::each(tree, "siem", [this](const YamlNode& row) {
      config_.siem.push_back(read_siem(row, config_.directory, diagnostics_));
    });
  }

 private:
  void read_listen(const YamlNode& node, std::string& to_address, std::uint16_t& to_port) {
    const auto found = ListenAddress::parse(node.scalar);
    if (!found) {
      diagnostics_.error(node.where, "bad-listen", "listen is an address, a colon and a port",
                         "write 127.0.0.1:8080, or [::1]:8080");
      return;
    }
    to_address = found->address;
    to_port = found->port;
  }

  void read_tls(const YamlNode& node) {
    if (node.find("ca")) config_.ca_file = section_.path(node.text("ca")).string();
    TlsConfig tls;
    if (const YamlNode* listen = node.find("listen")) read_listen(*listen, tls.address, tls.port);
    tls.identity = read_identity(node, config_.directory, diagnostics_);
    if (tls.identity) config_.tls = std::move(tls);
  }

  void read_store(const YamlNode& tree) {
    SectionReader::read_text(tree, "store", config_.store);
    const std::string scheme = "sqlite:";
    config_.store = scheme + section_.path(config_.store.substr(scheme.size())).string();
  }

  void read_route(const YamlNode& row) {
    RouteConfig route;
    route.where = row.where;
    route.queue = row.text("queue");
    route.desk = row.text("desk");
    if (const YamlNode* when = row.find("when")) {
      Condition condition;
      if (read_condition(*when, true, condition, diagnostics_)) {
        route.when = std::move(condition.jq);
        route.where = std::move(condition.where);
      }
    }
    config_.routes.push_back(std::move(route));
  }

  Config& config_;
  Diagnostics& diagnostics_;
  const SectionReader section_;
};

// A folder that the file names, else the one beside the file, else the installation's.
fs::path folder(const YamlNode& tree, const fs::path& directory, const char* name) {
  if (const YamlNode* folders = tree.find("folders"))
    if (const std::string named = folders->text(name); !named.empty())
      return (directory / named).lexically_normal();
  std::error_code absent;
  if (const fs::path beside = directory / name; fs::is_directory(beside, absent)) return beside;
  return installation() / name;
}

// A line that holds a secret, or may, is not repeated, whatever is wrong with it.
void hand_over(const Diagnostics& from, const std::vector<const YamlNode*>& secrets, Diagnostics& to) {
  for (mappings::Diagnostic one : from.all()) {
    for (const YamlNode* secret : secrets)
      if (shares_line(one.where, *secret)) one.show_line = false;
    to.add(std::move(one));
  }
}

// The schema, and plain secrets: what the schema says of the same node is left out.
void check_shape(const YamlNode& tree, const std::vector<const YamlNode*>& secrets,
                 Diagnostics& diagnostics) {
  for (const YamlNode* secret : secrets)
    diagnostics.error(secret->where, "secret-in-file",
                      secret->is_mapping() ? "this names no place where the secret is read from"
                                           : "a secret stands here as plain text",
                      "write {env: NAME} or {file: path}" +
                          std::string(secret->is_mapping() ? "" : " in its place, and change the secret"));
  Diagnostics shape;
  mappings::check_schema("config", tree, shape);
  for (const mappings::Diagnostic& one : shape.all())
    if (std::none_of(secrets.begin(), secrets.end(),
                     [&](const YamlNode* secret) { return lies_in(one.where, *secret); }))
      diagnostics.add(one);
}

}  // namespace

const QueueConfig* Config::queue(std::string_view name) const noexcept {
  for (const QueueConfig& one : queues)
    if (one.name == name) return &one;
  return nullptr;
}

const DeskConfig* Config::desk(std::string_view name) const noexcept {
  for (const DeskConfig& one : desks)
    if (one.name == name) return &one;
  return nullptr;
}

std::optional<Config> load_config(const fs::path& file, Diagnostics& diagnostics) {
  Diagnostics found;
  const auto tree = mappings::read_yaml_file(file, found);
  if (!tree) {
    // Nobody knows yet where the secrets of a file are that cannot be read.
    for (mappings::Diagnostic one : found.all()) {
      one.show_line = false;
      diagnostics.add(std::move(one));
    }
    return std::nullopt;
  }
  Config config;
  config.file = file;
  std::error_code failed;
  config.directory = fs::absolute(file, failed).parent_path();
  config.mappings = folder(*tree, config.directory, "mappings");
  config.connectors = folder(*tree, config.directory, "connectors");
  config.workflows = folder(*tree, config.directory, "workflows");

  const auto secrets = plain_secrets(*tree, config.connectors);
  check_shape(*tree, secrets, found);
  if (found.errors() == secrets.size()) {
    Reader(config, found).read(*tree);
    check_config(config, *tree, found);
  }
  auto hidden = named_like_secrets(*tree);
  hidden.insert(hidden.end(), secrets.begin(), secrets.end());
  hand_over(found, hidden, diagnostics);
  if (found.has_errors()) return std::nullopt;
  return config;
}

}  // namespace bridge
