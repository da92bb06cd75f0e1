#include "bridge/practice/table_store.h"

#include <algorithm>

namespace bridge {

std::string_view TableRow::get(std::string_view field) const noexcept {
  for (const auto& [name, value] : fields_)
    if (name == field) return value;
  return {};
}

void TableRow::set(std::string_view field, std::string_view value) {
  for (auto& [name, old] : fields_)
    if (name == field) {
      old = value;
      return;
    }
  fields_.emplace_back(field, value);
}

TableStore::TableStore(const std::map<std::string, std::vector<std::string>>& tables) {
  for (const auto& [name, fields] : tables)
    for (auto& table = tables_[name]; const auto& field : fields) table.by_field[field];
}

const TableStore::Table* TableStore::table(std::string_view name) const noexcept {
  const auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : &found->second;
}

void TableStore::link(Table& table, const RowPtr& row) {
  table.by_id[std::string(row->id())] = row;
  table.by_age[row->made_] = row;
  table.by_update[{std::string(row->get("sys_updated_on")), row->changed_}] = row;
  for (auto& [field, index] : table.by_field) {
    Rows& rows = index[std::string(row->get(field))];
    const auto place = std::upper_bound(rows.begin(), rows.end(), row,
                                        [](const RowPtr& a, const RowPtr& b) { return a->made_ < b->made_; });
    rows.insert(place, row);
  }
}

void TableStore::unlink(Table& table, const RowPtr& row) {
  table.by_id.erase(std::string(row->id()));
  table.by_age.erase(row->made_);
  table.by_update.erase({std::string(row->get("sys_updated_on")), row->changed_});
  for (auto& [field, index] : table.by_field) {
    const auto found = index.find(std::string(row->get(field)));
    if (found == index.end()) continue;
    Rows& rows = found->second;
    const auto place = std::lower_bound(rows.begin(), rows.end(), row,
                                        [](const RowPtr& a, const RowPtr& b) { return a->made_ < b->made_; });
    if (place != rows.end() && (*place)->made_ == row->made_) rows.erase(place);
    if (rows.empty()) index.erase(found);
  }
}

RowPtr TableStore::insert(std::string_view name, TableRow row) {
  std::unique_lock lock(mutex_);
  const auto found = tables_.find(name);
  if (found == tables_.end()) return nullptr;
  row.made_ = ++made_;
  row.changed_ = ++changes_;
  auto kept = std::make_shared<const TableRow>(std::move(row));
  link(found->second, kept);
  return kept;
}

RowPtr TableStore::replace(std::string_view name, TableRow row) {
  std::unique_lock lock(mutex_);
  const auto found = tables_.find(name);
  if (found == tables_.end()) return nullptr;
  const auto old = found->second.by_id.find(std::string(row.id()));
  if (old == found->second.by_id.end()) return nullptr;
  const RowPtr before = old->second;
  row.made_ = before->made_;
  row.changed_ = ++changes_;
  auto kept = std::make_shared<const TableRow>(std::move(row));
  unlink(found->second, before);
  link(found->second, kept);
  return kept;
}

bool TableStore::remove(std::string_view name, std::string_view sys_id) {
  std::unique_lock lock(mutex_);
  const auto found = tables_.find(name);
  if (found == tables_.end()) return false;
  const auto old = found->second.by_id.find(std::string(sys_id));
  if (old == found->second.by_id.end()) return false;
  ++changes_;
  const RowPtr row = old->second;
  unlink(found->second, row);
  return true;
}

void TableStore::clear() {
  std::unique_lock lock(mutex_);
  ++changes_;
  for (auto& [name, table] : tables_) {
    table.by_id.clear();
    table.by_age.clear();
    table.by_update.clear();
    for (auto& [field, index] : table.by_field) index.clear();
  }
}

RowPtr TableStore::find(std::string_view name, std::string_view sys_id) const {
  std::shared_lock lock(mutex_);
  const Table* rows = table(name);
  if (!rows) return nullptr;
  const auto found = rows->by_id.find(std::string(sys_id));
  return found == rows->by_id.end() ? nullptr : found->second;
}

bool TableStore::indexed(std::string_view name, std::string_view field) const noexcept {
  const Table* rows = table(name);  // neither tables nor their indexes change after the constructor
  return rows && (field == "sys_id" || rows->by_field.find(field) != rows->by_field.end());
}

std::vector<RowPtr> TableStore::equal(std::string_view name, std::string_view field,
                                      std::string_view value) const {
  if (field == "sys_id") {
    RowPtr row = find(name, value);
    return row ? Rows{row} : Rows{};
  }
  std::shared_lock lock(mutex_);
  const Table* rows = table(name);
  if (!rows) return {};
  const auto index = rows->by_field.find(field);
  if (index == rows->by_field.end()) return {};
  const auto found = index->second.find(std::string(value));
  return found == index->second.end() ? Rows{} : found->second;
}

std::vector<RowPtr> TableStore::updated_since(std::string_view name, std::string_view from) const {
  std::shared_lock lock(mutex_);
  Rows result;
  if (const Table* rows = table(name))
    for (auto at = rows->by_update.lower_bound({std::string(from), 0}); at != rows->by_update.end(); ++at)
      result.push_back(at->second);
  return result;
}

std::vector<RowPtr> TableStore::all(std::string_view name) const {
  std::shared_lock lock(mutex_);
  Rows result;
  if (const Table* rows = table(name)) {
    result.reserve(rows->by_age.size());
    for (const auto& [age, row] : rows->by_age) result.push_back(row);
  }
  return result;
}

std::vector<RowPtr> TableStore::newest(std::string_view name, std::size_t skip, std::size_t count) const {
  std::shared_lock lock(mutex_);
  Rows result;
  if (const Table* rows = table(name))
    for (auto at = rows->by_age.rbegin(); at != rows->by_age.rend() && result.size() < count; ++at) {
      if (skip > 0) {
        --skip;
      } else {
        result.push_back(at->second);
      }
    }
  return result;
}

std::size_t TableStore::size(std::string_view name) const {
  std::shared_lock lock(mutex_);
  const Table* rows = table(name);
  return rows ? rows->by_id.size() : 0;
}

std::vector<std::pair<std::string, std::size_t>> TableStore::shared_values(std::string_view name,
                                                                           std::string_view field) const {
  std::shared_lock lock(mutex_);
  std::vector<std::pair<std::string, std::size_t>> result;
  const Table* rows = table(name);
  if (!rows) return result;
  if (const auto index = rows->by_field.find(field); index != rows->by_field.end())
    for (const auto& [value, sharing] : index->second)
      if (!value.empty() && sharing.size() > 1) result.emplace_back(value, sharing.size());
  std::sort(result.begin(), result.end());
  return result;
}

std::uint64_t TableStore::version() const {
  std::shared_lock lock(mutex_);
  return changes_;
}

}  // namespace bridge
