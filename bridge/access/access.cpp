#include "bridge/access/access.h"

#include <algorithm>
#include <mutex>

#include "bridge/access/bearer_token.h"
#include "bridge/access/kept_locks.h"
#include "bridge/access/verdict.h"
#include "bridge/ops/log.h"

namespace bridge {

namespace {
constexpr std::string_view every_scope = "api1";

// A bearer may be an API key, too: identity providers hold one secret for ever and send it that way.
SecretForm form_behind(Door door, std::string_view text) noexcept {
  if (door == Door::rest_key) return SecretForm::rest_key;
  const bool token = door == Door::bearer && !text.starts_with(prefix_of(SecretForm::api_key));
  return token ? SecretForm::token : SecretForm::api_key;
}

// Why what was shown is nothing that could be looked up.
std::string_view unreadable(const Presented& given) noexcept {
  if (given.credentials > 1) return "two credentials";
  return given.credentials == 0 ? "no credential" : "no credential of this door";
}

Verdict refused(std::string_view why, bool guess = false) {
  return {nullptr, guess, why, {}};
}
}  // namespace

struct Access::State {
  State(Store& store, std::shared_ptr<const Pepper> given_pepper, const Clock& given_clock, Settings given)
      : credentials(store.credentials()),
        pepper(std::move(given_pepper)),
        clock(given_clock),
        settings(std::move(given)),
        trusted(NetworkRules::parse(settings.trusted_proxies, "access.trusted_proxies")),
        lockout(clock, settings.lockout),
        kept_locks(lockout, credentials, clock),
        known(credentials, *pepper, uses, settings.look_every, settings.believed) {
    for (const auto& [queue, networks] : settings.tenant_networks)
      tenants.emplace(queue, NetworkRules::parse(networks, "queue " + queue + ": networks"));
  }

  std::optional<IpAddress> address_of(const Visit& visit) const {
    return client_address(visit.peer, visit.headers, trusted);
  }
  bool lets_in(const std::string& queue, const std::optional<IpAddress>& address) const {
    const auto found = tenants.find(queue);
    return found == tenants.end() || found->second.allows(address);
  }
  Verdict judged(const CredentialSnapshot& snapshot, const SecretText& text, std::string_view whole,
                 const std::optional<IpAddress>& address) const;
  // Twice where the store knows better than the snapshot. `else_why`: when it is of another form.
  Verdict verdict(std::shared_ptr<const CredentialSnapshot>& snapshot, std::string_view whole,
                  SecretForm form, const std::optional<IpAddress>& address, std::string_view else_why);
  [[noreturn]] void refuse(const Visit& visit, const std::optional<IpAddress>& address,
                           std::string_view whole, const Verdict& verdict, Door door);
  void note(const KnownCredential& used, std::string_view whole, const std::string& ip);

  Credentials& credentials;
  const std::shared_ptr<const Pepper> pepper;
  const Clock& clock;
  const Settings settings;
  const NetworkRules trusted;
  std::map<std::string, NetworkRules, std::less<>> tenants;
  Lockout lockout;
  std::mutex saving;
  KeptLocks kept_locks;  // under `saving`
  CredentialUses uses;
  KnownCredentials known;
};

Verdict Access::State::judged(const CredentialSnapshot& snapshot, const SecretText& text,
                              std::string_view whole, const std::optional<IpAddress>& address) const {
  Verdict verdict = judge(snapshot, *pepper, text, whole, clock.now());
  if (verdict.credential == nullptr) return verdict;
  const auto& networks = verdict.credential->networks;
  if (!networks || !networks->allows(address) || !lets_in(verdict.credential->row.queue, address))
    return refused("address not allowed");
  return verdict;
}

Verdict Access::State::verdict(std::shared_ptr<const CredentialSnapshot>& held, std::string_view whole,
                               SecretForm form, const std::optional<IpAddress>& address,
                               std::string_view else_why) {
  const auto text = read_secret_text(whole);
  if (!text || text->form != form) return refused(else_why);
  held = known.current(false);
  Verdict verdict = judged(*held, *text, whole, address);
  const bool locked = lockout.locked(text->id, address);
  if (verdict.credential == nullptr || locked) {
    // Somebody may have made or changed it a moment ago.
    const auto fresh = known.current(true);
    if (fresh != held) {
      held = fresh;
      verdict = judged(*held, *text, whole, address);
    }
  }
  if (verdict.guess && !checksum_fits(whole)) return refused("mistyped");
  if (locked) return refused("locked", verdict.guess);
  return verdict;
}

void Access::State::refuse(const Visit& visit, const std::optional<IpAddress>& address,
                           std::string_view whole, const Verdict& verdict, Door door) {
  const auto text = read_secret_text(whole);
  const std::string_view id = text ? text->id : std::string_view();
  if (verdict.guess) lockout.failed(id, address);
  const std::string ip = address ? address->text() : std::string(visit.peer);
  log(Level::warning, "login_refused",
      {{"request_id", visit.id}, {"why", verdict.why}, {"credential", id}, {"ip", ip}});
  Refused::Facts facts{std::string(id), ip, std::string(verdict.why), "", ""};
  if (const auto snapshot = known.last())
    if (const KnownCredential* owner = snapshot->find(id)) {
      facts.queue = owner->row.queue;
      facts.name = owner->name;
    }
  throw Refused(ErrorCode::unauthorized, door, std::move(facts));
}

void Access::State::note(const KnownCredential& used, std::string_view whole, const std::string& ip) {
  CredentialUses::count(*used.use, clock.now(), ip);
  if (used.hash && !used.hash->keyed && used.row.previous_hash.empty())
    uses.improve(used.row.id, used.row.hash, pepper->hash(whole));
}

Access::Access(Store& store, std::shared_ptr<const Pepper> pepper, const Clock& clock, Settings settings)
    : state_(std::make_unique<State>(store, std::move(pepper), clock, std::move(settings))) {}

Access::Access(Store& store, std::shared_ptr<const Pepper> pepper, const Clock& clock)
    : Access(store, std::move(pepper), clock, Settings()) {}

Access::~Access() = default;

Caller Access::authenticate(const Visit& visit) {
  const Presented given = presented(visit.headers);
  const auto address = state_->address_of(visit);
  std::shared_ptr<const CredentialSnapshot> held;
  const Verdict verdict =
      state_->verdict(held, given.text, form_behind(given.door, given.text), address, unreadable(given));
  if (verdict.credential == nullptr) state_->refuse(visit, address, given.text, verdict, given.door);
  const KnownCredential& credential = *verdict.credential;
  const Credential& row = credential.row;
  state_->lockout.succeeded(row.id);
  Caller caller;
  caller.queue = row.queue;
  caller.key_id = row.id;
  caller.who = {credential.name, row.on_behalf_of, credential.role ? credential.role->name : row.role,
                address ? address->text() : std::string(visit.peer), user_agent(visit.headers)};
  caller.door = given.door;
  caller.scopes = verdict.scopes;
  caller.role = credential.role;
  caller.more_queues = row.more_queues;
  if (!row.more_queues.empty())
    for (const auto& [queue, networks] : state_->tenants)
      if (!networks.allows(address)) caller.shut.insert(queue);
  state_->note(credential, given.text, caller.who.ip);
  if (const auto wished = wished_queue(visit.headers); !wished.empty() && wished != caller.queue) {
    const auto& more = caller.more_queues;
    const bool may = std::any_of(more.begin(), more.end(),
                                 [&](const std::string& one) { return one == "*" || one == wished; });
    if (!may || !state_->settings.queues.contains(wished)) throw Refused(ErrorCode::forbidden, given.door);
    caller.queue = wished;
    if (caller.shut.contains(caller.queue))
      state_->refuse(visit, address, given.text, refused("address not allowed"), given.door);
  }
  return caller;
}

std::string Access::address_of(const Visit& visit) const {
  const auto address = state_->address_of(visit);
  return address ? address->text() : std::string(visit.peer);
}

void Access::must_allow(const Caller& caller, Scope scope, const Visit& visit) const {
  if (!caller.scopes.has(scope) || (caller.role && !caller.role->allows(scope, visit.method, visit.path)))
    throw Refused(ErrorCode::forbidden, caller.door);
}

Access::Token Access::issue_token(const Visit& visit, std::string_view client_id, std::string_view secret,
                                  std::string_view scope) {
  const auto address = state_->address_of(visit);
  const auto wanted = read_secret_text(client_id);
  const auto text = read_secret_text(secret);
  const bool pair = wanted && text && wanted->form == SecretForm::client_id && wanted->id == text->id;
  std::shared_ptr<const CredentialSnapshot> held;
  const Verdict verdict = state_->verdict(held, pair ? secret : std::string_view(), SecretForm::client_secret,
                                          address, "no client's id and secret");
  if (verdict.credential == nullptr) state_->refuse(visit, address, secret, verdict, Door::token);
  const KnownCredential& client = *verdict.credential;
  state_->lockout.succeeded(client.row.id);
  state_->note(client, secret, address ? address->text() : std::string(visit.peer));

  Token token;
  Scopes scopes = client.role ? client.row.scopes.within(client.role->scopes) : client.row.scopes;
  token.scope = every_scope;
  if (!scope.empty() && scope != every_scope) {
    const auto asked = Scopes::parse(scope);
    if (!asked || asked->empty() || !scopes.has(*asked))
      throw Error(ErrorCode::invalid_request, "The client has no such scope");
    scopes = *asked;
    token.scope = scopes.text();
  }
  token.lifetime = state_->settings.token_lifetime;
  token.text = make_token(*state_->pepper, client.row.id,
                          {client.fingerprint, state_->clock.now() + token.lifetime, scopes});
  if (client.role)
    for (const Permission& permission : client.role->permissions)
      token.permissions.push_back(permission.text());
  return token;
}

void Access::forget() {
  state_->known.forget();
}

void Access::save(bool whole) {
  const std::lock_guard lock(state_->saving);
  state_->kept_locks.settle();
  state_->uses.save(state_->credentials, state_->clock.now(), whole);
}

Lockout& Access::lockout() noexcept {
  return state_->lockout;
}

const Pepper& Access::pepper() const noexcept {
  return *state_->pepper;
}

}  // namespace bridge
