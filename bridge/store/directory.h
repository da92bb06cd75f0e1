#pragma once

// The people and groups of each tenant, as an identity provider keeps them here. Reached through Store, which
// owns it; thread-safe and durable as that. Every change is recorded in the trail, in its own transaction.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/ops/clock.h"
#include "bridge/store/trail.h"

namespace bridge {

struct DirectoryUser {
  std::string queue;
  std::string id;         // never given again
  std::string user_name;  // one user of a queue has it, in any case
  std::string external_id;
  bool active = true;
  std::string body;  // JSON text: what the provider sent
  std::int64_t version = 1;
  Time created{};
  Time changed{};
  bool operator==(const DirectoryUser&) const = default;
};

struct DirectoryGroup {
  std::string queue;
  std::string id;
  std::string name;  // one group of a queue has it, in any case
  std::string external_id;
  std::string body;  // without its members
  std::int64_t version = 1;
  Time created{};
  Time changed{};
  bool operator==(const DirectoryGroup&) const = default;
};

// Which to read; ascending by age. No more than one of the texts is set.
struct DirectoryQuery {
  std::string id = {};
  std::string name = {};  // of a user or group, in any case
  std::string external_id = {};
  std::int64_t skip = 0;
  std::int64_t limit = -1;  // < 0: all
};

struct DirectoryMember {
  std::string group;  // ids
  std::string user;
  std::string group_name;
  std::string user_name;
  bool operator==(const DirectoryMember&) const = default;
};

class Directory {
 public:
  virtual ~Directory() = default;

  // What became of a change; all but `done` wrote nothing.
  enum class Put {
    done,
    name_taken,
    stale,          // another version, or gone
    no_such_member  // a member is no user of the queue
  };

  virtual std::vector<DirectoryUser> users(const std::string& queue, const DirectoryQuery& query) = 0;
  virtual std::int64_t count_users(const std::string& queue) = 0;
  virtual Put add_user(const DirectoryUser& user, const std::vector<TrailEntry>& trail) = 0;
  // `user.version` is the new one, one above that which is there.
  virtual Put change_user(const DirectoryUser& user, const std::vector<TrailEntry>& trail) = 0;
  // Leaves all groups too. Of version 0: any. False: there is none of that version.
  virtual bool remove_user(const std::string& queue, const std::string& id, std::int64_t version, Time now,
                           const std::vector<TrailEntry>& trail) = 0;

  virtual std::vector<DirectoryGroup> groups(const std::string& queue, const DirectoryQuery& query) = 0;
  virtual std::int64_t count_groups(const std::string& queue) = 0;
  struct Members {
    std::vector<std::string> joined;  // ids of users
    std::vector<std::string> left;
  };
  virtual Put add_group(const DirectoryGroup& group, const std::vector<std::string>& members,
                        const std::vector<TrailEntry>& trail) = 0;
  virtual Put change_group(const DirectoryGroup& group, const Members& members,
                           const std::vector<TrailEntry>& trail) = 0;
  virtual bool remove_group(const std::string& queue, const std::string& id, std::int64_t version,
                            const std::vector<TrailEntry>& trail) = 0;

  // Who is where: of one group, of one user, or (both empty) all of the queue.
  virtual std::vector<DirectoryMember> members(const std::string& queue, const std::string& group,
                                               const std::string& user) = 0;

  // Counts up with every change of the queue: for whoever keeps a copy. Queues without people are absent.
  virtual std::map<std::string, std::int64_t> revisions() = 0;
};

}  // namespace bridge
