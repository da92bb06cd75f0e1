// `countersign keys create | list | show | revoke | rotate | activate | deactivate`.

#include <iostream>

#include "bridge/access/issue.h"
#include "bridge/access/known_roles.h"
#include "bridge/access/network_rules.h"
#include "bridge/access/secret_text.h"
#include "bridge/app/commands.h"
#include "bridge/app/open_access.h"
#include "bridge/app/operator.h"
#include "bridge/app/table.h"
#include "bridge/app/time_option.h"
#include "bridge/ops/error.h"
#include "bridge/store/store.h"
#include "mappings/engine/duration.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::Json;

namespace {
[[noreturn]] void misuse(const std::string& message) {
  throw Error(ErrorCode::config_invalid, message);
}

void must_be_queue(const Config& config, const std::string& queue) {
  if (config.queue(queue) != nullptr) return;
  std::vector<std::string> names;
  for (const QueueConfig& candidate : config.queues) names.push_back(candidate.name);
  const std::string near = mappings::nearest(queue, names);
  misuse("no queue is called " + queue + (near.empty() ? "" : "; did you mean " + near + "?"));
}

void must_be_companies(const Config& config, const KeyOptions& options, const Credential& wanted) {
  const Role* role = built_in_role(wanted.role);
  const bool several = role != nullptr && role->several_tenants;
  if (several && wanted.kind != CredentialKind::client)
    misuse("only a client can have the role " + role->name);
  if (!options.companies.empty() && !several) misuse("--company is for clients with --role reseller");
  for (const std::string& company : options.companies)
    if (company != "*") must_be_queue(config, company);
}

// The id under which the role is kept.
std::string role_of(Store& store, const std::string& queue, const std::string& name) {
  if (name.empty()) return {};
  const std::vector<Role> roles = roles_of(store.credentials(), queue);
  if (const Role* role = role_called(roles, name)) return role->id;
  std::vector<std::string> names;
  for (const Role& role : roles) names.push_back(built_in_role(role.id) ? role.id : role.name);
  const std::string near = mappings::nearest(name, names);
  misuse("no role is called " + name + (near.empty() ? "" : "; did you mean " + near + "?"));
}

// Unless there is one, also one that another process makes right now.
void make_group(Store& store, const Credential& wanted, Time now) {
  TrailEntry entry;
  entry.at = now;
  entry.actor = operator_actor();
  entry.action = "key_group.created";
  entry.queue = wanted.queue;
  entry.object = "key group " + wanted.group;
  try {
    store.credentials().add_group({wanted.group, wanted.queue, "", now}, {entry});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::conflict) throw;
  }
}

Credential wanted_by(const KeyOptions& options, Store& store, Time now) {
  Credential wanted;
  const auto kind = credential_kind_from(options.kind);
  wanted.kind = kind.value_or(options.group.empty() ? CredentialKind::api_key : CredentialKind::rest_key);
  if (wanted.kind == CredentialKind::rest_key && options.group.empty())
    misuse("a rest key is kept in a group: give --group");
  if (wanted.kind != CredentialKind::rest_key && !options.group.empty())
    misuse("only rest keys are kept in a group");
  wanted.queue = options.queue;
  wanted.group = options.group;
  wanted.label = options.label;
  wanted.on_behalf_of = options.on_behalf_of;
  wanted.role = role_of(store, options.queue, options.role);
  if (!wanted.role.empty()) wanted.scopes = Scopes::all();
  if (!options.scopes.empty()) {
    const auto scopes = Scopes::parse(options.scopes);
    if (!scopes || scopes->empty()) misuse("--scopes: write some of read, submit, decide, manage");
    wanted.scopes = *scopes;
  }
  wanted.more_queues = options.companies;
  wanted.networks = NetworkRules::parse(options.networks, "--allow").entries();
  wanted.not_before = read_time_option("--not-before", options.not_before, now, Away::ahead);
  wanted.expires = read_time_option("--expires", options.expires, now, Away::ahead);
  if (wanted.expires && *wanted.expires <= wanted.not_before.value_or(now))
    misuse("--expires: the key would never be valid");
  return wanted;
}

// Once, and nowhere else.
void show_secret(const CommonOptions& common, const Credential& row, const std::string& secret,
                 const std::string& client_id) {
  const bool client = row.kind == CredentialKind::client;
  if (common.json) {
    Json object = describe(row);
    if (!client_id.empty()) object.set("clientId", client_id);
    object.set(client ? "clientSecret" : "key", secret);
    std::cout << object.dump() << '\n';
    return;
  }
  std::cerr << public_name(row.kind, row.id) << " for queue " << row.queue
            << ". Its secret is shown this once; only a hash is stored.\n";
  if (!client_id.empty()) std::cout << "client_id=" << client_id << "\nclient_secret=";
  std::cout << secret << '\n';
}

std::string state_of(const Credential& row, Time now) {
  if (!row.active) return "inactive";
  if (row.expires && now >= *row.expires) return "expired";
  if (row.not_before && now < *row.not_before) return "not yet";
  return "active";
}

Credential found(Store& store, const std::string& typed) {
  const std::string id = id_from(typed);
  auto row = id.empty() ? std::nullopt : store.credentials().find(id);
  // What was typed may be a whole secret: it is not repeated.
  if (!row)
    throw Error(ErrorCode::not_found,
                id.empty()
                    ? "an id has 8 letters, such as 3fa97f2c or cs_live_3fa97f2c: countersign keys list"
                    : "there is no credential with the id " + id + ": countersign keys list");
  return *row;
}

void say_done(const CommonOptions& common, const Credential& row, const std::string& what) {
  if (common.json)
    std::cout << describe(row).dump() << '\n';
  else
    std::cout << public_name(row.kind, row.id) << ' ' << what << '\n';
}
}  // namespace

int keys_create(const CommonOptions& common, const KeyOptions& options) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  must_be_queue(*config, options.queue);
  const Time now = SystemClock().now();
  auto store = open_store(config->store, OpenMode::beside);
  const Credential wanted = wanted_by(options, *store, now);
  must_be_companies(*config, options, wanted);
  const auto pepper = open_pepper(*config, *store, now);
  if (!wanted.group.empty()) make_group(*store, wanted, now);
  const Issued made = issue(*pepper, wanted, now);
  store->credentials().add(
      made.row, {credential_entry(now, operator_actor(), "credential.created", nullptr, &made.row)});
  show_secret(common, made.row, made.secret, made.client_id);
  return exit_ok;
}

int keys_list(const CommonOptions& common, const std::string& queue) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  auto store = open_store(config->store, OpenMode::look);
  const auto keys = store->credentials().list(queue);
  if (common.json) {
    Json rows = Json::array();
    for (const Credential& key : keys) rows.push_back(describe(key));
    std::cout << rows.dump(true) << '\n';
    return exit_ok;
  }
  const Time now = SystemClock().now();
  Table table({"KEY", "QUEUE", "GROUP", "STATE", "SCOPES", "ROLE", "LAST USED", "CREATED", "LABEL"});
  for (const Credential& key : keys)
    table.add({public_name(key.kind, key.id) + "_…" + key.last_four, key.queue, key.group, state_of(key, now),
               key.scopes.text(), key.role, key.last_used ? to_iso(*key.last_used) : "", to_iso(key.created),
               key.label});
  if (table.empty())
    std::cout << "no keys yet: countersign keys create --queue NAME\n";
  else
    table.print(std::cout);
  return exit_ok;
}

int keys_show(const CommonOptions& common, const std::string& key) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  auto store = open_store(config->store, OpenMode::look);
  std::cout << describe(found(*store, key)).dump(!common.json) << '\n';
  return exit_ok;
}

int keys_revoke(const CommonOptions& common, const std::string& key) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  auto store = open_store(config->store, OpenMode::beside);
  const Credential row = found(*store, key);
  const Time now = SystemClock().now();
  store->credentials().remove(row.id,
                              {credential_entry(now, operator_actor(), "credential.revoked", &row, nullptr)});
  say_done(common, row, "is gone for good");
  return exit_ok;
}

int keys_rotate(const CommonOptions& common, const std::string& key, const std::string& overlap) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  const auto stay = mappings::parse_duration(overlap);
  if (!stay) misuse("--overlap: write 0s, 15m, 24h or 7d");
  auto store = open_store(config->store, OpenMode::beside);
  const Time now = SystemClock().now();
  const auto pepper = open_pepper(*config, *store, now);
  const Credential before = found(*store, key);
  Credential after = before;
  const std::string secret = rotate(*pepper, after, now, std::chrono::ceil<std::chrono::seconds>(*stay));
  store->credentials().change(
      after, {credential_entry(now, operator_actor(), "credential.rotated", &before, &after)});
  show_secret(common, after, secret, "");
  return exit_ok;
}

int keys_activate(const CommonOptions& common, const std::string& key, bool active) {
  auto config = read_config(common);
  if (!config) return exit_usage;
  auto store = open_store(config->store, OpenMode::beside);
  const Credential before = found(*store, key);
  Credential after = before;
  set_active(after, active);
  const Time now = SystemClock().now();
  if (active != before.active)
    store->credentials().change(
        after,
        {credential_entry(now, operator_actor(), active ? "credential.activated" : "credential.deactivated",
                          &before, &after)});
  say_done(common, after, active ? "is active" : "is inactive");
  return exit_ok;
}

}  // namespace bridge
