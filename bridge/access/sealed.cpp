#include "bridge/access/sealed.h"

#include <array>
#include <memory>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "bridge/ops/error.h"
#include "mappings/engine/text.h"

namespace bridge {

namespace {
constexpr std::string_view mark = "sealed:1:";
constexpr std::size_t nonce_size = 12, tag_size = 16;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void must(int done) {
  if (done != 1) throw std::runtime_error("AES-256-GCM is not available");
}

// Begun with the key, the nonce and the name.
Context begin(const Pepper& pepper, std::string_view name, std::string_view nonce, bool sealing) {
  Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  Pepper::Digest key = pepper.mac("the key of sealed texts");
  must(EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), bytes(nonce),
                         sealing ? 1 : 0));
  OPENSSL_cleanse(key.data(), key.size());
  int size = 0;
  must(EVP_CipherUpdate(context.get(), nullptr, &size, bytes(name), static_cast<int>(name.size())));
  return context;
}

[[noreturn]] void refuse(std::string_view name) {
  throw Error(ErrorCode::config_invalid, "what is kept sealed of " + std::string(name) +
                                             " does not open with this pepper: put the right one back, or "
                                             "make it anew");
}
}  // namespace

std::string seal(const Pepper& pepper, std::string_view name, std::string_view text) {
  std::string nonce(nonce_size, '\0'), sealed(text.size(), '\0'), tag(tag_size, '\0');
  must(RAND_bytes(bytes(nonce), nonce_size));
  const Context context = begin(pepper, name, nonce, true);
  int size = 0;
  must(EVP_CipherUpdate(context.get(), bytes(sealed), &size, bytes(text), static_cast<int>(text.size())));
  must(EVP_CipherFinal_ex(context.get(), bytes(tag), &size));
  must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size, tag.data()));
  return std::string(mark) + mappings::hex(nonce + sealed + tag);
}

bool is_sealed(std::string_view text) noexcept {
  return text.starts_with(mark);
}

std::string unseal(const Pepper& pepper, std::string_view name, std::string_view sealed) {
  if (!is_sealed(sealed)) refuse(name);
  const std::string whole = mappings::from_hex(sealed.substr(mark.size())).value_or("");
  if (whole.size() < nonce_size + tag_size) refuse(name);
  const std::string_view view = whole;
  const Context context = begin(pepper, name, view.substr(0, nonce_size), false);
  const std::string_view middle = view.substr(nonce_size, view.size() - nonce_size - tag_size);
  std::string text(middle.size(), '\0'), tag(view.substr(view.size() - tag_size)), rest(tag_size, '\0');
  int size = 0;
  must(EVP_CipherUpdate(context.get(), bytes(text), &size, bytes(middle), static_cast<int>(middle.size())));
  must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()));
  if (EVP_CipherFinal_ex(context.get(), bytes(rest), &size) != 1) refuse(name);
  return text;
}

}  // namespace bridge
