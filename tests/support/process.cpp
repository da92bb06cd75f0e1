#include "tests/support/process.h"

#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "connectors/engine/http_exchange.h"
#include "tests/support/temporary_folder.h"

namespace tests {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds between_looks{5};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& more) {
  std::vector<std::string> lines;
  for (char** line = environ; *line != nullptr; ++line) {
    const std::string text = *line;
    if (!more.contains(text.substr(0, text.find('=')))) lines.push_back(text);
  }
  for (const auto& [name, value] : more) lines.push_back(name + '=' + value);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

int open_output(const std::filesystem::path& path) {
  const char* name = path.empty() ? "/dev/null" : path.c_str();
  const int fd = ::open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) throw std::runtime_error("cannot write " + path.string());
  return fd;
}

}  // namespace

Process::Process(const Start& start) {
  // Everything that allocates happens before fork(): other threads may hold locks.
  std::vector<std::string> arguments = start.command;
  std::vector<std::string> lines = environment_with(start.env);
  std::vector<char*> argv = pointers(arguments);
  std::vector<char*> envp = pointers(lines);
  const int out = open_output(start.out);
  const int err = open_output(start.err);
  const char* directory = start.directory.empty() ? "." : start.directory.c_str();
  pid_ = ::fork();
  if (pid_ == 0) {
    const int in = ::open("/dev/null", O_RDONLY);
    ::dup2(in, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    ::signal(SIGPIPE, SIG_DFL);
    if (::chdir(directory) == 0) ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  const int error = errno;
  ::close(out);
  ::close(err);
  if (pid_ < 0) throw std::runtime_error(std::string("fork: ") + std::strerror(error));
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), ended_(std::exchange(other.ended_, std::nullopt)) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(ended_, other.ended_);
  return *this;
}

Process::~Process() {
  if (running()) kill();
}

bool Process::running() {
  return pid_ > 0 && !wait(std::chrono::milliseconds(0));
}

std::optional<int> Process::wait(std::chrono::milliseconds limit) {
  const auto until = Clock::now() + limit;
  while (!ended_ && pid_ > 0) {
    int status = 0;
    const pid_t done = ::waitpid(pid_, &status, WNOHANG);
    if (done == pid_) {
      ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else if (done < 0 && errno != EINTR) {
      throw std::runtime_error(std::string("waitpid: ") + std::strerror(errno));
    } else if (Clock::now() >= until) {
      break;
    } else {
      std::this_thread::sleep_for(between_looks);
    }
  }
  return ended_;
}

void Process::signal(int number) {
  if (running()) ::kill(pid_, number);
}

int Process::stop(std::chrono::milliseconds grace) {
  signal(SIGTERM);
  if (const auto code = wait(grace)) return *code;
  return kill();
}

int Process::kill() {
  signal(SIGKILL);
  const auto code = wait(std::chrono::seconds(30));
  if (!code) throw std::runtime_error("a killed process does not end");
  return *code;
}

Finished run(Process::Start start, std::chrono::milliseconds limit) {
  const TemporaryFolder folder;
  start.out = folder / "out";
  start.err = folder / "err";
  Process process(start);
  const auto code = process.wait(limit);
  if (!code) process.kill();
  Finished finished{code.value_or(-1), read_file(start.out), read_file(start.err)};
  if (!code)
    throw std::runtime_error(start.command.front() + " did not end in time; it said: " + finished.out +
                             finished.err);
  return finished;
}

std::uint16_t free_port() {
  // In turn, from a place of this process's own: what was given is not bound yet as a rule, and ports at
  // random met each other, of one process or of two.
  constexpr unsigned lowest = 10'000, how_many = 22'000, apart = 97;
  static std::atomic<unsigned> next{static_cast<unsigned>(::getpid()) * apart};
  for (int attempt = 0; attempt < 200; ++attempt) {
    const auto port = static_cast<std::uint16_t>(lowest + next++ % how_many);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const bool free = fd >= 0 && ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    if (fd >= 0) ::close(fd);
    if (free) return port;
  }
  throw std::runtime_error("no free port below 32768 on 127.0.0.1");
}

bool wait_for_port(std::uint16_t port, std::chrono::milliseconds limit) {
  const auto until = Clock::now() + limit;
  for (;;) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    const bool there = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    if (there) return true;
    if (Clock::now() >= until) return false;
    std::this_thread::sleep_for(between_looks);
  }
}

bool wait_for_http(const std::string& url, std::chrono::milliseconds limit) {
  const auto until = Clock::now() + limit;
  connectors::HttpClient client;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
    const auto result = client.exchange({"GET", url, {}, "", std::max(left, between_looks)});
    if (result.delivery == connectors::Delivery::answered && result.answer.status == 200) return true;
    if (Clock::now() >= until) return false;
    std::this_thread::sleep_for(between_looks);
  }
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace tests
