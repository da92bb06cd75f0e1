#include "bridge/config/config.h"

#include <algorithm>
#include <charconv>

#include "bridge/config/config_check.h"
#include "bridge/config/installation.h"
#include "bridge/config/plain_secrets.h"
#include "bridge/config/secret_source.h"
#include "bridge/config/server_identity.h"
#include "bridge/config/siem_config.h"
#include "mappings/engine/duration.h"
#include "mappings/engine/path_check.h"
#include "mappings/engine/program.h"
#include "mappings/engine/schema.h"
#include "mappings/engine/template_tree.h"
#include "mappings/engine/yaml_tree.h"

namespace bridge {

namespace fs = std::filesystem;
using mappings::Diagnostics;
using mappings::Json;
using mappings::YamlNode;

namespace {
// Reads a tree that the schema has let through.
class Reader {
 public:
  Reader(Config& config, Diagnostics& diagnostics) : config_(config), diagnostics_(diagnostics) {}

  void read(const YamlNode& tree) {
    if (const YamlNode* listen = tree.find("listen")) read_listen(*listen, config_.address, config_.port);
    read_text(tree, "public_url", config_.public_url);
    while (config_.public_url.ends_with('/')) config_.public_url.pop_back();
    read_store(tree);
    if (const YamlNode* log = tree.find("log")) read_text(*log, "level", config_.log_level);
    if (const YamlNode* http = tree.find("http")) {
      read_number(*http, "workers", config_.http_workers);
      read_duration(*http, "request_deadline", config_.request_deadline);
      read_number(*http, "max_connections", config_.max_connections);
      read_number(*http, "bulk_body", config_.bulk_body);
    }
    if (const YamlNode* tls = tree.find("tls")) read_tls(*tls);
    if (const YamlNode* access = tree.find("access")) read_access(*access);
    each(tree, "queues", [this](const YamlNode& row) { read_queue(row); });
    each(tree, "desks", [this](const YamlNode& row) { read_desk(row); });
    each(tree, "routes", [this](const YamlNode& row) { read_route(row); });
    if (const YamlNode* hooks = tree.find("hooks")) {
      each(*hooks, "allow", [this](const YamlNode& entry) { config_.hooks_allow.push_back(entry.scalar); });
      each(*hooks, "subscriptions", [this](const YamlNode& row) { read_hook(row); });
    }
    each(tree, "siem", [this](const YamlNode& row) {
      config_.siem.push_back(read_siem(row, config_.directory, diagnostics_));
    });
  }

 private:
  template <class Read>
  static void each(const YamlNode& tree, const char* key, Read read) {
    if (const YamlNode* list = tree.find(key))
      for (const YamlNode& row : list->items) read(row);
  }

  static void read_text(const YamlNode& from, const char* key, std::string& to) {
    if (from.find(key)) to = from.text(key);
  }

  template <class Number>
  static void read_number(const YamlNode& from, const char* key, Number& to) {
    if (const YamlNode* node = from.find(key))
      if (const auto value = node->to_json().as_integer()) to = static_cast<Number>(*value);
  }

  std::optional<std::chrono::milliseconds> duration(const YamlNode& from, const char* key) {
    const YamlNode* node = from.find(key);
    if (node == nullptr) return std::nullopt;
    const auto value = mappings::parse_duration(node->scalar);
    if (value && value->count() > 0) return value;
    diagnostics_.error(node->where, "bad-duration", std::string(key) + " is no duration above zero",
                       "write 250ms, 10s, 5m, 8h or 3d");
    return std::nullopt;
  }
  void read_duration(const YamlNode& from, const char* key, std::chrono::milliseconds& to) {
    if (const auto value = duration(from, key)) to = *value;
  }

  void read_listen(const YamlNode& node, std::string& to_address, std::uint16_t& to_port) {
    const bool port_alone = node.scalar.find_first_not_of("0123456789") == std::string::npos;
    const std::string text = port_alone ? "127.0.0.1:" + node.scalar : node.scalar;
    const auto colon = text.rfind(':');
    std::string address = text.substr(0, colon);
    unsigned port = 0;
    bool good = colon != std::string::npos && !address.empty();
    if (good) {
      const char* end = text.data() + text.size();
      const auto [stop, failed] = std::from_chars(text.data() + colon + 1, end, port);
      good = failed == std::errc() && stop == end && port <= 65535;
    }
    if (good && address.front() == '[') {
      good = address.size() > 2 && address.back() == ']';
      address = address.substr(1, address.size() - 2);
    } else if (address.find(':') != std::string::npos) {
      good = false;
    }
    if (!good) {
      diagnostics_.error(node.where, "bad-listen", "listen is an address, a colon and a port",
                         "write 127.0.0.1:8080, or [::1]:8080");
      return;
    }
    to_address = address;
    to_port = static_cast<std::uint16_t>(port);
  }

  void read_tls(const YamlNode& node) {
    if (node.find("ca")) config_.ca_file = (config_.directory / node.text("ca")).lexically_normal().string();
    TlsConfig tls;
    if (const YamlNode* listen = node.find("listen")) read_listen(*listen, tls.address, tls.port);
    tls.identity = read_identity(node, config_.directory, diagnostics_);
    if (tls.identity) config_.tls = std::move(tls);
  }

  void read_store(const YamlNode& tree) {
    read_text(tree, "store", config_.store);
    const std::string scheme = "sqlite:";
    const fs::path path = config_.directory / config_.store.substr(scheme.size());
    config_.store = scheme + path.lexically_normal().string();
  }

  void read_secret_of(const YamlNode& row, const char* name, Secret& to) {
    if (const YamlNode* from = row.find(name); from != nullptr && is_secret_source(*from))
      if (auto value = read_secret(*from, config_.directory, diagnostics_)) to = Secret(std::move(*value));
  }

  // Entries that are no addresses are named at their places, and left out.
  NetworkRules networks(const YamlNode& row, const char* key) {
    std::vector<std::string> entries;
    each(row, key, [&](const YamlNode& entry) { entries.push_back(entry.scalar); });
    std::vector<NetworkRules::Problem> problems;
    NetworkRules rules = NetworkRules::parse(entries, problems);
    for (const auto& problem : problems)
      diagnostics_.error(row.find(key)->items.at(problem.entry).where, "bad-network", problem.text,
                         "write 192.0.2.7, 192.0.2.0/24, 192.0.2.10-192.0.2.20 or 2001:db8::/32");
    return rules;
  }

  void read_access(const YamlNode& node) {
    AccessConfig& access = config_.access;
    if (const YamlNode* pepper = node.find("pepper")) {
      Secret read;
      read_secret_of(node, "pepper", read);
      if (read.reveal().size() < 16)
        diagnostics_.error(pepper->where, "short-pepper", "the pepper has less than 16 bytes",
                           "make one: openssl rand -hex 32");
      access.pepper = std::move(read);
    }
    read_duration(node, "token_lifetime", access.token_lifetime);
    access.trusted_proxies = networks(node, "trusted_proxies").entries();
    if (const YamlNode* lockout = node.find("lockout")) read_lockout(*lockout, access.lockout);
  }

  void read_lockout(const YamlNode& node, LockoutRules& rules) {
    read_number(node, "failures", rules.failures_of_id);
    read_number(node, "failures_of_address", rules.failures_of_address);
    const auto seconds = [&](const char* key, std::chrono::seconds& to) {
      if (const auto given = duration(node, key)) to = std::chrono::ceil<std::chrono::seconds>(*given);
    };
    seconds("lock", rules.lock);
    seconds("forget", rules.forget);
    std::vector<std::string> entries;
    each(node, "except", [&](const YamlNode& entry) {
      const bool id =
          entry.scalar.size() == 8 && entry.scalar.find_first_not_of("0123456789abcdef") == std::string::npos;
      if (id)
        rules.except_ids.insert(entry.scalar);
      else
        entries.push_back(entry.scalar);
    });
    std::vector<NetworkRules::Problem> problems;
    rules.except_addresses = NetworkRules::parse(entries, problems);
    for (const auto& problem : problems)
      diagnostics_.error(node.find("except")->where, "bad-network", problem.text,
                         "write an address, a network, or the 8 letters of a credential's id");
  }

  void read_queue(const YamlNode& row) {
    QueueConfig queue;
    queue.where = row.where;
    queue.name = row.text("name");
    queue.remote = row.text("kind") == "remote";
    queue.url = row.text("url");
    while (queue.url.ends_with('/')) queue.url.pop_back();
    read_secret_of(row, "key", queue.key);
    read_secret_of(row, "webhook_secret", queue.webhook_secret);
    read_duration(row, "poll", queue.poll);
    read_duration(row, "poll_quick", queue.poll_quick);
    read_duration(row, "reconcile", queue.reconcile);
    read_number(row, "calls_a_day", queue.calls_a_day);
    read_number(row, "decision_reserve", queue.decision_reserve);
    if (const std::string at = row.text("day_starts"); at.size() == 5)
      queue.day_starts = std::chrono::hours(std::stoi(at)) + std::chrono::minutes(std::stoi(at.substr(3)));
    if (const YamlNode* mirror = row.find("mirror")) read_mirror(*mirror, queue.mirror);
    queue.networks = networks(row, "networks").entries();
    queue.approver_email = row.text("approver_email");
    if (const YamlNode* approvers = row.find("approvers")) {
      queue.approvers_of_directory = !approvers->is_sequence();
      queue.approver_group = approvers->text("group");
      for (const YamlNode& mail : approvers->items) queue.approvers.push_back(mail.scalar);
    }
    if (const YamlNode* directory = row.find("directory"))
      queue.directory_file = (config_.directory / directory->text("file")).lexically_normal();
    queue.tenant = row.text("tenant");
    read_number(row, "workstation_seats", queue.workstation_seats);
    read_number(row, "server_seats", queue.server_seats);
    if (queue.remote) queue.quota.calls_a_day = 0;
    if (const YamlNode* quota = row.find("quota")) read_quota(*quota, queue.quota);
    config_.queues.push_back(std::move(queue));
  }

  void read_mirror(const YamlNode& node, MirrorConfig& mirror) {
    const auto flag = [&](const char* key, bool& to) {
      if (const YamlNode* value = node.find(key)) to = value->to_json().as_bool().value_or(to);
    };
    flag("auditlog", mirror.auditlog);
    flag("events", mirror.events);
    flag("inventory", mirror.inventory);
    flag("software", mirror.software);
    flag("groups", mirror.groups);
    read_duration(node, "every", mirror.every);
    if (const auto history = duration(node, "history"))
      mirror.history_days = static_cast<int>(std::chrono::ceil<std::chrono::days>(*history).count());
  }

  void read_quota(const YamlNode& node, QuotaConfig& quota) {
    if (node.text("calls_a_day") == "off")
      quota.calls_a_day = 0;
    else
      read_number(node, "calls_a_day", quota.calls_a_day);
    if (const YamlNode* zone = node.find("time_zone")) {
      if (auto found = TimeZone::load(zone->scalar))
        quota.time_zone = std::move(*found);
      else
        diagnostics_.error(
            zone->where, "unknown-time-zone", "there is no time zone " + zone->scalar,
            "write a name such as Europe/Berlin; /usr/share/zoneinfo (package tzdata) has them");
    }
    if (!node.find("business_days")) return;
    quota.business_days.clear();
    each(node, "business_days", [&quota](const YamlNode& day) {
      static const std::vector<std::string> names = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
      const auto at = std::find(names.begin(), names.end(), day.scalar) - names.begin();
      quota.business_days.emplace_back(static_cast<unsigned>(at));
    });
  }

  void read_desk(const YamlNode& row) {
    DeskConfig desk;
    desk.where = row.where;
    desk.name = row.text("name");
    desk.connector = row.text("connector");
    desk.settings = settings(row.find("settings"));
    desk.mapping = row.text("mapping");
    desk.fallback_mapping = row.text("fallback_mapping");
    desk.workflow = row.text("workflow", "standard");
    desk.poll = duration(row, "poll");
    read_duration(row, "reconcile", desk.reconcile);
    if (int calls = 0; row.find("in_flight")) {
      read_number(row, "in_flight", calls);
      desk.in_flight = calls;
    }
    config_.desks.push_back(std::move(desk));
  }

  Secret settings(const YamlNode* node) {
    Json object = Json::object();
    if (node != nullptr)
      for (const auto& [name, value] : node->members) {
        if (!is_secret_source(value))
          object.set(name, value.to_json());
        else if (const auto secret = read_secret(value, config_.directory, diagnostics_))
          set_secret(object, name, *secret, value);
      }
    return Secret(object.dump());
  }

  void set_secret(Json& object, const std::string& name, const std::string& secret, const YamlNode& node) {
    if (mappings::is_valid_utf8(secret) && secret.find('\0') == std::string::npos)
      object.set(name, secret);
    else
      diagnostics_.error(node.where, "secret-not-text", "the value of " + name + " is not UTF-8 text",
                         "look at the file or the variable");
  }

  void read_route(const YamlNode& row) {
    RouteConfig route;
    route.where = row.where;
    route.queue = row.text("queue");
    route.desk = row.text("desk");
    if (const YamlNode* when = row.find("when")) read_when(*when, route);
    config_.routes.push_back(std::move(route));
  }

  void read_hook(const YamlNode& row) {
    HookConfig hook;
    hook.where = row.where;
    hook.name = row.text("name");
    hook.queue = row.text("queue");
    const auto texts = [&](const char* key, std::vector<std::string>& to) {
      each(row, key, [&](const YamlNode& text) { to.push_back(text.scalar); });
    };
    texts("events", hook.events);
    if (hook.events.empty()) hook.events = {"requests"};
    texts("settings_names", hook.settings_names);
    hook.mapping = row.text("mapping");
    if (const YamlNode* url = row.find("url")) hook.url = secret_or_text(*url);
    each(row, "secrets", [&](const YamlNode& secret) { hook.secrets.push_back(secret_or_text(secret)); });
    if (const YamlNode* slack = row.find("slack")) {
      hook.slack_channel = slack->text("channel");
      if (const YamlNode* token = slack->find("token")) hook.slack_token = secret_or_text(*token);
      hook.url = Secret(slack->text("api", "https://slack.com/api"));
    }
    read_duration(row, "timeout", hook.timeout);
    read_duration(row, "retry_for", hook.retry_for);
    read_duration(row, "wait_for_ticket", hook.wait_for_ticket);
    if (const YamlNode* when = row.find("when")) {
      RouteConfig condition;
      condition.where = hook.where;
      const bool requests_only = std::all_of(hook.events.begin(), hook.events.end(),
                                             [](const auto& event) { return event.starts_with("requests"); });
      read_when(*when, condition, requests_only);
      hook.when = condition.when;
      hook.where = condition.where;
    }
    config_.hooks.push_back(std::move(hook));
  }

  Secret secret_or_text(const YamlNode& node) {
    if (!is_secret_source(node)) return Secret(node.scalar);
    const auto value = read_secret(node, config_.directory, diagnostics_);
    return value ? Secret(*value) : Secret();
  }

  // `of_request`: the input is a request, whose fields are known.
  void read_when(const YamlNode& node, RouteConfig& route, bool of_request = true) {
    std::vector<mappings::Expression> expressions;
    const auto before = diagnostics_.errors();
    const auto parsed = mappings::parse_template(node, expressions, diagnostics_);
    if (diagnostics_.errors() != before) return;
    if (parsed.kind != mappings::TemplateNode::Kind::expression) {
      diagnostics_.error(node.where, "not-an-expression", "`when` is one jq expression in ${ }",
                         "write '${ .settingsName == \"Developers\" }'");
      return;
    }
    const std::string& jq = expressions.at(0).jq;
    const auto first = jq.find_first_not_of(" \t\r\n");
    route.when = jq.substr(first, jq.find_last_not_of(" \t\r\n") + 1 - first);
    route.where = expressions.at(0).start();
    for (const mappings::PathProblem& problem :
         of_request ? mappings::check_paths(jq, false) : std::vector<mappings::PathProblem>())
      diagnostics_.error(expressions.at(0).place(problem.offset), problem.code, problem.message,
                         problem.hint);
    mappings::Program::Builder program({});
    program.add_expression(route.when, route.where);
    (void)program.build(diagnostics_);
  }

  Config& config_;
  Diagnostics& diagnostics_;
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
