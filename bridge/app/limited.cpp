#include <csignal>
#include <cstdio>
#include <iostream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/app/commands.h"

namespace bridge {

int run_limited(const std::function<int()>& verb, std::chrono::seconds cpu) {
  std::cout.flush();
  std::cerr.flush();
  const pid_t child = fork();
  if (child < 0) {
    std::perror("countersign: cannot start a child process");
    return exit_unavailable;
  }
  if (child == 0) {
    const auto seconds = static_cast<rlim_t>(cpu.count());
    const rlimit cpu_limit{seconds, seconds + 1};
    setrlimit(RLIMIT_CPU, &cpu_limit);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    const rlimit memory_limit{rlim_t{1} << 30, rlim_t{1} << 30};
    setrlimit(RLIMIT_AS, &memory_limit);
#endif
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    int code = exit_unavailable;
    try {
      code = verb();
    } catch (const std::bad_alloc&) {
      std::cerr << "error: out of memory (1 GB): look for an expression that never ends\n";
      code = exit_no;
    } catch (const std::exception& e) {
      std::cerr << "error: " << e.what() << '\n';
    }
    std::cout.flush();
    std::cerr.flush();
    std::fflush(nullptr);
    _exit(code);
  }
  int state = 0;
  while (waitpid(child, &state, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(state)) return WEXITSTATUS(state);
  std::cerr
      << "error: stopped after " << cpu.count()
      << " s of computing or 1 GB of memory: look for an expression that never ends (repeat, while, recurse, "
         "range without an end)\n";
  return exit_no;
}

}  // namespace bridge
