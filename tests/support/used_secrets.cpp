#include "tests/support/used_secrets.h"

#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <stdexcept>
#include <unistd.h>

namespace tests {

namespace {

constexpr std::size_t least_size = 12;

struct Noted {
  std::mutex mutex;
  std::set<std::string> secrets;
};
Noted& noted() {
  static Noted all;
  return all;
}

// "cs_live_3fa97f2c_<secret>_<checksum>": the secret alone, since the rest may be shown.
std::string secret_part(std::string text) {
  text.erase(text.find_last_not_of(" \r\n") + 1);
  if (!text.starts_with("cs_")) return text;
  const auto end = text.rfind('_');
  const auto begin = text.rfind('_', end - 1) + 1;
  return text.substr(begin, end - begin);
}

}  // namespace

void note_secret(const std::string& secret) {
  const std::string part = secret_part(secret);
  if (part.size() < least_size) throw std::runtime_error("too short a secret to look for: " + part);
  const std::lock_guard lock(noted().mutex);
  if (!noted().secrets.insert(part).second) return;
  // One file a process: tests of several run at the same time.
  const auto folder = std::filesystem::path(SOURCE_DIR) / "build/used-secrets";
  std::filesystem::create_directories(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  std::ofstream(folder / std::to_string(getpid()), std::ios::app) << part << '\n';
}

void must_show_no_secret(const std::string& where, const std::string& text) {
  const std::lock_guard lock(noted().mutex);
  for (const std::string& secret : noted().secrets)
    if (text.find(secret) != std::string::npos)
      throw std::runtime_error(where + " shows the secret " + secret.substr(0, 4) + "...");
}

}  // namespace tests
