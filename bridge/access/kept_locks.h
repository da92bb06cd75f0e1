#pragma once

// What is locked, told to the store, so that a restart ends no lock, and `countersign keys` can show and end
// one: it takes the row away, and the bridge that misses it unlocks. One writes at a time: the caller sees to
// that. Lockout and store outlive it.

#include <map>
#include <string>

#include "bridge/access/lockout.h"
#include "bridge/store/credentials.h"

namespace bridge {

class KeptLocks {
 public:
  // Holds again what was locked when the last process ended.
  KeptLocks(Lockout& lockout, Credentials& store, const Clock& clock);

  // Both ways; asks and writes nothing while nothing is locked. Throws as the Store does.
  void settle();

 private:
  Lockout& lockout_;
  Credentials& store_;
  std::map<std::string, LoginLock> told_;  // by object
};

// "credential 3fa97f2c", "address 192.0.2.1", "address 2001:db8:0:7::/64": how a lock is called in the store
// and in the audit log.
std::string lock_object(std::string_view id);
std::string lock_object(const IpAddress& address);

}  // namespace bridge
