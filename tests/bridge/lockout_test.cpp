#include "bridge/access/lockout.h"

#include <atomic>
#include <thread>

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/metrics.h"
#include "tests/support/fake_clock.h"

using bridge::IpAddress;
using bridge::Lockout;
using bridge::LockoutRules;
using namespace std::chrono_literals;

namespace {
std::optional<IpAddress> at(const std::string& text) {
  return IpAddress::parse(text);
}
const std::optional<IpAddress> nowhere;

int failures_until_locked(Lockout& lockout, const std::string& id, const std::optional<IpAddress>& from) {
  for (int n = 1; n <= 100; ++n)
    if (const auto locked = lockout.failed(id, from); locked.id || locked.address) return n;
  return 0;
}
}  // namespace

class LockoutTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LockoutTest);
  CPPUNIT_TEST(locks_an_id_at_its_fifth_failure_for_a_quarter_of_an_hour);
  CPPUNIT_TEST(locks_an_address_whatever_ids_it_tries);
  CPPUNIT_TEST(counts_ipv6_by_the_network_that_one_site_has);
  CPPUNIT_TEST(forgives_one_failure_after_the_other);
  CPPUNIT_TEST(does_not_lock_who_fails_no_oftener_than_is_forgiven);
  CPPUNIT_TEST(locks_for_longer_each_time_up_to_the_limit);
  CPPUNIT_TEST(forgives_the_length_of_locks_step_by_step);
  CPPUNIT_TEST(locks_alike_each_time_when_told_so);
  CPPUNIT_TEST(begins_anew_after_a_lock_and_after_success);
  CPPUNIT_TEST(a_success_ends_no_lock);
  CPPUNIT_TEST(holds_nothing_of_who_is_forgiven);
  CPPUNIT_TEST(does_not_lengthen_a_lock_by_what_fails_meanwhile);
  CPPUNIT_TEST(holds_nobody_whom_the_rules_except);
  CPPUNIT_TEST(can_be_told_other_thresholds_and_none);
  CPPUNIT_TEST(is_unlocked_by_hand);
  CPPUNIT_TEST(holds_a_bounded_number_and_keeps_what_is_locked);
  CPPUNIT_TEST(shows_what_is_locked_in_the_metrics);
  CPPUNIT_TEST(counts_right_from_many_threads);
  CPPUNIT_TEST_SUITE_END();

 public:
  void locks_an_id_at_its_fifth_failure_for_a_quarter_of_an_hour() {
    for (int i = 0; i < 4; ++i) CPPUNIT_ASSERT(!lockout_.failed("3fa97f2c", nowhere).id);
    CPPUNIT_ASSERT(!lockout_.locked("3fa97f2c", nowhere));
    CPPUNIT_ASSERT(lockout_.failed("3fa97f2c", nowhere).id);
    CPPUNIT_ASSERT(lockout_.locked("3fa97f2c", nowhere));
    CPPUNIT_ASSERT(lockout_.locked("3fa97f2c", at("192.0.2.1")));
    CPPUNIT_ASSERT(!lockout_.locked("another1", nowhere));
    clock_.advance(15min - 1us);
    CPPUNIT_ASSERT(lockout_.locked("3fa97f2c", nowhere));
    clock_.advance(1us);
    CPPUNIT_ASSERT(!lockout_.locked("3fa97f2c", nowhere));
  }

  void locks_an_address_whatever_ids_it_tries() {
    for (int i = 0; i < 19; ++i) CPPUNIT_ASSERT(!lockout_.failed(std::to_string(i), at("192.0.2.1")).address);
    CPPUNIT_ASSERT(lockout_.failed("", at("::ffff:192.0.2.1")).address);
    CPPUNIT_ASSERT(lockout_.locked("good", at("192.0.2.1")));
    CPPUNIT_ASSERT(lockout_.locked("", at("192.0.2.1")));
    CPPUNIT_ASSERT(!lockout_.locked("good", at("192.0.2.2")));
    CPPUNIT_ASSERT(!lockout_.locked("good", nowhere));
  }

  void counts_ipv6_by_the_network_that_one_site_has() {
    for (int i = 0; i < 20; ++i) lockout_.failed("", at("2001:db8:0:7::" + std::to_string(i)));
    CPPUNIT_ASSERT(lockout_.locked("", at("2001:db8:0:7:ffff::1")));
    CPPUNIT_ASSERT(!lockout_.locked("", at("2001:db8:0:8::1")));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, lockout_.counts().addresses_held);
  }

  void forgives_one_failure_after_the_other() {
    // 5 in 15 minutes: one every 3.
    for (int i = 0; i < 4; ++i) lockout_.failed("a", nowhere);
    clock_.advance(3min - 1us);
    CPPUNIT_ASSERT(lockout_.failed("a", nowhere).id);
    for (int i = 0; i < 4; ++i) lockout_.failed("b", nowhere);
    clock_.advance(3min);
    CPPUNIT_ASSERT_EQUAL(2, failures_until_locked(lockout_, "b", nowhere));
    for (int i = 0; i < 4; ++i) lockout_.failed("c", nowhere);
    clock_.advance(2min);
    // What is forgiven in part is not forgotten when another one comes in between.
    lockout_.failed("d", nowhere);
    clock_.advance(5min);
    CPPUNIT_ASSERT_EQUAL(3, failures_until_locked(lockout_, "c", nowhere));
    clock_.advance(1min);
    CPPUNIT_ASSERT_EQUAL(5, failures_until_locked(lockout_, "d", nowhere));
  }

  void does_not_lock_who_fails_no_oftener_than_is_forgiven() {
    for (int i = 0; i < 1'000; ++i) {
      CPPUNIT_ASSERT(!lockout_.failed("a", nowhere).id);
      clock_.advance(3min);
    }
    // Somewhat oftener: five of six are forgiven.
    int n = 0;
    while (!lockout_.failed("b", nowhere).id && n < 1'000) ++n, clock_.advance(150s);
    CPPUNIT_ASSERT_EQUAL(19, n);
  }

  void locks_for_longer_each_time_up_to_the_limit() {
    std::string lengths;
    for (int i = 0; i < 9; ++i) lengths += std::to_string(minutes_locked("a")) + ' ';
    CPPUNIT_ASSERT_EQUAL(std::string("15 30 60 120 240 480 960 1440 1440 "), lengths);
    // Another one has its own.
    CPPUNIT_ASSERT_EQUAL(15, minutes_locked("b"));
    for (int i = 0; i < 20; ++i) lockout_.failed("", at("192.0.2.1"));
    clock_.advance(15min);
    for (int i = 0; i < 20; ++i) lockout_.failed("", at("192.0.2.1"));
    clock_.advance(30min - 1us);
    CPPUNIT_ASSERT(lockout_.locked("", at("192.0.2.1")));
    clock_.advance(1us);
    CPPUNIT_ASSERT(!lockout_.locked("", at("192.0.2.1")));
  }

  void forgives_the_length_of_locks_step_by_step() {
    for (int i = 0; i < 4; ++i) minutes_locked("a");  // 15, 30, 60, 120
    clock_.advance(6h - 1us);
    CPPUNIT_ASSERT_EQUAL(240, minutes_locked("a"));
    clock_.advance(6h);
    CPPUNIT_ASSERT_EQUAL(240, minutes_locked("a"));
    clock_.advance(18h);
    CPPUNIT_ASSERT_EQUAL(60, minutes_locked("a"));
    // From the end of the last lock on, also when single failures come in between.
    for (int i = 0; i < 24; ++i) {
      lockout_.failed("a", nowhere);
      clock_.advance(1h);
    }
    CPPUNIT_ASSERT_EQUAL(15, minutes_locked("a"));
  }

  void locks_alike_each_time_when_told_so() {
    LockoutRules rules;
    rules.growth = 1;
    lockout_.change(rules);
    for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT_EQUAL(15, minutes_locked("a"));
    rules.growth = 10;
    rules.longest_lock = 1s;  // shorter than the first one: that one counts
    CPPUNIT_ASSERT(rules.length_of_lock(1'000'000) == 15min);
    rules.longest_lock = std::chrono::hours(24 * 365 * 100);
    CPPUNIT_ASSERT(rules.length_of_lock(2) == 1500min);
    CPPUNIT_ASSERT(rules.length_of_lock(1'000'000) == rules.longest_lock);
  }

  void begins_anew_after_a_lock_and_after_success() {
    CPPUNIT_ASSERT_EQUAL(5, failures_until_locked(lockout_, "a", nowhere));
    clock_.advance(15min);
    CPPUNIT_ASSERT_EQUAL(5, failures_until_locked(lockout_, "a", nowhere));
    clock_.advance(30min);
    lockout_.succeeded("a");
    CPPUNIT_ASSERT_EQUAL(15, minutes_locked("a"));
    for (int i = 0; i < 4; ++i) lockout_.failed("b", at("192.0.2.1"));
    lockout_.succeeded("b");
    CPPUNIT_ASSERT_EQUAL(5, failures_until_locked(lockout_, "b", nowhere));
    // Nine so far from this address: a good credential of its own does not make it begin anew.
    for (int i = 0; i < 15; ++i) {
      lockout_.failed("guess" + std::to_string(i), at("192.0.2.1"));
      lockout_.succeeded("own");
    }
    CPPUNIT_ASSERT(!lockout_.locked("own", at("192.0.2.1")));
    CPPUNIT_ASSERT(lockout_.failed("guess", at("192.0.2.1")).address);
  }

  void a_success_ends_no_lock() {
    LockoutRules rules;
    rules.except_addresses = bridge::NetworkRules::parse({"192.0.2.9"}, "test");
    lockout_.change(rules);
    failures_until_locked(lockout_, "a", nowhere);
    CPPUNIT_ASSERT(!lockout_.locked("a", at("192.0.2.9")));
    lockout_.succeeded("a");
    CPPUNIT_ASSERT(lockout_.locked("a", nowhere));
  }

  void holds_nothing_of_who_is_forgiven() {
    for (int i = 0; i < 100; ++i) lockout_.failed("a" + std::to_string(i), nowhere);
    minutes_locked("b");
    CPPUNIT_ASSERT(lockout_.counts().ids_held > 90);
    clock_.advance(6h);
    lockout_.failed("c", nowhere);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, lockout_.counts().ids_held);
  }

  void does_not_lengthen_a_lock_by_what_fails_meanwhile() {
    failures_until_locked(lockout_, "a", nowhere);
    clock_.advance(14min);
    for (int i = 0; i < 50; ++i) CPPUNIT_ASSERT(!lockout_.failed("a", nowhere).id);
    clock_.advance(1min);
    CPPUNIT_ASSERT(!lockout_.locked("a", nowhere));
  }

  void holds_nobody_whom_the_rules_except() {
    LockoutRules rules;
    rules.except_addresses = bridge::NetworkRules::parse({"192.0.2.0/24"}, "test");
    rules.except_ids = {"monitor"};
    lockout_.change(rules);
    for (int i = 0; i < 100; ++i) lockout_.failed("a", at("192.0.2.9"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, lockout_.counts().ids_held + lockout_.counts().addresses_held);
    failures_until_locked(lockout_, "a", at("198.51.100.1"));
    CPPUNIT_ASSERT(lockout_.locked("a", at("198.51.100.1")));
    CPPUNIT_ASSERT(!lockout_.locked("a", at("192.0.2.9")));
    CPPUNIT_ASSERT_EQUAL(20, failures_until_locked(lockout_, "monitor", at("203.0.113.1")));
    CPPUNIT_ASSERT(!lockout_.locked("monitor", at("203.0.113.1")));
    CPPUNIT_ASSERT(lockout_.locked("b", at("203.0.113.1")));
  }

  void can_be_told_other_thresholds_and_none() {
    LockoutRules rules;
    rules.failures_of_id = 2;
    rules.failures_of_address = 0;
    rules.lock = 30s;
    rules.forget = 10s;
    lockout_.change(rules);
    for (int i = 0; i < 100; ++i) lockout_.failed("", at("192.0.2.1"));
    CPPUNIT_ASSERT(!lockout_.locked("", at("192.0.2.1")));
    lockout_.failed("a", nowhere);
    clock_.advance(10s);
    CPPUNIT_ASSERT_EQUAL(2, failures_until_locked(lockout_, "a", nowhere));
    clock_.advance(30s);
    CPPUNIT_ASSERT(!lockout_.locked("a", nowhere));
  }

  void is_unlocked_by_hand() {
    failures_until_locked(lockout_, "a", nowhere);
    CPPUNIT_ASSERT_EQUAL(20, failures_until_locked(lockout_, "", at("2001:db8::1")));
    lockout_.unlock("a");
    lockout_.unlock(*at("2001:db8::2"));
    CPPUNIT_ASSERT(!lockout_.locked("a", at("2001:db8::1")));
    CPPUNIT_ASSERT_EQUAL(5, failures_until_locked(lockout_, "a", nowhere));
  }

  void holds_a_bounded_number_and_keeps_what_is_locked() {
    LockoutRules rules;
    rules.most_held = 50;
    lockout_.change(rules);
    failures_until_locked(lockout_, "victim", nowhere);
    lockout_.failed("oldest", nowhere);
    for (int i = 0; i < 2'000; ++i)
      lockout_.failed(std::string(1'000, 'x') + std::to_string(i) + "unknown",
                      at("2001:db8:" + std::to_string(i) + "::1"));
    for (int i = 0; i < 2'000; ++i) lockout_.failed("unknown" + std::to_string(i), nowhere);
    CPPUNIT_ASSERT_EQUAL(std::size_t{50}, lockout_.counts().ids_held);
    CPPUNIT_ASSERT_EQUAL(std::size_t{50}, lockout_.counts().addresses_held);
    CPPUNIT_ASSERT(lockout_.locked("victim", nowhere));
    CPPUNIT_ASSERT_EQUAL(5, failures_until_locked(lockout_, "oldest", nowhere));
    // Even when all that is held is locked.
    for (int i = 0; i < 200; ++i) failures_until_locked(lockout_, "locked" + std::to_string(i), nowhere);
    CPPUNIT_ASSERT_EQUAL(std::size_t{50}, lockout_.counts().ids_held);
    CPPUNIT_ASSERT(lockout_.locked("locked199", nowhere));
  }

  void shows_what_is_locked_in_the_metrics() {
    bridge::Metrics shown;
    const auto failures = bridge::metrics().access_failures_total.at().value();
    const auto locks = bridge::metrics().access_locks_total.at("credential").value();
    failures_until_locked(lockout_, "a", at("192.0.2.1"));
    failures_until_locked(lockout_, "b", at("192.0.2.1"));
    lockout_.show(shown);
    CPPUNIT_ASSERT_EQUAL(failures + 10, bridge::metrics().access_failures_total.at().value());
    CPPUNIT_ASSERT_EQUAL(locks + 2, bridge::metrics().access_locks_total.at("credential").value());
    CPPUNIT_ASSERT_EQUAL(2.0, shown.access_locked.at("credential").value());
    CPPUNIT_ASSERT_EQUAL(0.0, shown.access_locked.at("address").value());
    clock_.advance(15min);
    lockout_.show(shown);
    CPPUNIT_ASSERT_EQUAL(0.0, shown.access_locked.at("credential").value());
  }

  void counts_right_from_many_threads() {
    LockoutRules rules;
    rules.failures_of_id = 400;
    rules.failures_of_address = 400;
    lockout_.change(rules);
    std::atomic<int> locks{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) {
          const auto locked = lockout_.failed("a", at("192.0.2.1"));
          locks += (locked.id ? 1 : 0) + (locked.address ? 1 : 0);
          lockout_.locked("a", at("192.0.2.1"));
          lockout_.succeeded("nobody");
        }
      });
    for (std::thread& thread : threads) thread.join();
    CPPUNIT_ASSERT_EQUAL(2, locks.load());
    CPPUNIT_ASSERT(lockout_.locked("a", nowhere));
    CPPUNIT_ASSERT(lockout_.locked("", at("192.0.2.1")));
  }

 private:
  // Locks it, and waits until it is no more.
  int minutes_locked(const std::string& id) {
    CPPUNIT_ASSERT_EQUAL(5, failures_until_locked(lockout_, id, nowhere));
    int minutes = 0;
    for (; lockout_.locked(id, nowhere); ++minutes) clock_.advance(1min);
    return minutes;
  }

  tests::FakeClock clock_;
  Lockout lockout_{clock_};
};
CPPUNIT_TEST_SUITE_REGISTRATION(LockoutTest);
