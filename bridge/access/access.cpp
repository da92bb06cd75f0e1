#include "bridge/access/access.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "bridge/access/basic_auth.h"
#include "bridge/access/role.h"
#include "bridge/access/secret_text.h"
#include "bridge/ops/error.h"
#include "bridge/ops/log.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;

namespace {
constexpr std::chrono::minutes uses_every{1};
constexpr std::size_t claims_size = 31;
constexpr std::size_t print_at = 9, print_size = 10;  // in the claims
constexpr std::string_view every_scope = "api1";

// What is counted of one credential; outlives the snapshots that point to it.
struct Tally {
  std::mutex mutex;
  std::int64_t count = 0;  // since the last report
  Time at{};
  std::string ip;
};

struct Entry {
  Credential row;
  std::string name;  // "key cs_live_3fa97f2c"
  std::optional<SecretHash> hash, previous;
  std::optional<NetworkRules> networks;  // nothing: what is stored cannot be read, and lets nobody in
  std::shared_ptr<const Role> role;      // null: none
  std::shared_ptr<Tally> use;
  std::string fingerprint;  // of a client's generation
};

struct Snapshot {
  std::int64_t version = 0;
  std::unordered_map<std::string, Entry> entries;  // by id
};

std::optional<NetworkRules> rules_of(const std::vector<std::string>& networks) {
  std::vector<NetworkRules::Problem> problems;
  NetworkRules rules = NetworkRules::parse(networks, problems);
  if (!problems.empty()) return std::nullopt;
  return rules;
}

// A bearer may be an API key, too: identity providers hold one secret for ever and send it that way.
SecretForm form_behind(Door door, std::string_view text) noexcept {
  if (door == Door::rest_key) return SecretForm::rest_key;
  const bool token = door == Door::bearer && !text.starts_with(prefix_of(SecretForm::api_key));
  return token ? SecretForm::token : SecretForm::api_key;
}

std::string kind_word(CredentialKind kind) {
  return kind == CredentialKind::client ? "client " : "key ";
}

// What the proof of a token is made of, beside the pepper.
std::string token_text(std::string_view id, std::string_view claims) {
  return "token " + std::string(id) + ' ' + std::string(claims);
}

// In the claims of a token, so that one that ended is known from one that was made up. The generation cannot
// be told from it.
std::string fingerprint(const Pepper& pepper, std::string_view id, std::int64_t generation) {
  return hex_of(pepper.mac("generation " + std::string(id) + ' ' + std::to_string(generation)))
      .substr(0, print_size);
}

std::string hex_number(std::uint64_t number, std::size_t digits) {
  std::string text(digits, '0');
  for (std::size_t i = digits; i-- > 0; number >>= 4) text[i] = "0123456789abcdef"[number & 15];
  return text;
}

std::optional<std::uint64_t> from_hex(std::string_view text) noexcept {
  std::uint64_t number = 0;
  for (const char c : text) {
    const auto digit = std::string_view("0123456789abcdef").find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    number = number << 4 | digit;
  }
  return number;
}

// Which company a client wants to work in, as Keepnet's clients say it; empty: none is named.
std::string_view wished_queue(const RequestHeaders& headers) {
  std::string_view wished;
  for (const auto& [name, value] : headers) {
    if (!equal_ignoring_case(name, "X-KEEPNET-Company-Id") && !equal_ignoring_case(name, "X-IR-COMPANY-ID"))
      continue;
    if (!wished.empty() && wished != value)
      throw Error(ErrorCode::invalid_request, "The request names two companies");
    wished = value;
  }
  return wished;
}

std::string user_agent(const RequestHeaders& headers) {
  constexpr std::size_t most = 200;
  for (const auto& [name, value] : headers)
    if (equal_ignoring_case(name, "User-Agent")) return value.substr(0, most);
  return {};
}
}  // namespace

struct Access::State {
  State(Store& given_store, std::shared_ptr<const Pepper> given_pepper, const Clock& given_clock,
        Settings given)
      : store(given_store),
        pepper(std::move(given_pepper)),
        clock(given_clock),
        settings(std::move(given)),
        trusted(NetworkRules::parse(settings.trusted_proxies, "access.trusted_proxies")),
        lockout(clock, settings.lockout) {
    for (const auto& [queue, networks] : settings.tenant_networks)
      tenants.emplace(queue, NetworkRules::parse(networks, "queue " + queue + ": networks"));
  }

  // What a secret turned out to be. `guess`: nobody has such a one.
  struct Verdict {
    const Entry* entry = nullptr;  // null: refused
    bool guess = false;
    std::string_view why;
    Scopes scopes;
  };

  std::shared_ptr<const Snapshot> current(bool look);
  std::shared_ptr<const Snapshot> load(std::int64_t version);

  std::optional<IpAddress> address_of(const Visit& visit) const {
    return client_address(visit.peer, visit.headers, trusted);
  }
  bool lets_in(const std::string& queue, const std::optional<IpAddress>& address) const {
    const auto found = tenants.find(queue);
    return found == tenants.end() || found->second.allows(address);
  }
  Verdict judge(const Snapshot& snapshot, const SecretText& text, std::string_view whole,
                const std::optional<IpAddress>& address) const;
  enum class Proof { none, old, good };  // old: of a secret whose time is over
  Proof proof(const Entry* entry, std::string_view whole, Time now) const;
  // Twice where the store knows better than the snapshot.
  Verdict verdict(std::shared_ptr<const Snapshot>& snapshot, std::string_view whole, SecretForm form,
                  const std::optional<IpAddress>& address);
  [[noreturn]] void refuse(const Visit& visit, const std::optional<IpAddress>& address,
                           std::string_view whole, const Verdict& verdict, Door door);
  void note(const Entry& entry, std::string_view whole, const std::string& ip);

  Store& store;
  const std::shared_ptr<const Pepper> pepper;
  const Clock& clock;
  const Settings settings;
  const NetworkRules trusted;
  std::map<std::string, NetworkRules, std::less<>> tenants;
  Lockout lockout;

  std::mutex loading;                                            // one at a time; before the other one
  std::unordered_map<std::string, std::shared_ptr<Tally>> uses;  // by id; under `loading`
  Time uses_written{};                                           // the same

  std::mutex mutex;  // never held while the store is asked
  std::shared_ptr<const Snapshot> snapshot;
  std::chrono::steady_clock::time_point looked{};  // when the store was last asked whether it is still right
  std::chrono::steady_clock::time_point sure{};    // until when it is believed without an answer
  std::unordered_map<std::string, std::pair<std::string, std::string>> better_hashes;  // by id: from, to
  std::unordered_set<std::string> rehashed;  // ids that the snapshot still has the old hash of
};

std::shared_ptr<const Snapshot> Access::State::load(std::int64_t version) {
  std::unordered_map<std::string, std::shared_ptr<const Role>> roles;
  for (const Role& role : built_in_roles()) roles.emplace(role.id, std::make_shared<const Role>(role));
  for (const RoleRow& row : store.credentials().roles())
    roles.emplace(row.id, std::make_shared<const Role>(role_from(row)));
  static const auto nothing = std::make_shared<const Role>();
  auto fresh = std::make_shared<Snapshot>();
  fresh->version = version;
  {
    const std::lock_guard lock(mutex);
    rehashed.clear();
  }
  for (Credential& row : store.credentials().list()) {
    Entry entry;
    entry.name = kind_word(row.kind) + public_name(row.kind, row.id);
    entry.hash = SecretHash::read(row.hash);
    entry.previous = SecretHash::read(row.previous_hash);
    entry.networks = rules_of(row.networks);
    if (!row.role.empty()) {
      const auto role = roles.find(row.role);
      entry.role = role == roles.end() ? nothing : role->second;
    }
    auto& use = uses[row.id];
    if (!use) use = std::make_shared<Tally>();
    entry.use = use;
    if (row.kind == CredentialKind::client) entry.fingerprint = fingerprint(*pepper, row.id, row.generation);
    const std::string id = row.id;
    entry.row = std::move(row);
    fresh->entries.emplace(id, std::move(entry));
  }
  std::erase_if(uses, [&](const auto& use) { return !fresh->entries.contains(use.first); });
  return fresh;
}

std::shared_ptr<const Snapshot> Access::State::current(bool look) {
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex);
    if (snapshot && !look && now < sure && now - looked < settings.look_every) return snapshot;
    looked = now;  // the others go on with what there is
  }
  try {
    const std::int64_t version = store.credentials().version();
    const std::lock_guard loads(loading);
    std::shared_ptr<const Snapshot> held;
    {
      const std::lock_guard lock(mutex);
      held = snapshot;
    }
    // The version is older than what is loaded now: what changed in between is loaded once more.
    if (!held || held->version < version) held = load(version);
    const std::lock_guard lock(mutex);
    snapshot = held;
    sure = now + settings.believed;
    return held;
  } catch (const Error&) {
    const std::lock_guard lock(mutex);
    if (!snapshot || now >= sure) throw;
    return snapshot;
  }
}

Access::State::Proof Access::State::proof(const Entry* entry, std::string_view whole, Time now) const {
  static const SecretHash nobody;
  const Pepper::Digest mine = pepper->mac(whole);
  const SecretHash& wanted = entry != nullptr && entry->hash ? *entry->hash : nobody;
  bool good =
      wanted.keyed ? same_digest(wanted.digest, mine) : same_digest(wanted.digest, plain_digest(whole));
  bool old = false;
  if (entry != nullptr && entry->previous) {
    const SecretHash& previous = *entry->previous;
    old = same_digest(previous.digest, previous.keyed ? mine : plain_digest(whole));
    good = (old && entry->row.previous_until && now < *entry->row.previous_until) || good;
  }
  if (&wanted == &nobody) return Proof::none;
  return good ? Proof::good : old ? Proof::old : Proof::none;
}

Access::State::Verdict Access::State::judge(const Snapshot& snapshot, const SecretText& text,
                                            std::string_view whole,
                                            const std::optional<IpAddress>& address) const {
  const Time now = clock.now();
  const auto found = snapshot.entries.find(std::string(text.id));
  const Entry* entry = found == snapshot.entries.end() ? nullptr : &found->second;
  const auto is = [&](CredentialKind kind) { return entry != nullptr && entry->row.kind == kind; };
  Scopes scopes;
  bool known = false;
  std::string_view over;  // why what was good once is no more
  if (text.form == SecretForm::token) {
    const std::string_view claims = text.middle.substr(0, claims_size);
    const std::string made = hex_of(pepper->mac(token_text(text.id, claims)));
    known = same_secret(made, text.middle.substr(claims_size + 1)) && text.middle[claims_size] == '_' &&
            checksum_fits(whole);
    const bool goes_on =
        is(CredentialKind::client) && same_secret(entry->fingerprint, claims.substr(print_at, print_size));
    const auto until = from_hex(claims.substr(0, 8));
    const auto bits = from_hex(claims.substr(8, 1));
    if (!goes_on)
      over = "token ended";
    else if (!until || now >= Time(std::chrono::seconds(*until)))
      over = "token expired";
    for (const Scope scope : {Scope::read, Scope::decide, Scope::submit, Scope::manage})
      if (bits && (*bits & static_cast<unsigned>(scope)) != 0) scopes = scopes.with(scope);
  } else {
    const Proof shown = proof(entry, whole, now);
    known = shown != Proof::none && ((text.form == SecretForm::api_key && is(CredentialKind::api_key)) ||
                                     (text.form == SecretForm::rest_key && is(CredentialKind::rest_key)) ||
                                     (text.form == SecretForm::client_secret && is(CredentialKind::client)));
    if (shown == Proof::old) over = "old secret";
    scopes = Scopes::all();
  }
  if (!known) return {nullptr, true, entry == nullptr ? "unknown" : "wrong secret", {}};
  if (!over.empty()) return {nullptr, false, over, {}};
  const Credential& row = entry->row;
  if (row.queue.empty()) return {nullptr, false, "of no tenant", {}};
  if (!row.active) return {nullptr, false, "not active", {}};
  if (row.not_before && now < *row.not_before) return {nullptr, false, "not valid yet", {}};
  if (row.expires && now >= *row.expires) return {nullptr, false, "expired", {}};
  if (!entry->networks || !entry->networks->allows(address) || !lets_in(row.queue, address))
    return {nullptr, false, "address not allowed", {}};
  return {entry, false, {}, scopes.within(row.scopes)};
}

Access::State::Verdict Access::State::verdict(std::shared_ptr<const Snapshot>& held, std::string_view whole,
                                              SecretForm form, const std::optional<IpAddress>& address) {
  const auto text = read_secret_text(whole);
  if (!text || text->form != form) return {nullptr, false, "no credential of this door", {}};
  held = current(false);
  Verdict verdict = judge(*held, *text, whole, address);
  const bool locked = lockout.locked(text->id, address);
  if (verdict.entry == nullptr || locked) {
    // Somebody may have made or changed it a moment ago.
    const auto fresh = current(true);
    if (fresh != held) {
      held = fresh;
      verdict = judge(*held, *text, whole, address);
    }
  }
  if (verdict.guess && !checksum_fits(whole)) return {nullptr, false, "mistyped", {}};
  if (locked) return {nullptr, verdict.guess, "locked", {}};
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
  std::shared_ptr<const Snapshot> known;
  {
    const std::lock_guard lock(mutex);
    known = snapshot;
  }
  const auto refusal = [&] {
    Refused made(ErrorCode::unauthorized, door, std::string(id), ip);
    if (known)
      if (const auto found = known->entries.find(std::string(id)); found != known->entries.end())
        made.belongs_to(found->second.row.queue, found->second.name);
    return made;
  };
  throw refusal();
}

void Access::State::note(const Entry& entry, std::string_view whole, const std::string& ip) {
  const Time now = clock.now();
  {
    const std::lock_guard lock(entry.use->mutex);
    ++entry.use->count;
    entry.use->at = now;
    if (entry.use->ip != ip) entry.use->ip = ip;
  }
  if (entry.hash && !entry.hash->keyed && entry.row.previous_hash.empty()) {
    const std::lock_guard lock(mutex);
    if (!rehashed.contains(entry.row.id)) better_hashes[entry.row.id] = {entry.row.hash, pepper->hash(whole)};
  }
}

Access::Access(Store& store, std::shared_ptr<const Pepper> pepper, const Clock& clock, Settings settings)
    : state_(std::make_unique<State>(store, std::move(pepper), clock, std::move(settings))) {}

Access::Access(Store& store, std::shared_ptr<const Pepper> pepper, const Clock& clock)
    : Access(store, std::move(pepper), clock, Settings()) {}

Access::~Access() = default;

Caller Access::authenticate(const Visit& visit) {
  const Presented given = presented(visit.headers);
  const auto address = state_->address_of(visit);
  std::shared_ptr<const Snapshot> held;
  const State::Verdict verdict =
      state_->verdict(held, given.text, form_behind(given.door, given.text), address);
  if (verdict.entry == nullptr) state_->refuse(visit, address, given.text, verdict, given.door);
  const Entry& entry = *verdict.entry;
  state_->lockout.succeeded(entry.row.id);
  Caller caller;
  caller.queue = entry.row.queue;
  caller.key_id = entry.row.id;
  caller.who = {entry.name, entry.row.on_behalf_of, entry.role ? entry.role->name : entry.row.role,
                address ? address->text() : std::string(visit.peer), user_agent(visit.headers)};
  caller.door = given.door;
  caller.scopes = verdict.scopes;
  caller.role = entry.role;
  caller.more_queues = entry.row.more_queues;
  state_->note(entry, given.text, caller.who.ip);
  if (const auto wished = wished_queue(visit.headers); !wished.empty() && wished != caller.queue) {
    const auto& more = caller.more_queues;
    const bool may = std::any_of(more.begin(), more.end(),
                                 [&](const std::string& one) { return one == "*" || one == wished; });
    if (!may || !state_->settings.queues.contains(wished)) throw Refused(ErrorCode::forbidden, given.door);
    caller.queue = wished;
    if (!state_->lets_in(caller.queue, address))
      state_->refuse(visit, address, given.text, {nullptr, false, "address not allowed", {}}, given.door);
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
  std::shared_ptr<const Snapshot> held;
  const State::Verdict verdict =
      state_->verdict(held, pair ? secret : std::string_view(), SecretForm::client_secret, address);
  if (verdict.entry == nullptr) state_->refuse(visit, address, secret, verdict, Door::token);
  const Entry& entry = *verdict.entry;
  state_->lockout.succeeded(entry.row.id);
  state_->note(entry, secret, address ? address->text() : std::string(visit.peer));

  Token token;
  Scopes scopes = entry.role ? entry.row.scopes.within(entry.role->scopes) : entry.row.scopes;
  token.scope = every_scope;
  if (!scope.empty() && scope != every_scope) {
    const auto asked = Scopes::parse(scope);
    if (!asked || asked->empty() || !scopes.has(*asked))
      throw Error(ErrorCode::invalid_request, "The client has no such scope");
    scopes = *asked;
    token.scope = scopes.text();
  }
  unsigned bits = 0;
  for (const Scope one : {Scope::read, Scope::decide, Scope::submit, Scope::manage})
    if (scopes.has(one)) bits |= static_cast<unsigned>(one);
  token.lifetime = state_->settings.token_lifetime;
  const auto until = std::chrono::floor<std::chrono::seconds>(state_->clock.now() + token.lifetime);
  const std::string claims = hex_number(static_cast<std::uint64_t>(until.time_since_epoch().count()), 8) +
                             hex_number(bits, 1) + entry.fingerprint +
                             random_base62(claims_size - print_at - print_size);
  const std::string proof = hex_of(state_->pepper->mac(token_text(entry.row.id, claims)));
  token.text =
      with_checksum(std::string(prefix_of(SecretForm::token)) + entry.row.id + '_' + claims + '_' + proof);
  if (entry.role)
    for (const Permission& permission : entry.role->permissions)
      token.permissions.push_back(permission.text());
  return token;
}

void Access::forget() {
  try {
    {
      const std::lock_guard lock(state_->mutex);
      state_->sure = {};
    }
    state_->current(true);
  } catch (const Error&) {
    // Better nobody for a while than one too many.
    const std::lock_guard lock(state_->mutex);
    state_->snapshot = nullptr;
  }
}

void Access::save(bool whole) {
  std::unordered_map<std::string, std::pair<std::string, std::string>> better;
  {
    const std::lock_guard lock(state_->mutex);
    better.swap(state_->better_hashes);
  }
  for (const auto& [id, hash] : better) {
    state_->store.credentials().rehash(id, hash.first, hash.second);
    const std::lock_guard lock(state_->mutex);
    state_->rehashed.insert(id);
  }

  const Time now = state_->clock.now();
  std::unordered_map<std::string, std::shared_ptr<Tally>> uses;
  {
    const std::lock_guard loads(state_->loading);
    if (!whole && now - state_->uses_written < uses_every) return;
    state_->uses_written = now;
    uses = state_->uses;
  }
  std::vector<CredentialUse> report;
  for (const auto& [id, use] : uses) {
    const std::lock_guard lock(use->mutex);
    if (use->count > 0) report.push_back({id, use->at, use->ip, use->count});
  }
  state_->store.credentials().note_uses(report);
  for (const CredentialUse& told : report) {
    Tally& use = *uses[told.id];
    const std::lock_guard lock(use.mutex);
    use.count -= told.count;
  }
}

Lockout& Access::lockout() noexcept {
  return state_->lockout;
}

const Pepper& Access::pepper() const noexcept {
  return *state_->pepper;
}

}  // namespace bridge
