#pragma once

// A store in an SQLite file of its own for each test, and the file itself, to be looked at or spoilt.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/ops/error.h"
#include "tests/bridge/store_contract.h"
#include "tests/support/temporary_folder.h"

namespace tests {

class SqliteFixture : public StoreContract {
 public:
  void tearDown() override {
    StoreContract::tearDown();
    folder_.reset();
  }

 protected:
  std::unique_ptr<bridge::Store> open() override { return bridge::open_store(where()); }
  // In a folder that does not exist yet, with a name that a URI would take apart.
  std::filesystem::path file() const { return folder_->path() / "var" / "store #1 100%?.db"; }
  std::string where() const { return "sqlite:" + file().string(); }

  std::optional<TemporaryFolder> folder_{std::in_place};
};

// Makes the file when there is none.
void run_sql(const std::filesystem::path& file, const std::vector<std::string>& statements);
std::string content(const std::filesystem::path& file);
bool holds(const std::string& text, const std::string& part);

// The message of the Error that opening or doing gives; empty when there is none.
template <class Act>
std::string refusal(const Act& act) {
  try {
    act();
  } catch (const bridge::Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace tests
