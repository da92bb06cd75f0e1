#include "bridge/ops/listen_address.h"

#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>

using bridge::ListenAddress;

class ListenAddressTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ListenAddressTest);
  CPPUNIT_TEST(reads_an_address_with_its_port_and_writes_it_again);
  CPPUNIT_TEST(refuses_what_is_not_both);
  CPPUNIT_TEST_SUITE_END();

 public:
  void reads_an_address_with_its_port_and_writes_it_again() {
    const struct {
      const char* text;
      const char* address;
      int port;
      const char* shown;
    } cases[] = {{"127.0.0.1:8081", "127.0.0.1", 8081, "127.0.0.1:8081"},
                 {"[::1]:18999", "::1", 18999, "[::1]:18999"},
                 {"desk.acme.test:65535", "desk.acme.test", 65535, "desk.acme.test:65535"},
                 {"0", "127.0.0.1", 0, "127.0.0.1:0"}};
    for (const auto& one : cases) {
      const auto found = ListenAddress::parse(one.text);
      CPPUNIT_ASSERT_MESSAGE(one.text, found.has_value());
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.text, std::string(one.address), found->address);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.text, one.port, static_cast<int>(found->port));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(one.text, std::string(one.shown), found->text());
    }
  }

  void refuses_what_is_not_both() {
    for (const char* text : {"", ":18999", "::1:18999", "[]:1", "[::1:1", "[::1]", "127.0.0.1:", "127.0.0.1",
                             "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x", "65536"})
      CPPUNIT_ASSERT_MESSAGE(text, !ListenAddress::parse(text));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ListenAddressTest);
