#include "bridge/siem/file_sink.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace bridge {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const std::string& doing) {
  throw std::system_error(errno, std::generic_category(), doing);
}

// A name that was given or taken lasts when its folder does.
void sync_folder(const std::string& file) {
  const std::string folder = fs::path(file).parent_path().string();
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

FileSink::~FileSink() {
  close();
}

void FileSink::close() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void FileSink::open() {
  fs::create_directories(fs::path(config_.path).parent_path());
  fd_ = ::open(config_.path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (fd_ < 0) fail("cannot open it");
  struct stat now {};
  if (::fstat(fd_, &now) != 0) fail("cannot look at it");
  if (!S_ISREG(now.st_mode)) {
    errno = EINVAL;
    fail("it is no file");
  }
  size_ = now.st_size;
  alone_ = ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
  if (size_ == 0)
    sync_folder(config_.path);
  else if (alone_)
    end_last_line();
}

// What a crash has left behind its last whole line is taken away: the whole of it is sent again.
void FileSink::end_last_line() {
  std::int64_t end = size_;
  char buffer[4096];
  while (end > 0) {
    const auto part = std::min<std::int64_t>(end, sizeof buffer);
    const auto n = ::pread(fd_, buffer, static_cast<std::size_t>(part), end - part);
    if (n != part) fail("cannot read it");
    const auto line = std::string_view(buffer, static_cast<std::size_t>(part)).rfind('\n');
    if (line != std::string_view::npos) {
      end -= part - static_cast<std::int64_t>(line) - 1;
      break;
    }
    end -= part;
  }
  if (end == size_) return;
  if (::ftruncate(fd_, end) != 0) fail("cannot cut it");
  size_ = end;
}

bool FileSink::is_moved() const {
  struct stat ours {
  }, named{};
  return ::fstat(fd_, &ours) != 0 || ::stat(config_.path.c_str(), &named) != 0 ||
         ours.st_ino != named.st_ino || ours.st_dev != named.st_dev;
}

void FileSink::rotate() {
  close();
  const auto numbered = [&](int n) { return config_.path + '.' + std::to_string(n); };
  for (int n = config_.keep - 1; n >= 1; --n)
    if (std::rename(numbered(n).c_str(), numbered(n + 1).c_str()) != 0 && errno != ENOENT)
      fail("cannot rename " + numbered(n));
  if (std::rename(config_.path.c_str(), numbered(1).c_str()) != 0) fail("cannot rename it");
  sync_folder(config_.path);
}

void FileSink::write(const std::string& text) {
  if (fd_ >= 0 && is_moved()) close();
  if (fd_ < 0) open();
  struct stat now {};
  if (::fstat(fd_, &now) == 0) size_ = now.st_size;  // it may have been emptied under us
  if (alone_ && config_.max_size > 0 && size_ > 0 &&
      size_ + static_cast<std::int64_t>(text.size()) > config_.max_size) {
    rotate();
    open();
  }
  for (std::size_t done = 0; done < text.size();) {
    const auto n = ::write(fd_, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int error = errno;
      // No half line stays, if that can be helped; opening it anew looks once more. Not where another process
      // writes as well: what stands behind ours is not ours to cut.
      if (!alone_ || ::ftruncate(fd_, size_) != 0) size_ += static_cast<std::int64_t>(done);
      errno = error;
      fail("cannot write it");
    }
    done += static_cast<std::size_t>(n);
  }
  if (::fsync(fd_) != 0) fail("cannot bring it to the disk");
}

SiemSink::Sent FileSink::send(const std::vector<SiemEvent>& events, Time /*now*/) {
  std::string text;
  for (const SiemEvent& event : events) text += event_json(event) + '\n';
  try {
    write(text);
  } catch (const std::system_error& e) {
    close();
    waiting_ = 0;
    return {siem_failure(connectors::Verdict::retry, "internal", config_.path + ": " + e.what())};
  }
  ++waiting_;
  return {};
}

SiemSink::Arrived FileSink::confirm(Time /*now*/) {
  return {std::exchange(waiting_, 0), {}};
}

}  // namespace bridge
