#include "bridge/app/child_process.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace bridge {

ChildProcess::ChildProcess(const std::vector<std::string>& arguments, const std::string& log,
                           const std::string& errors) {
  std::vector<char*> argv{const_cast<char*>("countersign")};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (!log.empty()) {
    posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (errors.empty()) posix_spawn_file_actions_adddup2(&actions, 1, 2);
  }
  if (!errors.empty())
    posix_spawn_file_actions_addopen(&actions, 2, errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  // A child must not inherit a mask that blocks the signal it is stopped with.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const int error = posix_spawn(&pid_, "/proc/self/exe", &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), "cannot start countersign");
}

ChildProcess::~ChildProcess() {
  stop();
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), code_(other.code_) {}

bool ChildProcess::running() {
  return pid_ > 0 && !wait(std::chrono::milliseconds(0));
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!code_ && pid_ > 0) {
    int state = 0;
    const pid_t ended = waitpid(pid_, &state, WNOHANG);
    if (ended == pid_) {
      code_ = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    } else if (ended < 0 && errno != EINTR) {
      code_ = -1;
    } else if (std::chrono::steady_clock::now() >= end) {
      return std::nullopt;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  return code_;
}

int ChildProcess::stop(std::chrono::milliseconds patience) {
  if (pid_ <= 0) return -1;
  if (running()) kill(pid_, SIGTERM);
  if (!wait(patience)) {
    kill(pid_, SIGKILL);
    wait(std::chrono::seconds(5));
  }
  pid_ = -1;
  return code_.value_or(-1);
}

}  // namespace bridge
