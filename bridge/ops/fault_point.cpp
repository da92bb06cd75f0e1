#include "bridge/ops/fault_point.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace bridge {

namespace {
std::atomic<bool> armed{false};
std::atomic<long> passes{0};
std::atomic<long> crash_at{0};                 // 0: only count
std::atomic<const char*> crash_name{nullptr};  // when set, only its passes count

void write_count() {
  const char* path = std::getenv("COUNTERSIGN_CRASH_COUNT");
  if (path == nullptr) return;
  if (std::FILE* file = std::fopen(path, "w")) {
    std::fprintf(file, "%ld\n", passes.load());
    std::fclose(file);
  }
}

void crash(const char* name, long pass) noexcept {
  char text[160];
  const int n = std::snprintf(text, sizeof text, "fault point %ld: %s\n", pass, name);
  const std::size_t length =
      n < static_cast<int>(sizeof text) ? static_cast<std::size_t>(n) : sizeof text - 1;
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, length);
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

const bool read_at_start = (arm_fault_points(), true);
}  // namespace

void arm_fault_points() noexcept {
  const char* at = std::getenv("COUNTERSIGN_CRASH_AT");
  const char* count = std::getenv("COUNTERSIGN_CRASH_COUNT");
  passes = 0;
  const bool named = at != nullptr && (*at < '0' || *at > '9');
  static char name[64];
  crash_name = nullptr;
  if (named) {
    std::snprintf(name, sizeof name, "%s", at);
    char* const pass = std::strchr(name, ':');
    if (pass != nullptr) *pass = '\0';
    crash_at = pass != nullptr ? std::strtol(pass + 1, nullptr, 10) : 1;
    crash_name = name;
  } else {
    crash_at = at != nullptr ? std::strtol(at, nullptr, 10) : 0;
  }
  if (count != nullptr) {
    static const bool once = std::atexit(write_count) == 0;
    (void)once;
  }
  armed = crash_at > 0 || count != nullptr;
}

void fault_point(const char* name) noexcept {
  (void)read_at_start;
  if (!armed.load(std::memory_order_relaxed)) return;
  const char* only = crash_name.load(std::memory_order_relaxed);
  if (only != nullptr && std::strcmp(only, name) != 0) return;
  const long pass = ++passes;
  if (pass == crash_at.load(std::memory_order_relaxed)) crash(name, pass);
}

void frequent_fault_point(const char* name) noexcept {
  if (crash_name.load(std::memory_order_relaxed) != nullptr) fault_point(name);
}

}  // namespace bridge
