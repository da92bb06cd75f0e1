#include "bridge/api/credential_editor.h"

#include <algorithm>

#include "bridge/access/known_roles.h"
#include "bridge/access/network_rules.h"
#include "bridge/ops/error.h"
#include "bridge/ops/time_json.h"

namespace bridge {

using mappings::Json;

namespace {
constexpr std::size_t most_networks = 500;
constexpr std::int64_t longest_overlap = 43'200;  // minutes: 30 days
}  // namespace

void append_common(Json& object, const Credential& credential) {
  object.set("companyResourceId", credential.queue);
  object.set("createTime", to_iso(credential.created));
  object.set("notBefore", time_or_null(credential.not_before));
  object.set("expiresAt", time_or_null(credential.expires));
  object.set("lastFour", credential.last_four);
  object.set("oldSecretUntil", time_or_null(credential.previous_until));
  object.set("lastUsedTime", time_or_null(credential.last_used));
  object.set("lastUsedIp", credential.last_ip);
  object.set("uses", credential.uses);
}

bool CredentialEditor::may_give(const Caller& caller, const Role& role) {
  if (!caller.scopes.has(role.scopes)) return false;
  return caller.role ? caller.role->covers(role) : !role.several_tenants;
}

std::optional<Role> CredentialEditor::role(const std::string& queue, const std::string& name) const {
  const std::vector<Role> all = roles_of(store_.credentials(), queue);
  const Role* found = role_called(all, name);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

std::optional<Role> CredentialEditor::wanted_role(Fields& fields, std::string_view field,
                                                  const Caller& caller, const std::string& queue,
                                                  const std::string& name) const {
  auto found = role(queue, name);
  if (!found) {
    fields.complain(field, "there is no role " + name + "; GET /api/roles lists them");
    return std::nullopt;
  }
  if (!may_give(caller, *found)) {
    fields.complain(field, "the role " + found->name + " may do more than you may");
    return std::nullopt;
  }
  return found;
}

void CredentialEditor::must_be_below(const Caller& caller, const Credential& credential) const {
  Role has = credential.role.empty()
                 ? Role{"", "", "", credential.scopes, {}, false}
                 : role(credential.queue, credential.role).value_or(Role{"", "", "", {}, {}, false});
  has.scopes = has.scopes.within(credential.scopes);
  has.several_tenants = has.several_tenants || !credential.more_queues.empty();
  const auto& mine = caller.more_queues;
  const auto has_company = [&](const std::string& queue) {
    return queue == caller.queue || std::find_if(mine.begin(), mine.end(), [&](const std::string& one) {
                                      return one == "*" || one == queue;
                                    }) != mine.end();
  };
  if (!may_give(caller, has) ||
      !std::all_of(credential.more_queues.begin(), credential.more_queues.end(), has_company))
    throw Error(ErrorCode::forbidden, "It may do more than you may: you cannot change it");
}

void CredentialEditor::read_networks(Fields& fields, Credential& credential) {
  const auto restricted = fields.flag("hasIpAddressRestriction");
  const auto given = fields.texts("allowedIpAddresses", most_networks);
  if (!given && !restricted) return;
  if (!(restricted ? *restricted : !credential.networks.empty() || !given->empty())) {
    credential.networks.clear();
    return;
  }
  std::vector<NetworkRules::Problem> problems;
  const auto& entries = given ? *given : credential.networks;
  const NetworkRules rules = NetworkRules::parse(entries, problems);
  for (const auto& problem : problems)
    fields.complain("allowedIpAddresses[" + std::to_string(problem.entry) + ']',
                    "Invalid ip address: " + problem.text);
  if (entries.empty())
    fields.complain("allowedIpAddresses", "Invalid ip address: name at least one, or allow all");
  credential.networks = rules.entries();
}

void CredentialEditor::read_times(Fields& fields, Credential& credential) {
  if (const auto time = fields.time("notBefore")) credential.not_before = *time;
  if (const auto time = fields.time("expiresAt")) credential.expires = *time;
  if (credential.not_before && credential.expires && *credential.expires <= *credential.not_before)
    fields.complain("expiresAt", "must be later than notBefore");
}

void CredentialEditor::must_stay_in(Fields& fields, const Caller& caller, const Credential& changed) {
  if (caller.key_id != changed.id || !fields.good()) return;
  std::vector<NetworkRules::Problem> problems;
  if (!NetworkRules::parse(changed.networks, problems).allows(IpAddress::parse_peer(caller.who.ip)))
    fields.complain("allowedIpAddresses", "you call from " + caller.who.ip +
                                              " with this very credential and would "
                                              "shut yourself out; add that address");
  if (!changed.active)
    fields.complain(changed.kind == CredentialKind::client ? "statusId" : "activated",
                    "you call with this very credential and would shut yourself out; use another one");
}

void CredentialEditor::add(const Call& call, const Credential& made) {
  store_.credentials().add(made,
                           {credential_entry(now(), call.caller.who, "credential.created", nullptr, &made)});
  done();
}

void CredentialEditor::change(const Call& call, const Credential& before, const Credential& after) {
  if (after == before) return;
  change_as(before.active == after.active ? "credential.changed"
            : after.active                ? "credential.activated"
                                          : "credential.deactivated",
            call, before, after);
}

void CredentialEditor::change_as(const std::string& action, const Call& call, const Credential& before,
                                 const Credential& after) {
  store_.credentials().change(after, {credential_entry(now(), call.caller.who, action, &before, &after)});
  done();
}

void CredentialEditor::remove(const Call& call, const Credential& credential) {
  const bool there = store_.credentials().remove(
      credential.id, {credential_entry(now(), call.caller.who, "credential.revoked", &credential, nullptr)});
  if (!there) throw Error(ErrorCode::not_found, "It is gone already");
  done();
}

std::string CredentialEditor::rotate(const Call& call, const Credential& credential) {
  must_be_below(call.caller, credential);
  Fields fields(call);
  fields.only({"overlapMinutes"});
  const std::int64_t overlap = fields.number("overlapMinutes", 0, longest_overlap).value_or(0);
  fields.must_be_good();
  Credential after = credential;
  std::string secret = bridge::rotate(access_.pepper(), after, now(), std::chrono::minutes(overlap));
  change_as("credential.rotated", call, credential, after);
  return secret;
}

TrailEntry CredentialEditor::entry(const Call& call, std::string action, std::string queue,
                                   std::string object, const Json& before, const Json& after) const {
  TrailEntry entry;
  entry.at = now();
  entry.actor = call.caller.who;
  entry.action = std::move(action);
  entry.queue = std::move(queue);
  entry.object = std::move(object);
  if (!before.is_null()) entry.old_value = before.dump();
  if (!after.is_null()) entry.new_value = after.dump();
  return entry;
}

}  // namespace bridge
