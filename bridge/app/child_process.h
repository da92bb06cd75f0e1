#pragma once

// A child of this process, ended with it: another verb of this same program. Not thread-safe.

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace bridge {

class ChildProcess {
 public:
  // Starts this program with `arguments`; its output goes to `log` (appended), or to ours when that is empty,
  // what it says went wrong to `errors`, by default the same. Throws std::system_error.
  ChildProcess(const std::vector<std::string>& arguments, const std::string& log,
               const std::string& errors = {});
  ~ChildProcess();  // stop()
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  bool running();
  // SIGTERM, and SIGKILL after `patience`. The exit code, -1 when it was killed.
  int stop(std::chrono::milliseconds patience = std::chrono::seconds(6));
  // Waits for its own end. Nothing when it still runs after `patience`.
  std::optional<int> wait(std::chrono::milliseconds patience);

 private:
  pid_t pid_ = -1;
  std::optional<int> code_;
};

}  // namespace bridge
