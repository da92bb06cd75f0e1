#pragma once

// The Inventory of an SqliteStore, which owns it. Thread-safe.

#include "bridge/store/inventory.h"

namespace bridge {

class SqliteStore;

class SqliteInventory final : public Inventory {
 public:
  explicit SqliteInventory(SqliteStore& store) : store_(store) {}

  Put put(const NewComputer& computer) override;
  std::optional<Computer> find(const std::string& queue, const Which& which) override;
  std::vector<Computer> page(const std::string& queue, const InventoryQuery& query) override;
  bool remove(const std::string& queue, const Which& which) override;
  Counts counts(const std::string& queue) override;

 private:
  SqliteStore& store_;
};

}  // namespace bridge
