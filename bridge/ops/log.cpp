#include "bridge/ops/log.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <unistd.h>

#include "bridge/ops/clock.h"

namespace bridge {

namespace {
constexpr std::array<std::string_view, 4> names = {"debug", "info", "warning", "error"};

std::atomic<Level> lowest{Level::info};
std::atomic<void (*)(const std::string&)> to_sink{nullptr};

std::string_view name_of(Level level) noexcept {
  return names[static_cast<std::size_t>(level)];
}

// One write() a line, so that lines of several threads do not mix; the rest of a short write follows at once.
void write_line(const std::string& line) noexcept {
  const char* from = line.data();
  std::size_t left = line.size();
  while (left > 0) {
    const ssize_t n = ::write(STDERR_FILENO, from, left);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    from += n;
    left -= static_cast<std::size_t>(n);
  }
}

std::string line_of(Level level, std::string_view event,
                    std::initializer_list<mappings::Json::Member> fields) {
  std::string line = R"({"time":")" + to_iso(SystemClock().now()) + R"(","level":")" +
                     std::string(name_of(level)) + R"(","event":)";
  mappings::append_quoted(line, event);
  for (const auto& [name, value] : fields) {
    line += ',';
    mappings::append_quoted(line, name);
    line += ':';
    line += value.dump();
  }
  return line + "}\n";
}
}  // namespace

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

void log(Level level, std::string_view event, std::initializer_list<mappings::Json::Member> fields) noexcept {
  if (level < lowest.load(std::memory_order_relaxed)) return;
  try {
    const std::string line = line_of(level, event, fields);
    if (auto* sink = to_sink.load())
      sink(line);
    else
      write_line(line);
  } catch (...) {
    write_line("{\"level\":\"error\",\"event\":\"log_line_lost\"}\n");
  }
}

}  // namespace bridge
