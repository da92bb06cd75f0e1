#include "bridge/ops/log.h"

#include <fcntl.h>
#include <mutex>
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
  CPPUNIT_TEST(leaves_out_what_is_below_the_level);
  CPPUNIT_TEST(lines_of_many_threads_do_not_mix);
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

  // Through the real file descriptor, put onto a pipe that is large enough.
  void lines_of_many_threads_do_not_mix() {
    int ends[2];
    CPPUNIT_ASSERT_EQUAL(0, ::pipe(ends));
    const int before = ::dup(STDERR_FILENO);
    bridge::set_log_sink(nullptr);
    ::dup2(ends[1], STDERR_FILENO);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([] {
        for (int i = 0; i < 50; ++i) bridge::log(Level::info, "tick", {{"text", std::string(100, 'x')}});
      });
    for (auto& thread : threads) thread.join();
    ::dup2(before, STDERR_FILENO);
    ::close(before);
    ::close(ends[1]);
    std::string all;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(n));
    ::close(ends[0]);
    int count = 0;
    for (std::size_t at = 0; at < all.size(); ++count) {
      const auto end = all.find('\n', at);
      CPPUNIT_ASSERT(end != std::string::npos);
      CPPUNIT_ASSERT_EQUAL(std::string("tick"),
                           Json::parse(all.substr(at, end - at)).get("event").string_or(""));
      at = end + 1;
    }
    CPPUNIT_ASSERT_EQUAL(200, count);
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
  static std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LogTest);
