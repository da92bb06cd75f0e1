#pragma once

// A store that holds records in memory: only what a round of a remote queue asks for, everything else throws.
// Not thread-safe.

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bridge/store/store.h"

namespace tests {

class HeldRecords final : public bridge::Store {
 public:
  std::map<bridge::RequestRef, bridge::Record> rows;

  std::optional<bridge::Record> find(const bridge::RequestRef& ref) override {
    const auto found = rows.find(ref);
    return found == rows.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<bridge::Record> list(const bridge::LifecycleQuery& query) override {
    std::vector<bridge::Record> page;
    for (const auto& [ref, record] : rows) {
      const bool wanted =
          std::find(query.states.begin(), query.states.end(), record.lifecycle.state) != query.states.end();
      if (ref.queue == query.queue && ref > query.after && wanted &&
          static_cast<int>(page.size()) < query.limit)
        page.push_back(record);
    }
    return page;
  }

  bridge::Submitted submit(const bridge::NewRequest&) override { return no(); }
  std::vector<bridge::Submitted> submit_all(const std::vector<bridge::NewRequest>&) override { return no(); }
  void auditlog(const std::string&, const bridge::AuditlogQuery&,
                const std::function<void(const bridge::AuditlogRecord&)>&) override {
    no();
  }
  std::optional<bridge::Time> last_change(const std::string&) override { return no(); }
  bridge::Reported report_use(const bridge::UseReport&) override { return no(); }
  std::vector<bridge::Record> submit_unknown(const std::vector<bridge::NewRequest>&) override { return no(); }
  std::string page(const std::string&, const bridge::PageQuery&) override { return no(); }
  std::optional<bridge::Record> find_by_ticket(const std::string&, const std::string&) override {
    return no();
  }
  std::vector<bridge::Applied> apply(std::span<const bridge::Change>) override { return no(); }
  void apply_later(bridge::Change, Then) override { no(); }
  std::vector<bridge::DueEffect> claim(const std::string&, bridge::Time, bridge::Time, int) override {
    return no();
  }
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
  std::optional<bridge::Time> next_due(const std::string&) override { return no(); }
  void release_leases() override { no(); }
  std::vector<bridge::AuditRow> timeline(const bridge::RequestRef&) override { return no(); }
  std::optional<std::string> value(const std::string& name) override {
    const auto found = values_.find(name);
    return found == values_.end() ? std::nullopt : std::optional(found->second);
  }
  void set_value(const std::string& name, const std::string& value, bridge::Time,
                 const std::vector<bridge::TrailEntry>&) override {
    values_[name] = value;
  }
  std::map<std::string, std::string> values(const std::string&) override { return no(); }
  bridge::Credentials& credentials() override { throw std::logic_error("not faked"); }
  std::vector<Count> counts() override { return no(); }
  std::optional<bridge::Time> oldest(const std::string&, const std::vector<workflows::State>&) override {
    return no();
  }
  bridge::EventLog& events() override { throw std::logic_error("not faked"); }
  bridge::Inventory& inventory() override { throw std::logic_error("not faked"); }
  bridge::Mirror& mirror() override { throw std::logic_error("not faked"); }
  bridge::HookStore& hooks() override { throw std::logic_error("this verb is not faked"); }
  bridge::Trail& trail() override { throw std::logic_error("this verb is not faked"); }
  bridge::Directory& directory() override { throw std::logic_error("not faked"); }
  int schema_version() override { return no(); }

 private:
  struct Anything {
    template <class T>
    operator T() const {  // NOLINT(google-explicit-constructor): it stands for any answer
      throw std::logic_error("a round does not ask for this");
    }
  };
  static Anything no() { throw std::logic_error("a round does not ask for this"); }
  std::map<std::string, std::string> values_;
};

}  // namespace tests
