#include "tests/bridge/sqlite_fixture.h"

#include <fstream>

#include "bridge/store/sqlite_session.h"

namespace tests {

void run_sql(const std::filesystem::path& file, const std::vector<std::string>& statements) {
  if (!std::filesystem::exists(file)) std::ofstream(file).close();
  bridge::SqliteSession session(file, bridge::SqliteSession::Access::write);
  for (const auto& statement : statements) session.execute(statement);
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace tests
