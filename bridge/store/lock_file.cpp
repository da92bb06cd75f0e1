#include "bridge/store/lock_file.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <thread>
#include <unistd.h>

#include "bridge/ops/error.h"

namespace bridge {

namespace {
// A lock of the open file, not of the process: two stores in one process exclude each other too.
bool set_lock(int file, LockFile::What what, short type) noexcept {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(what);
  lock.l_len = 1;
  return ::fcntl(file, F_OFD_SETLK, &lock) == 0;
}
}  // namespace

LockFile::LockFile(const std::filesystem::path& database) {
  const std::string name = database.string() + ".lock";
  file_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0)
    throw Error(ErrorCode::store_unavailable,
                name + " cannot be opened (" + std::strerror(errno) + "): look at the owner of its folder");
}
LockFile::~LockFile() {
  ::close(file_);
}

bool LockFile::try_lock(What what) noexcept {
  return set_lock(file_, what, F_WRLCK);
}
bool LockFile::lock_within(What what, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!try_lock(what)) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}
void LockFile::unlock(What what) noexcept {
  set_lock(file_, what, F_UNLCK);
}

void LockFile::write_owner() {
  const std::string text = std::to_string(::getpid()) + '\n';
  // Only for a message: when it cannot be written, the message does without.
  if (::ftruncate(file_, 0) != 0 || ::pwrite(file_, text.data(), text.size(), 0) < 0) return;
}
long LockFile::owner() const noexcept {
  char text[32] = {};
  if (::pread(file_, text, sizeof text - 1, 0) <= 0) return 0;
  return std::strtol(text, nullptr, 10);
}

}  // namespace bridge
