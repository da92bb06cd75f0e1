#include "bridge/ops/log.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <poll.h>
#include <thread>
#include <unistd.h>

#include "bridge/ops/clock.h"

namespace bridge {

namespace {
constexpr std::array<std::string_view, 4> names = {"debug", "info", "warning", "error"};

constexpr std::chrono::seconds longest_stop{1};

std::atomic<Level> lowest{Level::info};
std::atomic<void (*)(const std::string&)> to_sink{nullptr};

std::string_view name_of(Level level) noexcept {
  return names[static_cast<std::size_t>(level)];
}

// True: standard error, which somebody made non-blocking, takes something again.
bool has_room(std::chrono::steady_clock::time_point until) noexcept {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  if (left.count() <= 0) return false;
  pollfd wanted{STDERR_FILENO, POLLOUT, 0};
  const int ready = ::poll(&wanted, 1, static_cast<int>(left.count()));
  return ready > 0 || (ready < 0 && errno == EINTR);
}

// One write() a line, so that lines of several threads do not mix; the rest of a short write follows at once.
// Nobody is waited for longer than a second: then the rest is lost, and the next line begins a line.
void write_line(const std::string& line) noexcept {
  static std::atomic<bool> cut_short{false};
  std::string_view left = line;
  std::string whole;
  if (cut_short.load(std::memory_order_relaxed) && cut_short.exchange(false)) {
    try {
      left = whole.append(1, '\n').append(line);
    } catch (const std::exception&) {
      left = line;
    }
  }
  char last = whole.empty() ? '\n' : ' ';
  std::chrono::steady_clock::time_point until{};
  while (!left.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, left.data(), left.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      if (until == std::chrono::steady_clock::time_point{})
        until = std::chrono::steady_clock::now() + longest_stop;
      if (has_room(until)) continue;
    }
    if (n <= 0) break;
    last = left[static_cast<std::size_t>(n) - 1];
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  if (!left.empty() && last != '\n') cut_short.store(true);
}

// The lines that wait to be written. Never destroyed: threads may log until the very end.
class Kept {
 public:
  void begin() {
    const std::lock_guard lock(mutex_);
    if (users_++ > 0) return;
    ended_ = false;
    thread_ = std::thread([this] { write_now_and_then(); });
  }
  void end() {
    std::thread ended;
    {
      const std::lock_guard lock(mutex_);
      if (--users_ > 0) return;
      ended_ = true;
      write_all();
      ended.swap(thread_);
    }
    changed_.notify_one();
    ended.join();
  }
  // False: nobody keeps lines now.
  bool take(Level level, const std::string& line) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      if (thread_.get_id() == std::thread::id()) return false;
      first = lines_.empty();
      lines_ += line;
      if (level >= Level::warning || lines_.size() >= most) {
        write_all();
        first = false;
      }
    }
    if (first) changed_.notify_one();
    return true;
  }

 private:
  static constexpr std::size_t most = 32u << 10;
  static constexpr std::chrono::milliseconds longest{10};

  // In their order: mutex_ is held, also while the reader of standard error is slow.
  void write_all() {
    write_line(lines_);
    lines_.clear();
  }
  void write_now_and_then() {
    std::unique_lock lock(mutex_);
    while (!ended_) {
      changed_.wait(lock, [this] { return ended_ || !lines_.empty(); });
      changed_.wait_for(lock, longest, [this] { return ended_; });
      write_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string lines_;
  std::thread thread_;
  int users_ = 0;
  bool ended_ = true;
};

Kept& kept() {
  static auto* const lines = new Kept;
  return *lines;
}

// Json's own way of writing fractions is libjq's, which costs as much as the rest of the line.
void append_number(std::string& line, double number) {
  std::array<char, 32> digits{};
  const auto written =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed);
  if (std::isfinite(number) && written.ec == std::errc())
    line.append(digits.data(), written.ptr);
  else
    line += mappings::Json(number).dump();
}

std::string line_of(Level level, std::string_view event, std::initializer_list<LogField> fields) {
  std::string line = R"({"time":")" + to_iso(SystemClock().now()) + R"(","level":")" +
                     std::string(name_of(level)) + R"(","event":)";
  mappings::append_quoted(line, event);
  for (const auto& [name, value] : fields) {
    line += ',';
    mappings::append_quoted(line, name);
    line += ':';
    value.append_to(line);
  }
  return line + "}\n";
}
}  // namespace

void LogValue::append_to(std::string& line) const {
  switch (kind_) {
    case Kind::null:
      line += "null";
      return;
    case Kind::truth:
      line += number_ != 0 ? "true" : "false";
      return;
    case Kind::number:
      return append_number(line, number_);
    case Kind::json:
      line += json_->dump();
      return;
    case Kind::text:
      break;
  }
  if (mappings::is_valid_utf8(text_))
    mappings::append_quoted(line, text_);
  else
    line += mappings::Json(text_).dump();
}

GatheredLogLines::GatheredLogLines() {
  kept().begin();
}
GatheredLogLines::~GatheredLogLines() {
  kept().end();
}

std::optional<Level> level_from(std::string_view name) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<Level>(i);
  return std::nullopt;
}

void set_log_level(Level level) noexcept {
  lowest.store(level, std::memory_order_relaxed);
}

void set_log_sink(void (*sink)(const std::string& line)) noexcept {
  to_sink.store(sink);
}

void log(Level level, std::string_view event, std::initializer_list<LogField> fields) noexcept {
  if (level < lowest.load(std::memory_order_relaxed)) return;
  try {
    const std::string line = line_of(level, event, fields);
    if (auto* sink = to_sink.load())
      sink(line);
    else if (!kept().take(level, line))
      write_line(line);
  } catch (...) {
    write_line("{\"level\":\"error\",\"event\":\"log_line_lost\"}\n");
  }
}

}  // namespace bridge
