#pragma once

// Waiting for a socket: never past an exchange's deadline, never past a stop. Thread-safe.

#include <chrono>
#include <string>

namespace connectors {

// A flag that poll() can wait for. Raised once.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  void raise() noexcept;
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

struct Until {
  std::chrono::steady_clock::time_point at;
  const StopSignal& stop;

  bool passed() const noexcept { return std::chrono::steady_clock::now() >= at; }
};

// Why something did not happen: a word of reasons(), and a text for a person.
struct Fault {
  std::string reason;
  std::string detail;

  // Sets both; false, so that a function can fail and say so in one line.
  bool is(const char* word, std::string text);
};

enum class Wait { ready, timeout, stopped };

// Waits for `events` of poll(2), which come back as what is there.
Wait wait_for(int fd, short& events, const Until& until);
// What a wait that was not ready means while `doing` something; false.
bool ends_early(Wait wait, const char* doing, Fault& fault);

}  // namespace connectors
