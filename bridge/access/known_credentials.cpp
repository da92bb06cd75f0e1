#include "bridge/access/known_credentials.h"

#include "bridge/access/bearer_token.h"
#include "bridge/access/secret_text.h"
#include "bridge/ops/error.h"

namespace bridge {

namespace {
std::optional<NetworkRules> rules_of(const std::vector<std::string>& networks) {
  std::vector<NetworkRules::Problem> problems;
  NetworkRules rules = NetworkRules::parse(networks, problems);
  if (!problems.empty()) return std::nullopt;
  return rules;
}

std::string kind_word(CredentialKind kind) {
  return kind == CredentialKind::client ? "client " : "key ";
}
}  // namespace

std::shared_ptr<const CredentialSnapshot> KnownCredentials::load(std::int64_t version) {
  std::unordered_map<std::string, std::shared_ptr<const Role>> roles;
  for (const Role& role : built_in_roles()) roles.emplace(role.id, std::make_shared<const Role>(role));
  for (const RoleRow& row : store_.roles())
    roles.emplace(row.id, std::make_shared<const Role>(role_from(row)));
  static const auto nothing = std::make_shared<const Role>();
  auto fresh = std::make_shared<CredentialSnapshot>();
  fresh->version = version;
  uses_.hashes_are_read();
  for (Credential& row : store_.list()) {
    KnownCredential entry;
    entry.name = kind_word(row.kind) + public_name(row.kind, row.id);
    entry.hash = SecretHash::read(row.hash);
    entry.previous = SecretHash::read(row.previous_hash);
    entry.networks = rules_of(row.networks);
    if (!row.role.empty()) {
      const auto role = roles.find(row.role);
      entry.role = role == roles.end() ? nothing : role->second;
    }
    entry.use = uses_.tally(row.id);
    if (row.kind == CredentialKind::client)
      entry.fingerprint = token_fingerprint(pepper_, row.id, row.generation);
    const std::string id = row.id;
    entry.row = std::move(row);
    fresh->entries.emplace(id, std::move(entry));
  }
  std::unordered_set<std::string_view> ids;
  for (const auto& [id, entry] : fresh->entries) ids.insert(id);
  uses_.keep(ids);
  return fresh;
}

std::shared_ptr<const CredentialSnapshot> KnownCredentials::current(bool look) {
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (snapshot_ && !look && now < sure_ && now - looked_ < look_every_) return snapshot_;
    looked_ = now;  // the others go on with what there is
  }
  try {
    const std::int64_t version = store_.version();
    const std::lock_guard loads(loading_);
    auto held = last();
    // The version is older than what is loaded now: what changed in between is loaded once more.
    if (!held || held->version < version) held = load(version);
    const std::lock_guard lock(mutex_);
    snapshot_ = held;
    sure_ = now + believed_;
    return held;
  } catch (const Error&) {
    const std::lock_guard lock(mutex_);
    if (!snapshot_ || now >= sure_) throw;
    return snapshot_;
  }
}

std::shared_ptr<const CredentialSnapshot> KnownCredentials::last() {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

void KnownCredentials::forget() {
  try {
    {
      const std::lock_guard lock(mutex_);
      sure_ = {};
    }
    current(true);
  } catch (const Error&) {
    // Better nobody for a while than one too many.
    const std::lock_guard lock(mutex_);
    snapshot_ = nullptr;
  }
}

}  // namespace bridge
