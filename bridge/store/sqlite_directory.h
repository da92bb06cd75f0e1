#pragma once

// The Directory of an SqliteStore, which owns it. Thread-safe.

#include "bridge/store/directory.h"

namespace bridge {

class SqliteStore;

class SqliteDirectory final : public Directory {
 public:
  explicit SqliteDirectory(SqliteStore& store) : store_(store) {}

  std::vector<DirectoryUser> users(const std::string& queue, const DirectoryQuery& query) override;
  std::int64_t count_users(const std::string& queue) override;
  Put add_user(const DirectoryUser& user, const std::vector<TrailEntry>& trail) override;
  Put change_user(const DirectoryUser& user, const std::vector<TrailEntry>& trail) override;
  bool remove_user(const std::string& queue, const std::string& id, std::int64_t version, Time now,
                   const std::vector<TrailEntry>& trail) override;

  std::vector<DirectoryGroup> groups(const std::string& queue, const DirectoryQuery& query) override;
  std::int64_t count_groups(const std::string& queue) override;
  Put add_group(const DirectoryGroup& group, const std::vector<std::string>& members,
                const std::vector<TrailEntry>& trail) override;
  Put change_group(const DirectoryGroup& group, const Members& members,
                   const std::vector<TrailEntry>& trail) override;
  bool remove_group(const std::string& queue, const std::string& id, std::int64_t version,
                    const std::vector<TrailEntry>& trail) override;

  std::vector<DirectoryMember> members(const std::string& queue, const std::string& group,
                                       const std::string& user) override;
  std::map<std::string, std::int64_t> revisions() override;

 private:
  SqliteStore& store_;
};

}  // namespace bridge
