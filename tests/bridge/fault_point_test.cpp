#include "bridge/ops/fault_point.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

namespace {
// The wait status of a child that runs `body` and then leaves with 0.
int in_child(const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

void pass(int times) {
  for (int i = 0; i < times; ++i) bridge::fault_point("here");
}
}  // namespace

class FaultPointTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FaultPointTest);
  CPPUNIT_TEST(does_nothing_when_nobody_asks);
  CPPUNIT_TEST(ends_the_process_at_the_pass_asked_for);
  CPPUNIT_TEST(ends_the_process_at_the_place_asked_for);
  CPPUNIT_TEST(ends_the_process_at_a_later_pass_of_a_place);
  CPPUNIT_TEST(a_place_of_every_call_counts_only_when_one_is_named);
  CPPUNIT_TEST(lets_the_passes_before_through);
  CPPUNIT_TEST(writes_the_number_of_passes_at_exit);
  CPPUNIT_TEST_SUITE_END();

 public:
  void does_nothing_when_nobody_asks() {
    const int status = in_child([] { pass(1000); });
    CPPUNIT_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }

  void ends_the_process_at_the_pass_asked_for() {
    const int status = in_child([] {
      ::setenv("COUNTERSIGN_CRASH_AT", "3", 1);
      bridge::arm_fault_points();
      pass(3);
    });
    CPPUNIT_ASSERT(WIFSIGNALED(status));
    CPPUNIT_ASSERT_EQUAL(SIGKILL, WTERMSIG(status));
  }

  void ends_the_process_at_the_place_asked_for() {
    for (const char* place : {"here", "elsewhere"}) {
      const int status = in_child([&] {
        ::setenv("COUNTERSIGN_CRASH_AT", place, 1);
        bridge::arm_fault_points();
        pass(3);
      });
      CPPUNIT_ASSERT_EQUAL_MESSAGE(place, std::string(place) == "here", WIFSIGNALED(status) != 0);
    }
  }

  void ends_the_process_at_a_later_pass_of_a_place() {
    for (const auto& [times, dies] : {std::pair{2, false}, std::pair{3, true}}) {
      const int status = in_child([times = times] {
        ::setenv("COUNTERSIGN_CRASH_AT", "here:3", 1);
        bridge::arm_fault_points();
        for (int i = 0; i < 5; ++i) bridge::fault_point("elsewhere");
        pass(times);
      });
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(times) + " passes", dies, WIFSIGNALED(status) != 0);
    }
  }

  void a_place_of_every_call_counts_only_when_one_is_named() {
    for (const auto& [at, dies] : {std::pair{"1", false}, std::pair{"call", true}}) {
      const int status = in_child([at = at] {
        ::setenv("COUNTERSIGN_CRASH_AT", at, 1);
        bridge::arm_fault_points();
        bridge::frequent_fault_point("call");
      });
      CPPUNIT_ASSERT_EQUAL_MESSAGE(at, dies, WIFSIGNALED(status) != 0);
    }
  }

  void lets_the_passes_before_through() {
    const int status = in_child([] {
      ::setenv("COUNTERSIGN_CRASH_AT", "3", 1);
      bridge::arm_fault_points();
      pass(2);
    });
    CPPUNIT_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }

  void writes_the_number_of_passes_at_exit() {
    char path[] = "/tmp/countersign-passes-XXXXXX";
    ::close(::mkstemp(path));
    const int status = in_child([&] {
      ::setenv("COUNTERSIGN_CRASH_COUNT", path, 1);
      bridge::arm_fault_points();
      pass(7);
      std::exit(0);
    });
    long passes = -1;
    std::ifstream(path) >> passes;
    std::filesystem::remove(path);
    CPPUNIT_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CPPUNIT_ASSERT_EQUAL(7L, passes);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(FaultPointTest);
