#include "connectors/engine/webhook_signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "mappings/engine/text.h"

namespace connectors {

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

std::string hmac_sha256(std::string_view secret, std::string_view body) {
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(),
       reinterpret_cast<unsigned char*>(mac.data()), &length);
  mac.resize(length);
  return mac;
}

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (unsigned char byte : bytes) {
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out;
}

bool signature_matches(std::string_view given, std::string_view secret, std::string_view body,
                       bool as_base64) {
  const std::string mac = hmac_sha256(secret, body);
  const std::string expected = as_base64 ? base64(mac) : hex(mac);
  const std::string text = as_base64 ? std::string(given) : mappings::lower_case(given);
  return text.size() == expected.size() && CRYPTO_memcmp(text.data(), expected.data(), expected.size()) == 0;
}

}  // namespace connectors
