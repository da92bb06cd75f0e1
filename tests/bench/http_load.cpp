#include "tests/bench/http_load.h"

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <charconv>
#include <mutex>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "tests/bench/load.h"

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

class Connection {
 public:
  explicit Connection(const Target& target) : buffer_(std::size_t{256} << 10, '\0') {
    request_ = "GET " + target.path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    for (const auto& [name, value] : target.headers) request_ += name + ": " + value + "\r\n";
    request_ += "\r\n";
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    const timeval patience{30, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(target.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      fail("cannot connect to port " + std::to_string(target.port));
  }
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The size of the body; the body itself into `kept` when that is given.
  std::size_t get(std::string* kept = nullptr) {
    if (send(fd_, request_.data(), request_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request_.size()))
      fail("the connection takes no request");
    std::size_t have = 0;
    std::string_view head;
    for (std::size_t end = std::string::npos; end == std::string::npos;) {
      have += receive(have);
      end = std::string_view(buffer_.data(), have).find("\r\n\r\n");
      if (end != std::string::npos) head = std::string_view(buffer_.data(), end + 4);
    }
    if (!head.starts_with("HTTP/1.1 200")) fail("not 200: " + std::string(head));
    const std::size_t length = length_of(head);
    const std::size_t body_here = have - head.size();
    if (body_here > length) fail("more than one answer");
    if (kept) kept->assign(buffer_, head.size(), body_here);
    for (std::size_t left = length - body_here; left > 0;) {
      const std::size_t got = receive(0);
      if (got > left) fail("more than one answer");
      if (kept) kept->append(buffer_, 0, got);
      left -= got;
    }
    return length;
  }

 private:
  std::size_t receive(std::size_t at) {
    const ssize_t got = recv(fd_, buffer_.data() + at, buffer_.size() - at, 0);
    if (got <= 0) fail("the answer is not whole");
    return static_cast<std::size_t>(got);
  }
  static std::size_t length_of(std::string_view head) {
    constexpr std::string_view name = "\r\nContent-Length: ";
    const auto at = head.find(name);
    std::size_t length = 0;
    if (at == std::string_view::npos ||
        std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length).ec != std::errc())
      fail("no Content-Length");
    return length;
  }
  [[noreturn]] static void fail(const std::string& what) { throw std::runtime_error("GET: " + what); }

  std::string request_, buffer_;
  int fd_ = -1;
};

}  // namespace

LoadFigures get_again_and_again(const Target& target, int connections, std::chrono::milliseconds how_long) {
  std::mutex mutex;
  std::vector<double> all_ms;
  std::string failure;
  std::atomic<std::size_t> bytes{0};
  const auto begin = Clock::now();
  const auto end = begin + how_long;
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i)
    threads.emplace_back([&] {
      std::vector<double> taken_ms;
      std::string why;
      try {
        Connection connection(target);
        for (auto now = Clock::now(); now < end;) {
          bytes = connection.get();
          const auto later = Clock::now();
          taken_ms.push_back(std::chrono::duration<double, std::milli>(later - now).count());
          now = later;
        }
      } catch (const std::exception& e) {
        why = e.what();
      }
      const std::lock_guard lock(mutex);
      all_ms.insert(all_ms.end(), taken_ms.begin(), taken_ms.end());
      if (!why.empty()) failure = why;
    });
  for (std::thread& thread : threads) thread.join();
  if (!failure.empty()) throw std::runtime_error(failure);
  LoadFigures figures;
  figures.per_second =
      static_cast<double>(all_ms.size()) / std::chrono::duration<double>(Clock::now() - begin).count();
  figures.p50_ms = percentile(all_ms, 0.5);
  figures.p99_ms = percentile(std::move(all_ms), 0.99);
  figures.body_bytes = bytes;
  return figures;
}

std::string get_once(const Target& target) {
  std::string body;
  Connection(target).get(&body);
  return body;
}

}  // namespace bench
