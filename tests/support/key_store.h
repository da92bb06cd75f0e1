#pragma once

// A store that has keys and nothing else: it counts who asks, and can be broken. Every other verb throws.
// Where requests matter, tests take the real store on a temporary file.

#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "bridge/ops/error.h"
#include "bridge/store/store.h"

namespace tests {

class KeyStore : public bridge::Store, private bridge::Credentials {
 public:
  bridge::Credentials& credentials() override { return *this; }
  int lookups = 0;  // of any kind
  bool broken = false;

  bridge::Submitted submit(const bridge::NewRequest&) override { no(); }
  std::vector<bridge::Submitted> submit_all(const std::vector<bridge::NewRequest>&) override { no(); }
  std::optional<bridge::Record> find(const bridge::RequestRef&) override { no(); }
  void auditlog(const std::string&, const bridge::AuditlogQuery&,
                const std::function<void(const bridge::AuditlogRecord&)>&) override {
    no();
  }
  std::optional<bridge::Time> last_change(const std::string&) override { no(); }
  bridge::Reported report_use(const bridge::UseReport&) override { no(); }
  std::string page(const std::string&, const bridge::PageQuery&) override { no(); }
  std::vector<bridge::Record> submit_unknown(const std::vector<bridge::NewRequest>&) override { no(); }
  std::vector<bridge::Record> list(const bridge::LifecycleQuery&) override { no(); }
  std::optional<bridge::Record> find_by_ticket(const std::string&, const std::string&) override { no(); }
  std::vector<bridge::Applied> apply(std::span<const bridge::Change>) override { no(); }
  void apply_later(bridge::Change, Then) override { no(); }
  std::vector<bridge::DueEffect> claim(const std::string&, bridge::Time, bridge::Time, int) override { no(); }
  void postpone(std::int64_t, bridge::Time, const bridge::RequestRef&, const bridge::AuditRow&,
                const std::vector<bridge::TrailEntry>&) override {
    no();
  }
  void finish(std::int64_t, const bridge::RequestRef&, const std::vector<bridge::AuditRow>&) override {
    no();
  }
  void append(const bridge::RequestRef&, const std::vector<bridge::NewEffect>&,
              const std::vector<bridge::AuditRow>&, const std::vector<bridge::TrailEntry>&) override {
    no();
  }
  std::optional<bridge::Time> next_due(const std::string&) override { no(); }
  void release_leases() override { no(); }
  std::vector<bridge::AuditRow> timeline(const bridge::RequestRef&) override { no(); }
  std::optional<std::string> value(const std::string&) override { no(); }
  void set_value(const std::string&, const std::string&, bridge::Time,
                 const std::vector<bridge::TrailEntry>&) override {
    no();
  }
  std::map<std::string, std::string> values(const std::string&) override { no(); }
  std::vector<Count> counts() override { no(); }
  std::optional<bridge::Time> oldest(const std::string&, const std::vector<workflows::State>&) override {
    no();
  }
  bridge::EventLog& events() override { no(); }
  bridge::Inventory& inventory() override { no(); }
  bridge::Mirror& mirror() override { no(); }
  bridge::HookStore& hooks() override { no(); }
  bridge::Trail& trail() override { no(); }
  bridge::Directory& directory() override { no(); }
  int schema_version() override { no(); }

 private:
  using Trail = std::vector<bridge::TrailEntry>;

  void add(const bridge::Credential& credential, const Trail&) override {
    const std::lock_guard lock(mutex_);
    keys_[credential.id] = credential;
    ++version_;
  }
  std::vector<bridge::Credential> list(const std::string&) override {
    const std::lock_guard lock(mutex_);
    look();
    std::vector<bridge::Credential> found;
    for (const auto& [id, key] : keys_) found.push_back(key);
    return found;
  }
  std::int64_t version() override {
    const std::lock_guard lock(mutex_);
    look();
    return version_;
  }
  std::vector<bridge::RoleRow> roles() override { return {}; }
  void note_uses(const std::vector<bridge::CredentialUse>&) override {}

  std::optional<bridge::Credential> find(const std::string&) override { no(); }
  void change(const bridge::Credential&, const Trail&) override { no(); }
  bool remove(const std::string&, const Trail&) override { no(); }
  void rehash(const std::string&, const std::string&, const std::string&) override { no(); }
  void add_group(const bridge::KeyGroup&, const Trail&) override { no(); }
  void change_group(const bridge::KeyGroup&, const bridge::KeyGroup&, const Trail&) override { no(); }
  std::vector<bridge::KeyGroup> groups(const std::string&) override { no(); }
  bool remove_group(const std::string&, const std::string&, const Trail&) override { no(); }
  void add_role(const bridge::RoleRow&, const Trail&) override { no(); }
  void change_role(const bridge::RoleRow&, const bridge::RoleRow&, const Trail&) override { no(); }
  bool remove_role(const std::string&, const Trail&) override { no(); }
  std::vector<bridge::LoginLock> locks() override { return {}; }
  void keep_locks(const std::vector<bridge::LoginLock>&, const std::vector<std::string>&) override {}
  bool unlock(const std::string&, const Trail&) override { no(); }

  [[noreturn]] static void no() { throw std::logic_error("this verb is not faked"); }
  void look() {
    ++lookups;
    if (broken) throw bridge::Error(bridge::ErrorCode::store_unavailable, "The store is not available");
  }

  std::mutex mutex_;
  std::map<std::string, bridge::Credential> keys_;
  std::int64_t version_ = 1;
};

}  // namespace tests
