#pragma once

// The file beside the database ("<database>.lock") by which processes agree who serves it and who moves its
// write-ahead log. Locks end with the process, however it ends. Used by one thread at a time.

#include <chrono>
#include <filesystem>
#include <sys/types.h>

namespace bridge {

class LockFile {
 public:
  enum class What : off_t {
    serving = 0,  // held by the one process that serves
    log = 1,      // held while the log is moved, and while another process writes: never both at once
  };

  explicit LockFile(const std::filesystem::path& database);
  ~LockFile();
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  bool try_lock(What what) noexcept;
  bool lock_within(What what, std::chrono::milliseconds limit);
  void unlock(What what) noexcept;

  // Who serves, for a message: the process that locked `serving` last.
  void write_owner();
  long owner() const noexcept;

 private:
  int file_ = -1;
};

}  // namespace bridge
