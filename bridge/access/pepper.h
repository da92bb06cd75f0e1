#pragma once

// The key that secrets are hashed with, held outside the database: who has a copy of the database alone can
// neither check a guess nor make a token. Immutable, thread-safe. Never shown, logged or stored in the
// database, which has only the hash of a constant, to know the pepper again.

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bridge/store/store.h"

namespace bridge {

class Pepper {
 public:
  // Throws Error(config_invalid) for less than 16 bytes.
  explicit Pepper(std::string_view bytes);
  ~Pepper();
  Pepper(const Pepper&) = delete;
  Pepper& operator=(const Pepper&) = delete;

  using Digest = std::array<unsigned char, 32>;
  // HMAC-SHA256.
  Digest mac(std::string_view text) const;
  // "hmac-sha256:<64 hex>": as it is stored.
  std::string hash(std::string_view secret) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A hash as it is stored, read once: keyed, or an old one without pepper ("sha256:<64 hex>").
struct SecretHash {
  bool keyed = true;
  Pepper::Digest digest{};
  // Nothing for an empty text or one of another kind: nobody's.
  static std::optional<SecretHash> read(std::string_view text);
};
Pepper::Digest plain_digest(std::string_view secret);
std::string hex_of(const Pepper::Digest& digest);
// In constant time.
bool same_digest(const Pepper::Digest& a, const Pepper::Digest& b) noexcept;

// Where the pepper lies when the configuration names none: beside the database. `where` as of open_store().
std::filesystem::path pepper_file(const std::string& where);

// The configured pepper, or that in `file`, which is made (mode 0600) when this store has none yet. Throws
// Error(config_invalid) when it is not the pepper that the store's hashes were made with, or is gone.
std::shared_ptr<const Pepper> open_pepper(Store& store, const std::filesystem::path& file,
                                          const std::optional<std::string>& configured, Time now);

}  // namespace bridge
