#include "bridge/ops/sha256.h"

#include <openssl/evp.h>

#include "bridge/ops/error.h"
#include "mappings/engine/text.h"

namespace bridge {

std::string sha256_hex(std::string_view bytes) {
  // Found once: EVP_sha256() would be looked up with each use.
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (sha256 == nullptr ||
      EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, sha256,
                 nullptr) != 1)
    throw Error(ErrorCode::internal, "SHA-256 is not available");
  digest.resize(size);
  return mappings::hex(digest);
}

}  // namespace bridge
