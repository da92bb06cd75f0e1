#include "bridge/api/keys.h"

#include <array>
#include <mutex>
#include <stdexcept>
#include <unordered_map>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "bridge/api/basic_auth.h"
#include "bridge/ops/error.h"
#include "mappings/engine/text.h"

namespace bridge {

using mappings::equal_ignoring_case;

namespace {
constexpr std::string_view prefix = "cs_live_";
constexpr std::string_view base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view hex = "0123456789abcdef";
constexpr std::size_t id_size = 8;
constexpr std::size_t secret_size = 36;
constexpr std::size_t checksum_size = 6;
constexpr std::size_t signed_size = prefix.size() + id_size + 1 + secret_size;
constexpr std::size_t remembered_keys = 1000;

std::array<unsigned char, 32> sha256(std::string_view text) {
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 is not available");
  return digest;
}

std::string random_text(std::size_t size, std::string_view alphabet) {
  std::string text;
  // Bytes past the last whole multiple would make the first letters likelier.
  const std::size_t fair = 256 - 256 % alphabet.size();
  while (text.size() < size) {
    unsigned char byte = 0;
    if (RAND_bytes(&byte, 1) != 1) throw std::runtime_error("no random numbers are available");
    if (byte < fair) text.push_back(alphabet[byte % alphabet.size()]);
  }
  return text;
}

std::string checksum(std::string_view text) {
  const auto digest = sha256(text);
  std::string sum;
  for (std::size_t i = 0; i < checksum_size; ++i) sum.push_back(base62[digest[i] % base62.size()]);
  return sum;
}

bool consists_of(std::string_view text, std::string_view alphabet) {
  return text.find_first_not_of(alphabet) == std::string_view::npos;
}

[[noreturn]] void refuse() {
  throw Error(ErrorCode::unauthorized, "Invalid API key");
}

// The bytes as they came: what is encoded in some way is not a key.
std::string given_key(const Incoming& request) {
  std::string key;
  for (const auto& [name, value] : request.headers) {
    std::string one;
    if (equal_ignoring_case(name, "apikey"))
      one = value;
    else if (equal_ignoring_case(name, "Authorization"))
      one = basic_credentials(value).value_or(BasicCredentials{}).password;
    else
      continue;
    if (one.empty() || (!key.empty() && !same_secret(key, one))) refuse();
    key = std::move(one);
  }
  return key;
}
}  // namespace

NewKey generate_key(const std::string& queue, const std::string& label, Time created) {
  NewKey made;
  made.row.id = random_text(id_size, hex);
  made.key = std::string(prefix) + made.row.id + '_' + random_text(secret_size, base62);
  made.key += '_' + checksum(made.key);
  made.row.queue = queue;
  made.row.hash = key_hash(made.key);
  made.row.label = label;
  made.row.created = created;
  return made;
}

std::string key_id_of(std::string_view key) {
  if (key.size() != signed_size + 1 + checksum_size || key.substr(0, prefix.size()) != prefix) return {};
  const std::string_view id = key.substr(prefix.size(), id_size);
  const std::string_view secret = key.substr(prefix.size() + id_size + 1, secret_size);
  if (!consists_of(id, hex) || key[prefix.size() + id_size] != '_' || !consists_of(secret, base62) ||
      key[signed_size] != '_' || key.substr(signed_size + 1) != checksum(key.substr(0, signed_size)))
    return {};
  return std::string(id);
}

std::string key_hash(std::string_view key) {
  std::string text = "sha256:";
  for (const unsigned char byte : sha256(key)) {
    text.push_back(hex[byte >> 4]);
    text.push_back(hex[byte & 15]);
  }
  return text;
}

struct Keys::State {
  struct Known {
    Caller caller;
    std::chrono::steady_clock::time_point until;
  };
  Store& store;
  const std::chrono::milliseconds believed;
  std::mutex mutex;
  std::unordered_map<std::string, Known> known;  // by hash
};

Keys::Keys(Store& store, std::chrono::milliseconds believed)
    : state_(new State{.store = store, .believed = believed, .mutex = {}, .known = {}}) {}

Keys::~Keys() = default;

Caller Keys::authenticate(const Incoming& request) {
  const std::string key = given_key(request);
  const std::string id = key_id_of(key);
  if (id.empty()) refuse();
  const std::string hash = key_hash(key);
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->known.find(hash);
    if (found != state_->known.end() && now < found->second.until) return found->second.caller;
  }
  const std::optional<KeyRow> row = state_->store.find_key(id);
  const std::lock_guard lock(state_->mutex);
  state_->known.erase(hash);
  if (!row || !same_secret(row->hash, hash)) refuse();
  if (state_->known.size() >= remembered_keys) state_->known.clear();
  const Caller caller{row->queue, row->id};
  state_->known.emplace(hash, State::Known{caller, now + state_->believed});
  return caller;
}

}  // namespace bridge
