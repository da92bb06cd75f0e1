#pragma once

// A child process of a test, and what is needed to wait for it. Output goes to files, so that a full pipe
// never stops it. Only its own pid is ever signalled; the destructor ends it. Not thread-safe.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace tests {

class Process {
 public:
  struct Start {
    std::vector<std::string> command;        // the program (a path, or found in PATH) and its arguments
    std::map<std::string, std::string> env;  // in addition to this process's own
    std::filesystem::path directory;         // to start in; empty: this one
    std::filesystem::path out;               // where its output goes; empty: nowhere
    std::filesystem::path err;               // may be the same as out
  };
  // Throws std::runtime_error when it cannot be started; a program that is not there ends with 127.
  explicit Process(const Start& start);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  pid_t pid() const noexcept { return pid_; }
  bool running();
  // Exit code, or 128 + signal; nothing when it still runs after `limit`.
  std::optional<int> wait(std::chrono::milliseconds limit);
  // Nothing happens when it has ended.
  void signal(int number);
  // SIGTERM, then SIGKILL after `grace`; the exit code as in wait().
  int stop(std::chrono::milliseconds grace = std::chrono::seconds(10));
  // SIGKILL at once.
  int kill();

 private:
  pid_t pid_ = -1;
  std::optional<int> ended_;
};

// Runs it to its end; throws std::runtime_error when that takes longer than `limit`.
struct Finished {
  int code = 0;
  std::string out;
  std::string err;
};
Finished run(Process::Start start, std::chrono::milliseconds limit = std::chrono::seconds(60));

// A port of 127.0.0.1 below 32768 that was free just now, so that no outgoing connection takes it; none twice
// until all were given.
std::uint16_t free_port();

// True as soon as somebody accepts there; false when nobody does for `limit`.
bool wait_for_port(std::uint16_t port, std::chrono::milliseconds limit);
// True as soon as GET answers 200.
bool wait_for_http(const std::string& url, std::chrono::milliseconds limit);

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace tests
