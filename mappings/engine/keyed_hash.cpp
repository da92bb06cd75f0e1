#include "mappings/engine/keyed_hash.h"

#include <bit>
#include <chrono>
#include <cstring>
#include <sys/random.h>

namespace mappings {

namespace {
struct Sip {
  std::uint64_t a, b, c, d;

  void mix() noexcept {
    a += b;
    b = std::rotl(b, 13) ^ a;
    a = std::rotl(a, 32);
    c += d;
    d = std::rotl(d, 16) ^ c;
    a += d;
    d = std::rotl(d, 21) ^ a;
    c += b;
    b = std::rotl(b, 17) ^ c;
    c = std::rotl(c, 32);
  }
  void take(std::uint64_t word) noexcept {
    d ^= word;
    mix();
    a ^= word;
  }
};

HashKey drawn() noexcept {
  HashKey key;
  if (::getrandom(&key, sizeof key, GRND_NONBLOCK) == static_cast<ssize_t>(sizeof key)) return key;
  // So early after the machine's start: what an outsider hardly knows has to do.
  key.first ^= static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  key.second ^= reinterpret_cast<std::uintptr_t>(&key);
  return key;
}
}  // namespace

std::uint64_t keyed_hash(std::string_view text, const HashKey& key) noexcept {
  Sip sip{key.first ^ 0x736f6d6570736575u, key.second ^ 0x646f72616e646f6du, key.first ^ 0x6c7967656e657261u,
          key.second ^ 0x7465646279746573u};
  std::uint64_t last = static_cast<std::uint64_t>(text.size()) << 56;
  while (text.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    sip.take(word);
    text.remove_prefix(8);
  }
  for (std::size_t i = 0; i < text.size(); ++i)
    last |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i])) << (8 * i);
  sip.take(last);
  sip.c ^= 0xff;
  for (int i = 0; i < 3; ++i) sip.mix();
  return sip.a ^ sip.b ^ sip.c ^ sip.d;
}

std::uint64_t keyed_hash(std::string_view text) noexcept {
  static const HashKey key = drawn();
  return keyed_hash(text, key);
}

}  // namespace mappings
