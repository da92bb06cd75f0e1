#include "bridge/access/kept_locks.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/store/store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temporary_folder.h"

using bridge::IpAddress;
using bridge::KeptLocks;
using bridge::Lockout;
using namespace std::chrono_literals;

class KeptLocksTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(KeptLocksTest);
  CPPUNIT_TEST(tells_the_store_what_is_locked_and_what_is_no_more);
  CPPUNIT_TEST(unlocks_what_somebody_took_away);
  CPPUNIT_TEST(holds_again_after_a_restart_for_the_rest_of_the_time);
  CPPUNIT_TEST(a_lock_goes_on_growing_after_a_restart);
  CPPUNIT_TEST(asks_the_store_for_nothing_while_nothing_is_locked);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    folder_.emplace();
    store_ = bridge::open_store("sqlite:" + (folder_->path() / "store.db").string());
    restart();
  }
  void tearDown() override {
    kept_.reset();
    lockout_.reset();
    store_.reset();
    folder_.reset();
  }

  void tells_the_store_what_is_locked_and_what_is_no_more() {
    guess(5, "3fa97f2c", std::nullopt);
    guess(20, "", IpAddress::parse("192.0.2.1"));
    guess(20, "", IpAddress::parse("2001:db8:0:7::9"));
    kept_->settle();
    CPPUNIT_ASSERT_EQUAL(std::string("address 192.0.2.1, address 2001:db8:0:7::/64, credential 3fa97f2c, "),
                         stored());
    clock_.advance(15min - 1us);
    kept_->settle();
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, store_->credentials().locks().size());
    clock_.advance(1us);
    kept_->settle();
    CPPUNIT_ASSERT_EQUAL(std::string(), stored());
  }

  void unlocks_what_somebody_took_away() {
    guess(5, "3fa97f2c", std::nullopt);
    guess(5, "3fa97f2d", std::nullopt);
    guess(20, "", IpAddress::parse("2001:db8:0:7::9"));
    kept_->settle();
    CPPUNIT_ASSERT(store_->credentials().unlock(bridge::lock_object("3fa97f2c"), {}));
    CPPUNIT_ASSERT(
        store_->credentials().unlock(bridge::lock_object(*IpAddress::parse("2001:db8:0:7::1")), {}));
    CPPUNIT_ASSERT(lockout_->locked("3fa97f2c", std::nullopt));
    kept_->settle();
    CPPUNIT_ASSERT(!lockout_->locked("3fa97f2c", IpAddress::parse("2001:db8:0:7::9")));
    CPPUNIT_ASSERT(lockout_->locked("3fa97f2d", std::nullopt));
    kept_->settle();
    CPPUNIT_ASSERT_EQUAL(std::string("credential 3fa97f2d, "), stored());
    // Locked anew, it is told anew.
    guess(5, "3fa97f2c", std::nullopt);
    kept_->settle();
    CPPUNIT_ASSERT_EQUAL(std::string("credential 3fa97f2c, credential 3fa97f2d, "), stored());
  }

  void holds_again_after_a_restart_for_the_rest_of_the_time() {
    guess(5, "3fa97f2c", std::nullopt);
    guess(20, "", IpAddress::parse("2001:db8:0:7::9"));
    kept_->settle();
    clock_.advance(14min);
    restart();
    CPPUNIT_ASSERT(lockout_->locked("3fa97f2c", std::nullopt));
    CPPUNIT_ASSERT(lockout_->locked("", IpAddress::parse("2001:db8:0:7::1")));
    clock_.advance(1min);
    CPPUNIT_ASSERT(!lockout_->locked("3fa97f2c", std::nullopt));
    restart();
    CPPUNIT_ASSERT(lockout_->held().empty());
    kept_->settle();
    CPPUNIT_ASSERT_EQUAL(std::string(), stored());
  }

  void a_lock_goes_on_growing_after_a_restart() {
    guess(5, "3fa97f2c", std::nullopt);
    clock_.advance(15min);
    guess(5, "3fa97f2c", std::nullopt);
    kept_->settle();
    CPPUNIT_ASSERT_EQUAL(2, store_->credentials().locks().at(0).in_a_row);
    restart();
    clock_.advance(30min);
    guess(5, "3fa97f2c", std::nullopt);
    CPPUNIT_ASSERT(lockout_->held().at(0).until == clock_.now() + 60min);
  }

  void asks_the_store_for_nothing_while_nothing_is_locked() {
    guess(4, "3fa97f2c", std::nullopt);
    store_->credentials().keep_locks({{"credential 00000001", clock_.now() + 1h, 1}}, {});
    kept_->settle();
    CPPUNIT_ASSERT_EQUAL(std::string("credential 00000001, "), stored());
    CPPUNIT_ASSERT(!lockout_->locked("00000001", std::nullopt));
  }

 private:
  void restart() {
    kept_.reset();
    lockout_.emplace(clock_);
    kept_.emplace(*lockout_, store_->credentials(), clock_);
  }
  void guess(int times, const std::string& id, const std::optional<IpAddress>& from) {
    for (int i = 0; i < times; ++i) lockout_->failed(id, from);
  }
  std::string stored() {
    std::string text;
    for (const auto& lock : store_->credentials().locks()) text += lock.object + ", ";
    return text;
  }

  std::optional<tests::TemporaryFolder> folder_;
  std::unique_ptr<bridge::Store> store_;
  tests::FakeClock clock_;
  std::optional<Lockout> lockout_;
  std::optional<KeptLocks> kept_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(KeptLocksTest);
