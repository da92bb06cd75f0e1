#pragma once

// API keys: made, recognised, and turned into the queue that they open. A key is
// cs_live_<8 hex: public id>_<36 base62: secret>_<6 base62: checksum>; the store keeps its SHA-256 only.
// Thread-safe. Never logs a key; the public id is what logs and timelines show.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "bridge/api/http_front.h"
#include "bridge/store/store.h"

namespace bridge {

// Who sent a request.
struct Caller {
  std::string queue;
  std::string key_id;
  // "key cs_live_3fa97f2c": as the timeline names it.
  std::string actor() const { return "key cs_live_" + key_id; }
};

struct NewKey {
  std::string key;  // shown once, stored nowhere
  KeyRow row;
};
NewKey generate_key(const std::string& queue, const std::string& label, Time created);

// The public id of a key whose form and checksum are right; empty otherwise. Says nothing about the store.
std::string key_id_of(std::string_view key);
std::string key_hash(std::string_view key);

class Keys {
 public:
  // A key that was found is believed for `believed` before the store is asked again. `store` outlives this.
  explicit Keys(Store& store, std::chrono::milliseconds believed = std::chrono::seconds(10));
  ~Keys();

  // By the header apikey, or Basic with the key as password. Throws Error(unauthorized): no key, two that
  // differ, or one that the store does not have.
  Caller authenticate(const Incoming& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bridge
