#pragma once

// The people of all tenants whom an identity provider keeps here, in memory: a decision asks no store. Each
// change makes the copy of its tenant old; the next one who asks gets a new one. Thread-safe. The store
// outlives it.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "bridge/store/store.h"
#include "workflows/engine/directory.h"

namespace bridge {

class Directories {
 public:
  // Reads what the store has.
  explicit Directories(Store& store);
  ~Directories();

  // Null: nobody is known of this queue.
  std::shared_ptr<const workflows::Directory> of(const std::string& queue) const;

  // Reads anew what another process has changed. One small query when there is nothing.
  void catch_up();

  // Who changes people of a queue waits for his turn, and tells here what the store has taken.
  std::unique_lock<std::mutex> turn(const std::string& queue);
  void put(const DirectoryUser& user);
  void put(const DirectoryGroup& group, const Directory::Members& members);
  void drop_user(const std::string& queue, const std::string& id);
  void drop_group(const std::string& queue, const std::string& id);

 private:
  struct Tenant;
  Tenant& tenant(const std::string& queue);
  const Tenant* known(const std::string& queue) const;
  void read(const std::string& queue, std::int64_t revision);

  Store& store_;
  mutable std::shared_mutex mutex_;  // of the map, which only grows
  std::map<std::string, std::unique_ptr<Tenant>, std::less<>> tenants_;
};

}  // namespace bridge
