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

class KeyStore : public bridge::Store {
 public:
  void add_key(const bridge::KeyRow& key) override {
    const std::lock_guard lock(mutex_);
    keys_[key.id] = key;
  }
  std::optional<bridge::KeyRow> find_key(const std::string& id) override {
    const std::lock_guard lock(mutex_);
    ++key_lookups;
    if (broken) throw bridge::Error(bridge::ErrorCode::store_unavailable, "The store is not available");
    const auto found = keys_.find(id);
    return found == keys_.end() ? std::nullopt : std::optional(found->second);
  }
  int key_lookups = 0;
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
  void postpone(std::int64_t, bridge::Time, const bridge::RequestRef&, const bridge::AuditRow&) override {
    no();
  }
  void finish(std::int64_t, const bridge::RequestRef&, const std::vector<bridge::AuditRow>&) override {
    no();
  }
  void append(const bridge::RequestRef&, const std::vector<bridge::NewEffect>&,
              const std::vector<bridge::AuditRow>&) override {
    no();
  }
  std::optional<bridge::Time> next_due(const std::string&) override { no(); }
  void release_leases() override { no(); }
  std::vector<bridge::AuditRow> timeline(const bridge::RequestRef&) override { no(); }
  std::optional<std::string> value(const std::string&) override { no(); }
  void set_value(const std::string&, const std::string&, bridge::Time) override { no(); }
  std::map<std::string, std::string> values(const std::string&) override { no(); }
  std::vector<bridge::KeyRow> keys() override { no(); }
  std::vector<Count> counts() override { no(); }
  std::optional<bridge::Time> oldest(const std::string&, const std::vector<workflows::State>&) override {
    no();
  }
  bridge::EventLog& events() override { no(); }
  bridge::Inventory& inventory() override { no(); }
  bridge::Mirror& mirror() override { no(); }
  bridge::HookStore& hooks() override { no(); }
  int schema_version() override { no(); }

 private:
  [[noreturn]] static void no() { throw std::logic_error("this verb is not faked"); }

  std::mutex mutex_;
  std::map<std::string, bridge::KeyRow> keys_;
};

}  // namespace tests
