// Texts that the database keeps sealed.

#include "bridge/access/sealed.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

#include "bridge/ops/error.h"
#include "tests/support/key_ring.h"

using bridge::seal;
using bridge::unseal;

class SealedTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SealedTest);
  CPPUNIT_TEST(opens_what_it_sealed);
  CPPUNIT_TEST(shows_nothing_of_the_text_and_no_two_are_alike);
  CPPUNIT_TEST(opens_for_no_other_name_or_pepper_nor_when_changed);
  CPPUNIT_TEST_SUITE_END();

 public:
  void opens_what_it_sealed() {
    for (const std::string& text : {std::string(), std::string("whsec_1"), std::string(100'000, 'x'),
                                    std::string("\0\xff\n", 3), std::string("Grüße")})
      CPPUNIT_ASSERT_EQUAL(text,
                           unseal(*tests::pepper(), "webhook a", seal(*tests::pepper(), "webhook a", text)));
  }

  void shows_nothing_of_the_text_and_no_two_are_alike() {
    const std::string sealed = seal(*tests::pepper(), "webhook a", "whsec_1");
    CPPUNIT_ASSERT(bridge::is_sealed(sealed));
    CPPUNIT_ASSERT(sealed.find("whsec") == std::string::npos);
    CPPUNIT_ASSERT(sealed != seal(*tests::pepper(), "webhook a", "whsec_1"));
  }

  void opens_for_no_other_name_or_pepper_nor_when_changed() {
    const std::string sealed = seal(*tests::pepper(), "webhook a", "whsec_1");
    const bridge::Pepper other("another pepper of the tests");
    CPPUNIT_ASSERT_THROW(unseal(*tests::pepper(), "webhook b", sealed), bridge::Error);
    CPPUNIT_ASSERT_THROW(unseal(other, "webhook a", sealed), bridge::Error);
    for (std::size_t at = 0; at < sealed.size(); ++at) {
      std::string changed = sealed;
      changed[at] = changed[at] == '0' ? '1' : '0';
      CPPUNIT_ASSERT_THROW_MESSAGE("byte " + std::to_string(at),
                                   unseal(*tests::pepper(), "webhook a", changed), bridge::Error);
    }
    for (const char* none : {"", "whsec_1", "sealed:1:", "sealed:1:00", "sealed:1:xyz"})
      CPPUNIT_ASSERT_THROW_MESSAGE(none, unseal(*tests::pepper(), "webhook a", none), bridge::Error);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SealedTest);
