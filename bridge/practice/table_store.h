#pragma once

// The practice desk's tables, in memory: rows of text fields, indexed by the fields named at construction
// and by the order of their last update. A row never changes once it is in: a change puts another in its
// place, so readers hold what they read for as long as they like. Thread-safe. Keeps no rules and no schema.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bridge {

class TableRow {
 public:
  // Empty when the field is not set.
  std::string_view get(std::string_view field) const noexcept;
  void set(std::string_view field, std::string_view value);
  std::string_view id() const noexcept { return get("sys_id"); }
  bool older_than(const TableRow& other) const noexcept { return made_ < other.made_; }

 private:
  friend class TableStore;
  std::vector<std::pair<std::string, std::string>> fields_;
  std::uint64_t made_ = 0;     // order of creation
  std::uint64_t changed_ = 0;  // order of the last change
};

using RowPtr = std::shared_ptr<const TableRow>;

class TableStore {
 public:
  // Table -> the fields that equal() can be asked for; sys_id is always one.
  explicit TableStore(const std::map<std::string, std::vector<std::string>>& tables);

  // The row must have a new sys_id.
  RowPtr insert(std::string_view table, TableRow row);
  // Puts `row` in the place of the one with its sys_id; null when that is gone.
  RowPtr replace(std::string_view table, TableRow row);
  bool remove(std::string_view table, std::string_view sys_id);
  void clear();

  RowPtr find(std::string_view table, std::string_view sys_id) const;
  bool indexed(std::string_view table, std::string_view field) const noexcept;
  // Oldest first.
  std::vector<RowPtr> equal(std::string_view table, std::string_view field, std::string_view value) const;
  // Rows whose sys_updated_on is `from` or later, by time of update.
  std::vector<RowPtr> updated_since(std::string_view table, std::string_view from) const;
  std::vector<RowPtr> all(std::string_view table) const;  // oldest first
  // `count` rows after skipping `skip`, newest first.
  std::vector<RowPtr> newest(std::string_view table, std::size_t skip, std::size_t count) const;
  std::size_t size(std::string_view table) const;
  // Values of an indexed field, other than "", that more than one row has, and how many rows.
  std::vector<std::pair<std::string, std::size_t>> shared_values(std::string_view table,
                                                                 std::string_view field) const;
  // Grows with every change.
  std::uint64_t version() const;

 private:
  using Rows = std::vector<RowPtr>;
  using Index = std::unordered_map<std::string, Rows>;
  struct Table {
    std::unordered_map<std::string, RowPtr> by_id;
    std::map<std::uint64_t, RowPtr> by_age;
    std::map<std::pair<std::string, std::uint64_t>, RowPtr> by_update;
    std::map<std::string, Index, std::less<>> by_field;
  };
  const Table* table(std::string_view name) const noexcept;
  void link(Table& table, const RowPtr& row);
  void unlink(Table& table, const RowPtr& row);

  mutable std::shared_mutex mutex_;
  std::map<std::string, Table, std::less<>> tables_;
  std::uint64_t made_ = 0;
  std::uint64_t changes_ = 0;
};

}  // namespace bridge
