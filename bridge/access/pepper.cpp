#include "bridge/access/pepper.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "bridge/access/basic_auth.h"
#include "bridge/access/secret_text.h"
#include "bridge/ops/error.h"
#include "mappings/engine/text.h"

namespace bridge {

namespace fs = std::filesystem;

namespace {
constexpr std::string_view keyed_prefix = "hmac-sha256:", plain_prefix = "sha256:";
constexpr std::size_t least = 16, block = 64, digest_size = 32;
constexpr const char* known_by = "access:pepper";
constexpr std::string_view constant = "countersign knows its pepper by this";

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

void must(int done) {
  if (done != 1) throw std::runtime_error("SHA-256 is not available");
}

Context context() {
  Context made(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!made) throw std::runtime_error("SHA-256 is not available");
  return made;
}

Pepper::Digest sha256(std::string_view text) {
  Pepper::Digest digest{};
  must(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr));
  return digest;
}

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad())
    throw Error(ErrorCode::config_invalid, file.string() + " cannot be read: " + std::strerror(errno));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

// Under its name only when it is whole; another process may have been quicker.
void make_file(const fs::path& file) {
  const std::string text = random_base62(43) + '\n';
  const std::string part = file.string() + '.' + random_base62(8);
  const auto fail = [&] {
    const std::string why = std::strerror(errno);
    ::unlink(part.c_str());
    throw Error(ErrorCode::config_invalid, file.string() + " cannot be made: " + why);
  };
  const int descriptor = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) fail();
  const bool written = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                       ::fsync(descriptor) == 0;
  ::close(descriptor);
  if (!written || (::link(part.c_str(), file.c_str()) != 0 && errno != EEXIST)) fail();
  ::unlink(part.c_str());
  if (const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
}
}  // namespace

struct Pepper::State {
  // What HMAC begins with, already taken in.
  Context inner = context();
  Context outer = context();
};

Pepper::Pepper(std::string_view bytes) : state_(std::make_unique<State>()) {
  if (bytes.size() < least)
    throw Error(ErrorCode::config_invalid, "the pepper is too short: at least 16 bytes of random text");
  std::array<unsigned char, block> key{};
  if (bytes.size() > block) {
    const Digest digest = sha256(bytes);
    std::copy(digest.begin(), digest.end(), key.begin());
  } else {
    std::copy(bytes.begin(), bytes.end(), key.begin());
  }
  const auto begin = [&](EVP_MD_CTX* context, unsigned char pad) {
    std::array<unsigned char, block> first = key;
    for (unsigned char& byte : first) byte ^= pad;
    must(EVP_DigestInit_ex(context, EVP_sha256(), nullptr));
    must(EVP_DigestUpdate(context, first.data(), first.size()));
    OPENSSL_cleanse(first.data(), first.size());
  };
  begin(state_->inner.get(), 0x36);
  begin(state_->outer.get(), 0x5c);
  OPENSSL_cleanse(key.data(), key.size());
}

Pepper::~Pepper() = default;

Pepper::Digest Pepper::mac(std::string_view text) const {
  static thread_local const Context work = context();
  Digest digest{};
  must(EVP_MD_CTX_copy_ex(work.get(), state_->inner.get()));
  must(EVP_DigestUpdate(work.get(), text.data(), text.size()));
  must(EVP_DigestFinal_ex(work.get(), digest.data(), nullptr));
  must(EVP_MD_CTX_copy_ex(work.get(), state_->outer.get()));
  must(EVP_DigestUpdate(work.get(), digest.data(), digest_size));
  must(EVP_DigestFinal_ex(work.get(), digest.data(), nullptr));
  return digest;
}

std::string Pepper::hash(std::string_view secret) const {
  return std::string(keyed_prefix) + hex_of(mac(secret));
}

std::optional<SecretHash> SecretHash::read(std::string_view text) {
  SecretHash hash;
  hash.keyed = text.starts_with(keyed_prefix);
  if (!hash.keyed && !text.starts_with(plain_prefix)) return std::nullopt;
  text.remove_prefix(hash.keyed ? keyed_prefix.size() : plain_prefix.size());
  const auto digest = mappings::from_hex(text);
  if (!digest || digest->size() != digest_size) return std::nullopt;
  std::copy(digest->begin(), digest->end(), hash.digest.begin());
  return hash;
}

Pepper::Digest plain_digest(std::string_view secret) {
  return sha256(secret);
}

std::string hex_of(const Pepper::Digest& digest) {
  return mappings::hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

bool same_digest(const Pepper::Digest& a, const Pepper::Digest& b) noexcept {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

fs::path pepper_file(const std::string& where) {
  return where.substr(where.find(':') + 1) + ".pepper";
}

std::shared_ptr<const Pepper> open_pepper(Store& store, const fs::path& file,
                                          const std::optional<std::string>& configured, Time now) {
  const std::optional<std::string> known = store.value(known_by);
  if (!configured && !fs::exists(file)) {
    if (known)
      throw Error(ErrorCode::config_invalid,
                  file.string() +
                      " is gone: the hashes of all credentials were made with it; put it back from a backup, "
                      "or name the pepper in access.pepper");
    make_file(file);
  }
  const std::string text = configured ? *configured : read_file(file);
  auto pepper = std::make_shared<const Pepper>(text);
  const std::string sign = pepper->hash(constant);
  if (!known)
    store.set_value(known_by, sign, now);
  else if (!same_secret(*known, sign))
    throw Error(ErrorCode::config_invalid,
                (configured ? std::string("access.pepper") : file.string()) +
                    " is not the pepper that this store's credentials were made with: put the right one in "
                    "its place");
  return pepper;
}

}  // namespace bridge
