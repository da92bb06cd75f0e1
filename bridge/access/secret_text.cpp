#include "bridge/access/secret_text.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace bridge {

namespace {
constexpr std::string_view base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view hex = "0123456789abcdef";
constexpr std::size_t id_size = 8, secret_size = 36, checksum_size = 6, longest = 200;

struct Shape {
  SecretForm form;
  std::string_view prefix;
  std::size_t middle;  // characters between the id and the checksum; 0: none
};
constexpr std::array shapes = {
    Shape{SecretForm::api_key, "cs_live_", secret_size},
    Shape{SecretForm::rest_key, "cs_rest_", secret_size},
    Shape{SecretForm::client_id, "cs_client_", 0},
    Shape{SecretForm::client_secret, "cs_secret_", secret_size},
    Shape{SecretForm::token, "cs_token_", token_middle_size},
};

bool consists_of(std::string_view text, std::string_view alphabet) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return alphabet.find(c) != std::string_view::npos; });
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
  std::array<unsigned char, 32> digest{};
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 is not available");
  std::string sum;
  for (std::size_t i = 0; i < checksum_size; ++i) sum.push_back(base62[digest[i] % base62.size()]);
  return sum;
}
}  // namespace

std::string_view prefix_of(SecretForm form) noexcept {
  for (const Shape& shape : shapes)
    if (shape.form == form) return shape.prefix;
  return {};
}

std::string random_id() {
  return random_text(id_size, hex);
}

std::string random_base62(std::size_t size) {
  return random_text(size, base62);
}

std::int64_t random_generation() {
  std::int64_t number = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) != 1)
    throw std::runtime_error("no random numbers are available");
  return number & INT64_MAX;
}

std::string make_secret(SecretForm form, const std::string& id) {
  std::string text = std::string(prefix_of(form)) + id;
  if (form != SecretForm::client_id) text += '_' + random_base62(secret_size);
  return with_checksum(std::move(text));
}

std::optional<SecretText> read_secret_text(std::string_view text) noexcept {
  for (const Shape& shape : shapes) {
    if (!text.starts_with(shape.prefix)) continue;
    const std::size_t front = shape.prefix.size();
    const std::size_t signed_size = front + id_size + (shape.middle == 0 ? 0 : 1 + shape.middle);
    if (text.size() != signed_size + 1 + checksum_size || text[signed_size] != '_') return std::nullopt;
    SecretText found{shape.form, text.substr(front, id_size), {}};
    if (shape.middle > 0) {
      if (text[front + id_size] != '_') return std::nullopt;
      found.middle = text.substr(front + id_size + 1, shape.middle);
    }
    if (!consists_of(found.id, hex)) return std::nullopt;
    return found;
  }
  return std::nullopt;
}

bool checksum_fits(std::string_view text) {
  if (text.size() <= checksum_size || text.size() > longest) return false;
  const std::size_t behind = text.size() - checksum_size;
  return text.substr(behind) == checksum(text.substr(0, behind - 1));
}

std::string with_checksum(std::string text) {
  const std::string sum = checksum(text);
  return std::move(text) + '_' + sum;
}

std::string public_name(CredentialKind kind, std::string_view id) {
  const SecretForm form = kind == CredentialKind::api_key    ? SecretForm::api_key
                          : kind == CredentialKind::rest_key ? SecretForm::rest_key
                                                             : SecretForm::client_id;
  return std::string(prefix_of(form)).append(id);
}

std::string id_from(std::string_view typed) {
  for (const Shape& shape : shapes)
    if (typed.starts_with(shape.prefix)) {
      typed.remove_prefix(shape.prefix.size());
      // Behind a client's id stands its checksum; behind any other one a secret, which is not to be typed.
      if (shape.form == SecretForm::client_id) typed = typed.substr(0, typed.find('_'));
      break;
    }
  return typed.size() == id_size && consists_of(typed, hex) ? std::string(typed) : std::string();
}

}  // namespace bridge
