#include "connectors/engine/webhook_signature.h"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "mappings/engine/text.h"

namespace connectors {

namespace {
using Mac = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;

// Null when OpenSSL has it not.
Mac hmac_without_key() {
  EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  Mac mac(hmac == nullptr ? nullptr : EVP_MAC_CTX_new(hmac), &EVP_MAC_CTX_free);
  EVP_MAC_free(hmac);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  if (mac && EVP_MAC_CTX_set_params(mac.get(), parameters) != 1) mac.reset();
  return mac;
}
}  // namespace

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::string hmac_sha256(std::string_view secret, std::string_view body) {
  // Kept: finding the algorithms by their names costs more than the sum itself.
  static thread_local const Mac mac = hmac_without_key();
  std::string sum(EVP_MAX_MD_SIZE, '\0');
  std::size_t length = 0;
  // No key at all would mean the one before; an empty one is the same as one of zeros.
  static constexpr unsigned char no_key[1] = {0};
  const auto* key = secret.empty() ? no_key : reinterpret_cast<const unsigned char*>(secret.data());
  if (!mac || EVP_MAC_init(mac.get(), key, std::max<std::size_t>(secret.size(), 1), nullptr) != 1 ||
      EVP_MAC_update(mac.get(), reinterpret_cast<const unsigned char*>(body.data()), body.size()) != 1 ||
      EVP_MAC_final(mac.get(), reinterpret_cast<unsigned char*>(sum.data()), &length, sum.size()) != 1)
    throw std::runtime_error("HMAC-SHA256 is not available");
  sum.resize(length);
  return sum;
}

bool signature_matches(std::string_view given, std::string_view secret, std::string_view body,
                       bool as_base64) {
  const std::string mac = hmac_sha256(secret, body);
  const std::string expected = as_base64 ? base64(mac) : mappings::hex(mac);
  const std::string text = as_base64 ? std::string(given) : mappings::lower_case(given);
  return text.size() == expected.size() && CRYPTO_memcmp(text.data(), expected.data(), expected.size()) == 0;
}

}  // namespace connectors
