#include "bridge/access/issue.h"

#include "bridge/access/secret_text.h"
#include "bridge/ops/error.h"
#include "bridge/ops/time_json.h"
#include "mappings/engine/json_list.h"

namespace bridge {

using mappings::Json;
using mappings::list_of;

namespace {
SecretForm form_of(CredentialKind kind) noexcept {
  switch (kind) {
    case CredentialKind::api_key:
      return SecretForm::api_key;
    case CredentialKind::rest_key:
      return SecretForm::rest_key;
    case CredentialKind::client:
      return SecretForm::client_secret;
  }
  return SecretForm::api_key;
}

void take(const Pepper& pepper, Credential& row, const std::string& secret) {
  row.hash = pepper.hash(secret);
  row.last_four = secret.substr(secret.size() - 4);
  if (row.kind == CredentialKind::client) row.generation = random_generation();
}

// The id of the pair that has this secret. Whoever chooses a secret cannot find it.
std::string id_of_pair(const Pepper& pepper, std::string_view secret_middle) {
  constexpr std::size_t id_size = 8;
  return hex_of(pepper.mac("client pair " + std::string(secret_middle))).substr(0, id_size);
}
}  // namespace

Issued issue(const Pepper& pepper, Credential wanted, Time now) {
  Issued made;
  wanted.id = random_id();
  wanted.created = now;
  made.secret = make_secret(form_of(wanted.kind), wanted.id);
  if (wanted.kind == CredentialKind::client) made.client_id = make_secret(SecretForm::client_id, wanted.id);
  take(pepper, wanted, made.secret);
  made.row = std::move(wanted);
  return made;
}

ClientPair make_client_pair(const Pepper& pepper) {
  const std::string any = make_secret(SecretForm::client_secret, random_id());
  const std::string middle(read_secret_text(any)->middle);
  const std::string id = id_of_pair(pepper, middle);
  return {make_secret(SecretForm::client_id, id),
          with_checksum(std::string(prefix_of(SecretForm::client_secret)) + id + '_' + middle)};
}

Error no_pair() {
  return {ErrorCode::invalid_request,
          "The client id and the secret are no pair that was generated here for a new client"};
}

Issued issue_pair(const Pepper& pepper, Credential wanted, const std::string& client_id,
                  const std::string& secret, Time now) {
  const auto id = read_secret_text(client_id);
  const auto text = read_secret_text(secret);
  if (!id || !text || id->form != SecretForm::client_id || text->form != SecretForm::client_secret ||
      id->id != text->id || !checksum_fits(client_id) || !checksum_fits(secret) ||
      id->id != id_of_pair(pepper, text->middle))
    throw no_pair();
  wanted.kind = CredentialKind::client;
  wanted.id = std::string(id->id);
  wanted.created = now;
  take(pepper, wanted, secret);
  return {std::move(wanted), secret, client_id};
}

std::string rotate(const Pepper& pepper, Credential& credential, Time now, std::chrono::seconds overlap) {
  const std::string secret = make_secret(form_of(credential.kind), credential.id);
  // Kept also when it is good no longer: who still shows it is no guesser.
  credential.previous_hash = credential.hash;
  credential.previous_until = now + overlap;
  take(pepper, credential, secret);
  return secret;
}

void set_active(Credential& credential, bool active) {
  if (credential.active == active) return;
  credential.active = active;
  if (credential.kind == CredentialKind::client) credential.generation = random_generation();
}

Json describe(const Credential& row) {
  return Json::object({{"id", row.id},
                       {"name", public_name(row.kind, row.id)},
                       {"kind", to_string(row.kind)},
                       {"queue", row.queue},
                       {"moreQueues", list_of(row.more_queues)},
                       {"group", row.group},
                       {"label", row.label},
                       {"onBehalfOf", row.on_behalf_of},
                       {"role", row.role},
                       {"scopes", row.scopes.text()},
                       {"networks", list_of(row.networks)},
                       {"active", row.active},
                       {"created", to_iso(row.created)},
                       {"notBefore", time_or_null(row.not_before)},
                       {"expires", time_or_null(row.expires)},
                       {"lastFour", row.last_four},
                       {"oldSecretUntil", time_or_null(row.previous_until)},
                       {"lastUsed", time_or_null(row.last_used)},
                       {"lastIp", row.last_ip},
                       {"uses", row.uses}});
}

TrailEntry credential_entry(Time at, const Actor& actor, const std::string& action, const Credential* before,
                            const Credential* after) {
  // What use was made of it is no change.
  const auto text = [](const Credential* row) {
    if (row == nullptr) return std::string();
    Json object = describe(*row);
    for (const char* key : {"lastUsed", "lastIp", "uses"}) object.erase(key);
    return object.dump();
  };
  const Credential& row = after != nullptr ? *after : *before;
  return {at, actor, action, row.queue, "credential " + row.id, text(before), text(after), row.label};
}

}  // namespace bridge
