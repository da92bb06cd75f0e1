#include "bridge/access/basic_auth.h"

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "mappings/engine/text.h"

namespace bridge {

namespace {
constexpr std::size_t longest = 4096;
}

std::optional<BasicCredentials> basic_credentials(std::string_view header) {
  if (!mappings::equal_ignoring_case(header.substr(0, 6), "Basic ")) return std::nullopt;
  header.remove_prefix(std::min(header.find_first_not_of(' ', 5), header.size()));
  if (header.empty() || header.size() % 4 != 0 || header.size() > longest) return std::nullopt;
  std::string text(header.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(header.data()), static_cast<int>(header.size()));
  if (size < 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && header[header.size() - 1 - padding] == '=') ++padding;
  text.resize(static_cast<std::size_t>(size) - padding);
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return std::nullopt;
  return BasicCredentials{text.substr(0, colon), text.substr(colon + 1)};
}

bool same_secret(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace bridge
