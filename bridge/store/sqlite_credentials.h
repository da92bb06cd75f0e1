#pragma once

// The Credentials of an SqliteStore, which owns it. Thread-safe.

#include "bridge/store/credentials.h"

namespace bridge {

class SqliteSession;
class SqliteStore;

class SqliteCredentials final : public Credentials {
 public:
  explicit SqliteCredentials(SqliteStore& store) : store_(store) {}

  void add(const Credential& credential, const std::vector<TrailEntry>& trail) override;
  void change(const Credential& credential, const std::vector<TrailEntry>& trail) override;
  bool remove(const std::string& id, const std::vector<TrailEntry>& trail) override;
  std::optional<Credential> find(const std::string& id) override;
  std::vector<Credential> list(const std::string& queue) override;
  std::int64_t version() override;
  void note_uses(const std::vector<CredentialUse>& uses) override;
  void rehash(const std::string& id, const std::string& from, const std::string& to) override;
  void add_group(const KeyGroup& group, const std::vector<TrailEntry>& trail) override;
  void change_group(const KeyGroup& before, const KeyGroup& after,
                    const std::vector<TrailEntry>& trail) override;
  std::vector<KeyGroup> groups(const std::string& queue) override;
  bool remove_group(const std::string& queue, const std::string& name,
                    const std::vector<TrailEntry>& trail) override;
  void add_role(const RoleRow& role, const std::vector<TrailEntry>& trail) override;
  void change_role(const RoleRow& before, const RoleRow& after,
                   const std::vector<TrailEntry>& trail) override;
  std::vector<RoleRow> roles() override;
  bool remove_role(const std::string& id, const std::vector<TrailEntry>& trail) override;
  std::vector<LoginLock> locks() override;
  void keep_locks(const std::vector<LoginLock>& locked, const std::vector<std::string>& over) override;
  bool unlock(const std::string& object, const std::vector<TrailEntry>& trail) override;

 private:
  // Behind every change, in its transaction.
  void changed(SqliteSession& session, const std::vector<TrailEntry>& trail);

  SqliteStore& store_;
};

}  // namespace bridge
