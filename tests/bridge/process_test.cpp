// The acceptance tests lean on these: a wait that does not wait would make them lie.

#include "tests/support/process.h"

#include <csignal>
#include <set>

#include <cppunit/extensions/HelperMacros.h>

#include "tests/support/scripted_server.h"

using namespace std::chrono_literals;
using tests::Process;

class ProcessTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ProcessTest);
  CPPUNIT_TEST(runs_a_program_with_its_environment_and_keeps_its_output);
  CPPUNIT_TEST(tells_exit_codes_signals_and_missing_programs_apart);
  CPPUNIT_TEST(waits_no_longer_than_the_limit_and_stops_its_child);
  CPPUNIT_TEST(free_ports_lie_below_the_ephemeral_range_and_can_be_bound);
  CPPUNIT_TEST(gives_no_port_twice);
  CPPUNIT_TEST(waits_for_a_port_and_for_an_answer);
  CPPUNIT_TEST_SUITE_END();

 public:
  void runs_a_program_with_its_environment_and_keeps_its_output() {
    Process::Start start;
    start.command = {"sh", "-c", "echo \"$GREETING from $(pwd)\"; echo trouble >&2"};
    start.env = {{"GREETING", "hello"}};
    start.directory = "/";
    const auto finished = tests::run(start);
    CPPUNIT_ASSERT_EQUAL(0, finished.code);
    CPPUNIT_ASSERT_EQUAL(std::string("hello from /\n"), finished.out);
    CPPUNIT_ASSERT_EQUAL(std::string("trouble\n"), finished.err);
  }

  void tells_exit_codes_signals_and_missing_programs_apart() {
    CPPUNIT_ASSERT_EQUAL(3, tests::run({{"sh", "-c", "exit 3"}, {}, {}, {}, {}}).code);
    CPPUNIT_ASSERT_EQUAL(128 + SIGKILL, tests::run({{"sh", "-c", "kill -9 $$"}, {}, {}, {}, {}}).code);
    CPPUNIT_ASSERT_EQUAL(127, tests::run({{"/nonexistent/program"}, {}, {}, {}, {}}).code);
  }

  void waits_no_longer_than_the_limit_and_stops_its_child() {
    Process child({{"sleep", "600"}, {}, {}, {}, {}});
    CPPUNIT_ASSERT(!child.wait(1ms));
    CPPUNIT_ASSERT(child.running());
    CPPUNIT_ASSERT_EQUAL(128 + SIGTERM, child.stop());
    CPPUNIT_ASSERT(!child.running());
    CPPUNIT_ASSERT_EQUAL(128 + SIGTERM, child.kill());
    Process stubborn({{"sh", "-c", "trap '' TERM; while :; do sleep 0.01; done"}, {}, {}, {}, {}});
    const pid_t pid = stubborn.pid();
    { const Process gone = std::move(stubborn); }
    CPPUNIT_ASSERT_EQUAL_MESSAGE("it was ended and reaped", -1, ::kill(pid, 0));
    CPPUNIT_ASSERT_THROW(tests::run({{"sleep", "600"}, {}, {}, {}, {}}, 1ms), std::runtime_error);
  }

  void free_ports_lie_below_the_ephemeral_range_and_can_be_bound() {
    for (int i = 0; i < 20; ++i) {
      const auto port = tests::free_port();
      CPPUNIT_ASSERT(port >= 10'000 && port < 32'768);
      CPPUNIT_ASSERT(!tests::wait_for_port(port, 0ms));
    }
  }

  void gives_no_port_twice() {
    std::set<std::uint16_t> given;
    for (int i = 0; i < 300; ++i) {
      const auto port = tests::free_port();
      CPPUNIT_ASSERT_MESSAGE(std::to_string(port), given.insert(port).second);
    }
  }

  void waits_for_a_port_and_for_an_answer() {
    tests::ScriptedServer server([](tests::Peer& peer) {
      while (auto request = peer.read_request()) peer.answer(request->target == "/well" ? 200 : 503, "");
    });
    CPPUNIT_ASSERT(tests::wait_for_port(server.port(), 10s));
    CPPUNIT_ASSERT(tests::wait_for_http(server.url("/well"), 10s));
    CPPUNIT_ASSERT(!tests::wait_for_http(server.url("/ill"), 20ms));
    CPPUNIT_ASSERT(!tests::wait_for_http("http://127.0.0.1:" + std::to_string(tests::closed_port()), 20ms));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProcessTest);
