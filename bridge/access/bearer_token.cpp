#include "bridge/access/bearer_token.h"

#include "bridge/access/basic_auth.h"

namespace bridge {

namespace {
constexpr std::size_t claims_size = 31;
constexpr std::size_t until_size = 8, print_at = until_size + 1, print_size = 10;
constexpr Scope scopes_of_tokens[] = {Scope::read, Scope::decide, Scope::submit, Scope::manage};

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

std::string proof_of(const Pepper& pepper, std::string_view id, std::string_view claims) {
  return hex_of(pepper.mac("token " + std::string(id) + ' ' + std::string(claims)));
}
}  // namespace

std::string token_fingerprint(const Pepper& pepper, std::string_view id, std::int64_t generation) {
  return hex_of(pepper.mac("generation " + std::string(id) + ' ' + std::to_string(generation)))
      .substr(0, print_size);
}

std::string make_token(const Pepper& pepper, std::string_view id, const TokenClaims& claims) {
  unsigned bits = 0;
  for (const Scope one : scopes_of_tokens)
    if (claims.scopes.has(one)) bits |= static_cast<unsigned>(one);
  const auto until = std::chrono::floor<std::chrono::seconds>(claims.until.value_or(Time{}));
  const std::string text =
      hex_number(static_cast<std::uint64_t>(until.time_since_epoch().count()), until_size) +
      hex_number(bits, 1) + std::string(claims.fingerprint) +
      random_base62(claims_size - print_at - print_size);
  return with_checksum(std::string(prefix_of(SecretForm::token)) + std::string(id) + '_' + text + '_' +
                       proof_of(pepper, id, text));
}

std::optional<TokenClaims> read_token(const Pepper& pepper, const SecretText& token, std::string_view whole) {
  const std::string_view claims = token.middle.substr(0, claims_size);
  const std::string proof = proof_of(pepper, token.id, claims);
  if (!same_secret(proof, token.middle.substr(claims_size + 1)) || token.middle[claims_size] != '_' ||
      !checksum_fits(whole))
    return std::nullopt;
  TokenClaims read{claims.substr(print_at, print_size), std::nullopt, {}};
  if (const auto until = from_hex(claims.substr(0, until_size)))
    read.until = Time(std::chrono::seconds(*until));
  const auto bits = from_hex(claims.substr(until_size, 1)).value_or(0);
  for (const Scope scope : scopes_of_tokens)
    if ((bits & static_cast<unsigned>(scope)) != 0) read.scopes = read.scopes.with(scope);
  return read;
}

}  // namespace bridge
