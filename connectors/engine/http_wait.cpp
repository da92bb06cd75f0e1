#include "connectors/engine/http_wait.h"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace connectors {

StopSignal::StopSignal() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

StopSignal::~StopSignal() {
  ::close(fd_);
}

void StopSignal::raise() noexcept {
  ::eventfd_write(fd_, 1);
}

bool Fault::is(const char* word, std::string text) {
  reason = word;
  detail = std::move(text);
  return false;
}

Wait wait_for(int fd, short& events, const Until& until) {
  pollfd fds[2] = {{fd, events, 0}, {until.stop.fd(), POLLIN, 0}};
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until.at - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Wait::timeout;
    const int n = ::poll(fds, 2, static_cast<int>(std::min<long long>(left.count(), 1'000'000)));
    if (n < 0 && errno != EINTR) return Wait::ready;  // the next operation on the socket says what is wrong
    if (n <= 0) continue;
    if (fds[1].revents != 0) return Wait::stopped;
    events = fds[0].revents;
    return Wait::ready;
  }
}

bool ends_early(Wait wait, const char* doing, Fault& fault) {
  if (wait == Wait::stopped) return fault.is("stopped", std::string("stopped while ") + doing);
  return fault.is("timeout", std::string("the deadline passed while ") + doing);
}

}  // namespace connectors
