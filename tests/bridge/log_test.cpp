#include "bridge/ops/log.h"

#include <algorithm>
#include <fcntl.h>
#include <mutex>
#include <optional>
#include <poll.h>
#include <thread>
#include <unistd.h>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using bridge::Level;
using mappings::Json;

namespace {
std::mutex lines_mutex;
std::vector<std::string> lines;
void keep(const std::string& line) {
  std::lock_guard lock(lines_mutex);
  lines.push_back(line);
}
}  // namespace

class LogTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LogTest);
  CPPUNIT_TEST(writes_one_json_object_a_line);
  CPPUNIT_TEST(numbers_read_back_as_they_were);
  CPPUNIT_TEST(leaves_out_what_is_below_the_level);
  CPPUNIT_TEST(lines_of_many_threads_do_not_mix);
  CPPUNIT_TEST(lines_that_are_kept_are_written_by_themselves);
  CPPUNIT_TEST(a_warning_is_written_at_once_behind_what_was_kept);
  CPPUNIT_TEST(nothing_is_left_when_keeping_ends);
  CPPUNIT_TEST(a_reader_that_is_slow_gets_every_line_whole);
  CPPUNIT_TEST(behind_a_line_that_was_cut_short_the_next_begins_anew);
  CPPUNIT_TEST(level_names_read_back);
  CPPUNIT_TEST(a_sink_that_throws_is_not_felt);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    lines.clear();
    bridge::set_log_sink(keep);
    bridge::set_log_level(Level::info);
  }
  void tearDown() override {
    bridge::set_log_sink(nullptr);
    bridge::set_log_level(Level::info);
  }

  void writes_one_json_object_a_line() {
    bridge::log(Level::warning, "desk_paused", {{"desk", "snow"}, {"text", "a \"b\"\nc"}, {"attempts", 3}});
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, lines.size());
    CPPUNIT_ASSERT_EQUAL(lines[0].size() - 1, lines[0].find('\n'));
    const Json line = Json::parse(lines[0]);
    CPPUNIT_ASSERT_EQUAL(std::string("time level event desk text attempts"), joined(line.keys()));
    CPPUNIT_ASSERT_EQUAL(std::string("warning"), line.get("level").string_or(""));
    CPPUNIT_ASSERT_EQUAL(std::string("a \"b\"\nc"), line.get("text").string_or(""));
    CPPUNIT_ASSERT(line.get("attempts") == Json(3));
    const std::string time = line.get("time").string_or("");
    CPPUNIT_ASSERT_EQUAL(std::string("2000-01-01T00:00:00.000Z").size(), time.size());
  }

  void numbers_read_back_as_they_were() {
    for (const double number : {0.0, 200.0, -1.5, 0.084, 1234.5678, 0.1 + 0.2, 1e15, 1e300, 5e-324, -1e-7}) {
      lines.clear();
      bridge::log(Level::info, "call", {{"ms", number}});
      CPPUNIT_ASSERT_EQUAL(std::size_t{1}, lines.size());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(lines[0], number,
                                   Json::parse(lines[0]).get("ms").as_number().value_or(-7));
    }
  }

  void leaves_out_what_is_below_the_level() {
    bridge::log(Level::debug, "unseen");
    bridge::log(Level::info, "seen");
    bridge::set_log_level(Level::error);
    bridge::log(Level::warning, "unseen");
    bridge::log(Level::error, "seen");
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, lines.size());
    for (const auto& line : lines)
      CPPUNIT_ASSERT_EQUAL(std::string("seen"), Json::parse(line).get("event").string_or(""));
  }

  void lines_of_many_threads_do_not_mix() {
    for (const bool kept : {false, true}) {
      StandardError read;
      {
        std::optional<bridge::GatheredLogLines> gathered;
        if (kept) gathered.emplace();
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
          threads.emplace_back([] {
            for (int i = 0; i < 50; ++i) bridge::log(Level::info, "tick", {{"text", std::string(100, 'x')}});
          });
        for (auto& thread : threads) thread.join();
      }
      const auto events = events_in(read.now());
      CPPUNIT_ASSERT_EQUAL(std::size_t{200}, events.size());
      for (const auto& event : events) CPPUNIT_ASSERT_EQUAL(std::string("tick"), event);
    }
  }

  void lines_that_are_kept_are_written_by_themselves() {
    StandardError read;
    const bridge::GatheredLogLines gathered;
    bridge::log(Level::info, "kept");
    CPPUNIT_ASSERT_EQUAL(std::string("kept"), joined(events_in(read.some())));  // waits for it
  }

  void a_warning_is_written_at_once_behind_what_was_kept() {
    StandardError read;
    const bridge::GatheredLogLines gathered;
    for (int i = 0; i < 20; ++i) {
      bridge::log(Level::info, "first");
      bridge::log(Level::warning, "second");
      // What is not in the pipe by now would be missing.
      const std::string events = joined(events_in(read.now()));
      CPPUNIT_ASSERT_EQUAL(std::string("first second"), events);
    }
  }

  void nothing_is_left_when_keeping_ends() {
    StandardError read;
    {
      const bridge::GatheredLogLines outer;
      {
        const bridge::GatheredLogLines inner;
        bridge::log(Level::info, "one");
      }
      bridge::log(Level::info, "two");
    }
    CPPUNIT_ASSERT_EQUAL(std::string("one two"), joined(events_in(read.now())));
    bridge::log(Level::info, "three");
    CPPUNIT_ASSERT_EQUAL(std::string("three"), joined(events_in(read.now())));
  }

  void a_reader_that_is_slow_gets_every_line_whole() {
    StandardError read;
    read.must_not_block();
    std::string text;
    std::thread reader([&] {
      while (text.empty() || text.back() != '\0') text += read.some();
    });
    bridge::log(Level::info, "long", {{"text", std::string(500'000, 'x')}});
    read.end();
    reader.join();
    text.pop_back();
    CPPUNIT_ASSERT(events_in(text) == std::vector<std::string>{"long"});
  }

  void behind_a_line_that_was_cut_short_the_next_begins_anew() {
    StandardError read;
    read.must_not_block();
    bridge::log(Level::info, "cut", {{"text", std::string(500'000, 'x')}});
    const std::string first = read.now();
    CPPUNIT_ASSERT(!first.empty() && first.find('\n') == std::string::npos);
    bridge::log(Level::info, "next");
    const std::string next = read.now();
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, next.find('\n'));
    CPPUNIT_ASSERT(events_in(next.substr(1)) == std::vector<std::string>{"next"});
  }

  void level_names_read_back() {
    CPPUNIT_ASSERT(bridge::level_from("debug") == Level::debug);
    CPPUNIT_ASSERT(bridge::level_from("error") == Level::error);
    CPPUNIT_ASSERT(!bridge::level_from("Error"));
    CPPUNIT_ASSERT(!bridge::level_from(""));
  }

  void a_sink_that_throws_is_not_felt() {
    static bool called = false;
    bridge::set_log_sink([](const std::string&) {
      called = true;
      throw 1;
    });
    const int before = ::dup(STDERR_FILENO);
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDERR_FILENO);
    bridge::log(Level::info, "tick");
    ::dup2(before, STDERR_FILENO);
    ::close(before);
    ::close(nowhere);
    CPPUNIT_ASSERT(called);
  }

 private:
  // The real file descriptor, put onto a pipe that is large enough.
  class StandardError {
   public:
    StandardError() : before_(::dup(STDERR_FILENO)) {
      bridge::set_log_sink(nullptr);
      if (::pipe(ends_) == 0) ::dup2(ends_[1], STDERR_FILENO);
    }
    ~StandardError() {
      ::dup2(before_, STDERR_FILENO);
      for (const int end : {before_, ends_[0], ends_[1]}) ::close(end);
    }
    StandardError(const StandardError&) = delete;
    StandardError& operator=(const StandardError&) = delete;

    void must_not_block() const { ::fcntl(ends_[1], F_SETFL, O_NONBLOCK); }

    // A NUL, whatever was written before it.
    void end() const {
      ::fcntl(ends_[1], F_SETFL, 0);
      CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::write(ends_[1], "", 1));
    }

    // Waits until there is something.
    std::string some() {
      char bytes[4096];
      const ssize_t n = ::read(ends_[0], bytes, sizeof bytes);
      return {bytes, static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
    }
    std::string now() {
      std::string text;
      pollfd wanted{ends_[0], POLLIN, 0};
      while (::poll(&wanted, 1, 0) == 1) text += some();
      return text;
    }

   private:
    int ends_[2] = {-1, -1};
    const int before_;
  };
  static std::vector<std::string> events_in(const std::string& text) {
    std::vector<std::string> events;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      CPPUNIT_ASSERT(end != std::string::npos);
      events.push_back(Json::parse(text.substr(at, end - at)).get("event").string_or(""));
      at = end + 1;
    }
    return events;
  }
  static std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LogTest);
