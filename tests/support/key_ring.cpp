#include "tests/support/key_ring.h"

#include <openssl/evp.h>

namespace tests {

std::shared_ptr<const bridge::Pepper> pepper() {
  static const auto one = std::make_shared<const bridge::Pepper>("the pepper of all these tests");
  return one;
}

std::string add_key(bridge::Store& store, const std::string& queue) {
  bridge::Credential wanted;
  wanted.queue = queue;
  return add_credential(store, wanted).secret;
}

bridge::Issued add_credential(bridge::Store& store, const bridge::Credential& wanted, bridge::Time now) {
  bridge::Issued made = bridge::issue(*pepper(), wanted, now);
  store.credentials().add(made.row, {});
  return made;
}

std::unique_ptr<bridge::Access> make_access(bridge::Store& store, const bridge::Clock* clock,
                                            bridge::Access::Settings settings) {
  static const bridge::SystemClock system;
  return std::make_unique<bridge::Access>(store, pepper(), clock == nullptr ? system : *clock,
                                          std::move(settings));
}

std::string basic(const std::string& user_and_password) {
  std::string text(user_and_password.size() * 2 + 4, ' ');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(user_and_password.data()),
                                   static_cast<int>(user_and_password.size()));
  return "Basic " + text.substr(0, static_cast<std::size_t>(size));
}

}  // namespace tests
